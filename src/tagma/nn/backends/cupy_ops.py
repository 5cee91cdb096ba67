"""CupyOps: the GPU backend. CuPy's arrays, and the kernels of `cuda/` for what CuPy would do in many passes.

CuPy is imported when the first instance is made. Not run on a GPU yet: see docs/gpu.md for what was checked instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import registry
from ..types import DeviceTypes
from . import _cuda
from ._array_ops import DType
from .ops import Ops

__all__ = ["CupyOps"]

CUDA_DEVICES = (2, 13)  # numbers that DLPack gives to memory of a CUDA device, its own or managed


@registry.ops("CupyOps")
class CupyOps(Ops):
    """Operations on a CUDA device. Raises ValueError when made without CuPy.

    Results are those of `Ops`, errors too: what an error depends on is looked at on the device, and waited for.
    Arrays of other types than float32 and float64 are computed by CuPy alone.
    """

    name = "cupy"
    xp: Any = None

    def __init__(self, device_type: DeviceTypes = "gpu", device_id: int = 0, **kwargs: Any) -> None:
        super().__init__(device_type, device_id)
        try:
            import cupy
        except ImportError:
            raise ValueError(
                "CupyOps needs CuPy: pip install cupy-cuda12x (or the build for your CUDA version)"
            ) from None
        type(self).xp = cupy

    # -- Arrays

    def asarray(self, data: Any, *, dtype: DType | None = None) -> Any:
        """As `Ops.asarray`; tensors on the GPU are taken over without a copy, those on the CPU are copied to it."""
        if not isinstance(data, self.xp.ndarray | np.ndarray) and hasattr(data, "__dlpack_device__"):
            data = data.detach() if hasattr(data, "detach") else data
            on_gpu = data.__dlpack_device__()[0] in CUDA_DEVICES
            data = self.xp.from_dlpack(data) if on_gpu else np.from_dlpack(data)
        return self.xp.asarray(data, dtype=dtype)

    def to_numpy(self, data: Any, *, byte_order: str | None = None) -> Any:
        """As `Ops.to_numpy`, copied from the device."""
        return super().to_numpy(data.get() if isinstance(data, self.xp.ndarray) else data, byte_order=byte_order)

    def insert_into(self, shape: Any, Xs: Any) -> Any:
        """As `Ops.insert_into`, all rows at once."""
        lengths = np.array([len(x) for x in Xs], dtype="int64")
        if not lengths.any() or len(Xs) > shape[0] or lengths.max() > shape[1]:
            return super().insert_into(shape, Xs)
        rows = self.alloc(shape, dtype=Xs[0].dtype)
        within, owner = self._within(self.xp.asarray(lengths))
        rows[owner, within] = self.xp.concatenate(list(Xs))
        return rows

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        """As `Ops.gemm`. Raises ValueError for NumPy arrays, which would be copied at every call."""
        if not (isinstance(x, self.xp.ndarray) and isinstance(y, self.xp.ndarray)):
            raise ValueError("CupyOps.gemm got a NumPy array: move it to the GPU first, with ops.asarray")
        return super().gemm(x, y, out, trans1, trans2)

    # -- Kernels

    def _takes(self, *arrays: Any) -> bool:
        """Whether kernels can compute with these: arrays of the device, of one float type."""
        dtype = arrays[0].dtype
        return dtype in _cuda.REAL and all(isinstance(a, self.xp.ndarray) and a.dtype == dtype for a in arrays)

    def _launch(self, name: str, dtype: Any, items: int, *args: Any) -> None:
        contiguous = (self.xp.ascontiguousarray(a) if isinstance(a, self.xp.ndarray) else a for a in args)
        _cuda.launch(self.xp, name, dtype, items, *contiguous)

    def _pointwise(self, name: str, *arrays: Any, into: Any = None, options: tuple[float, ...] = ()) -> Any:
        """Kernel `name` of activations.cu for each value of arrays of one shape, in the place of `into` if given."""
        for other in arrays[1:]:
            self._same_shape(arrays[0], other)
        in_place = into is not None and into.flags.c_contiguous
        out = into if in_place else self.xp.empty(arrays[0].shape, dtype=arrays[0].dtype)
        self._launch(f"activations.{name}", out.dtype, out.size, out, *arrays, out.size, *map(float, options))
        if into is None or in_place:
            return out
        into[...] = out
        return into

    # -- Activations

    def backprop_relu(self, dY: Any, Y: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, Y):
            return super().backprop_relu(dY, Y, inplace)
        return self._pointwise("backprop_relu", dY, Y, into=dY if inplace else None)

    def clipped_linear(
        self,
        X: Any,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> Any:
        if not self._takes(X):
            return super().clipped_linear(X, slope, offset, min_val, max_val, inplace)
        options = (slope, offset, min_val, max_val)
        return self._pointwise("clipped_linear", X, into=X if inplace else None, options=options)

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
        if not self._takes(dY, X):
            return super().backprop_clipped_linear(dY, X, slope, offset, min_val, max_val, inplace)
        options = (slope, (min_val - offset) / slope, (max_val - offset) / slope)
        return self._pointwise("backprop_clipped_linear", dY, X, into=dY if inplace else None, options=options)

    def sigmoid(self, X: Any, *, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().sigmoid(X, inplace=inplace)
        return self._pointwise("sigmoid", X, into=X if inplace else None)

    def backprop_sigmoid(self, dY: Any, Y: Any, *, inplace: bool = False) -> Any:
        """As `Ops.backprop_sigmoid`: with `inplace` the result is written into Y."""
        if not self._takes(dY, Y):
            return super().backprop_sigmoid(dY, Y, inplace=inplace)
        return self._pointwise("backprop_sigmoid", dY, Y, into=Y if inplace else None)

    def swish(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().swish(X, inplace)
        return self._pointwise("swish", X, into=X if inplace else None)

    def backprop_swish(self, dY: Any, X: Any, Y: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X, Y):
            return super().backprop_swish(dY, X, Y, inplace)
        return self._pointwise("backprop_swish", dY, X, Y, into=dY if inplace else None)

    def hard_swish(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().hard_swish(X, inplace)
        return self._pointwise("hard_swish", X, into=X if inplace else None)

    def backprop_hard_swish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_hard_swish(dY, X, inplace)
        return self._pointwise("backprop_hard_swish", dY, X, into=dY if inplace else None)

    def hard_swish_mobilenet(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().hard_swish_mobilenet(X, inplace)
        return self._pointwise("hard_swish_mobilenet", X, into=X if inplace else None)

    def backprop_hard_swish_mobilenet(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_hard_swish_mobilenet(dY, X, inplace)
        return self._pointwise("backprop_hard_swish_mobilenet", dY, X, into=dY if inplace else None)

    def dish(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().dish(X, inplace)
        return self._pointwise("dish", X, into=X if inplace else None)

    def backprop_dish(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_dish(dY, X, inplace)
        return self._pointwise("backprop_dish", dY, X, into=dY if inplace else None)

    def gelu(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().gelu(X, inplace)
        return self._pointwise("gelu", X, into=X if inplace else None)

    def backprop_gelu(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_gelu(dY, X, inplace)
        return self._pointwise("backprop_gelu", dY, X, into=dY if inplace else None)

    def gelu_approx(self, X: Any, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().gelu_approx(X, inplace)
        return self._pointwise("gelu_approx", X, into=X if inplace else None)

    def backprop_gelu_approx(self, dY: Any, X: Any, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_gelu_approx(dY, X, inplace)
        return self._pointwise("backprop_gelu_approx", dY, X, into=dY if inplace else None)

    def mish(self, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        if not self._takes(X):
            return super().mish(X, threshold, inplace)
        return self._pointwise("mish", X, into=X if inplace else None, options=(threshold,))

    def backprop_mish(self, dY: Any, X: Any, threshold: float = 20.0, inplace: bool = False) -> Any:
        if not self._takes(dY, X):
            return super().backprop_mish(dY, X, threshold, inplace)
        return self._pointwise("backprop_mish", dY, X, into=dY if inplace else None, options=(threshold,))

    # -- Maxout, embeddings, hashing

    def maxout(self, X: Any) -> tuple[Any, Any]:
        if not self._takes(X) or X.ndim != 3 or not X.shape[2]:
            return super().maxout(X)
        best = self.xp.empty(X.shape[:2], dtype=X.dtype)
        which = self.xp.empty(X.shape[:2], dtype="int32")
        self._launch("pieces.maxout", X.dtype, best.size, best, which, X, best.size, X.shape[2])
        return best, which

    def backprop_maxout(self, dY: Any, which: Any, P: int) -> Any:
        if not self._takes(dY) or which.dtype != np.int32 or which.shape != dY.shape:
            return super().backprop_maxout(dY, which, P)
        if which.size and not (int(which.min()) >= 0 and int(which.max()) < P):
            raise IndexError(f"backprop_maxout: `which` names pieces {which.min()} to {which.max()} of {P}")
        dX = self.xp.empty((*dY.shape, P), dtype=dY.dtype)
        self._launch("pieces.backprop_maxout", dY.dtype, dX.size, dX, dY, which, dY.size, int(P))
        return dX

    def hash(self, ids: Any, seed: int) -> Any:
        """As `Ops.hash`, and bit for bit the same. Raises ValueError unless 0 ≤ seed < 2³²."""
        if not 0 <= seed < 1 << 32:
            raise ValueError(f"hash: the seed must lie in 0 … 2**32 - 1, but is {seed}")
        keys = self.xp.ascontiguousarray(ids, dtype="uint64")
        hashes = self.xp.empty((len(keys), 4), dtype="uint32")
        self._launch("tables.hash_keys", "float32", len(keys), hashes, keys, len(keys), np.uint32(seed))
        return hashes

    def ngrams(self, n: int, keys: Any) -> Any:
        """As `Ops.ngrams`, and bit for bit the same."""
        count = max(0, len(keys) - n + 1) if n >= 1 else 0
        hashes = self.xp.empty((count,), dtype="uint64")
        keys = self.xp.ascontiguousarray(keys, dtype="uint64")
        self._launch("tables.hash_runs", "float32", count, hashes, keys, count, int(n))
        return hashes

    def gather_add(self, table: Any, indices: Any) -> Any:
        if not self._takes(table) or table.ndim != 2 or indices.ndim != 2 or not indices.size:
            return super().gather_add(table, indices)
        rows = self._table_rows("gather_add", table, indices, lowest=0)
        (n, K), width = rows.shape, table.shape[1]
        Y = self.xp.empty((n, width), dtype=table.dtype)
        self._launch("tables.gather_add", table.dtype, Y.size, Y, table, rows, n, K, width)
        return Y

    def scatter_add(self, table: Any, indices: Any, values: Any) -> None:
        """As `Ops.scatter_add`, but that negative rows are skipped. Equal rows are added up in any order."""
        takes = self._takes(table, values) and table.flags.c_contiguous and table.ndim == values.ndim == 2
        if not takes or indices.ndim not in (1, 2) or not indices.size or len(values) != len(indices):
            return super().scatter_add(table, indices, values)
        rows = self._table_rows("scatter_add", table, indices).reshape((len(indices), -1))
        (n, K), width = rows.shape, table.shape[1]
        self._launch("tables.scatter_add", table.dtype, n * K * width, table, rows, values, n, K, width)
        return None

    def _table_rows(self, op: str, table: Any, indices: Any, lowest: int | None = None) -> Any:
        """The rows of a table as int32. Raises IndexError for one beyond the table, or below `lowest`."""
        low, high = int(indices.min()), int(indices.max())
        if high >= len(table) or (lowest is not None and low < lowest):
            row = high if high >= len(table) else low
            raise IndexError(f"{op}: row {row} lies outside a table of {len(table)} rows")
        return self.xp.ascontiguousarray(indices).astype("int32", copy=False)

    # -- Windows and sequences. The reductions of `Ops` but the maximum are made of _within, _segment_sum and _repeat

    def seq2col(self, seq: Any, nW: int, *, lengths: Any = None) -> Any:
        if not self._takes(seq) or seq.ndim != 2:
            return super().seq2col(seq, nW, lengths=lengths)
        n, width = seq.shape
        starts, owner = self._sequences(n, lengths)
        cols = self.xp.empty((n, (2 * nW + 1) * width), dtype=seq.dtype)
        self._launch("windows.seq2col", seq.dtype, cols.size, cols, seq, starts, owner, n, width, int(nW))
        return cols

    def backprop_seq2col(self, dY: Any, nW: int, *, lengths: Any = None) -> Any:
        if not self._takes(dY) or dY.ndim != 2:
            return super().backprop_seq2col(dY, nW, lengths=lengths)
        n, width = dY.shape[0], dY.shape[1] // (2 * nW + 1)
        starts, owner = self._sequences(n, lengths)
        dX = self.xp.empty((n, width), dtype=dY.dtype)
        self._launch("windows.backprop_seq2col", dY.dtype, dX.size, dX, dY, starts, owner, n, width, int(nW))
        return dX

    def _sequences(self, n: int, lengths: Any) -> tuple[Any, Any]:
        """Where the sequences begin, and the number of each row's; one of n rows if lengths is None."""
        lengths = self.xp.asarray([n]) if lengths is None else self._lengths_of_rows(lengths, n)
        return self._starts(lengths)[0], self._within(lengths)[1]

    def _starts(self, lengths: Any) -> tuple[Any, int]:
        """The first row of each sequence and the row after the last, int64 (nL+1,), and the number of all rows.

        Raises ValueError for a negative length.
        """
        counts = self.to_numpy(self.xp.asarray(lengths)).astype("int64")
        if counts.size and (shortest := int(counts.min())) < 0:
            raise ValueError(f"sequence lengths must be counts, but one is {shortest}")
        starts = np.zeros(len(counts) + 1, dtype="int64")
        np.cumsum(counts, out=starts[1:])
        return self.xp.asarray(starts), int(starts[-1])

    def _within(self, lengths: Any) -> tuple[Any, Any]:
        starts, n = self._starts(lengths)
        within, owner = self.xp.empty(n, dtype="int64"), self.xp.empty(n, dtype="int64")
        self._launch("segments.place_rows", "float32", n, within, owner, starts, len(starts) - 1, n)
        return within, owner

    def _segment_sum(self, X: Any, lengths: Any) -> Any:
        starts, n = self._starts(lengths)
        if not self._takes(X) or X.ndim != 2 or n > len(X):
            return super()._segment_sum(X, lengths)
        sums = self.xp.empty((len(starts) - 1, X.shape[1]), dtype=X.dtype)
        self._launch("segments.sum_rows", X.dtype, sums.size, sums, X, starts, *sums.shape)
        return sums

    def _repeat(self, rows: Any, lengths: Any) -> Any:
        if not self._takes(rows) or rows.ndim != 2 or len(rows) != len(lengths):
            return super()._repeat(rows, self.xp.asarray(lengths))
        _, owner = self._within(lengths)
        Y = self.xp.empty((len(owner), rows.shape[1]), dtype=rows.dtype)
        self._launch("segments.repeat_rows", rows.dtype, Y.size, Y, rows, owner, *Y.shape)
        return Y

    def reduce_max(self, X: Any, lengths: Any) -> tuple[Any, Any]:
        if not self._takes(X) or X.ndim != 2:
            return super().reduce_max(X, lengths)
        lengths = self._checked_lengths(X, lengths, minimum=1)
        shape = (len(lengths), X.shape[1])
        maxes, which = self.xp.empty(shape, dtype=X.dtype), self.xp.empty(shape, dtype="int32")
        self._launch("segments.reduce_max", X.dtype, maxes.size, maxes, which, X, self._starts(lengths)[0], *shape)
        return maxes, which

    def backprop_reduce_max(self, d_maxes: Any, which: Any, lengths: Any) -> Any:
        if not self._takes(d_maxes) or which.dtype != np.int32 or which.shape != d_maxes.shape:
            return super().backprop_reduce_max(d_maxes, which, lengths)
        lengths = self._counts(lengths, minimum=1)
        if len(lengths) != len(d_maxes):
            return super().backprop_reduce_max(d_maxes, which, lengths)
        if ((which < 0) | (which >= lengths[:, None])).any():
            raise IndexError("backprop_reduce_max: a row number lies beyond the end of its sequence")
        within, owner = self._within(lengths)
        dX = self.xp.empty((len(owner), d_maxes.shape[1]), dtype=d_maxes.dtype)
        self._launch("segments.backprop_reduce_max", dX.dtype, dX.size, dX, d_maxes, which, within, owner, *dX.shape)
        return dX

    # -- LSTM and Adam

    def lstm_gates(self, A: Any, C_before: Any) -> tuple[Any, Any]:
        if not self._takes(A, C_before) or not A.flags.c_contiguous:
            return super().lstm_gates(A, C_before)
        n, nH = C_before.shape
        H, C = self.xp.empty((n, nH), dtype=A.dtype), self.xp.empty((n, nH), dtype=A.dtype)
        self._launch("lstm.lstm_gates", A.dtype, n * nH, H, C, A, C_before, n, nH)
        return H, C

    def backprop_lstm_gates(self, dH: Any, dC: Any, gates: Any, C: Any, C_before: Any) -> tuple[Any, Any]:
        if not self._takes(dH, dC, gates, C, C_before):
            return super().backprop_lstm_gates(dH, dC, gates, C, C_before)
        n, nH = C.shape
        dA, dC_before = self.xp.empty((n, 4 * nH), dtype=C.dtype), self.xp.empty((n, nH), dtype=C.dtype)
        arrays = (dA, dC_before, dH, dC, gates, C, C_before)
        self._launch("lstm.backprop_lstm_gates", C.dtype, n * nH, *arrays, n, nH)
        return dA, dC_before

    def adam(
        self,
        weights: Any,
        gradient: Any,
        mom1: Any,
        mom2: Any,
        beta1: float,
        beta2: float,
        eps: float,
        learn_rate: float,
        mod_rate: float = 1.0,
    ) -> tuple[Any, Any, Any, Any]:
        arrays = (weights, gradient, mom1, mom2)
        kernel_takes = self._takes(*arrays) and all(a.flags.c_contiguous and a.shape == weights.shape for a in arrays)
        if not kernel_takes:
            return super().adam(*arrays, beta1, beta2, eps, learn_rate, mod_rate)
        rates = (beta1, 1.0 - beta1, beta2, 1.0 - beta2, eps, learn_rate * mod_rate)
        self._launch("adam.adam", weights.dtype, weights.size, *arrays, weights.size, *map(float, rates))
        return arrays
