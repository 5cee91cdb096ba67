"""Every backend against the plain operations, on generated input: sequences of any length and none, both float types,
arrays that are not contiguous, huge values, NaN. CupyOps where CuPy is: `make test-gpu`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagma.nn import CupyOps, NumpyOps, Ops

PLAIN = Ops()
no_cupy = pytest.mark.skipif(find_spec("cupy") is None, reason="CuPy is not installed: not run on a GPU")
every_backend = pytest.mark.parametrize(
    "kind", [NumpyOps, pytest.param(CupyOps, marks=no_cupy)], ids=lambda kind: kind.__name__
)
POINTWISE = ["relu", "mish", "swish", "gelu", "hard_sigmoid", "hard_tanh", "hard_swish", "dish", "sigmoid", "relu_k"]
REDUCTIONS = ["reduce_sum", "reduce_mean", "reduce_max", "reduce_first", "reduce_last"]

shapes = st.tuples(st.lists(st.integers(0, 5), max_size=6), st.integers(1, 19))
dtypes = st.sampled_from(["float32", "float64"])


def _floats(n: int, width: int, dtype: str, layout: str, scale: float = 1.0) -> np.ndarray:
    values = np.random.default_rng(n * 31 + width).normal(size=(n, 2 * width)) * scale
    matrix = values.astype(dtype)
    return matrix[:, ::2] if layout == "strided" else np.ascontiguousarray(matrix[:, :width])


def _same(ops: Ops, name: str, *args: Any, **options: Any) -> None:
    """Both give the same, or both raise an error of the same kind."""
    moved = [ops.asarray(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    try:
        expected = getattr(PLAIN, name)(*args, **options)
    except (ValueError, IndexError, AssertionError) as error:
        with pytest.raises(type(error)):
            getattr(ops, name)(*moved, **options)
        return
    found = getattr(ops, name)(*moved, **options)
    several = isinstance(expected, tuple)
    for a, b in zip(found if several else [found], expected if several else [expected], strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(ops.to_numpy(a), b, rtol=2e-5, atol=1e-6, err_msg=name)


@every_backend
@settings(deadline=None, max_examples=40)
@given(shapes, dtypes, st.sampled_from(["rows", "strided"]))
def test_reductions_and_windows(kind: type[Ops], shape: tuple[list[int], int], dtype: str, layout: str) -> None:
    """Over sequences of any lengths, and over none."""
    ops, (counts, width) = kind(), shape
    lengths, X = np.array(counts, dtype="int32"), _floats(sum(counts), width, dtype, layout)
    for name in REDUCTIONS:
        _same(ops, name, X, lengths)
    _same(ops, "seq2col", X, 1, lengths=ops.asarray(lengths) if kind is CupyOps else lengths)
    _same(ops, "softmax_sequences", X, lengths)


@every_backend
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 7), st.integers(1, 19), dtypes, st.sampled_from(["rows", "strided"]), st.sampled_from([1.0, 1e4]))
def test_rows(kind: type[Ops], n: int, width: int, dtype: str, layout: str, scale: float) -> None:
    """Activations, softmax, maxout and layer normalization, of small and of huge values."""
    ops, X = kind(), _floats(n, width, dtype, layout, scale)
    for name in POINTWISE:
        _same(ops, name, X)
    _same(ops, "softmax", X)
    _same(ops, "maxout", X[:, :, None] * np.ones(1, dtype=dtype))
    ones = np.ones(width, dtype=dtype)
    for a in ops.layer_norm(*(ops.asarray(x) for x in (X, ones, ones))):
        assert np.isfinite(ops.to_numpy(a)).all()


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
