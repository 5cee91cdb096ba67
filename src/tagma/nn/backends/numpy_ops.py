"""NumpyOps: the CPU backend. NumPy arrays, BLAS through numpy.matmul, and compiled loops around it.

Every method equals its readable twin in `Ops` (see tests/nn/backends/test_numpy_ops.py). Float32 work of some size is
cut into blocks whose bounds depend on the shapes alone, so results do not depend on the number of threads.
"""

from typing import Any

import numpy as np

import tagma.nn.backends._kernels as _kernels

from ..config import registry
from ..types import DeviceTypes, Shape
from .blas import blas
from .ops import AdamParam, Ops, SparseBackprop

__all__ = ["NumpyOps", "matmul_into", "rows_a_part"]

ROWS_A_PART = 512  # BLAS packs the other factor anew for each part: long parts make that cheap
PARALLEL_FROM = 1_000_000  # multiply-adds from which handing out parts pays: some 10 µs of work
ADAM_BLOCK = 1 << 15  # floats a part
SEGMENT_FLOATS = 1 << 16  # floats of the sequences that are reduced in one part
PART_FLOATS = 1 << 15  # values of a part of loops over rows
MANY_KEYS = 1 << 11  # of a batch of bags, from which on its distinct ones are looked for
BAG_WEIGHTS = 1 << 13  # weights that the bags of one part gather


