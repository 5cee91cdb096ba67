"""Operations on ragged batches: windows, flat, padded and listed sequences, reductions. `lengths` is int (nL,)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..types import (
    ArrayList,
    Floats2d,
    Ints1d,
    Ints2d,
    Padded,
    Shape,
)
from ._array_ops import ArrayOps, DType


class SequenceOps(ArrayOps):
    """The part of `Ops` that knows where sequences begin and end."""

    # -- Windows

    def seq2col(self, seq: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        """Each row with its nW neighbours on either side: (n, w) → (n, (2nW+1)·w), zeros beyond the sequence's ends.

        Raises ValueError unless seq is 2-d, AssertionError unless lengths are ≥ 0 and sum to n.
        """
        if seq.ndim != 2:
            raise ValueError(f"seq2col expects a 2-d array, but got {seq.ndim}-d")
        n, width = seq.shape
        xp = self.xp
        cols = xp.zeros((n, 2 * nW + 1, width), dtype=seq.dtype)
        position, length = self._positions(n, lengths)
        for slot in range(2 * nW + 1):
            rows = self._window_rows(position, length, slot - nW)
            cols[rows, slot] = seq[rows + (slot - nW)]
        return cols.reshape((n, -1)) if n else cols.reshape((0, (2 * nW + 1) * width))

    def backprop_seq2col(self, dY: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        """Transpose of `seq2col`: (n, (2nW+1)·w) → (n, w), each row the sum of the slots it was used in."""
        n = dY.shape[0]
        slots = 2 * nW + 1
        width = dY.shape[1] // slots
        dY3 = dY.reshape((n, slots, width))
        dX = self.xp.zeros((n, width), dtype=dY.dtype)
        position, length = self._positions(n, lengths)
        for slot in range(slots):
            rows = self._window_rows(position, length, slot - nW)
            dX[rows + (slot - nW)] += dY3[rows, slot]
        return dX

    def _positions(self, n: int, lengths: Ints1d | None) -> tuple[Any, Any]:
        """For each row: its place in its sequence, and that sequence's length."""
        xp = self.xp
        if lengths is None:
            return xp.arange(n), n
        lengths = self._lengths_of_rows(lengths, n)
        within, _ = self._within(lengths)
        return within, xp.repeat(lengths, lengths.tolist())

    def _lengths_of_rows(self, lengths: Any, n: int) -> Any:
        """The lengths of the sequences that n rows are cut into. Raises AssertionError if they cannot be."""
        lengths = self.xp.asarray(lengths)
        if len(lengths) and (shortest := int(lengths.min())) < 0:
            raise AssertionError(f"a sequence cannot be {shortest} rows long")
        if (total := int(lengths.sum())) != n:
            raise AssertionError(f"sequences of {total} rows cannot be made of an array of {n} rows")
        return lengths

    def _window_rows(self, position: Any, length: Any, offset: int) -> Any:
        """The rows whose neighbour at `offset` lies in their own sequence."""
        moved = position + offset
        return self.xp.flatnonzero((moved >= 0) & (moved < length))

    def _within(self, lengths: Any) -> tuple[Any, Any]:
        """For each row of sequences laid end to end: its place in its sequence, and the number of its sequence."""
        xp = self.xp
        counts = lengths.tolist()
        owner = xp.repeat(xp.arange(len(counts)), counts)
        starts = xp.cumsum(lengths) - lengths
        return xp.arange(len(owner)) - starts[owner], owner

    # -- Flat, padded and listed sequences

    def flatten(self, X: Sequence[Any] | None, dtype: DType | None = None, pad: int = 0, ndim_if_empty: int = 2) -> Any:
        """The arrays of X end to end along axis 0; with `pad`, that many zero rows before each and after the last.

        Costs nothing for an intact `ArrayList` without padding: the result is then its own flat array.
        """
        xp = self.xp
        if X is None or len(X) == 0:
            return xp.zeros((0,) * ndim_if_empty, dtype=dtype or "float32")
        if not pad and type(X) is ArrayList and X.intact():
            flat = X.flat
            if len(flat):
                return flat if dtype is None or flat.dtype == dtype else flat.astype(dtype)
        arrays = [x for x in X if x.size]
        if not arrays:
            return xp.zeros(X[0].shape, dtype=dtype or "float32")
        if pad:
            first = arrays[0]
            total = sum(len(x) for x in arrays) + pad * (len(arrays) + 1)
            result = xp.zeros((total, *first.shape[1:]), dtype=dtype or xp.result_type(*{x.dtype for x in arrays}))
            start = pad
            for x in arrays:
                result[start : start + len(x)] = x
                start += len(x) + pad
            return result
        result = xp.concatenate(arrays)
        return result if dtype is None else xp.asarray(result, dtype=dtype)

    def unflatten(self, X: Any, lengths: Any, pad: int = 0) -> list[Any]:
        """Cut X into views of `lengths` rows, leaving out what `flatten` with the same `pad` put between them."""
        if not pad:
            return ArrayList.from_flat(X, _on_cpu(lengths))
        pieces = []
        start = 0
        for length in _on_cpu(lengths).tolist():
            if length > 0:
                pieces.append(X[start + pad : start + pad + length])
                start += length + pad
            else:
                pieces.append(X[0:0])
        return pieces

    def pad(self, seqs: Sequence[Any], round_to: int = 1) -> Any:
        """Stack arrays of different lengths, zeros at the end: (n, longest rounded up to `round_to`, …).

        Raises ValueError for an empty list, different dtypes, ranks or trailing dims, and round_to < 1.
        """
        if round_to < 1:
            raise ValueError(f"pad: round_to must be at least 1, but is {round_to}")
        if not len(seqs):
            raise ValueError("pad: cannot pad an empty list, its width and dtype are unknown")
        first = seqs[0]
        for seq in seqs:
            if seq.ndim != first.ndim or seq.dtype != first.dtype or seq.shape[1:] != first.shape[1:]:
                raise ValueError(
                    f"pad: arrays must agree in rank, dtype and trailing shape, but got {first.shape} {first.dtype} "
                    f"and {seq.shape} {seq.dtype}"
                )
        longest = max(len(seq) for seq in seqs)
        longest = -(-longest // round_to) * round_to
        return self.insert_into((len(seqs), longest, *first.shape[1:]), seqs)

    def unpad(self, padded: Any, lengths: Sequence[int]) -> list[Any]:
        """The first lengths[i] rows of each padded[i]."""
        return [padded[i, : int(length)] for i, length in enumerate(lengths)]

    def list2padded(self, seqs: Sequence[Any]) -> Padded:
        """Sequences sorted by decreasing length, time first. Of equal lengths the later sequence comes first."""
        xp = self.xp
        if not len(seqs):
            return Padded(self.alloc((0, 0, 0)), self.alloc1i(0), self.alloc1i(0), self.alloc1i(0))
        lengths = np.asarray([len(seq) for seq in seqs], dtype="int32")
        order = np.argsort(lengths, kind="stable")[::-1]
        longest = int(lengths[order[0]])
        # size_at_t[t]: sequences longer than t = all, less those of length ≤ t.
        size_at_t = len(seqs) - np.cumsum(np.bincount(lengths, minlength=longest + 1))[:longest]
        if len(seqs) == 1:
            data = seqs[0].reshape((longest, 1, *seqs[0].shape[1:]))
        else:
            flat = self.flatten(seqs, dtype=seqs[0].dtype)
            data = xp.zeros((longest, len(seqs), *seqs[0].shape[1:]), dtype=seqs[0].dtype)
            column = np.empty(len(seqs), dtype="int64")
            column[order] = np.arange(len(seqs))
            if len(flat):
                within, owner = self._within(xp.asarray(lengths))
                data[within, xp.asarray(column)[owner]] = flat
        as_ints = self.asarray1i
        return Padded(data, as_ints(size_at_t), as_ints(lengths[order]), as_ints(order))

    def padded2list(self, padded: Padded) -> list[Any]:
        """The sequences in their original order, as views of one array, each cut to its length."""
        xp = self.xp
        column = xp.argsort(padded.indices, kind="stable")
        lengths = padded.lengths[column]
        within, owner = self._within(lengths)
        return ArrayList.from_flat(padded.data[within, column[owner]], _on_cpu(lengths))

    def insert_into(self, shape: Shape, Xs: Sequence[Any]) -> Any:
        """Zeros of `shape` whose i-th row begins with Xs[i]."""
        rows = self.alloc(shape, dtype=Xs[0].dtype if len(Xs) else "float32")
        for i, x in enumerate(Xs):
            rows[i, : len(x)] = x
        return rows

    # -- Reductions over ragged rows

    def reduce_sum(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        """Sum of the rows of each sequence: (n, w) → (nL, w); zeros for an empty one."""
        return self._segment_sum(X, self._checked_lengths(X, lengths))

    def reduce_mean(self, X: Floats2d, lengths: Ints1d) -> Floats2d:
        """Mean of the rows of each sequence: (n, w) → (nL, w); zeros for an empty one."""
        lengths = self._checked_lengths(X, lengths)
        Y = self._segment_sum(X, lengths)
        Y /= self.xp.maximum(lengths, 1)[:, None].astype(Y.dtype)
        return Y

    def reduce_max(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints2d]:
        """Maximum of each column within each sequence, and the row (within the sequence) it came from.

        (n, w) → (nL, w) and int32 (nL, w); of equal values the first wins, and the first NaN of all. Raises ValueError
        for an empty sequence.
        """
        xp = self.xp
        lengths = self._checked_lengths(X, lengths, minimum=1)
        X = X[: int(lengths.sum())]
        shape = (len(lengths), X.shape[1])
        within, owner = self._within(lengths)
        maxes = xp.full(shape, -xp.inf, dtype=X.dtype)
        xp.maximum.at(maxes, owner, X)
        which = xp.full(shape, len(X), dtype="int32")
        rows = xp.where((maxes[owner] == X) | (X != X), within[:, None], len(X)).astype("int32")
        xp.minimum.at(which, owner, rows)
        return maxes, which

    def reduce_first(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints1d]:
        """First row of each sequence, and the offsets (nL+1,) of the sequences."""
        lengths = self._checked_lengths(X, lengths, minimum=1, whole=True)
        starts_ends = self.alloc1i(len(lengths) + 1)
        self.xp.cumsum(lengths, out=starts_ends[1:])
        return X[starts_ends[:-1]], starts_ends

    def reduce_last(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints1d]:
        """Last row of each sequence, and the row numbers (nL,) of these."""
        lengths = self._checked_lengths(X, lengths, minimum=1, whole=True)
        lasts = self.asarray1i(self.xp.cumsum(lengths) - 1)
        return X[lasts], lasts

    def backprop_reduce_sum(self, d_sums: Floats2d, lengths: Ints1d) -> Floats2d:
        return self._repeat(d_sums, self._counts(lengths))

    def backprop_reduce_mean(self, d_means: Floats2d, lengths: Ints1d) -> Floats2d:
        lengths = self._counts(lengths)
        scale = self.xp.maximum(lengths, 1)[:, None].astype(d_means.dtype)
        return self._repeat(d_means / scale, lengths)

    def backprop_reduce_max(self, d_maxes: Floats2d, which: Ints2d, lengths: Ints1d) -> Floats2d:
        lengths = self._counts(lengths, minimum=1)
        if ((which < 0) | (which >= lengths[:, None])).any():
            raise IndexError("backprop_reduce_max: a row number lies beyond the end of its sequence")
        starts = (self.xp.cumsum(lengths) - lengths)[:, None]
        columns = self.xp.arange(d_maxes.shape[1])[None, :]
        return self._scatter(d_maxes, (starts + which, columns), int(lengths.sum()))

    def backprop_reduce_first(self, d_firsts: Floats2d, starts_ends: Ints1d) -> Floats2d:
        if starts_ends.size == 1:
            raise ValueError("backprop_reduce_first: starts_ends must have at least two items, or none")
        return self._scatter(d_firsts, starts_ends[:-1], int(starts_ends[-1]) if starts_ends.size else 0)

    def backprop_reduce_last(self, d_lasts: Floats2d, lasts: Ints1d) -> Floats2d:
        return self._scatter(d_lasts, lasts, int(lasts[-1]) + 1 if lasts.size else 0)

    def _scatter(self, values: Any, places: Any, n: int) -> Any:
        """Zeros (n, w) with `values`, whose last axis is w, put at an index."""
        rows = self.xp.zeros((n, values.shape[-1]), dtype=values.dtype)
        if n:
            rows[places] = values
        return rows

    def _segment_sum(self, X: Any, lengths: Any) -> Any:
        xp = self.xp
        _, owner = self._within(xp.asarray(lengths))
        sums = xp.zeros((len(lengths), *X.shape[1:]), dtype=X.dtype)
        xp.add.at(sums, owner, X[: len(owner)])
        return sums

    def _repeat(self, rows: Any, lengths: Any) -> Any:
        return self.xp.repeat(rows, lengths.tolist(), axis=0)

    def _counts(self, lengths: Any, minimum: int = 0) -> Any:
        """Lengths as an array. Raises ValueError if one is below `minimum`, which is 0 or 1."""
        lengths = self.xp.asarray(lengths)
        if len(lengths) and (shortest := int(lengths.min())) < minimum:
            rule = "all sequence lengths must be > 0" if minimum else "sequence lengths must be counts"
            raise ValueError(f"{rule}, but one is {shortest}")
        return lengths

    def _checked_lengths(self, X: Any, lengths: Any, minimum: int = 0, whole: bool = False) -> Any:
        lengths = self._counts(lengths, minimum)
        total = int(lengths.sum())
        if total > len(X) or (whole and total != len(X)):
            raise IndexError(f"lengths must sum up to the number of rows: there are {len(X)}, but lengths for {total}")
        return lengths


def _on_cpu(lengths: Any) -> Any:
    if isinstance(lengths, np.ndarray):
        return lengths
    return lengths.get() if hasattr(lengths, "get") else np.asarray(lengths, dtype="int32")
