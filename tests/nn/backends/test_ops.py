"""Operations: worked numbers of the contract, the errors, and every backend against the plain one."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tagma.nn import NumpyOps, Ops, Padded, Ragged, get_current_ops, get_ops, set_current_ops, use_ops
from tagma.nn.backends import contextvars_eq_thread_ops, get_array_ops
from tagma.nn.types import ArrayList, Pairs

PLAIN = Ops()
BACKENDS = [PLAIN, NumpyOps()]
every_backend = pytest.mark.parametrize("ops", BACKENDS, ids=lambda ops: ops.name)


def _floats(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * 3).astype(dtype)


def _ints(*values: int) -> np.ndarray:
    return np.array(values, dtype="int32")


HASHES = {
    (0, 0): (3428303819, 685728695, 3303603794, 4065689084),
    (0, 1): (4211459146, 4457399, 3547175942, 1032506804),
    (0, 2**64 - 1): (448458099, 2699342458, 1800029871, 1763775177),
    (1, 42): (724766479, 2167450930, 3786875002, 904422800),
    (8, 0): (0, 0, 0, 0),
    (42, 5381): (574570461, 2691184093, 325415397, 2983801009),
    (1000, 2**63): (3536785891, 830862606, 1401384008, 894301680),
    (2**32 - 1, 2**32): (3011119459, 4080193799, 873270483, 693264359),
    (7, 1234567890123): (1717644010, 3028988793, 1074603710, 209495392),
}


@every_backend
def test_hash(ops: Ops) -> None:
    """Embedding rows depend on every bit of the hash."""
    for (seed, key), row in HASHES.items():
        hashed = ops.hash(np.array([key], dtype="uint64"), seed)
        assert hashed.dtype == np.uint32
        assert hashed.tolist() == [list(row)]
    assert ops.hash(np.zeros(0, dtype="uint64"), 0).shape == (0, 4)


@every_backend
def test_ngrams(ops: Ops) -> None:
    """Runs of keys hash as one; none fit when n is too large or below 1."""
    keys = np.array([1, 2, 3, 4, 5], dtype="uint64")
    assert ops.ngrams(1, keys)[0] == 10357027354812746030
    assert ops.ngrams(2, keys).tolist()[:2] == [2346165840139155392, 16863871380863422640]
    assert ops.ngrams(5, keys).tolist() == [8513849312069461673]
    for n in (0, -1, 6):
        assert ops.ngrams(n, keys).shape == (0,)


X8 = np.array([-4, -1, -0.1, 0, 0.1, 1, 4, 25], dtype="float32")
ACTIVATIONS = {
    "relu": [0, 0, 0, 0, 0.1, 1, 4, 25],
    "mish": [-0.072592, -0.303401, -0.056789, 0, 0.063179, 0.865098, 3.997413, 25],
    "swish": [-0.071945, -0.268941, -0.047502, 0, 0.052498, 0.731059, 3.928055, 25],
    "gelu": [-0.000127, -0.158655, -0.046017, 0, 0.053983, 0.841345, 3.999873, 25],
    "gelu_approx": [-7e-05, -0.158808, -0.046017, 0, 0.053983, 0.841192, 3.99993, 25],
    "hard_sigmoid": [0, 0.3, 0.48, 0.5, 0.52, 0.7, 1, 1],
    "hard_tanh": [-1, -1, -0.1, 0, 0.1, 1, 1, 1],
    "hard_swish": [0, -0.3, -0.048, 0, 0.052, 0.7, 4, 25],
    "hard_swish_mobilenet": [0, -0.333333, -0.048333, 0, 0.051667, 0.666667, 4, 25],
    "dish": [-0.059715, -0.146447, -0.045025, 0, 0.054975, 0.853553, 3.940285, 24.990011],
    "sigmoid": [0.017986, 0.268941, 0.475021, 0.5, 0.524979, 0.731059, 0.982014, 1],
    "relu_k": [0, 0, 0, 0, 0.1, 1, 4, 6],
}


@every_backend
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(ops: Ops, name: str) -> None:
    """The contract's values; inputs are kept unless inplace, and the dtype always."""
    function = getattr(ops, name)
    X = X8.copy()
    Y = function(X)
    np.testing.assert_allclose(Y, ACTIVATIONS[name], atol=2e-6)
    np.testing.assert_array_equal(X, X8)
    assert Y.dtype == np.float32
    assert function(X8.astype("float64")).dtype == np.float64
    assert function(X, inplace=True) is X
    np.testing.assert_allclose(X, ACTIVATIONS[name], atol=2e-6)


