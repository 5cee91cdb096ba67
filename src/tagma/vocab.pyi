from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np

from tagma.lexeme import Lexeme
from tagma.lookups import Lookups
from tagma.morphology import Morphology
from tagma.nn.types import Floats1d
from tagma.strings import StringStore
from tagma.tokens.doc import Doc
from tagma.tokens.span import Span
from tagma.vectors import BaseVectors, Vectors

_NounChunks: TypeAlias = Callable[[Doc | Span], Iterator[tuple[int, int, int]]]

class Vocab:
    """Lexemes, strings and what belongs to them."""

    cfg: dict[str, object]
    lex_attr_getters: dict[int, Callable[[str], Any]]
    writing_system: dict[str, str | bool]
    get_noun_chunks: _NounChunks | None
    morphology: Morphology

    def __init__(
        self,
        lex_attr_getters: dict[int, Callable[[str], Any]] | None = None,
        strings: Iterable[str] = (),
        lookups: Lookups | None = None,
        oov_prob: float = -20.0,
        vectors_name: str | None = None,
        writing_system: dict[str, str | bool] | None = None,
        get_noun_chunks: _NounChunks | None = None,
        **deprecated_kwargs: object,
    ) -> None: ...
    @property
    def strings(self) -> StringStore:
        """The texts and their keys."""
    @property
    def generation(self) -> int:
        """Changes when rows are released or recomputed: caches by row are then void."""
    @property
    def n_rows(self) -> int:
        """Rows of the lexeme table, variants included; rows are numbered from 0."""
    def lexeme_column(self, attr: int | str) -> np.ndarray[tuple[int], np.dtype[np.uint64 | np.int32 | np.bool]]:
        """Values of a lexical attribute for all rows: read-only array, uint64 (n_rows,), LENGTH int32, flags bool."""
    def __len__(self) -> int: ...
    def __contains__(self, key: int | str | bytes, /) -> bool: ...
    def __getitem__(self, id_or_string: int | str | bytes, /) -> Lexeme: ...
    def __iter__(self) -> Iterator[Lexeme]: ...
    def get_by_orth(self, orth: int) -> Lexeme:
        """The Lexeme of a key."""
    def add_flag(self, flag_getter: Callable[[str], bool], flag_id: int = -1) -> int:
        """Set a boolean attribute, computed by `flag_getter(text)`, under a free id or `flag_id` (ValueError E063)."""
    @property
    def lang(self) -> str:
        """Code of the language, "" when there is none."""
    @property
    def length(self) -> int:
        """Number of lexemes."""
    @property
    def in_memory_zone(self) -> bool:
        """Whether a memory zone is open."""
    def memory_zone(self, mem: object = None) -> AbstractContextManager[object]:
        """Lexemes and strings made inside are released at the end; Docs that use them raise ValueError from then on."""
    @property
    def vectors(self) -> Vectors:
        """The word vectors."""
    @vectors.setter
    def vectors(self, vectors: BaseVectors) -> None: ...
    @property
    def lookups(self) -> Lookups:
        """Tables of the language."""
    @lookups.setter
    def lookups(self, lookups: Lookups) -> None: ...
    @property
    def vectors_length(self) -> int:
        """Width of the word vectors."""
    @property
    def vector_length(self) -> int:
        """The same as `vectors_length`."""
    def reset_vectors(self, *, width: int | None = None, shape: tuple[int, int] | None = None) -> None:
        """Drop the vectors and make an empty table of `shape`, or of 0 rows of `width`. Not both (ValueError E065)."""
    def deduplicate_vectors(self) -> None:
        """Keep each distinct row of the vectors once, in the order of their values.

        ValueError E858 unless the vectors are in default mode, E849 for vectors of another class than `Vectors`.
        """
    def prune_vectors(self, nr_row: int, batch_size: int = 1024) -> dict[str, tuple[str, float]]:
        """Keep the vectors of `nr_row` words, the most probable, then the first; the others get the nearest of these.

        Returns {removed text: (kept text, cosine)}. Raises KeyError E018 if the texts of keys are not known, ValueError
        as `deduplicate_vectors`.
        """
    def get_vector(self, orth: int | str) -> Floats1d:
        """Vector of a text or key: float32 (width,), zeros where there is none."""
    def set_vector(self, orth: int | str, vector: Floats1d) -> None:
        """Give a text or key a vector; the table grows where it is full."""
    def has_vector(self, orth: int | str) -> bool:
        """Whether a text or key has a vector."""
    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the folder: strings.json, vectors, lookups (names to leave out in `exclude`)."""
    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_disk` wrote."""
    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Strings, vectors and lookups as a msgpack map."""
    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_bytes` wrote; ValueError E4010 for altered bytes."""
