"""Which tokens of two tokenizations of one text cover the same characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tagma.errors import Errors

__all__ = ["Alignment", "AlignmentArray", "get_alignments"]


class AlignmentArray:
    """Token indices of the other side, for each token of this side.

    data       int32 (n_links,): all indices, token after token.
    lengths    int32 (n_tokens,): how many belong to each token.
    """

    __slots__ = ("_ends", "data", "lengths")

    def __init__(self, alignment: Sequence[Sequence[int]]) -> None:
        self._set(
            np.fromiter((index for row in alignment for index in row), dtype="int32"),
            np.fromiter(map(len, alignment), dtype="int32", count=len(alignment)),
        )

    @classmethod
    def from_links(cls, data: np.ndarray[Any, Any], lengths: np.ndarray[Any, Any]) -> AlignmentArray:
        """From the two arrays."""
        self = cls.__new__(cls)
        self._set(data.astype("int32", copy=False), lengths.astype("int32", copy=False))
        return self

    @classmethod
    def joined(cls, arrays: Sequence[AlignmentArray], offsets: np.ndarray[Any, Any]) -> AlignmentArray:
        """Of a batch of texts one after the other; `offsets` (n_arrays,) are added to the indices of each."""
        if not arrays:
            return cls([])
        data = np.concatenate([array.data for array in arrays])
        data += np.repeat(offsets, [len(array.data) for array in arrays]).astype("int32")
        return cls.from_links(data, np.concatenate([array.lengths for array in arrays]))

    def _set(self, data: np.ndarray[Any, Any], lengths: np.ndarray[Any, Any]) -> None:
        self.data = data
        self.lengths = lengths
        self._ends = np.concatenate(([0], np.cumsum(lengths)))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int | slice) -> np.ndarray[Any, Any]:
        """The indices of a token, or of a range of tokens one after the other, int32.

        Raises ValueError E1027 for a step, ValueError E1028 for what is no index, IndexError outside.
        """
        if isinstance(index, (int, np.integer)):
            place = int(index)
            if not -len(self) <= place < len(self):
                raise IndexError(f"token {place} is outside an alignment of {len(self)} tokens")
            place %= len(self)
            return self.data[self._ends[place] : self._ends[place + 1]]
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise ValueError(Errors.E1027)
            start, stop, _ = index.indices(len(self))
            return self.data[self._ends[start] : self._ends[max(start, stop)]]
        raise ValueError(Errors.E1028.format(indices=repr(index)))

    @property
    def starts(self) -> np.ndarray[Any, Any]:
        """Where in `data` the indices of each token begin, int64 (n_tokens,)."""
        return self._ends[:-1]

    def single(self) -> np.ndarray[Any, Any]:
        """The one index of each token, -1 for tokens with none or several; int64 (n_tokens,)."""
        found = np.full(len(self), -1, dtype="int64")
        alone = np.flatnonzero(self.lengths == 1)
        found[alone] = self.data[self._ends[alone]]
        return found


@dataclass
class Alignment:
    """Both directions: `x2y` for the tokens of the first text, `y2x` for those of the second."""

    x2y: AlignmentArray
    y2x: AlignmentArray

    @classmethod
    def from_indices(cls, x2y: Sequence[Sequence[int]], y2x: Sequence[Sequence[int]]) -> Alignment:
        """From lists of token indices."""
        return cls(AlignmentArray(x2y), AlignmentArray(y2x))

    @classmethod
    def from_strings(cls, A: Sequence[str], B: Sequence[str]) -> Alignment:
        """From the texts of the tokens. Raises ValueError E949 if they spell different texts."""
        A, B = list(A), list(B)
        if A == B:
            return cls.identity(len(A))
        a, b = "".join(A), "".join(B)
        if len(a.split()) < 2 and a.strip() == a and len(a) == len(b) == len(a.lower()) and a.lower() == b.lower():
            return cls._from_lengths(list(map(len, A)), list(map(len, B)))
        return cls.from_indices(*get_alignments(A, B))

    @classmethod
    def identity(cls, length: int) -> Alignment:
        """Both sides have the same `length` tokens."""
        same = AlignmentArray.from_links(np.arange(length), np.ones(length))
        return cls(same, same)

    @classmethod
    def _from_lengths(cls, A: list[int], B: list[int]) -> Alignment:
        """From the numbers of characters in the tokens of one text without white space."""
        a_ends, b_ends = np.cumsum(A), np.cumsum(B)
        # no border lies between two neighbouring cuts, so what begins at a cut belongs to one token on either side
        cuts = np.union1d(a_ends - A, b_ends - B)
        cuts = cuts[cuts < a_ends[-1]]
        x, y = np.searchsorted(a_ends, cuts, side="right"), np.searchsorted(b_ends, cuts, side="right")
        return cls(
            AlignmentArray.from_links(y, np.bincount(x, minlength=len(A))),
            AlignmentArray.from_links(x, np.bincount(y, minlength=len(B))),
        )

    @property
    def is_identity(self) -> bool:
        """Whether the texts have the same tokens."""
        return self.x2y is self.y2x


def get_alignments(A: Sequence[str], B: Sequence[str]) -> tuple[list[list[int]], list[list[int]]]:
    """For each token of A the sorted indices of the tokens of B that share characters with it, and the reverse.

    Case and white space do not count. Raises ValueError E949 if the rest differs, or lower-casing changes lengths.
    """
    a, a_tokens = _characters(A)
    b, b_tokens = _characters(B)
    if len(a) != len(a_tokens) or len(b) != len(b_tokens) or "".join(a.split()) != "".join(b.split()):
        raise ValueError(Errors.E949.format(x=_short(A), y=_short(B)))
    x2y: list[list[int]] = [[] for _ in A]
    y2x: list[list[int]] = [[] for _ in B]
    i = j = 0
    while i < len(a) and j < len(b):
        x, y = a_tokens[i], b_tokens[j]
        if A[x] == B[y] and (i == 0 or a_tokens[i - 1] != x) and (j == 0 or b_tokens[j - 1] != y):
            x2y[x].append(y)
            y2x[y].append(x)
            i += len(A[x])
            j += len(B[y])
        elif a[i] == b[j]:
            # indices only ever grow, so a pair met before is the last one
            if not x2y[x] or x2y[x][-1] != y:
                x2y[x].append(y)
                y2x[y].append(x)
            i += 1
            j += 1
        elif a[i].isspace():
            i += 1
        else:
            j += 1
    return x2y, y2x


def _characters(words: Iterable[str]) -> tuple[str, list[int]]:
    """The lower-cased text, and the token of each of its characters (before lower-casing)."""
    owners = [i for i, word in enumerate(words) for _ in word]
    return "".join(words).lower(), owners


def _short(words: Sequence[str]) -> str:
    text = "".join(words)
    return text if len(text) <= 100 else text[:97] + "..."