@every_backend
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_gradients(ops: Ops, name: str) -> None:
    """Backprop is the slope; inplace writes into the gradient (the sigmoid's into Y); shapes must agree."""
    X = np.array([-3.7, -2.6, -1.2, -0.3, 0.4, 0.9, 2.7, 3.9])
    forward, backprop = getattr(ops, name), getattr(ops, f"backprop_{name}")
    slope = (forward(X + 1e-6) - forward(X - 1e-6)) / 2e-6
    Y = forward(X)
    rest = {"relu": (Y,), "sigmoid": (Y,), "swish": (X, Y)}.get(name, (X,))
    dY = np.full_like(X, 2.0)
    np.testing.assert_allclose(backprop(dY, *rest), 2 * slope, atol=2e-5)
    assert (dY == 2).all()
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        backprop(dY[:3], *rest)
    written = backprop(dY, *rest, inplace=True)
    assert written is (Y if name == "sigmoid" else dY)
    np.testing.assert_allclose(written, 2 * slope, atol=2e-5)


def test_mish_stays_finite() -> None:
    """Large inputs do not overflow in the gradient."""
    X = np.array([-100.0, 19.9, 20.0, 1000.0], dtype="float32")
    with np.errstate(over="raise", invalid="raise"):
        gradient = PLAIN.backprop_mish(np.ones_like(X), X)
    np.testing.assert_allclose(gradient, [0, 1, 1, 1], atol=1e-6)


@every_backend
def test_erf(ops: Ops) -> None:
    """The error function is right to 1e-6."""
    X = np.linspace(-4, 4, 41).astype("float32")
    np.testing.assert_allclose(ops.erf(X), [math.erf(x) for x in X], atol=1e-6)


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_seq2col(ops: Ops, dtype: str) -> None:
    """Rows beside their neighbours, zeros at the ends of the batch or of each sequence."""
    X = np.array([[1], [3], [4], [5]], dtype=dtype)
    assert ops.seq2col(X, 1).tolist() == [[0, 1, 3], [1, 3, 4], [3, 4, 5], [4, 5, 0]]
    within = ops.seq2col(X, 1, lengths=_ints(1, 0, 3))
    assert within.tolist() == [[0, 1, 0], [0, 3, 4], [3, 4, 5], [4, 5, 0]]
    assert within.dtype == dtype
    np.testing.assert_array_equal(ops.seq2col(X, 0), X)
    assert ops.seq2col(X[:0], 2).shape == (0, 5)
    assert ops.seq2col(X[:0], 2, lengths=_ints()).shape == (0, 5)
    assert ops.seq2col(X, 1, lengths=_ints(1, 0, 3).astype("int64")).tolist() == within.tolist()
    with pytest.raises(ValueError, match=r"2-d|two axes|dimension"):
        ops.seq2col(X[:, 0], 1)
    for bad in (_ints(1, 2), _ints(5, -1), _ints(3, 2)):
        with pytest.raises(AssertionError):
            ops.seq2col(X, 1, lengths=bad)


@every_backend
def test_backprop_seq2col_is_the_transpose(ops: Ops) -> None:
    """⟨seq2col(X), dY⟩ = ⟨X, backprop_seq2col(dY)⟩ for any X and dY."""
    for nW in (0, 1, 2):
        for lengths in (None, _ints(4, 0, 1, 2)):
            X, dY = _floats(7, 3), _floats(7, 3 * (2 * nW + 1), seed=1)
            left = float((ops.seq2col(X, nW, lengths=lengths) * dY).sum())
            right = float((X * ops.backprop_seq2col(dY, nW, lengths=lengths)).sum())
            assert left == pytest.approx(right, rel=1e-4)


