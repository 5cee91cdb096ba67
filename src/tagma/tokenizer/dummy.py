"""DummyTokenizer: what a tokenizer needs besides `__call__`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["DummyTokenizer"]


class DummyTokenizer:
    """Base class of tokenizers that have no state to save."""

    def __call__(self, text: str) -> Any:
        """Tokenize: defined by the subclass."""
        raise NotImplementedError

    def pipe(self, texts: Iterable[str], **kwargs: Any) -> Iterator[Any]:
        """One Doc for each text, in order."""
        return map(self, texts)

    def to_bytes(self, **kwargs: Any) -> bytes:
        """Nothing."""
        return b""

    def from_bytes(self, data: bytes, **kwargs: Any) -> DummyTokenizer:
        """Itself."""
        return self

    def to_disk(self, path: Any, **kwargs: Any) -> None:
        """Writes nothing."""

    def from_disk(self, path: Any, **kwargs: Any) -> DummyTokenizer:
        """Itself."""
        return self
