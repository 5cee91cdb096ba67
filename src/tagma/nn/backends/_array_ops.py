"""Making, reshaping and converting arrays, and cutting sequences into batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from ..types import (
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
    Shape,
    SizedGenerator,
    Xp,
)

# What `dtype` arguments take: a name of the contract, or the dtype of another array.
DType = DTypes | np.dtype[Any]
ArrayT = TypeVar("ArrayT")


class ArrayOps:
    """The part of `Ops` that moves data and computes nothing."""

    name: str = "base"
    xp: Xp = np

    def __init__(self, device_type: DeviceTypes = "cpu", device_id: int = -1, **kwargs: Any) -> None:
        self.device_type = device_type
        self.device_id = device_id

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
        """`minibatch` for sequences that belong together: each batch holds the same items of all of them, [X, Y, …]."""
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
            count = int(next(drawn))
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


def _ahead(items: Iterator[Any], buffer: int) -> Iterator[Any]:
    """Yield `items` in order, making `buffer` of them at a time."""
    while chunk := list(itertools.islice(items, max(1, buffer))):
        yield from chunk