@every_backend
def test_gemm(ops: Ops) -> None:
    """Products of either orientation, also into a given array; only matrices that fit."""
    x, y = _floats(3, 4), _floats(4, 5, seed=1)
    for a, b, trans in ((x, y, {}), (x.T.copy(), y, {"trans1": True}), (x, y.T.copy(), {"trans2": True})):
        np.testing.assert_allclose(ops.gemm(a, b, **trans), x @ y, rtol=1e-5, atol=1e-5)
    out = np.zeros((3, 5), dtype="float32")
    assert ops.gemm(x, y, out=out) is out
    assert out.any()
    for bad in ((x[0], y), (x, y[:3])):
        with pytest.raises(ValueError, match=r"gemm|matmul"):
            ops.gemm(*bad)


@every_backend
def test_flatten_and_unflatten(ops: Ops) -> None:
    """Lists come back from their flat array, with and without padding, empty items included."""
    X = [_floats(2, 3), _floats(0, 3), _floats(1, 3)]
    for pad in (0, 1, 2):
        flat = ops.flatten(X, pad=pad)
        assert flat.shape == (3 + 3 * pad, 3)
        back = ops.unflatten(flat, _ints(2, 0, 1), pad=pad)
        assert [len(x) for x in back] == [2, 0, 1]
        np.testing.assert_array_equal(np.concatenate(back), np.concatenate(X))
    assert ops.flatten([]).shape == (0, 0)
    assert ops.flatten(None, ndim_if_empty=3).shape == (0, 0, 0)
    assert ops.flatten([X[1]]).shape == (0, 3)
    assert ops.flatten(X, dtype="float64").dtype == np.float64


def test_flattening_an_array_list_costs_nothing() -> None:
    """An untouched list of views gives its array back; a changed one is concatenated anew."""
    flat = _floats(5, 2)
    views = PLAIN.unflatten(flat, _ints(2, 0, 3))
    assert isinstance(views, ArrayList)
    assert PLAIN.flatten(views) is flat
    views[0] = np.zeros((1, 2), dtype="float32")
    assert not views.intact()
    np.testing.assert_array_equal(PLAIN.flatten(views), np.concatenate([np.zeros((1, 2)), flat[2:]]))


@every_backend
def test_padded(ops: Ops) -> None:
    """Longest first, later first among equals; the list comes back in its order."""
    seqs = [_floats(n, 2, seed=n) for n in (2, 4, 2, 1, 4)]
    padded = ops.list2padded(seqs)
    assert padded.lengths.tolist() == [4, 4, 2, 2, 1]
    assert padded.indices.tolist() == [4, 1, 2, 0, 3]
    assert padded.size_at_t.tolist() == [5, 4, 2, 2]
    assert padded.data.shape == (4, 5, 2)
    assert not padded.data[1, 4].any()
    for original, back in zip(seqs, ops.padded2list(padded), strict=True):
        np.testing.assert_array_equal(original, back)
    assert ops.list2padded([]).data.shape == (0, 0, 0)
    assert list(ops.padded2list(ops.list2padded([]))) == []
    one = ops.list2padded(seqs[:1])
    assert one.data.shape == (2, 1, 2)
    assert one.indices.tolist() == [0]


@every_backend
def test_pad_and_unpad(ops: Ops) -> None:
    """Arrays are stacked with zeros behind, up to a multiple; what cannot be stacked is refused."""
    seqs = [_floats(2, 3), _floats(5, 3)]
    padded = ops.pad(seqs, round_to=4)
    assert padded.shape == (2, 8, 3)
    assert not padded[0, 2:].any()
    for original, back in zip(seqs, ops.unpad(padded, [2, 5]), strict=True):
        np.testing.assert_array_equal(original, back)
    for bad, round_to in (([], 1), (seqs, 0), ([seqs[0], seqs[1][:, :2]], 1), ([seqs[0], seqs[0].astype("f8")], 1)):
        with pytest.raises(ValueError, match=r"pad"):
            ops.pad(bad, round_to=round_to)


