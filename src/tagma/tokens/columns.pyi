from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tagma.nn.types import Ints1d
from tagma.tokens.doc import Doc
from tagma.tokens.table import TokenTable

_Lengths: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]

def lengths_of(docs: Iterable[Doc]) -> _Lengths:
    """Number of tokens of each Doc: int32 (n_docs,)."""

def lex_rows(docs: Iterable[Doc]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], _Lengths]:
    """Lexeme row of each token: int32 (n_tokens,), and lengths. The Docs must share one vocabulary (E4018)."""

def gather(
    docs: Iterable[Doc], attrs: int | str | Iterable[int | str]
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.uint64]], _Lengths]:
    """Attributes of each token, by id or name: uint64 (n_tokens, n_attrs), C-contiguous, and lengths."""

def read(docs: Iterable[Doc], name: str) -> tuple[Ints1d, _Lengths]:
    """One column over all tokens in its own dtype, and lengths. Docs without it give zeros."""

def write(docs: Iterable[Doc], name: str, values: npt.ArrayLike, *, overwrite: bool = True) -> None:
    """Write one annotation column of a whole batch from `values` (n_tokens,), any integer type."""

def write_parses(
    docs: Iterable[Doc],
    heads: np.ndarray[tuple[int], np.dtype[np.int32]],
    deps: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> None:
    """Write heads, given as tokens of their Doc, labels, and the sentence starts that follow from both."""

def write_entities(
    docs: Iterable[Doc],
    codes: np.ndarray[tuple[int], np.dtype[np.int8]],
    types: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> None:
    """Write entities: codes 3 (first token), 1 (within), 2 (outside), 0 (stays, else outside), and types."""

class StringCollector:
    """Collects the texts that Docs use, each once."""

    def new_strings(self, doc: TokenTable, words: bool) -> list[str]:
        """Texts not seen before among norms, annotations, span groups and, with `words`, the words of a Doc."""
