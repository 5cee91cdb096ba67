"""Array operations, written out in plain NumPy: the base of every backend and the readable twin of its kernels.

A backend subclasses `Ops`, sets `name` and `xp`, and overrides what it does faster; results must agree to 1e-5 in
float32. Layers reach arrays only through these methods. Shapes: n rows, w columns, nL sequences; `lengths` int (nL,).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ..types import (
    ArrayList,
    ArrayXd,
    Batchable,
    DeviceTypes,
    DTypes,
    DTypesFloat,
    DTypesInt,
    Floats1d,
    Floats2d,
    Floats3d,
    Floats4d,
    FloatsXd,
    Ints1d,
    Ints2d,
    Ints3d,
    Ints4d,
    IntsXd,
    Padded,
    Shape,
    SizedGenerator,
    Xp,
)
from . import _hashing

# What `dtype` arguments take: a name of the contract, or the dtype of another array.
DType = DTypes | np.dtype[Any]
ArrayT = TypeVar("ArrayT")
FloatsT = TypeVar("FloatsT")

_SQRT2PI = math.sqrt(2.0 / math.pi)
_INV_SQRT2 = 1.0 / math.sqrt(2.0)
_INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)

AdamParam = tuple[Any, Any, Any, Any, float, float, float]
"""weights, gradient, first and second moment, 1-d of one length; learning rate with the bias correction in it; largest
norm of the gradient; share of themselves that the weights lose after the step. The last two are 0 for none."""


class Ops:
    """Plain reference implementation of every operation. See `nn.md`, section 2, for the contract of each."""

    name: str = "base"
    xp: Xp = np

    def __init__(self, device_type: DeviceTypes = "cpu", device_id: int = -1, **kwargs: Any) -> None:
        self.device_type = device_type
        self.device_id = device_id

    # -- Creating and converting arrays

    def alloc(self, shape: Shape, *, dtype: DType | None = "float32", zeros: bool = True) -> Any:
        """An array of zeros, or uninitialized. An int `shape` means one axis."""
        return self.xp.zeros(shape, dtype=dtype) if zeros else self.xp.empty(shape, dtype=dtype)

    def alloc1f(
        self, d0: int, *, dtype: DTypesFloat | np.dtype[Any] | None = "float32", zeros: bool = True
    ) -> Floats1d:
        return self.alloc((d0,), dtype=dtype, zeros=zeros)

    def alloc2f(
        self, d0: int, d1: int, *, dtype: DTypesFloat | np.dtype[Any] | None = "float32", zeros: bool = True
    ) -> Floats2d:
        return self.alloc((d0, d1), dtype=dtype, zeros=zeros)

    def alloc3f(
        self, d0: int, d1: int, d2: int, *, dtype: DTypesFloat | np.dtype[Any] | None = "float32", zeros: bool = True
    ) -> Floats3d:
        return self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros)

    def alloc4f(
        self,
        d0: int,
        d1: int,
        d2: int,
        d3: int,
        *,
        dtype: DTypesFloat | np.dtype[Any] | None = "float32",
        zeros: bool = True,
    ) -> Floats4d:
        return self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros)

    def alloc_f(
        self, shape: Shape, *, dtype: DTypesFloat | np.dtype[Any] | None = "float32", zeros: bool = True
    ) -> FloatsXd:
        return self.alloc(shape, dtype=dtype, zeros=zeros)

    def alloc1i(self, d0: int, *, dtype: DTypesInt | np.dtype[Any] | None = "int32", zeros: bool = True) -> Ints1d:
        return self.alloc((d0,), dtype=dtype, zeros=zeros)

    def alloc2i(
        self, d0: int, d1: int, *, dtype: DTypesInt | np.dtype[Any] | None = "int32", zeros: bool = True
    ) -> Ints2d:
        return self.alloc((d0, d1), dtype=dtype, zeros=zeros)

    def alloc3i(
        self, d0: int, d1: int, d2: int, *, dtype: DTypesInt | np.dtype[Any] | None = "int32", zeros: bool = True
    ) -> Ints3d:
        return self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros)

    def alloc4i(
        self,
        d0: int,
        d1: int,
        d2: int,
        d3: int,
        *,
        dtype: DTypesInt | np.dtype[Any] | None = "int32",
        zeros: bool = True,
    ) -> Ints4d:
        return self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros)

    def alloc_i(self, shape: Shape, *, dtype: DTypesInt | np.dtype[Any] | None = "int32", zeros: bool = True) -> IntsXd:
        return self.alloc(shape, dtype=dtype, zeros=zeros)

    def reshape(self, array: Any, shape: Shape) -> Any:
        """`array` in another shape: a view where possible, never another dtype."""
        return self.xp.reshape(array, shape)

    def reshape1(self, array: ArrayXd, d0: int) -> Any:
        return self.reshape(array, (d0,))

    def reshape2(self, array: ArrayXd, d0: int, d1: int) -> Any:
        return self.reshape(array, (d0, d1))

    def reshape3(self, array: ArrayXd, d0: int, d1: int, d2: int) -> Any:
        return self.reshape(array, (d0, d1, d2))

    def reshape4(self, array: ArrayXd, d0: int, d1: int, d2: int, d3: int) -> Any:
        return self.reshape(array, (d0, d1, d2, d3))

    def reshape1f(self, array: FloatsXd, d0: int) -> Floats1d:
        return self.reshape(array, (d0,))

    def reshape2f(self, array: FloatsXd, d0: int, d1: int) -> Floats2d:
        return self.reshape(array, (d0, d1))

    def reshape3f(self, array: FloatsXd, d0: int, d1: int, d2: int) -> Floats3d:
        return self.reshape(array, (d0, d1, d2))

    def reshape4f(self, array: FloatsXd, d0: int, d1: int, d2: int, d3: int) -> Floats4d:
        return self.reshape(array, (d0, d1, d2, d3))

    def reshape_f(self, array: FloatsXd, shape: Shape) -> FloatsXd:
        return self.reshape(array, shape)

    def reshape1i(self, array: IntsXd, d0: int) -> Ints1d:
        return self.reshape(array, (d0,))

    def reshape2i(self, array: IntsXd, d0: int, d1: int) -> Ints2d:
        return self.reshape(array, (d0, d1))

    def reshape3i(self, array: IntsXd, d0: int, d1: int, d2: int) -> Ints3d:
        return self.reshape(array, (d0, d1, d2))

    def reshape4i(self, array: IntsXd, d0: int, d1: int, d2: int, d3: int) -> Ints4d:
        return self.reshape(array, (d0, d1, d2, d3))

    def reshape_i(self, array: IntsXd, shape: Shape) -> IntsXd:
        return self.reshape(array, shape)

    def asarray(self, data: Any, *, dtype: DType | None = None) -> Any:
        """`data` as an array of this backend; the same object if it already is one of that dtype.

        Takes arrays, PyTorch tensors, arrays of a GPU library that have `.get()`, and nested sequences of numbers.
        """
        xp = self.xp
        if isinstance(data, xp.ndarray):
            return xp.asarray(data, dtype=dtype)
        if hasattr(data, "numpy"):  # a tensor of PyTorch or another framework
            data = data.detach().cpu().numpy() if hasattr(data, "detach") else data.numpy()
            return xp.asarray(data, dtype=dtype)
        if hasattr(data, "get") and hasattr(data, "dtype"):  # an array on a device
            return xp.asarray(data.get(), dtype=dtype)
        return xp.array(data, dtype=dtype)

    def asarray1f(self, data: Any, *, dtype: DType | None = "float32") -> Floats1d:
        return self.asarray(data, dtype=dtype)

    def asarray2f(self, data: Any, *, dtype: DType | None = "float32") -> Floats2d:
        return self.asarray(data, dtype=dtype)

    def asarray3f(self, data: Any, *, dtype: DType | None = "float32") -> Floats3d:
        return self.asarray(data, dtype=dtype)

    def asarray4f(self, data: Any, *, dtype: DType | None = "float32") -> Floats4d:
        return self.asarray(data, dtype=dtype)

    def asarray_f(self, data: Any, *, dtype: DType | None = "float32") -> FloatsXd:
        return self.asarray(data, dtype=dtype)

    def asarray1i(self, data: Any, *, dtype: DType | None = "int32") -> Ints1d:
        return self.asarray(data, dtype=dtype)

    def asarray2i(self, data: Any, *, dtype: DType | None = "int32") -> Ints2d:
        return self.asarray(data, dtype=dtype)

    def asarray3i(self, data: Any, *, dtype: DType | None = "int32") -> Ints3d:
        return self.asarray(data, dtype=dtype)

    def asarray4i(self, data: Any, *, dtype: DType | None = "int32") -> Ints4d:
        return self.asarray(data, dtype=dtype)

    def asarray_i(self, data: Any, *, dtype: DType | None = "int32") -> IntsXd:
        return self.asarray(data, dtype=dtype)

    def as_contig(self, data: ArrayT, dtype: DType | None = None) -> ArrayT:
        """`data` itself if C-contiguous and of that dtype, else a C-contiguous copy."""
        return self.xp.ascontiguousarray(data, dtype=dtype)

    def to_numpy(self, data: Any, *, byte_order: str | None = None) -> Any:
        """`data` as a NumPy array, its items in `byte_order` ("<", ">", "=", "|") if given.

        Raises ValueError for anything but an array.
        """
        if not isinstance(data, np.ndarray):
            raise ValueError(f"to_numpy expects an array, but got {type(data).__name__}")
        return data.astype(data.dtype.newbyteorder(byte_order), copy=False) if byte_order else data

    def cblas(self) -> Any:
        """Table of BLAS functions for compiled callers. Raises NotImplementedError: this backend has none."""
        raise NotImplementedError(
            f"{type(self).__name__} has no table of C functions; use NumpyOps for compiled callers"
        )

    # -- Batching

    def minibatch(
        self, size: int | Iterable[float], sequence: Batchable, *, shuffle: bool = False, buffer: int = 1
    ) -> SizedGenerator[Any]:
        """Cut `sequence` into batches of `size` items; may be iterated any number of times.

        size        An int, or an iterable of sizes (fractions are cut off); drawn at the call until all items are in.
        shuffle     Draw a new order at each iteration (`numpy.random`).
        buffer      Number of batches made ahead.
        Raises ValueError if `sequence` has no length or a size is below 1; StopIteration if sizes run out.
        """
        n = self._length(sequence)
        sizes = self._batch_sizes(n, size)
        indices = np.arange(n)

        def batches() -> Iterator[Any]:
            if shuffle:
                np.random.shuffle(indices)
            chunks = self._cut(indices, sizes)
            yield from _ahead((self._get_batch(sequence, chunk) for chunk in chunks), buffer)

        return SizedGenerator(batches, len(sizes))

    def multibatch(
        self,
        size: int | Iterable[float],
        sequence: Batchable,
        *others: Batchable,
        shuffle: bool = False,
        buffer: int = 1,
    ) -> SizedGenerator[Any]:
        """As `minibatch`, over several sequences at once: each batch is a list with one part per sequence."""
        sequences = (sequence, *others)
        lengths = [self._length(seq) for seq in sequences]
        if len(set(lengths)) > 1:
            raise ValueError(f"multibatch needs sequences of equal length, but got lengths {lengths}")
        sizes = self._batch_sizes(lengths[0], size)
        indices = np.arange(lengths[0])

        def batches() -> Iterator[Any]:
            if shuffle:
                np.random.shuffle(indices)
            chunks = self._cut(indices, sizes)
            yield from _ahead(([self._get_batch(seq, chunk) for seq in sequences] for chunk in chunks), buffer)

        return SizedGenerator(batches, len(sizes))

    def _length(self, sequence: Any) -> int:
        if not hasattr(sequence, "__len__"):
            raise ValueError(
                f"cannot batch a {type(sequence).__name__}: it has no length; make a list of it, or batch it yourself"
            )
        return len(sequence)

    def _batch_sizes(self, n: int, size: int | Iterable[float]) -> list[int]:
        drawn = itertools.repeat(size) if isinstance(size, int | float | np.number) else iter(size)
        sizes: list[int] = []
        total = 0
        while total < n:
            count = int(next(drawn))  # type: ignore[call-overload]
            if count < 1:
                raise ValueError(f"a batch size must be at least 1, but got {count}")
            sizes.append(count)
            total += count
        return sizes

    def _cut(self, indices: Any, sizes: list[int]) -> Iterator[Any]:
        start = 0
        for size in sizes:
            yield indices[start : start + size]
            start += size

    def _get_batch(self, sequence: Any, indices: Any) -> Any:
        if isinstance(sequence, list):
            return [sequence[i] for i in indices.tolist()]
        if isinstance(sequence, tuple):
            return tuple(sequence[i] for i in indices.tolist())
        batch = sequence[indices]
        return self.as_contig(self.asarray(batch)) if isinstance(batch, self.xp.ndarray | np.ndarray) else batch

    # -- Matrix products and windows

    def gemm(
        self,
        x: Floats2d,
        y: Floats2d,
        out: Floats2d | None = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> Floats2d:
        """Matrix product of x and y, either transposed first; written to `out` if given.

        Raises ValueError unless both are 2-d and their inner dims agree.
        """
        if x.ndim != 2 or y.ndim != 2:
            raise ValueError(f"gemm expects 2-d arrays, but got {x.ndim}-d and {y.ndim}-d")
        if trans1:
            x = x.T
        if trans2:
            y = y.T
        return self.xp.matmul(x, y, out=out) if out is not None else self.xp.matmul(x, y)

    def affine(self, X: Floats2d, W: Floats2d, b: Floats1d) -> Floats2d:
        """X·Wᵀ + b: X (n, nI), W (nO, nI), b (nO,)."""
        Y = self.gemm(X, W, trans2=True)
        Y += b
        return Y

    def tile(self, X: Floats2d, reps: int) -> Floats2d:
        """The columns of X, `reps` times side by side."""
        return self.xp.tile(X, (1, reps))

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
        lengths = xp.asarray(lengths)
        if len(lengths) and int(lengths.min()) < 0:
            raise AssertionError(f"all sequence lengths must be >= 0, but the smallest is {int(lengths.min())}")
        if int(lengths.sum()) != n:
            raise AssertionError(
                f"lengths must sum up to the number of rows, but sum to {int(lengths.sum())} for {n} rows"
            )
        within, _ = self._within(lengths)
        return within, xp.repeat(lengths, lengths.tolist())

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
        result = self.xp.zeros((len(seqs), longest, *first.shape[1:]), dtype=first.dtype)
        for i, seq in enumerate(seqs):
            result[i, : len(seq)] = seq
        return result

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
        result = self.alloc(shape, dtype=Xs[0].dtype if len(Xs) else "float32")
        for i, x in enumerate(Xs):
            result[i, : x.shape[0]] = x
        return result

    # -- Activations

    def relu(self, X: Any, inplace: bool = False) -> Any:
        return self.xp.maximum(X, 0, out=X if inplace else None)

    def backprop_relu(self, dY: Any, Y: Any, inplace: bool = False) -> Any:
        return self._times(dY, Y > 0, inplace)

    def clipped_linear(
        self,
        X: Any,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> Any:
        out = X if inplace else X.copy()
        out *= slope
        out += offset
        return self.xp.clip(out, min_val, max_val, out=out)

    def backprop_clipped_linear(
        self,
        dY: Any,
        X: Any,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> Any:
        low, high = (min_val - offset) / slope, (max_val - offset) / slope
        inside = (low < X) & (high > X)
        return self._times(dY, inside.astype(dY.dtype) * dY.dtype.type(slope), inplace)

    def relu_k(self, X: Any, n: float = 6.0, inplace: bool = False) -> Any:
        return self.clipped_linear(X, max_val=n, inplace=inplace)

    def backprop_relu_k(self, dY: Any, X: Any, n: float = 6.0, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, max_val=n, inplace=inplace)

    def hard_sigmoid(self, X: Any, inplace: bool = False) -> Any:
        return self.clipped_linear(X, slope=0.2, offset=0.5, inplace=inplace)

    def backprop_hard_sigmoid(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, slope=0.2, offset=0.5, inplace=inplace)

    def hard_tanh(self, X: Any, inplace: bool = False) -> Any:
        return self.clipped_linear(X, min_val=-1.0, max_val=1.0, inplace=inplace)

    def backprop_hard_tanh(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        return self.backprop_clipped_linear(dY, X, min_val=-1.0, max_val=1.0, inplace=inplace)

    def sigmoid(self, X: Any, *, inplace: bool = False) -> Any:
        xp = self.xp
        out = xp.clip(X, -20.0, 20.0, out=X if inplace else None)
        xp.exp(-out, out=out)
        out += 1.0
        return xp.divide(1.0, out, out=out)

    def backprop_sigmoid(self, dY: Any, Y: Any, *, inplace: bool = False) -> Any:
        """dY·Y(1−Y); with `inplace` the result is written into Y."""
        self._same_shape(dY, Y)
        slope = self.dsigmoid(Y, inplace=inplace)
        slope *= dY
        return slope

    def dsigmoid(self, Y: Any, *, inplace: bool = False) -> Any:
        return self.xp.multiply(Y, 1 - Y, out=Y if inplace else None)

    def dtanh(self, Y: Any, *, inplace: bool = False) -> Any:
        return self.xp.subtract(1, Y * Y, out=Y if inplace else None)

    def sechsq(self, X: Any) -> Any:
        """1/cosh², of X clipped to ±20."""
        return (1 / self.xp.cosh(self.xp.clip(X, -20.0, 20.0))) ** 2

    def erf(self, X: Any) -> Any:
        """The error function by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
        xp = self.xp
        sign, x = xp.sign(X), xp.abs(X)
        t = 1.0 / (1.0 + 0.3275911 * x)
        tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
        return (sign * (1.0 - tail * xp.exp(-x * x))).astype(X.dtype)

    def swish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self.sigmoid(X), inplace)

    def backprop_swish(self, dY: Any, X: Any, Y: Any, inplace: bool = False) -> Any:
        return self._times(dY, Y + self.sigmoid(X) * (1 - Y), inplace)

    def hard_swish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self.hard_sigmoid(X), inplace)

    def backprop_hard_swish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        slope = X * 0.4 + 0.5
        slope[X > 2.5] = 1.0
        slope[X < -2.5] = 0.0
        return self._times(dY, slope, inplace)

    def hard_swish_mobilenet(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * (self.relu_k(X + 3) / 6), inplace)

    def backprop_hard_swish_mobilenet(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        slope = (X * 2.0 + 3.0) / 6.0
        slope[X > 3.0] = 1.0
        slope[X < -3.0] = 0.0
        return self._times(dY, slope, inplace)

    def dish(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, 0.5 * X * (X / self.xp.sqrt(1 + X * X) + 1), inplace)

    def backprop_dish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        root = 1 / self.xp.sqrt(1 + X * X)
        return self._times(dY, X * root - 0.5 * (X * root) ** 3 + 0.5, inplace)

    def gelu(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, X * self._gaussian_cdf(X), inplace)

    def backprop_gelu(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        density = _INV_SQRT_2PI * self.xp.exp(-0.5 * X * X)
        return self._times(dY, self._gaussian_cdf(X) + X * density, inplace)

    def _gaussian_cdf(self, X: Any) -> Any:
        return 0.5 * (1.0 + self.erf(X * _INV_SQRT2))

    def gelu_approx(self, X: Any, inplace: bool = False) -> Any:
        return self._into(X, 0.5 * X * (1.0 + self.xp.tanh(_SQRT2PI * (X + 0.044715 * X**3))), inplace)

    def backprop_gelu_approx(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        cube = X**3
        inner = 0.0356774 * cube + 0.797885 * X
        slope = 0.5 * self.xp.tanh(inner) + (0.0535161 * cube + 0.398942 * X) * self.sechsq(inner) + 0.5
        return self._times(dY, slope, inplace)

    def mish(self, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        xp = self.xp
        low = xp.minimum(X, threshold)  # keeps exp from overflowing where the result is not used
        return self._into(X, xp.where(threshold <= X, X, low * xp.tanh(xp.log1p(xp.exp(low)))), inplace)

    def backprop_mish(self, dY: Any, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        xp = self.xp
        low = xp.minimum(X, threshold)
        # With e = exp(x): slope = e·ω/δ². Both are divided by e⁴ (as e² each) to stay finite for large x.
        e = xp.exp(low)
        omega = 4.0 * (low + 1) + 4.0 * e * e + e * e * e + e * (4.0 * low + 6)
        delta = 2.0 * e + e * e + 2.0
        slope = xp.where(threshold <= X, 1.0, (e / delta) * (omega / delta)).astype(dY.dtype)
        return self._times(dY, slope, inplace)

    def _times(self, dY: Any, slope: Any, inplace: bool) -> Any:
        self._same_shape(dY, slope)
        if inplace:
            dY *= slope
            return dY
        return (dY * slope).astype(dY.dtype, copy=False)

    def _into(self, X: Any, Y: Any, inplace: bool) -> Any:
        if inplace:
            X[:] = Y
            return X
        return Y.astype(X.dtype, copy=False)

    def _same_shape(self, a: Any, b: Any) -> None:
        if a.shape != b.shape:
            raise ValueError(f"the gradient and the value it belongs to must have one shape: {a.shape} and {b.shape}")

    # -- Softmax

    def softmax(self, x: Any, *, inplace: bool = False, axis: int = -1, temperature: float = 1.0) -> Any:
        """Softmax of x/temperature along `axis`. Always use the returned array."""
        xp = self.xp
        if temperature != 1.0:
            x = x / temperature
        out = x - xp.max(x, axis=axis, keepdims=True) if x.size else x.copy()
        xp.exp(out, out=out)
        out /= out.sum(axis=axis, keepdims=True)
        return out

    def backprop_softmax(self, Y: Any, dY: Any, *, axis: int = -1, temperature: float = 1.0) -> Any:
        if temperature != 1.0:
            dY = dY / temperature
        dX = Y * dY
        dX -= Y * dX.sum(axis=axis, keepdims=True)
        return dX

    def softmax_sequences(self, Xs: Floats2d, lengths: Ints1d, *, inplace: bool = False, axis: int = -1) -> Floats2d:
        """Softmax of every column over the rows of each sequence. Inputs are clipped to ±20.

        Raises NotImplementedError for arrays of more than two axes.
        """
        if Xs.ndim >= 3:
            raise NotImplementedError(f"softmax_sequences takes arrays of at most two axes, but got {Xs.ndim}")
        xp = self.xp
        powers = xp.exp(xp.clip(Xs, -20.0, 20.0))
        sums = self._repeat(self._segment_sum(powers, lengths), lengths)
        return self._into(Xs, powers / sums, inplace)

    def backprop_softmax_sequences(self, dY: Floats2d, Y: Floats2d, lengths: Ints1d) -> Floats2d:
        dX = Y * dY
        dX -= Y * self._repeat(self._segment_sum(dX, lengths), lengths)
        return dX

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

        (n, w) → (nL, w) and int32 (nL, w); of equal values the first wins. Raises ValueError for an empty sequence.
        """
        xp = self.xp
        lengths = self._checked_lengths(X, lengths, minimum=1)
        X = X[: int(lengths.sum())]
        shape = (len(lengths), X.shape[1])
        within, owner = self._within(lengths)
        maxes = xp.full(shape, -xp.inf, dtype=X.dtype)
        xp.maximum.at(maxes, owner, X)
        which = xp.full(shape, len(X), dtype="int32")
        rows = xp.where(maxes[owner] == X, within[:, None], len(X)).astype("int32")
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
        return self._repeat(d_sums, self._nonnegative(lengths))

    def backprop_reduce_mean(self, d_means: Floats2d, lengths: Ints1d) -> Floats2d:
        lengths = self._nonnegative(lengths)
        scale = self.xp.maximum(lengths, 1)[:, None].astype(d_means.dtype)
        return self._repeat(d_means / scale, lengths)

    def backprop_reduce_max(self, d_maxes: Floats2d, which: Ints2d, lengths: Ints1d) -> Floats2d:
        xp = self.xp
        lengths = xp.asarray(lengths)
        if len(lengths) and int(lengths.min()) <= 0:
            raise ValueError(f"all sequence lengths must be > 0, but the smallest is {int(lengths.min())}")
        if (which >= lengths[:, None]).any():
            raise IndexError("backprop_reduce_max: a row number lies beyond the end of its sequence")
        dX = xp.zeros((int(lengths.sum()), d_maxes.shape[1]), dtype=d_maxes.dtype)
        starts = (xp.cumsum(lengths) - lengths)[:, None]
        dX[starts + which, xp.arange(d_maxes.shape[1])[None, :]] = d_maxes
        return dX

    def backprop_reduce_first(self, d_firsts: Floats2d, starts_ends: Ints1d) -> Floats2d:
        if starts_ends.size == 0:
            return self.alloc((0, d_firsts.shape[1]), dtype=d_firsts.dtype)
        if starts_ends.size == 1:
            raise ValueError("backprop_reduce_first: starts_ends must have at least two items, or none")
        dX = self.alloc((int(starts_ends[-1]), d_firsts.shape[1]), dtype=d_firsts.dtype)
        dX[starts_ends[:-1]] = d_firsts
        return dX

    def backprop_reduce_last(self, d_lasts: Floats2d, lasts: Ints1d) -> Floats2d:
        if lasts.size == 0:
            return self.alloc((0, d_lasts.shape[1]), dtype=d_lasts.dtype)
        dX = self.alloc((int(lasts[-1]) + 1, d_lasts.shape[1]), dtype=d_lasts.dtype)
        dX[lasts] = d_lasts
        return dX

    def _segment_sum(self, X: Any, lengths: Any) -> Any:
        xp = self.xp
        _, owner = self._within(xp.asarray(lengths))
        sums = xp.zeros((len(lengths), *X.shape[1:]), dtype=X.dtype)
        xp.add.at(sums, owner, X[: len(owner)])
        return sums

    def _repeat(self, rows: Any, lengths: Any) -> Any:
        return self.xp.repeat(rows, lengths.tolist(), axis=0)

    def _nonnegative(self, lengths: Any) -> Any:
        lengths = self.xp.asarray(lengths)
        if len(lengths) and int(lengths.min()) < 0:
            raise ValueError(f"all sequence lengths must be >= 0, but the smallest is {int(lengths.min())}")
        return lengths

    def _checked_lengths(self, X: Any, lengths: Any, minimum: int = 0, whole: bool = False) -> Any:
        lengths = self._nonnegative(lengths)
        if len(lengths) and int(lengths.min()) < minimum:
            raise ValueError(f"all sequence lengths must be > 0, but the smallest is {int(lengths.min())}")
        total = int(lengths.sum())
        if total > len(X) or (whole and total != len(X)):
            raise IndexError(f"lengths must sum up to the number of rows, but sum to {total} for {len(X)} rows")
        return lengths

    # -- Maxout, layer normalization, embeddings, hashing

    def maxout(self, X: Floats3d) -> tuple[Floats2d, Ints2d]:
        """Largest piece of each output, and its number: (n, nO, nP) → (n, nO), int32 (n, nO). Ties: lowest piece."""
        which = X.argmax(axis=-1)
        best = self.xp.take_along_axis(X, which[..., None], axis=-1)[..., 0]
        return best, self.asarray2i(which)

    def backprop_maxout(self, dY: Floats2d, which: Ints2d, P: int) -> Floats3d:
        """dY (n, nO) at the pieces `which`, zero elsewhere: (n, nO, P). Raises IndexError if a piece is ≥ P."""
        xp = self.xp
        if which.size and int(which.max()) >= P:
            raise IndexError(f"backprop_maxout: piece {int(which.max())} of {P}")
        dX = xp.zeros((*dY.shape, P), dtype=dY.dtype)
        xp.put_along_axis(dX, which[..., None].astype("int64"), dY[..., None], axis=-1)
        return dX

    def layer_norm(self, X: Floats2d, G: Floats1d, b: Floats1d) -> tuple[Floats2d, Floats2d, Floats1d]:
        """Y = X̂·G + b with X̂ = (X − mean)/√(variance + 1e-8) of each row.

        X (n, w), G and b (w,). Returns Y and X̂ (n, w) and 1/√(variance + 1e-8) (n,), for `backprop_layer_norm`.
        """
        xp = self.xp
        if not X.shape[1]:
            return X.copy(), X.copy(), xp.ones(len(X), dtype=X.dtype)
        Xhat = X - X.mean(axis=1, keepdims=True)
        rstd = 1.0 / xp.sqrt((Xhat * Xhat).mean(axis=1) + 1e-8)
        Xhat *= rstd[:, None]
        return Xhat * G + b, Xhat, rstd

    def backprop_layer_norm(
        self, dY: Floats2d, Xhat: Floats2d, rstd: Floats1d, G: Floats1d
    ) -> tuple[Floats2d, Floats1d, Floats1d]:
        """Gradients of X (n, w), G (w,) and b (w,), from what `layer_norm` returned."""
        dG = (dY * Xhat).sum(axis=0)
        db = dY.sum(axis=0)
        if not dY.shape[1]:
            return dY.copy(), dG, db
        g = dY * G
        dX = g - g.mean(axis=1, keepdims=True)
        dX -= Xhat * (g * Xhat).mean(axis=1, keepdims=True)
        dX *= rstd[:, None]
        return dX, dG, db

    def gather_add(self, table: Floats2d, indices: Ints2d) -> Floats2d:
        """Row b = Σₖ table[indices[b, k]]. Raises IndexError for an index outside the table."""
        if indices.size:
            low, high = int(indices.min()), int(indices.max())
            if low < 0 or high >= len(table):
                raise IndexError(
                    f"gather_add: index {low if low < 0 else high} is outside the table of {len(table)} rows"
                )
        return table[indices].sum(axis=1)

    def scatter_add(self, table: FloatsXd, indices: IntsXd, values: FloatsXd) -> None:
        """table[indices[i]] += values[i], in place; equal indices accumulate."""
        self.xp.add.at(table, indices, values)

    def hash(self, ids: Ints1d, seed: int) -> Ints2d:
        """MurmurHash3 x64-128 of each 8-byte key: uint64 (n,) → uint32 (n, 4). 0 ≤ seed < 2³²."""
        return _hashing.murmur3_128(self.xp, ids, seed)

    def ngrams(self, n: int, keys: Ints1d) -> Ints1d:
        """MurmurHash64A of each run of n keys: uint64 (m,) → uint64 (max(0, m−n+1),)."""
        return _hashing.ngrams(self.xp, n, keys)

    def position_encode(self, N: int, D: int, period: int = 10000, out: Floats2d | None = None) -> Floats2d:
        """Sines and cosines of the row number: column pair j holds sin and cos of p/period^(2j/D), j even."""
        xp = self.xp
        result = out if out is not None else self.alloc2f(N, D)
        even = xp.arange(0, D - D % 2, 2)
        angles = xp.arange(N)[:, None] * xp.exp(even * (-2.0 * math.log(period) / D))[None, :]
        result[:, 0 : D - D % 2 : 2] = xp.sin(angles)
        result[:, 1 : D - D % 2 : 2] = xp.cos(angles)
        if D % 2 and D > 1:
            result[:, -1] = result[:, D - 3]  # the sine of the previous pair, again
        return result

    # -- Dropout and optimizer steps

    def get_dropout_mask(self, shape: Shape, drop: float | None) -> FloatsXd:
        """float32 mask: 0 with probability `drop`, else 1/(1 − drop). Drawn from `xp.random`."""
        xp = self.xp
        if drop is None or drop <= 0:
            return xp.ones(shape, dtype="float32")
        if drop >= 1.0:
            return xp.zeros(shape, dtype="float32")
        drawn = xp.random.uniform(0.0, 1.0, shape)
        return ((drawn >= drop) / (1.0 - drop)).astype("float32")

    def clip_gradient(self, gradient: Any, threshold: float) -> Any:
        """Scale `gradient`, in place, to the norm `threshold` if its norm is larger."""
        flat = gradient.reshape(-1)
        norm = math.sqrt(float(self.xp.dot(flat, flat)))
        if norm >= threshold:
            gradient *= threshold / norm
        return gradient

    def adam(
        self,
        weights: Floats1d,
        gradient: Floats1d,
        mom1: Floats1d,
        mom2: Floats1d,
        beta1: float,
        beta2: float,
        eps: float,
        learn_rate: float,
        mod_rate: float = 1.0,
    ) -> tuple[Floats1d, Floats1d, Floats1d, Floats1d]:
        """One step of Adam, all in place, the gradient zeroed; bias correction is the caller's.

        Raises ValueError if the four shapes differ.
        """
        if not (weights.shape == gradient.shape == mom1.shape == mom2.shape):
            raise ValueError(
                f"adam: weights {weights.shape}, gradient {gradient.shape} and moments {mom1.shape}, {mom2.shape} "
                "must have one shape"
            )
        mom1 *= beta1
        mom1 += gradient * (1.0 - beta1)
        mom2 *= beta2
        mom2 += gradient * gradient * (1.0 - beta2)
        weights -= learn_rate * mod_rate * mom1 / (self.xp.sqrt(mom2) + eps)
        gradient.fill(0)
        return weights, gradient, mom1, mom2

    def adam_steps(self, params: list[AdamParam], *, beta1: float, beta2: float, eps: float) -> None:
        """A whole update of parameters by Adam, each in place: clip, step, zero the gradient, decay the weights.

        eps is added to the uncorrected √mom2.
        """
        for weights, gradient, mom1, mom2, learn_rate, grad_clip, decay in params:
            if grad_clip:
                gradient = self.clip_gradient(gradient, grad_clip)
            self.adam(weights, gradient, mom1, mom2, beta1, beta2, eps, learn_rate)
            if decay:
                weights -= decay * weights

    def update_averages(self, ema: Any, weights: Any, t: int, max_decay: float = 0.9999) -> None:
        """Move the running average `ema`, in place, towards the weights at step t."""
        decay = min((1.0 + t) / (10.0 + t), max_decay)
        change = weights - ema
        change *= 1 - decay
        ema += change

    def logloss(self, y_true: Any, y_pred: Any) -> Any:
        """−(y·ln p + (1−y)·ln(1−p)), elementwise."""
        log = self.xp.log
        return -(y_true * log(y_pred + 1e-8) + (1 - y_true) * log((1 - y_pred) + 1e-8))


def _on_cpu(lengths: Any) -> Any:
    if isinstance(lengths, np.ndarray):
        return lengths
    return lengths.get() if hasattr(lengths, "get") else np.asarray(lengths, dtype="int32")


def _ahead(items: Iterator[Any], buffer: int) -> Iterator[Any]:
    """Yield `items` in order, making `buffer` of them at a time."""
    while chunk := list(itertools.islice(items, max(1, buffer))):
        yield from chunk