@every_backend
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reductions(ops: Ops, dtype: str) -> None:
    """Each sequence is pooled as NumPy would, and gradients go where the values came from."""
    X = _floats(6, 3, dtype=dtype)
    lengths = _ints(2, 1, 3)
    parts = np.split(X, [2, 3])
    np.testing.assert_allclose(ops.reduce_sum(X, lengths), [part.sum(axis=0) for part in parts], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ops.reduce_mean(X, lengths), [p.mean(axis=0) for p in parts], rtol=1e-5, atol=1e-5)
    maxes, which = ops.reduce_max(X, lengths)
    np.testing.assert_array_equal(maxes, [part.max(axis=0) for part in parts])
    np.testing.assert_array_equal(which, [part.argmax(axis=0) for part in parts])
    assert which.dtype == np.int32
    assert maxes.dtype == dtype
    firsts, starts_ends = ops.reduce_first(X, lengths)
    lasts, last_rows = ops.reduce_last(X, lengths)
    np.testing.assert_array_equal(firsts, X[[0, 2, 3]])
    np.testing.assert_array_equal(lasts, X[[1, 2, 5]])
    d = _floats(3, 3, seed=1, dtype=dtype)
    np.testing.assert_array_equal(ops.backprop_reduce_sum(d, lengths), d[[0, 0, 1, 2, 2, 2]])
    means = d[[0, 0, 1, 2, 2, 2]] / np.array([2, 2, 1, 3, 3, 3])[:, None]
    np.testing.assert_allclose(ops.backprop_reduce_mean(d, lengths), means, rtol=1e-6)
    dX = ops.backprop_reduce_max(d, which, lengths)
    assert dX.sum() == pytest.approx(d.sum(), rel=1e-5)
    assert (dX != 0).sum() == 9
    assert ops.backprop_reduce_first(d, starts_ends)[[0, 2, 3]].tolist() == d.tolist()
    assert ops.backprop_reduce_last(d, last_rows)[[1, 2, 5]].tolist() == d.tolist()


@every_backend
def test_reductions_of_nothing(ops: Ops) -> None:
    """Empty sequences are zeros in sums and means and errors elsewhere; no sequences give no rows."""
    X, none = _floats(0, 3), _ints()
    for reduce in (ops.reduce_sum, ops.reduce_mean):
        assert reduce(X, _ints(0, 0)).tolist() == [[0, 0, 0], [0, 0, 0]]
        assert reduce(X, none).shape == (0, 3)
        assert reduce(_floats(3, 2), _ints(1, 0, 2))[1].tolist() == [0, 0]
    for reduce in (ops.reduce_max, ops.reduce_first, ops.reduce_last):
        assert reduce(X, none)[0].shape == (0, 3)
        for data, lengths in ((X, _ints(0, 0)), (_floats(3, 2), _ints(3, 0))):
            with pytest.raises(ValueError, match="must be > 0"):
                reduce(data, lengths)
    for reduce in (ops.reduce_sum, ops.reduce_mean, ops.reduce_max, ops.reduce_first, ops.reduce_last):
        with pytest.raises(ValueError, match="lengths must be"):
            reduce(_floats(3, 2), _ints(4, -1))
        with pytest.raises(IndexError, match="lengths must sum up"):
            reduce(_floats(3, 2), _ints(2, 2))
    assert ops.backprop_reduce_first(_floats(0, 2), none).shape == (0, 2)
    with pytest.raises(ValueError, match=r"starts_ends"):
        ops.backprop_reduce_first(_floats(1, 2), _ints(0))
    with pytest.raises(IndexError):
        ops.backprop_reduce_max(_floats(1, 2), np.array([[0, 3]], dtype="int32"), _ints(3))


@every_backend
def test_maxout(ops: Ops) -> None:
    """The largest piece wins, the first among equals; its number must exist on the way back."""
    X = np.array([[[1, 3, 3], [5, 2, 1]]], dtype="float32")
    best, which = ops.maxout(X)
    assert best.tolist() == [[3, 5]]
    assert which.tolist() == [[1, 0]]
    assert which.dtype == np.int32
    dX = ops.backprop_maxout(np.array([[7, 8]], dtype="float32"), which, 3)
    assert dX.tolist() == [[[0, 7, 0], [8, 0, 0]]]
    with pytest.raises(IndexError):
        ops.backprop_maxout(best, which + 2, 3)
    empty, none = ops.maxout(np.zeros((0, 2, 3), dtype="float32"))
    assert empty.shape == (0, 2)
    assert ops.backprop_maxout(empty, none, 3).shape == (0, 2, 3)


