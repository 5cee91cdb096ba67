from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self, overload

class StringStore:
    """Texts interned by key. `store["text"]` gives the key, `store[key]` the text (KeyError E018 when unknown)."""

    def __init__(self, strings: Iterable[str] | None = None, freeze: bool = False) -> None: ...
    @overload
    def __getitem__(self, string_or_id: str | bytes, /) -> int: ...
    @overload
    def __getitem__(self, string_or_id: int, /) -> str: ...
    def __contains__(self, string_or_id: str | int, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def as_int(self, key: str | int) -> int:
        """Key of a text; a key is returned as it is, known or not."""
    def as_string(self, key: str | int) -> str:
        """Text of a key; a text is returned as it is."""
    def add(self, string: str | bytes | int, allow_transient: bool | None = None) -> int:
        """Intern a str or UTF-8 bytes (an int is taken as a key and returned) and return the key."""
    def keys(self) -> list[int]:
        """Keys of the stored texts in the order they came."""
    def values(self) -> list[int]:
        """The same as `keys()`: the values that texts map to."""
    def items(self) -> list[tuple[str, int]]:
        """Pairs (text, key)."""
    @property
    def nbytes(self) -> int:
        """Bytes of text memory held."""
    def memory_zone(self, mem: object = None) -> AbstractContextManager[object]:
        """Texts added inside are released at the end. Zones cannot be nested (ValueError E4000)."""
    def to_disk(self, path: str | Path) -> None:
        """Write the sorted texts as a JSON list."""
    def from_disk(self, path: str | Path) -> Self:
        """Read the JSON list at `path`, before what was known. ValueError E4010 where it is none."""
    def to_bytes(self, **kwargs: object) -> bytes:
        """The sorted texts as a JSON list."""
    def from_bytes(self, bytes_data: bytes | str, **kwargs: object) -> Self:
        """Read a JSON list of texts (bytes or str), before what was known. ValueError E4010 where it is none."""

def hash_string(string: str | bytes) -> int:
    """MurmurHash64A of a str (as UTF-8) or bytes; symbols are hashed like any other text, the empty text is 0."""

def hash128(key: bytes, seed: int) -> tuple[int, int]:
    """Both halves of MurmurHash3 x64 128-bit."""

def get_string_id(string_or_hash: str | int) -> int:
    """Key of a str (symbols give their ids) or the key itself."""
