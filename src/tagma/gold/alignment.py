"""Which tokens of two tokenizations of one text cover the same characters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import numpy as np

from tagma.errors import Errors
from tagma.nn.types import Ints1d

__all__ = ["Alignment", "AlignmentArray", "folded", "get_alignments"]

WHITE_SPACE = re.compile(r"\s")


class _Folds(dict[int, str]):
    """What each character is without its case, one character for each, found when first asked for."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        fold = char.casefold()
        self[code] = fold if len(fold) == 1 else char.lower()[0]
        return self[code]


FOLDS = _Folds()


class AlignmentArray:
    """Token indices of the other side, for each token of this side.

    data       int32 (n_links,): all indices, token after token.
    lengths    int32 (n_tokens,): how many belong to each token.
    """

    __slots__ = ("_ends", "data", "lengths")

    data: Ints1d
    lengths: Ints1d

    def __init__(self, alignment: Sequence[Sequence[int]]) -> None:
        self._set(
            np.array([*chain.from_iterable(alignment)], dtype="int32"),
            np.array([*map(len, alignment)], dtype="int32"),
        )

    @classmethod
    def from_links(cls, data: Ints1d, lengths: np.ndarray[Any, Any]) -> AlignmentArray:
        """From the two arrays."""
        self = cls.__new__(cls)
        self._set(data.astype("int32", copy=False), lengths.astype("int32", copy=False))
        return self

    @classmethod
    def joined(cls, arrays: Sequence[AlignmentArray], offsets: Ints1d) -> AlignmentArray:
        """Of a batch of texts one after the other; `offsets` (n_arrays,) are added to the indices of each."""
        if not arrays:
            return cls([])
        data = np.concatenate([array.data for array in arrays])
        data += np.repeat(offsets, [len(array.data) for array in arrays]).astype("int32")
        return cls.from_links(data, np.concatenate([array.lengths for array in arrays]))

    def _set(self, data: Ints1d, lengths: np.ndarray[Any, Any]) -> None:
        self.data = data
        self.lengths = lengths
        self._ends = np.concatenate(([0], np.cumsum(lengths)))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int | slice) -> Ints1d:
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
    def starts(self) -> Ints1d:
        """Where in `data` the indices of each token begin, int64 (n_tokens,)."""
        return self._ends[:-1]

    def single(self) -> Ints1d:
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
        x, y = _links(A, B)
        return cls(
            AlignmentArray.from_links(np.array(y, dtype="int32"), np.bincount(x, minlength=len(A))),
            AlignmentArray.from_links(np.array(x, dtype="int32"), np.bincount(y, minlength=len(B))),
        )

    @classmethod
    def identity(cls, length: int) -> Alignment:
        """Both sides have the same `length` tokens."""
        same = AlignmentArray.from_links(np.arange(length), np.ones(length))
        return cls(same, same)

    @property
    def is_identity(self) -> bool:
        """Whether the texts have the same tokens."""
        return self.x2y is self.y2x


def get_alignments(A: Sequence[str], B: Sequence[str]) -> tuple[list[list[int]], list[list[int]]]:
    """For each token of A the sorted indices of the tokens of B that share characters with it, and the reverse.

    Case and white space do not count. Raises ValueError E949 if the rest differs.
    """
    x2y: list[list[int]] = [[] for _ in A]
    y2x: list[list[int]] = [[] for _ in B]
    for x, y in zip(*_links(A, B), strict=True):
        x2y[x].append(y)
        y2x[y].append(x)
    return x2y, y2x


def _links(A: Sequence[str], B: Sequence[str]) -> tuple[list[int], list[int]]:
    """The pairs of tokens that share characters, in order: those of A, and those of B."""
    a_starts, b_starts = map(_starts, _shared_sizes(A, B))
    # no token begins between two neighbouring cuts, so what lies between them is of one token on either side
    cuts = sorted(a_starts | b_starts)
    x = y = 0
    return [x := a_starts.get(cut, x) for cut in cuts], [y := b_starts.get(cut, y) for cut in cuts]


def _starts(sizes: list[int]) -> dict[int, int]:
    """{place where a token begins: the token}, of the tokens that are not empty."""
    starts = dict(zip(accumulate(sizes, initial=0), range(len(sizes)), strict=False))
    starts.pop(sum(sizes), None)
    return starts


def _shared_sizes(A: Sequence[str], B: Sequence[str]) -> tuple[list[int], list[int]]:
    """How many characters of each token are in both texts: all but white space that only one of them has."""
    a, b = "".join(A), "".join(B)
    a_sizes, b_sizes = list(map(len, A)), list(map(len, B))
    solid = "".join(a.split())
    if solid != "".join(b.split()):
        a, b, solid = folded(a), folded(b), folded(solid)
        if solid != "".join(b.split()):
            raise ValueError(Errors.E949.format(x=_short(A), y=_short(B)))
    if a == b:
        return a_sizes, b_sizes
    if b == solid:
        return _solid_sizes(A), b_sizes
    if a == solid:
        return a_sizes, _solid_sizes(B)
    a_ends, b_ends = list(accumulate(a_sizes)), list(accumulate(b_sizes))
    ours, theirs = _blanks(a), _blanks(b)
    for place, positions in ours.items():
        rest = theirs.get(place) or deque()
        for position in positions:
            if rest and b[rest[0]] == a[position]:
                rest.popleft()
            else:
                a_sizes[bisect_right(a_ends, position)] -= 1
    for position in chain.from_iterable(theirs.values()):
        b_sizes[bisect_right(b_ends, position)] -= 1
    return a_sizes, b_sizes


def folded(text: str) -> str:
    """The text without differences of case, each character at its place.

    Lower-casing a text as a whole would not do: it makes two characters of "İ", and what it makes of "Σ" depends on
    whether a space follows.
    """
    return text.lower() if text.isascii() else text.translate(FOLDS)


def _solid_sizes(words: Sequence[str]) -> list[int]:
    """Lengths of words without their white space."""
    return [0 if word.isspace() else len("".join(word.split())) for word in words]


def _blanks(text: str) -> dict[int, deque[int]]:
    """Positions of white space, by the number of other characters before it."""
    blanks: dict[int, deque[int]] = {}
    for number, found in enumerate(WHITE_SPACE.finditer(text)):
        position = found.start()
        blanks.setdefault(position - number, deque()).append(position)
    return blanks


def _short(words: Sequence[str]) -> str:
    text = "".join(words)
    return text if len(text) <= 100 else text[:97] + "..."