@every_backend
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_gather_and_scatter(ops: Ops, dtype: str) -> None:
    """Rows are summed and gradients accumulate; indices outside the table are errors."""
    table = _floats(5, 3)
    indices = np.array([[0, 4, 4], [1, 1, 1]], dtype=dtype)
    np.testing.assert_allclose(ops.gather_add(table, indices), table[indices].sum(axis=1), rtol=1e-5, atol=1e-6)
    for bad in (np.array([[5]], dtype=dtype), np.array([[-1]]).astype(dtype)):
        with pytest.raises(IndexError):
            ops.gather_add(table, bad)
    target = np.zeros((5, 3), dtype="float32")
    values = _floats(4, 3, seed=1)
    assert ops.scatter_add(target, np.array([1, 1, 0, 1], dtype=dtype), values) is None
    np.testing.assert_allclose(target[:2], [values[2], values[[0, 1, 3]].sum(axis=0)], rtol=1e-5, atol=1e-6)


@every_backend
def test_softmax(ops: Ops) -> None:
    """Rows sum to one, large inputs do not overflow, and the temperature divides."""
    X = np.array([[1000.0, 1001.0], [-5.0, 5.0]], dtype="float32")
    Y = ops.softmax(X, temperature=2.0)
    e = np.exp([-0.5, 0])
    np.testing.assert_allclose(Y[0], e / e.sum(), rtol=1e-6)
    np.testing.assert_allclose(ops.softmax(X, axis=0).sum(axis=0), [1, 1], rtol=1e-6)
    assert ops.softmax(X[:0]).shape == (0, 2)
    lengths = _ints(1, 3)
    Z = _floats(4, 2)
    columns = ops.softmax_sequences(Z, lengths)
    np.testing.assert_allclose(columns[1:], np.exp(Z[1:]) / np.exp(Z[1:]).sum(axis=0), rtol=1e-5)
    with pytest.raises(NotImplementedError):
        ops.softmax_sequences(_floats(4, 2, 2), lengths)


@every_backend
def test_dropout_mask(ops: Ops) -> None:
    """The draws are those of numpy.random.uniform; survivors are scaled up; 0, None and 1 draw nothing."""
    np.random.seed(3)
    expected = (np.random.uniform(0, 1, (50, 4)) >= 0.3) / 0.7
    np.random.seed(3)
    mask = ops.get_dropout_mask((50, 4), 0.3)
    np.testing.assert_allclose(mask, expected, rtol=1e-6)
    assert mask.dtype == np.float32
    assert (ops.get_dropout_mask((3,), None) == 1).all()
    assert (ops.get_dropout_mask((3,), 0) == 1).all()
    assert not ops.get_dropout_mask((3,), 1.0).any()


@every_backend
def test_adam(ops: Ops) -> None:
    """One step by the formula, in place; the gradient is zeroed; shapes must agree."""
    w, g, m, v = (_floats(5, seed=seed) for seed in range(4))
    v = np.abs(v)
    M, V = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
    expected = w - 0.02 * M / (np.sqrt(V) + 1e-8)
    result = ops.adam(w, g, m, v, 0.9, 0.99, 1e-8, 0.02)
    assert result[0] is w
    assert not g.any()
    for left, right in ((w, expected), (m, M), (v, V)):
        np.testing.assert_allclose(left, right, rtol=1e-5)
    with pytest.raises(ValueError, match=r"adam|shape"):
        ops.adam(w, g[:2], m, v, 0.9, 0.99, 1e-8, 0.02)


