"""NumpyOps: the CPU backend. NumPy arrays, BLAS through numpy.matmul, and compiled loops around it.

Every method equals its readable twin in `Ops` (see tests/nn/backends/test_numpy_ops.py). Float32 work of some size is
cut into blocks whose bounds depend on the shapes alone, so results do not depend on the number of threads.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import tagma.nn.backends._kernels as _kernels

from ..config import registry
from ..types import DeviceTypes, Shape
from . import _recurrent
from ._activation_ops import Activation
from .blas import blas
from .ops import AdamParam, Average, Backprop, Ops, SparseBackprop

__all__ = ["NumpyOps", "float32_like", "matmul_into", "rows_a_part"]

ADAM_BLOCK = 1 << 15  # floats a part
MANY_KEYS = 1 << 11  # of a batch of bags, from which on its distinct ones are looked for
BAG_WEIGHTS = 1 << 13  # weights that the bags of one part gather

# Whether compiled loops can take arrays: float32 and C-contiguous.
_fast = _kernels.is_fast


def rows_a_part(n: int, work_a_row: int) -> int:
    """How many of n rows one part has: about 512, in pairs of even parts; all if there is little to do."""
    return int(_kernels.rows_a_part(n, work_a_row))


def float32_like(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient as kernels take it. Raises ValueError if the output had another shape."""
    if dY.shape != shape:
        raise ValueError(f"the gradient has shape {dY.shape}, but the output had shape {shape}")
    return np.ascontiguousarray(dY, dtype=np.float32)