def rows_a_part(n: int, work_a_row: int) -> int:
    """How many of n rows one part has: about ROWS_A_PART, in pairs of even parts; all if there is little to do."""
    if n * work_a_row < PARALLEL_FROM:
        return max(1, n)
    parts = 2 * max(1, round(n / (2 * ROWS_A_PART)))
    return -(-n // (parts * 8)) * 8


def _is_f32(*arrays: Any) -> bool:
    return all(type(a) is np.ndarray and a.dtype == np.float32 for a in arrays)


def _fast(*arrays: Any) -> bool:
    """Whether compiled loops can take these arrays: float32 and C-contiguous."""
    return all(type(a) is np.ndarray and a.dtype == np.float32 and a.flags.c_contiguous for a in arrays)


def _is_matrix(x: np.ndarray) -> bool:
    """Whether rows or columns lie contiguously in memory, none overlapping, as BLAS wants it."""
    rows, columns = x.strides
    return (columns == x.itemsize and rows >= columns * x.shape[1]) or (
        rows == x.itemsize and columns >= rows * x.shape[0]
    )


def matmul_into(out: np.ndarray, x: np.ndarray, y: np.ndarray, *, beta: float = 0.0) -> None:
    """out = x @ y + beta * out, in parts beside each other. Float32 (n, k) @ (k, m); transposed views are fine, and for
    out columns of a wider array."""
    n, m = out.shape
    if not (x.size and y.size and out.size):
        out[...] = beta * out if beta else 0.0
    elif _is_matrix(x) and _is_matrix(y) and out.strides[1] == out.itemsize and _is_matrix(out):
        with blas():
            _kernels.gemm(out, x, y, beta, rows_a_part(n, m * x.shape[1]))
    else:
        out[...] = np.matmul(x, y) + beta * out if beta else np.matmul(x, y)


@registry.ops("NumpyOps")
class NumpyOps(Ops):
    """Arrays in main memory. `use_blis` is accepted for configs written for other libraries, and kept."""

    name = "numpy"
    xp = np

    def __init__(
        self, device_type: DeviceTypes = "cpu", device_id: int = -1, *, use_blis: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(device_type, device_id, **kwargs)
        self.use_blis = use_blis

    def gemm(
        self, x: np.ndarray, y: np.ndarray, out: np.ndarray | None = None, trans1: bool = False, trans2: bool = False
    ) -> np.ndarray:
        """op(x) @ op(y), op transposing where asked. Raises ValueError unless both are 2-d and the widths fit."""
        if x.ndim != 2 or y.ndim != 2:
            raise ValueError(f"gemm takes two 2-d arrays, not shapes {x.shape} and {y.shape}")
        left, right = (x.T if trans1 else x), (y.T if trans2 else y)
        if left.shape[1] != right.shape[0]:
            raise ValueError(
                f"gemm: cannot multiply {left.shape} by {right.shape}: inner sizes {left.shape[1]} and "
                f"{right.shape[0]} differ (trans1={trans1}, trans2={trans2})"
            )
        if out is None:
            out = np.empty((left.shape[0], right.shape[1]), dtype=np.result_type(x, y))
        if _is_f32(x, y, out):
            matmul_into(out, left, right)
        else:
            np.matmul(left, right, out=out)
        return out

    def affine(self, X: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
        """X @ W.T + b, (n, nI) to (n, nO)."""
        Y = self.gemm(X, W, trans2=True)
        if _fast(Y, b):
            _kernels.add_bias(Y, b, 0, len(Y))
        else:
            Y += b
        return Y

    def seq2col(self, seq: np.ndarray, nW: int, *, lengths: np.ndarray | None = None) -> np.ndarray:
        if not _fast(seq) or seq.ndim != 2 or nW < 1:
            return super().seq2col(seq, nW, lengths=lengths)
        n, width = seq.shape
        cols = np.empty((n, (2 * nW + 1) * width), dtype=np.float32)
        if width and lengths is None:
            _kernels.seq2col(cols, 0, seq, 0, n, 0, n, nW)
        elif width:
            _kernels.seq2col_ragged(cols, seq, self._sequence_lengths(lengths, n), nW)
        return cols

    def backprop_seq2col(self, dY: np.ndarray, nW: int, *, lengths: np.ndarray | None = None) -> np.ndarray:
        if not _fast(dY) or dY.ndim != 2 or nW < 1:
            return super().backprop_seq2col(dY, nW, lengths=lengths)
        n, width = dY.shape[0], dY.shape[1] // (2 * nW + 1)
        dX = np.empty((n, width), dtype=np.float32)
        if width and lengths is None:
            _kernels.backprop_seq2col(dX, dY, 0, n, 0, n, nW, False)
        elif width:
            _kernels.backprop_seq2col_ragged(dX, dY, self._sequence_lengths(lengths, n), nW)
        return dX

    # -- Reductions: what the kernels do not take, wrong lengths among it, goes to the readable twins

    @staticmethod
    def _segments(X: np.ndarray, lengths: Any, minimum: int = 0) -> tuple[np.ndarray, int] | None:
        """Where sequences of rows like those of X (n, w) begin, and how many rows a part has; None if X, the lengths or
        their sum are not for the kernels."""
        lengths = np.asarray(lengths)
        if not _fast(X) or X.ndim != 2 or not X.size or lengths.ndim != 1 or lengths.dtype.kind not in "iu":
            return None
        starts, shortest = _kernels.starts_of(np.ascontiguousarray(lengths, dtype=np.int64))
        if shortest < minimum or not starts[-1]:
            return None
        return starts, max(1, SEGMENT_FLOATS // X.shape[1])

    def _reduce_sum(self, X: np.ndarray, lengths: Any, *, mean: bool) -> np.ndarray | None:
        if (segments := self._segments(X, lengths)) is None or segments[0][-1] > len(X):
            return None
        starts, rows = segments
        Y = np.empty((len(starts) - 1, X.shape[1]), dtype=np.float32)
        _kernels.reduce_sum(Y, X, starts, mean, rows)
        return Y

    def reduce_sum(self, X: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        Y = self._reduce_sum(X, lengths, mean=False)
        return super().reduce_sum(X, lengths) if Y is None else Y

    def reduce_mean(self, X: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        Y = self._reduce_sum(X, lengths, mean=True)
        return super().reduce_mean(X, lengths) if Y is None else Y

    def _backprop_reduce_sum(self, dY: np.ndarray, lengths: Any, *, mean: bool) -> np.ndarray | None:
        if (segments := self._segments(dY, lengths)) is None or len(segments[0]) != len(dY) + 1:
            return None
        starts, rows = segments
        dX = np.empty((int(starts[-1]), dY.shape[1]), dtype=np.float32)
        _kernels.backprop_reduce_sum(dX, dY, starts, mean, rows)
        return dX

    def backprop_reduce_sum(self, d_sums: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = self._backprop_reduce_sum(d_sums, lengths, mean=False)
        return super().backprop_reduce_sum(d_sums, lengths) if dX is None else dX

    def backprop_reduce_mean(self, d_means: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = self._backprop_reduce_sum(d_means, lengths, mean=True)
        return super().backprop_reduce_mean(d_means, lengths) if dX is None else dX

    def reduce_max(self, X: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if (segments := self._segments(X, lengths, minimum=1)) is None or segments[0][-1] > len(X):
            return super().reduce_max(X, lengths)
        starts, rows = segments
        shape = (len(starts) - 1, X.shape[1])
        maxes, which = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int32)
        _kernels.reduce_max(maxes, which, X, starts, rows)
        return maxes, which

    def backprop_reduce_max(self, d_maxes: np.ndarray, which: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        segments = self._segments(d_maxes, lengths, minimum=1)
        if segments is None or d_maxes.shape != which.shape or which.dtype != np.int32:
            return super().backprop_reduce_max(d_maxes, which, lengths)
        starts, rows = segments
        if len(starts) != len(d_maxes) + 1:
            return super().backprop_reduce_max(d_maxes, which, lengths)
        dX = np.empty((int(starts[-1]), d_maxes.shape[1]), dtype=np.float32)
        if not _kernels.backprop_reduce_max(dX, d_maxes, np.ascontiguousarray(which), starts, rows):
            return super().backprop_reduce_max(d_maxes, which, lengths)
        return dX

    def softmax_sequences(
        self, Xs: np.ndarray, lengths: np.ndarray, *, inplace: bool = False, axis: int = -1
    ) -> np.ndarray:
        if (segments := self._segments(Xs, lengths)) is None or segments[0][-1] != len(Xs):
            return super().softmax_sequences(Xs, lengths, inplace=inplace, axis=axis)
        Y = Xs if inplace else np.empty_like(Xs)
        _kernels.softmax_sequences(Y, Xs, *segments)
        return Y

    def backprop_softmax_sequences(self, dY: np.ndarray, Y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        segments = self._segments(Y, lengths)
        if segments is None or segments[0][-1] != len(Y) or not _fast(dY) or dY.shape != Y.shape:
            return super().backprop_softmax_sequences(dY, Y, lengths)
        dX = np.empty_like(dY)
        _kernels.backprop_softmax_sequences(dX, dY, Y, *segments)
        return dX

    # -- Sparse input

    def sparse_linear(
        self, W: np.ndarray, keys: np.ndarray, values: np.ndarray, lengths: np.ndarray, nO: int, *, shared: bool
    ) -> tuple[np.ndarray, SparseBackprop]:
        segments = self._segments(values.reshape((-1, 1)), lengths) if values.ndim == 1 else None
        if segments is None or segments[0][-1] != len(values) or keys.shape != values.shape or not _fast(W) or nO < 1:
            return super().sparse_linear(W, keys, values, lengths, nO, shared=shared)
        starts = segments[0]
        bags = max(1, BAG_WEIGHTS * (len(starts) - 1) // (2 * nO * len(values)))
        keys = np.ascontiguousarray(keys).astype(np.uint64, copy=False)
        sparse = _kernels.SparsePass(keys, values, starts, nO, len(W) // nO, shared, bags)
        Y = np.zeros((len(starts) - 1, nO), dtype=np.float32)
        if shared or len(values) < MANY_KEYS:
            sparse.forward(Y, W)
        else:  # keys come again: each bucket's weights, which lie far apart, are fetched once
            buckets, length = sparse.buckets, len(W) // nO
            marks = np.zeros(length, dtype=np.bool_)
            marks[buckets] = True
            used = np.flatnonzero(marks)
            places = np.empty(length, dtype=np.int32)
            places[used] = np.arange(len(used), dtype=np.int32)
            sparse.forward_rows(Y, sparse.fetch(W, used.astype(np.int64, copy=False)), places[buckets])

        def backprop(dW: np.ndarray, dY: np.ndarray) -> np.ndarray:
            sparse.backward(dW, np.ascontiguousarray(dY, dtype=np.float32))
            if not shared:
                return sparse.buckets
            return np.unique(sparse.buckets)[:, None] + np.arange(nO, dtype=np.uint32)

        return Y, backprop

    def _sequence_lengths(self, lengths: Any, n: int) -> np.ndarray:
        return np.ascontiguousarray(self._lengths_of_rows(lengths, n), dtype=np.int32)

    def maxout(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not _fast(X) or X.ndim != 3 or X.shape[2] < 1:
            return super().maxout(X)
        best = np.empty(X.shape[:2], dtype=np.float32)
        which = np.empty(X.shape[:2], dtype=np.int32)
        _kernels.maxout(best, which, X)
        return best, which

    def backprop_maxout(self, dY: np.ndarray, which: np.ndarray, P: int) -> np.ndarray:
        if not _fast(dY) or which.dtype != np.int32 or dY.ndim != 2 or which.shape != dY.shape:
            return super().backprop_maxout(dY, which, P)
        if which.size and not (int(which.min()) >= 0 and int(which.max()) < P):
            raise IndexError(f"backprop_maxout: `which` names pieces {which.min()} to {which.max()} of {P}")
        dX = np.empty((*dY.shape, P), dtype=np.float32)
        _kernels.backprop_maxout(dX, dY, np.ascontiguousarray(which))
        return dX

    def layer_norm(self, X: np.ndarray, G: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not _fast(X, G, b) or X.ndim != 2 or not X.shape[1]:
            return super().layer_norm(X, G, b)
        Y, Xhat = np.empty_like(X), np.empty_like(X)
        rstd = np.empty(len(X), dtype=np.float32)
        _kernels.layer_norm(Y, Xhat, rstd, X, G, b, max(1, PART_FLOATS // X.shape[1]))
        return Y, Xhat, rstd

    def normalize_rows(self, X: np.ndarray, G: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not _fast(X, G, b) or X.ndim != 2 or not X.shape[1]:
            return super().normalize_rows(X, G, b)
        Y = np.empty_like(X)
        _kernels.layer_norm(Y, None, None, X, G, b, max(1, PART_FLOATS // X.shape[1]))
        return Y

    def backprop_layer_norm(
        self, dY: np.ndarray, Xhat: np.ndarray, rstd: np.ndarray, G: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not _fast(dY, Xhat, rstd, G) or dY.ndim != 2 or not dY.shape[1]:
            return super().backprop_layer_norm(dY, Xhat, rstd, G)
        dX = np.empty_like(dY)
        dG, db = np.zeros((2, dY.shape[1]), dtype=np.float32)
        _kernels.backprop_layer_norm(dX, dG, db, dY, Xhat, rstd, G)
        return dX, dG, db

    def hash(self, ids: np.ndarray, seed: int) -> np.ndarray:
        keys = np.ascontiguousarray(ids, dtype=np.uint64)
        hashes = np.empty((len(keys), 4), dtype=np.uint32)
        _kernels.hash_keys(hashes, keys, seed)
        return hashes

    def gather_add(self, table: np.ndarray, indices: np.ndarray) -> np.ndarray:
        if not _fast(table) or table.ndim != 2 or indices.ndim != 2 or not indices.size or not table.shape[1]:
            return super().gather_add(table, indices)
        rows = self._table_rows(table, indices)
        out = np.empty((len(rows), table.shape[1]), dtype=np.float32)
        _kernels.gather_add(out, table, rows, max(1, PART_FLOATS // table.shape[1]))
        return out

    @staticmethod
    def _table_rows(table: np.ndarray, indices: np.ndarray) -> np.ndarray:
        if indices.dtype not in (np.int32, np.uint32) and (int(indices.max()) >= len(table) or int(indices.min()) < 0):
            raise IndexError(f"row {indices.max()} (or {indices.min()}) lies outside a table of {len(table)} rows")
        rows = np.ascontiguousarray(indices).astype(np.int32, copy=False)
        low, high = _kernels.row_bounds(rows)
        if low < 0 or high >= len(table):
            raise IndexError(f"row {low if low < 0 else high} lies outside a table of {len(table)} rows")
        return rows

    def scatter_add(self, table: np.ndarray, indices: np.ndarray, values: np.ndarray) -> None:
        if (
            not _fast(table, values)
            or table.ndim != 2
            or values.ndim != 2
            or indices.ndim not in (1, 2)
            or not indices.size
            or not table.shape[1]
            or len(values) != len(indices)
        ):
            return super().scatter_add(table, indices, values)
        rows = np.ascontiguousarray(indices).astype(np.int32, copy=False).reshape((len(indices), -1))
        if (high := _kernels.row_bounds(rows)[1]) >= len(table):
            raise IndexError(f"scatter_add: row {high} lies outside a table of {len(table)} rows")
        _kernels.scatter_add(table, rows, values)
        return None

    def softmax(self, x: np.ndarray, *, inplace: bool = False, axis: int = -1, temperature: float = 1.0) -> np.ndarray:
        if not _fast(x) or x.ndim != 2 or axis not in (-1, 1) or not x.shape[1]:
            return super().softmax(x, inplace=inplace, axis=axis, temperature=temperature)
        Y = x if inplace else np.empty_like(x)
        _kernels.softmax(Y, x, temperature, rows_a_part(len(x), 16 * x.shape[1]))
        return Y

    def dish(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        if not _fast(X):
            return super().dish(X, inplace)
        Y = X if inplace else np.empty_like(X)
        _kernels.dish(Y.reshape(-1), None, X.reshape(-1), PART_FLOATS)
        return Y

    def backprop_dish(self, dY: np.ndarray, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        if not _fast(dY, X) or dY.shape != X.shape:
            return super().backprop_dish(dY, X, inplace)
        dX = dY if inplace else np.empty_like(dY)
        _kernels.dish(dX.reshape(-1), dY.reshape(-1), X.reshape(-1), PART_FLOATS)
        return dX

    def mish(self, X: np.ndarray, threshold: float = 20.0, inplace: bool = False) -> np.ndarray:
        if not _fast(X):
            return super().mish(X, threshold, inplace)
        Y = X if inplace else np.empty_like(X)
        _kernels.mish(Y.reshape(-1), X.reshape(-1), threshold)
        return Y

    def backprop_mish(
        self, dY: np.ndarray, X: np.ndarray, threshold: float = 20.0, inplace: bool = False
    ) -> np.ndarray:
        if not _fast(dY, X) or dY.shape != X.shape:
            return super().backprop_mish(dY, X, threshold, inplace)
        dX = dY if inplace else np.empty_like(dY)
        _kernels.backprop_mish(dX.reshape(-1), dY.reshape(-1), X.reshape(-1), threshold)
        return dX

    def adam_steps(self, params: list[AdamParam], *, beta1: float, beta2: float, eps: float) -> None:
        fast = [param for param in params if _fast(*param[:4])]
        if len(fast) < len(params):
            slow = [param for param in params if not _fast(*param[:4])]
            super().adam_steps(slow, beta1=beta1, beta2=beta2, eps=eps)
        _kernels.adam(fast, beta1, beta2, eps, ADAM_BLOCK)

    def adam_rows(
        self, param: AdamParam, rows: Any, fresh: Any, classes: int, *, beta1: float, beta2: float, eps: float
    ) -> None:
        if _fast(*param[:4]):
            _kernels.adam_rows(param, rows, fresh, classes, beta1, beta2, eps)
        else:
            super().adam_rows(param, rows, fresh, classes, beta1=beta1, beta2=beta2, eps=eps)

    def get_dropout_mask(self, shape: Shape, drop: float | None) -> np.ndarray:
        """float32 mask of 0 and 1 / (1 - drop); draws from numpy.random just as uniform(0, 1, shape) would."""
        if drop is None or drop <= 0 or drop >= 1:
            return super().get_dropout_mask(shape, drop)
        if (twister := _kernels.Twister.current()) is None:
            return super().get_dropout_mask(shape, drop)
        keep = np.empty(shape, dtype=np.uint8)
        _kernels.dropout_keep(keep.reshape(-1), drop, twister)
        return np.multiply(keep, np.float32(1.0 / (1.0 - drop)), dtype=np.float32)