@every_backend
def test_adam_steps(ops: Ops) -> None:
    """The whole update equals clipping, the step and the decay one after another."""
    w, g, m, v = (_floats(3000, seed=seed) for seed in range(4))
    v = np.abs(v)
    w2, g2, m2, v2 = (array.copy() for array in (w, g, m, v))
    settings = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8}
    ops.adam_steps([(w, g, m, v, 0.02, 1.0, 0.1)], **settings)
    PLAIN.adam(w2, PLAIN.clip_gradient(g2, 1.0), m2, v2, learn_rate=0.02, **settings)
    w2 -= 0.1 * w2
    assert not g.any()
    for left, right in ((w, w2), (m, m2), (v, v2)):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)


@every_backend
def test_small_numeric_helpers(ops: Ops) -> None:
    """Averages, clipping, log loss, tiling, position codes and insertion by their formulas."""
    ema, weights = np.zeros(2, dtype="float32"), np.ones(2, dtype="float32")
    ops.update_averages(ema, weights, 1)
    np.testing.assert_allclose(ema, 1 - 2 / 11, rtol=1e-5)
    gradient = np.array([3.0, 4.0], dtype="float32")
    assert ops.clip_gradient(gradient, 1.0) is gradient
    np.testing.assert_allclose(gradient, [0.6, 0.8], rtol=1e-5)
    assert float(ops.logloss(np.array([1.0]), np.array([0.5]))[0]) == pytest.approx(math.log(2), rel=1e-5)
    assert ops.tile(weights[None], 2).tolist() == [[1, 1, 1, 1]]
    code = ops.position_encode(3, 5, period=100)
    np.testing.assert_allclose(code[2, :2], [math.sin(2), math.cos(2)], rtol=1e-5)
    np.testing.assert_allclose(code[2, 2:4], [math.sin(2 / 100**0.8), math.cos(2 / 100**0.8)], rtol=1e-5)
    np.testing.assert_allclose(code[:, 4], code[:, 2])
    assert ops.insert_into((2, 3), [np.ones(2, dtype="float32"), np.ones(1, dtype="float32")]).tolist() == [
        [1, 1, 0],
        [1, 0, 0],
    ]
    np.testing.assert_allclose(ops.sechsq(np.array([0.5])), 1 / math.cosh(0.5) ** 2)
    np.testing.assert_allclose(ops.dtanh(np.array([0.5])), 0.75)