def _is_f32(*arrays: Any) -> bool:
    return all(type(a) is np.ndarray and a.dtype == np.float32 for a in arrays)


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

    # -- Whole layers

    def dense(
        self,
        X: np.ndarray,
        W: np.ndarray,
        b: np.ndarray,
        activation: Activation = "linear",
        settings: tuple[float, ...] = (),
        *,
        is_train: bool = True,
    ) -> tuple[np.ndarray, Backprop]:
        with blas():
            run = _kernels.DensePass.forward(X, W, b, activation, settings, is_train)
        if run is None:
            return super().dense(X, W, b, activation, settings, is_train=is_train)
        if not is_train:
            return run.Y, lambda *args: self.dense(X, W, b, activation, settings)[1](*args)

        def backprop(dY: np.ndarray, dW: np.ndarray, db: np.ndarray) -> np.ndarray:
            dY = float32_like(dY, run.Y.shape)
            if activation == "softmax" and settings[0] != 1.0:
                dY = dY / np.float32(settings[0])
            with blas():
                return run.backward(dY, dW, db)

        return run.Y, backprop

    def dense_maxout(
        self, X: np.ndarray, W: np.ndarray, b: np.ndarray, *, is_train: bool = True
    ) -> tuple[np.ndarray, Backprop]:
        nO, nP, nI = W.shape
        if not _fast(X, W, b) or X.ndim != 2 or X.shape[1] != nI or not (X.size and W.size) or nP > 255:
            return super().dense_maxout(X, W, b, is_train=is_train)
        rows = rows_a_part(len(X), W.size)
        run = _kernels.BlockPass(X, W.reshape(nO * nP, nI), b.reshape(-1), None, None, nO, 0, False, rows)
        with blas():
            Y = run.forward(is_train, None, 1.0, 0.0, None)

        def backprop(dY: np.ndarray, dW: np.ndarray, db: np.ndarray) -> np.ndarray:
            if not is_train:
                return self.dense_maxout(X, W, b)[1](dY, dW, db)
            dY = float32_like(dY, (len(X), nO))
            with blas():
                return run.backward(dY, dW.reshape(nO * nP, nI), db.reshape(-1), None, None)

        return Y, backprop

    def look_up(
        self, table: np.ndarray, ids: np.ndarray, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, Backprop]:
        if mask is not None or not _fast(table) or table.ndim != 2 or ids.ndim != 1 or not ids.size or not table.size:
            return super().look_up(table, ids, mask)
        rows = _kernels.table_rows(ids, len(table), True)
        Y = _kernels.gather_add(table, rows)
        return Y, lambda dY, d_table: _kernels.scatter_add(d_table, rows, float32_like(dY, Y.shape))

    def look_up_hashed(
        self, table: np.ndarray, ids: np.ndarray, seed: int, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, Backprop]:
        if not _fast(table) or table.ndim != 2 or ids.ndim != 1 or not ids.size or not table.size:
            return super().look_up_hashed(table, ids, seed, mask)
        n, width = len(ids), table.shape[1]
        run = _kernels.TablesPass(1, n)
        run.add(ids.astype(np.uint64, copy=False), seed, table, np.empty((n, 4), dtype=np.int32), mask)
        Y = np.empty((n, width), dtype=np.float32)
        run.forward(Y, rows_a_part(n, 24 * width))
        return Y, lambda dY, d_table: run.backward([d_table], float32_like(dY, Y.shape))

    def attend(
        self, X: np.ndarray, K: np.ndarray | None, q: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, Backprop]:
        if (run := _kernels.AttentionPass.forward(X, K, q, lengths)) is None:
            return super().attend(X, K, q, lengths)
        return run.Y, lambda dY, dq: run.backward(float32_like(dY, X.shape), dq)

    def dropout(self, X: np.ndarray, rate: float) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        twister = _kernels.Twister.current()
        if not _fast(X) or not X.size or not 0 < rate < 1 or twister is None:
            return super().dropout(X, rate)
        keep, scale = np.empty((1, X.size), dtype=np.uint8), 1.0 / (1.0 - rate)

        def dropped(values: np.ndarray, twister: Any = None) -> np.ndarray:
            out = np.empty_like(values)
            _kernels.drop_out(out, values, keep, scale, rate, twister)
            return out

        return dropped(X, twister), lambda dY: dropped(float32_like(dY, X.shape))

    # -- Windows and reductions: what the kernels do not take, wrong lengths among it, goes to the readable twins

    def seq2col(self, seq: np.ndarray, nW: int, *, lengths: np.ndarray | None = None) -> np.ndarray:
        cols = _kernels.windows(seq, nW, lengths)
        return super().seq2col(seq, nW, lengths=lengths) if cols is None else cols

    def backprop_seq2col(self, dY: np.ndarray, nW: int, *, lengths: np.ndarray | None = None) -> np.ndarray:
        dX = _kernels.backprop_windows(dY, nW, lengths)
        return super().backprop_seq2col(dY, nW, lengths=lengths) if dX is None else dX

    def reduce_sum(self, X: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        Y = _kernels.reduce_sum(X, lengths, False)
        return super().reduce_sum(X, lengths) if Y is None else Y

    def reduce_mean(self, X: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        Y = _kernels.reduce_sum(X, lengths, True)
        return super().reduce_mean(X, lengths) if Y is None else Y

    def backprop_reduce_sum(self, d_sums: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = _kernels.backprop_reduce_sum(d_sums, lengths, False)
        return super().backprop_reduce_sum(d_sums, lengths) if dX is None else dX

    def backprop_reduce_mean(self, d_means: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = _kernels.backprop_reduce_sum(d_means, lengths, True)
        return super().backprop_reduce_mean(d_means, lengths) if dX is None else dX

    def reduce_max(self, X: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _kernels.reduce_max(X, lengths) or super().reduce_max(X, lengths)

    def backprop_reduce_max(self, d_maxes: np.ndarray, which: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = None
        if which.dtype == np.int32 and which.ndim == 2 and which.size:
            dX = _kernels.backprop_reduce_max(d_maxes, np.ascontiguousarray(which), lengths)
        return super().backprop_reduce_max(d_maxes, which, lengths) if dX is None else dX

    def reduce_first(self, X: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if (found := _kernels.reduce_edge(X, lengths, False)) is None:
            return super().reduce_first(X, lengths)
        return found[0], found[1].astype(np.int32)

    def reduce_last(self, X: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if (found := _kernels.reduce_edge(X, lengths, True)) is None:
            return super().reduce_last(X, lengths)
        return found[0], (found[1][1:] - 1).astype(np.int32)

    def backprop_reduce_first(self, d_firsts: np.ndarray, starts_ends: np.ndarray) -> np.ndarray:
        dX = None
        if starts_ends.size > 1 and not starts_ends[0]:
            ends = np.ascontiguousarray(starts_ends[1:], dtype=np.int32)
            dX = _kernels.backprop_reduce_edge(d_firsts, ends, False)
        return super().backprop_reduce_first(d_firsts, starts_ends) if dX is None else dX

    def backprop_reduce_last(self, d_lasts: np.ndarray, lasts: np.ndarray) -> np.ndarray:
        ends = np.ascontiguousarray(lasts + 1, dtype=np.int32)
        dX = _kernels.backprop_reduce_edge(d_lasts, ends, True)
        return super().backprop_reduce_last(d_lasts, lasts) if dX is None else dX

    def softmax_sequences(
        self, Xs: np.ndarray, lengths: np.ndarray, *, inplace: bool = False, axis: int = -1
    ) -> np.ndarray:
        Y = _kernels.softmax_sequences(Xs, lengths, inplace)
        return super().softmax_sequences(Xs, lengths, inplace=inplace, axis=axis) if Y is None else Y

    def backprop_softmax_sequences(self, dY: np.ndarray, Y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        dX = _kernels.backprop_softmax_sequences(dY, Y, lengths)
        return super().backprop_softmax_sequences(dY, Y, lengths) if dX is None else dX

    # -- Sparse input

    def sparse_linear(
        self, W: np.ndarray, keys: np.ndarray, values: np.ndarray, lengths: np.ndarray, nO: int, *, shared: bool
    ) -> tuple[np.ndarray, SparseBackprop]:
        starts = _kernels.starts_of(values.reshape((-1, 1)), lengths) if values.ndim == 1 else None
        if starts is None or starts[-1] != len(values) or keys.shape != values.shape or not _fast(W) or nO < 1:
            return super().sparse_linear(W, keys, values, lengths, nO, shared=shared)
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
        return _kernels.layer_norm(X, G, b) or super().layer_norm(X, G, b)

    def backprop_layer_norm(
        self,
        dY: np.ndarray,
        X: np.ndarray,
        mean: np.ndarray,
        rstd: np.ndarray,
        G: np.ndarray,
        dG: np.ndarray,
        db: np.ndarray,
    ) -> np.ndarray:
        if not _fast(dY, X, mean, rstd, G, dG, db) or dY.ndim != 2 or dY.shape != X.shape or not dY.shape[1]:
            return super().backprop_layer_norm(dY, X, mean, rstd, G, dG, db)
        return _kernels.backprop_layer_norm(dY, X, mean, rstd, G, dG, db)

    def hash(self, ids: np.ndarray, seed: int) -> np.ndarray:
        keys = np.ascontiguousarray(ids, dtype=np.uint64)
        hashes = np.empty((len(keys), 4), dtype=np.uint32)
        _kernels.hash_keys(hashes, keys, seed)
        return hashes

    def gather_add(self, table: np.ndarray, indices: np.ndarray) -> np.ndarray:
        if not _fast(table) or table.ndim != 2 or indices.ndim != 2 or not indices.size or not table.size:
            return super().gather_add(table, indices)
        return _kernels.gather_add(table, _kernels.table_rows(indices, len(table), False))

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

    def backprop_softmax(
        self, Y: np.ndarray, dY: np.ndarray, *, axis: int = -1, temperature: float = 1.0
    ) -> np.ndarray:
        dX = _kernels.backprop_softmax(dY, Y, temperature) if axis in (-1, 1) else None
        return super().backprop_softmax(Y, dY, axis=axis, temperature=temperature) if dX is None else dX

    # -- LSTM

    def lstm_steps(
        self, A: np.ndarray, Wh: np.ndarray, h0: np.ndarray, c0: np.ndarray, order: list[slice]
    ) -> tuple[np.ndarray, _recurrent.Pass]:
        if not _fast(A, Wh, h0, c0) or not A.size:
            return super().lstm_steps(A, Wh, h0, c0, order)
        H, C, H_before, C_before = (np.empty((len(A), len(h0)), dtype=np.float32) for _ in range(4))
        with blas():
            _kernels.lstm_steps(A, H, C, H_before, C_before, Wh, h0, c0, *self._steps(order, Wh.size))
        return H, _recurrent.Pass(A, C, H_before, C_before)

    def backprop_lstm_steps(
        self, dH: np.ndarray, Wh: np.ndarray, run: _recurrent.Pass, order: list[slice]
    ) -> np.ndarray:
        if not _fast(dH, Wh, run.gates, run.C, run.C_before) or not dH.size:
            return super().backprop_lstm_steps(dH, Wh, run, order)
        dA, dC = np.empty_like(run.gates), np.zeros_like(dH)
        with blas():
            steps = self._steps(order[::-1], Wh.size)
            _kernels.backprop_lstm_steps(dA, dH, dC, run.gates, run.C, run.C_before, Wh, *steps)
        return dA

    @staticmethod
    def _steps(order: list[slice], work_a_row: int) -> tuple[np.ndarray, bool, int]:
        """Where steps begin and the last ends, whether the last step comes first, and the sequences of a part: about
        64, in pairs of even parts, since steps are short and BLAS packs the weights anew for each part of each."""
        reverse = order[0].start > 0
        steps = order[::-1] if reverse else order
        starts = np.array([0, *(step.stop for step in steps)], dtype=np.int64)
        sequences = int(starts[1])
        parts = 1 if starts[-1] * work_a_row < 1_000_000 else 2 * max(1, round(sequences / 128))
        return starts, reverse, -(-sequences // parts)

    # -- Activations

    def relu(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("relu", (), X, None, inplace)
        return super().relu(X, inplace) if Y is None else Y

    def backprop_relu(self, dY: np.ndarray, Y: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("relu", (), Y, dY, inplace)
        return super().backprop_relu(dY, Y, inplace) if dX is None else dX

    def gelu(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("gelu", (), X, None, inplace)
        return super().gelu(X, inplace) if Y is None else Y

    def backprop_gelu(self, dY: np.ndarray, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("gelu", (), X, dY, inplace)
        return super().backprop_gelu(dY, X, inplace) if dX is None else dX

    def dish(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("dish", (), X, None, inplace)
        return super().dish(X, inplace) if Y is None else Y

    def backprop_dish(self, dY: np.ndarray, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("dish", (), X, dY, inplace)
        return super().backprop_dish(dY, X, inplace) if dX is None else dX

    def hard_swish(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("hard_swish", (), X, None, inplace)
        return super().hard_swish(X, inplace) if Y is None else Y

    def backprop_hard_swish(self, dY: np.ndarray, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("hard_swish", (), X, dY, inplace)
        return super().backprop_hard_swish(dY, X, inplace) if dX is None else dX

    def hard_swish_mobilenet(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("hard_swish_mobilenet", (), X, None, inplace)
        return super().hard_swish_mobilenet(X, inplace) if Y is None else Y

    def backprop_hard_swish_mobilenet(self, dY: np.ndarray, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("hard_swish_mobilenet", (), X, dY, inplace)
        return super().backprop_hard_swish_mobilenet(dY, X, inplace) if dX is None else dX

    def sigmoid(self, X: np.ndarray, *, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("sigmoid", (), X, None, inplace)
        return super().sigmoid(X, inplace=inplace) if Y is None else Y

    def backprop_sigmoid(self, dY: np.ndarray, Y: np.ndarray, *, inplace: bool = False) -> np.ndarray:
        dX = None if inplace else _kernels.bend("sigmoid", (), Y, dY, False)
        return super().backprop_sigmoid(dY, Y, inplace=inplace) if dX is None else dX

    def swish(self, X: np.ndarray, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("swish", (), X, None, inplace)
        return super().swish(X, inplace) if Y is None else Y

    def backprop_swish(self, dY: np.ndarray, X: np.ndarray, Y: np.ndarray, inplace: bool = False) -> np.ndarray:
        dX = _kernels.bend("swish", (), X, dY, inplace)
        return super().backprop_swish(dY, X, Y, inplace) if dX is None else dX

    def mish(self, X: np.ndarray, threshold: float = 20.0, inplace: bool = False) -> np.ndarray:
        Y = _kernels.bend("mish", (threshold,), X, None, inplace)
        return super().mish(X, threshold, inplace) if Y is None else Y

    def backprop_mish(
        self, dY: np.ndarray, X: np.ndarray, threshold: float = 20.0, inplace: bool = False
    ) -> np.ndarray:
        dX = _kernels.bend("mish", (threshold,), X, dY, inplace)
        return super().backprop_mish(dY, X, threshold, inplace) if dX is None else dX

    def clipped_linear(
        self,
        X: np.ndarray,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> np.ndarray:
        settings = (slope, offset, min_val, max_val)
        Y = _kernels.bend("clipped_linear", settings, X, None, inplace)
        return super().clipped_linear(X, *settings, inplace) if Y is None else Y

    def backprop_clipped_linear(
        self,
        dY: np.ndarray,
        X: np.ndarray,
        slope: float = 1.0,
        offset: float = 0.0,
        min_val: float = 0.0,
        max_val: float = 1.0,
        inplace: bool = False,
    ) -> np.ndarray:
        settings = (slope, offset, min_val, max_val)
        dX = _kernels.bend("clipped_linear", settings, X, dY, inplace)
        return super().backprop_clipped_linear(dY, X, *settings, inplace) if dX is None else dX

    def adam_steps(
        self,
        params: list[AdamParam],
        averages: list[Average | None] | None = None,
        *,
        beta1: float,
        beta2: float,
        eps: float,
    ) -> None:
        moving = averages or [None] * len(params)
        pairs = list(zip(params, moving, strict=True))
        fast = [pair for pair in pairs if _fast(*pair[0][:4], *(pair[1] or ())[:1])]
        if len(fast) < len(params):
            slow = [pair for pair in pairs if all(pair is not other for other in fast)]
            super().adam_steps([p for p, _ in slow], [a for _, a in slow], beta1=beta1, beta2=beta2, eps=eps)
        _kernels.adam([p for p, _ in fast], [a for _, a in fast], beta1, beta2, eps, ADAM_BLOCK)

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
