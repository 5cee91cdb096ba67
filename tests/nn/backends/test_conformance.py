"""Every backend against the plain operations, on generated input: sequences of any length and none, both float types,
arrays that are not contiguous, huge values, NaN. CupyOps runs on the CPU here, its kernels compiled by c++ (see
cupy_on_host.py), and on a GPU where CuPy is: `make test-gpu`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagma.nn import CupyOps, NumpyOps, Ops, compat

from .cupy_on_host import CupyOpsOnHost

PLAIN = Ops()
no_gpu = pytest.mark.skipif(not compat.has_cupy_gpu, reason="there is no CuPy, or no GPU for it: not run on a GPU")
every_backend = pytest.mark.parametrize(
    "kind", [NumpyOps, CupyOpsOnHost, pytest.param(CupyOps, marks=no_gpu)], ids=lambda kind: kind.__name__
)
ACTIVATIONS = ["relu", "mish", "swish", "gelu", "gelu_approx", "dish", "sigmoid", "relu_k"]
ACTIVATIONS += ["hard_sigmoid", "hard_tanh", "hard_swish", "hard_swish_mobilenet"]
BACKPROPS = [name for name in ACTIVATIONS if name != "swish"]  # which takes both X and Y
REDUCTIONS = ["reduce_sum", "reduce_mean", "reduce_max", "reduce_first", "reduce_last"]

shapes = st.tuples(st.lists(st.integers(0, 5), max_size=6), st.integers(1, 19))
dtypes = st.sampled_from(["float32", "float64"])


def _floats(n: int, width: int, dtype: str, layout: str, scale: float = 1.0) -> np.ndarray:
    values = np.random.default_rng(n * 31 + width).normal(size=(n, 2 * width)) * scale
    matrix = values.astype(dtype)
    return matrix[:, ::2] if layout == "strided" else np.ascontiguousarray(matrix[:, :width])


def _moved(ops: Ops, value: Any) -> Any:
    """An array for the backend, whose values lie as little beside each other as before; other values as they are."""
    if not isinstance(value, np.ndarray) or value.flags.c_contiguous:
        return ops.asarray(value) if isinstance(value, np.ndarray) else value
    return ops.asarray(np.repeat(value, 2, axis=-1))[..., ::2]


def _same(ops: Ops, name: str, *args: Any, slack: float = 1e-6, **options: Any) -> None:
    """Both give the same, but for `slack` near 0, or both raise an error of the same kind."""
    moved = [_moved(ops, arg) for arg in args]
    moved_options = {key: _moved(ops, arg) for key, arg in options.items()}
    try:
        expected = getattr(PLAIN, name)(*args, **options)
    except (ValueError, IndexError, AssertionError) as error:
        with pytest.raises(type(error)):
            getattr(ops, name)(*moved, **moved_options)
        return
    found = getattr(ops, name)(*moved, **moved_options)
    several = isinstance(expected, tuple)
    for a, b in zip(found if several else [found], expected if several else [expected], strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(ops.to_numpy(a), b, rtol=2e-5, atol=slack, err_msg=name)


@every_backend
@settings(deadline=None, max_examples=40)
@given(shapes, dtypes, st.sampled_from(["rows", "strided"]))
def test_reductions_and_windows(kind: type[Ops], shape: tuple[list[int], int], dtype: str, layout: str) -> None:
    """Over sequences of any lengths, and over none."""
    ops, (counts, width) = kind(), shape
    lengths, X = np.array(counts, dtype="int32"), _floats(sum(counts), width, dtype, layout)
    for name in REDUCTIONS:
        _same(ops, name, X, lengths)
    for nW in (0, 1, 2):
        _same(ops, "seq2col", X, nW)
        _same(ops, "seq2col", X, nW, lengths=lengths)
    _same(ops, "softmax_sequences", X, lengths)


@every_backend
@settings(deadline=None, max_examples=40)
@given(shapes, dtypes, st.sampled_from(["rows", "strided"]))
def test_the_way_back_over_sequences(kind: type[Ops], shape: tuple[list[int], int], dtype: str, layout: str) -> None:
    """The gradients of reductions, windows and softmax."""
    ops, (counts, width) = kind(), shape
    lengths, n = np.array(counts, dtype="int32"), sum(counts)
    rows, heads = _floats(n, width, dtype, layout), _floats(len(counts), width, dtype, layout)
    for name in ("backprop_reduce_sum", "backprop_reduce_mean"):
        _same(ops, name, heads, lengths)
    which = np.array([[row % max(1, count)] * width for row, count in enumerate(counts)], dtype="int32")
    _same(ops, "backprop_reduce_max", heads, which.reshape((-1, width)), lengths)
    _same(ops, "backprop_reduce_max", heads, which.reshape((-1, width)) + 3, lengths)
    starts_ends = np.concatenate([[0], np.cumsum(lengths)]).astype("int32")
    if all(counts):
        _same(ops, "backprop_reduce_last", heads, starts_ends[1:] - 1)
        if counts:
            _same(ops, "backprop_reduce_first", heads, starts_ends)
    _same(ops, "backprop_softmax_sequences", rows, PLAIN.softmax_sequences(rows, lengths), lengths)
    for nW in (0, 1, 2):
        dcols = _floats(n, width * (2 * nW + 1), dtype, layout)
        _same(ops, "backprop_seq2col", dcols, nW)
        _same(ops, "backprop_seq2col", dcols, nW, lengths=lengths)


@every_backend
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 7), st.integers(1, 19), dtypes, st.sampled_from(["rows", "strided"]), st.sampled_from([1.0, 1e4]))
def test_rows(kind: type[Ops], n: int, width: int, dtype: str, layout: str, scale: float) -> None:
    """Activations, softmax, maxout and layer normalization, of small and of huge values."""
    ops, X = kind(), _floats(n, width, dtype, layout, scale)
    for name in ACTIVATIONS:
        # Dish is x times the small difference of two numbers near 1, of which the last bit is open.
        _same(ops, name, X, slack=1e-6 + (scale if name == "dish" else 0) * np.finfo(dtype).eps)
    _same(ops, "softmax", X)
    _same(ops, "maxout", X[:, :, None] * np.ones(1, dtype=dtype))
    ones = np.ones(width, dtype=dtype)
    for a in ops.layer_norm(*(ops.asarray(x) for x in (X, ones, ones))):
        assert np.isfinite(ops.to_numpy(a)).all()


@every_backend
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 7), st.integers(1, 19), dtypes, st.sampled_from(["rows", "strided"]), st.sampled_from([1.0, 1e4]))
def test_gradients_of_rows(kind: type[Ops], n: int, width: int, dtype: str, layout: str, scale: float) -> None:
    """Of each activation, for small and huge inputs."""
    ops, X, dY = kind(), _floats(n, width, dtype, layout, scale), _floats(n, width, dtype, layout)[::-1]
    for name in BACKPROPS:
        _same(ops, f"backprop_{name}", dY, X if name != "sigmoid" else PLAIN.sigmoid(X))
    _same(ops, "backprop_swish", dY, X, PLAIN.swish(X))
    _same(ops, "backprop_clipped_linear", dY, X, slope=-0.5, offset=0.25, min_val=-1.0, max_val=2.0)
    _same(ops, "clipped_linear", X, slope=-0.5, offset=0.25, min_val=-1.0, max_val=2.0)
    _same(ops, "mish", X, threshold=1.5)
    _same(ops, "backprop_mish", dY, X, threshold=1.5)


@every_backend
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5), st.integers(0, 6), st.integers(1, 4), dtypes, st.booleans())
def test_pieces(kind: type[Ops], n: int, nO: int, nP: int, dtype: str, ties: bool) -> None:
    """Maxout and its gradient: of equal pieces the first wins, and the first NaN of all."""
    ops, X = kind(), _floats(n * nO, nP, dtype, "rows").reshape((n, nO, nP))
    if ties:
        X = np.round(X)
        X[X == 1] = np.nan
    _same(ops, "maxout", X)
    _same(ops, "maxout", X.transpose((1, 0, 2)))
    which = PLAIN.maxout(X)[1]
    _same(ops, "backprop_maxout", X[:, :, 0], which, nP)
    _same(ops, "backprop_maxout", X[:, :, 0], which + 2, nP)


@every_backend
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 7), st.integers(0, 9), st.integers(1, 4), dtypes, st.sampled_from(["int32", "uint32", "int64"]))
def test_tables(kind: type[Ops], n: int, width: int, K: int, dtype: str, rows: str) -> None:
    """Hashed keys, sums of rows of a table, and gradients of rows, some of them several times."""
    ops, nV = kind(), 5
    keys = np.random.default_rng(n).integers(0, 2**64, size=n, dtype="uint64")
    _same(ops, "hash", keys, 7)
    _same(ops, "ngrams", 2, keys)
    indices = np.random.default_rng(K).integers(0, nV, size=(n, K)).astype(rows)
    _same(ops, "gather_add", _floats(nV, width, dtype, "rows"), indices)
    _same(ops, "gather_add", _floats(nV, width, dtype, "rows"), indices + 2)
    table, values = _floats(nV, width, dtype, "rows"), _floats(n, width, dtype, "strided")
    moved = ops.asarray(table.copy())
    for column in range(K):
        PLAIN.scatter_add(table, indices[:, column], values)
        ops.scatter_add(moved, _moved(ops, indices[:, column]), _moved(ops, values))
    np.testing.assert_allclose(ops.to_numpy(moved), table, rtol=1e-5, atol=1e-6)


@every_backend
@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(1, 3), dtypes)
def test_padding(kind: type[Ops], counts: list[int], round_to: int, dtype: str) -> None:
    """Arrays of different lengths in one, zeros at their ends; of two axes and of one."""
    ops = kind()
    for lists in ([_floats(n, 3, dtype, "strided") for n in counts], [np.arange(n, dtype="uint64") for n in counts]):
        found = ops.pad([_moved(ops, x) for x in lists], round_to)
        expected = PLAIN.pad(lists, round_to)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(ops.to_numpy(found), expected)


@every_backend
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 300), dtypes, st.sampled_from([1.0, 0.5]))
def test_adam(kind: type[Ops], n: int, dtype: str, mod_rate: float) -> None:
    """Two steps: weights and both moments, and the gradient is zero afterwards."""
    ops, weights = kind(), _floats(n, 1, dtype, "rows").reshape(-1)
    arrays = [weights, weights * 2, weights * 0, weights * 0]
    moved = [ops.asarray(each.copy()) for each in arrays]
    for _ in range(2):
        PLAIN.adam(*arrays, 0.9, 0.999, 1e-8, 0.01, mod_rate)
        ops.adam(*moved, 0.9, 0.999, 1e-8, 0.01, mod_rate)
        assert not ops.to_numpy(moved[1]).any()
        arrays[1] += weights
        moved[1] += ops.asarray(weights)
    for a, b in zip(moved, arrays, strict=True):
        np.testing.assert_allclose(ops.to_numpy(a), b, rtol=1e-4, atol=1e-6)


@every_backend
@pytest.mark.parametrize("name", ["relu", "mish", "swish", "gelu", "sigmoid", "softmax", "reduce_sum", "reduce_mean"])
def test_nan_is_kept(kind: type[Ops], name: str) -> None:
    """A NaN shows in the result, and leaves other rows alone."""
    ops, X = kind(), np.ones((4, 3), dtype="float32")
    X[1, 1] = np.nan
    rest = [ops.asarray(np.array([1, 1, 2], dtype="int32"))] if name.startswith("reduce") else []
    Y = ops.to_numpy(getattr(ops, name)(ops.asarray(X), *rest))
    assert np.isnan(Y[1]).any()
    assert np.isfinite(np.delete(Y, 1, axis=0)).all()


@every_backend
@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 5), max_size=4), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2), dtypes)
def test_lstm(kind: type[Ops], counts: list[int], nH: int, depth: int, dirs: int, dtype: str) -> None:
    """Forth and back, over sequences of any lengths."""
    ops, nI, rng = kind(), 3, np.random.default_rng(nH)
    sizes = np.array([sum(n > t for n in counts) for t in range(max(counts, default=0))], dtype="int32")
    size = sum(4 * nH * (width + nH + 2) * dirs for width in [nI, *[nH * dirs] * (depth - 1)])
    params, X = rng.normal(size=size).astype(dtype), _floats(sum(counts), nI, dtype, "rows")
    start = rng.normal(size=(2, depth, dirs, nH)).astype(dtype)
    _same(ops, "lstm_forward_inference", params, start[0], start[1], X, sizes)
    answers = []
    for each in (PLAIN, ops):
        moved = [each.asarray(value) for value in (params, start[0], start[1], X, sizes)]
        Y, state = each.lstm_forward_training(*moved)
        answers.append([each.to_numpy(d) for d in each.backprop_lstm(Y, moved[4], moved[0], state)])
    for a, b in zip(*answers, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