@every_backend
def test_layer_norm(ops: Ops) -> None:
    """Rows have mean 0 and variance 1 before scale and shift; the kernel agrees with the plain lines."""
    X, G, b, dY = _floats(40, 9), _floats(9, seed=1), _floats(9, seed=2), _floats(40, 9, seed=3)
    Y, mean, rstd = ops.layer_norm(X, G, b)
    Xhat = (X - mean[:, None]) * rstd[:, None]
    np.testing.assert_allclose(Xhat.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose((Xhat**2).mean(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(Y, Xhat * G + b, rtol=1e-4, atol=1e-5)
    found = []
    for each in (ops, PLAIN):
        dG, db = np.zeros_like(G), np.zeros_like(b)
        found.append((each.backprop_layer_norm(dY, X, mean, rstd, G, dG, db), dG, db))
    for left, right in zip(*found, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)


def test_conversions() -> None:
    """Arrays are kept when they fit; lists take NumPy's dtype unless one is named; bytes can be ordered."""
    ops = NumpyOps()
    X = _floats(2, 3)
    assert ops.asarray(X) is X
    assert ops.asarray2f(X) is X
    assert ops.as_contig(X) is X
    assert ops.asarray([1.5]).dtype == np.float64
    assert ops.asarray_f([1]).dtype == np.float32
    assert ops.asarray_i([1]).dtype == np.int32
    assert ops.as_contig(X.T).flags.c_contiguous
    assert ops.to_numpy(X, byte_order=">").dtype == np.dtype(">f4")
    with pytest.raises(ValueError, match=r"to_numpy"):
        ops.to_numpy([1, 2])
    assert ops.alloc(3).shape == (3,)
    assert ops.alloc4i(1, 2, 3, 4).dtype == np.int32
    assert ops.reshape3f(X, 1, 2, 3).base is not None


def test_minibatch() -> None:
    """Every item once, in batches of the sizes asked for, whatever the container."""
    ops = NumpyOps()
    batches = ops.minibatch(3, list(range(8)))
    assert len(batches) == 3
    assert list(batches) == [[0, 1, 2], [3, 4, 5], [6, 7]] == list(batches)
    assert list(ops.minibatch(2, (1, 2, 3))) == [(1, 2), (3,)]
    assert [batch.tolist() for batch in ops.minibatch(2, np.arange(3))] == [[0, 1], [2]]
    ragged = Ragged(_floats(4, 2), _ints(1, 3))
    assert [batch.lengths.tolist() for batch in ops.minibatch(1, ragged)] == [[1], [3]]
    assert [batch.two for batch in ops.minibatch(1, Pairs(np.arange(2), np.arange(2)))] == [[0], [1]]
    assert list(ops.minibatch(2, [])) == []
    assert sum(len(batch) for batch in ops.minibatch(iter([1, 1.9, 2.5, 100]), list(range(20)), buffer=2)) == 20
    with pytest.raises(ValueError, match="no length"):
        ops.minibatch(2, (x for x in range(3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        ops.minibatch(0.5, [1, 2])  # type: ignore[arg-type]
    with pytest.raises(StopIteration):
        ops.minibatch(iter([1]), [1, 2])


def test_multibatch_shuffles_sequences_together() -> None:
    """Partners stay together, each pass has its own order, and no item is lost."""
    ops = NumpyOps()
    np.random.seed(0)
    batches = ops.multibatch(4, list(range(10)), np.arange(10), shuffle=True)
    orders = []
    for _ in range(2):
        left = [item for batch in batches for item in batch[0]]
        right = [int(item) for batch in batches for item in batch[1]]
        assert sorted(left) == sorted(right) == list(range(10))
        orders.append(left)
    assert orders[0] != orders[1]
    for first, second in batches:
        assert first == second.tolist()


def test_selection() -> None:
    """Backends are chosen by name and restored after the block, also after errors."""
    assert get_ops("cpu").name == "numpy"
    assert get_ops("numpy", use_blis=False).name == "numpy"
    with pytest.raises(ValueError, match="numpy"):
        get_ops("unknown")
    before = get_current_ops()
    with suppress(RuntimeError), use_ops("mps"):
        assert get_current_ops().name == "mps"
        raise RuntimeError
    assert get_current_ops() is before
    set_current_ops(before)
    assert contextvars_eq_thread_ops()
    assert get_array_ops(np.zeros(2)).name == "numpy"


def _twin_calls() -> list[tuple[str, Callable[[], tuple[Any, ...]], dict[str, Any]]]:
    return [
        ("mish", lambda: (_floats(1000),), {}),
        ("backprop_mish", lambda: (_floats(1000), _floats(1000, seed=1) * 5), {}),
        ("maxout", lambda: (_floats(50, 7, 3),), {}),
        ("softmax", lambda: (_floats(50, 17),), {"temperature": 0.7}),
        ("seq2col", lambda: (_floats(300, 9), 2), {"lengths": _ints(100, 0, 150, 50)}),
        ("backprop_seq2col", lambda: (_floats(300, 45), 2), {"lengths": _ints(100, 0, 150, 50)}),
        ("affine", lambda: (_floats(40, 9), _floats(5, 9, seed=1), _floats(5, seed=2)), {}),
        ("reduce_mean", lambda: (_floats(300, 9), _ints(100, 0, 150, 50)), {}),
        ("list2padded", lambda: ([_floats(n, 4) for n in (3, 9, 1)],), {}),
    ]


@pytest.mark.parametrize(("name", "arguments", "settings"), _twin_calls(), ids=lambda value: str(value)[:20])
def test_kernels_agree_with_the_plain_lines(
    name: str, arguments: Callable[[], tuple[Any, ...]], settings: dict[str, Any]
) -> None:
    """NumpyOps computes what the readable base class computes."""
    left = getattr(PLAIN, name)(*arguments(), **settings)
    right = getattr(NumpyOps(), name)(*arguments(), **settings)
    if isinstance(left, Padded):
        left, right = (left.data, left.indices), (right.data, right.indices)
    if not isinstance(left, tuple):
        left, right = (left,), (right,)
    for a, b in zip(left, right, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
