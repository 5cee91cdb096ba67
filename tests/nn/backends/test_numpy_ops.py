"""Every compiled method of NumpyOps equals its readable twin in Ops."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagma.nn.backends.numpy_ops import NumpyOps
from tagma.nn.backends.ops import Ops
from tagma.threads import get_num_threads, set_num_threads

FAST, SLOW = NumpyOps(), Ops()


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def close(a: object, b: object, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 5), st.integers(1, 3))
def test_windows_with_lengths(lengths: list[int], width: int, nW: int) -> None:
    """seq2col and its transpose keep to the borders of each sequence, empty ones included."""
    n = sum(lengths)
    X, ls = floats(n, width), np.array(lengths, dtype="i")
    close(FAST.seq2col(X, nW, lengths=ls), SLOW.seq2col(X, nW, lengths=ls))
    dY = floats(n, width * (2 * nW + 1))
    close(FAST.backprop_seq2col(dY, nW, lengths=ls), SLOW.backprop_seq2col(dY, nW, lengths=ls))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 9), st.integers(1, 5), st.integers(1, 3))
def test_windows_without_lengths(n: int, width: int, nW: int) -> None:
    """The whole array is one sequence."""
    close(FAST.seq2col(floats(n, width), nW), SLOW.seq2col(floats(n, width), nW))
    dY = floats(n, width * (2 * nW + 1))
    close(FAST.backprop_seq2col(dY, nW), SLOW.backprop_seq2col(dY, nW))


def test_wrong_lengths_are_refused() -> None:
    """Lengths that do not sum to the rows, or are negative, are an AssertionError with the numbers."""
    for ops in (FAST, SLOW):
        with pytest.raises(AssertionError, match=r"3 rows .* 4 rows"):
            ops.seq2col(floats(4, 2), 1, lengths=np.array([1, 2], dtype="i"))
        with pytest.raises(AssertionError, match="-1 rows"):
            ops.backprop_seq2col(floats(4, 6), 1, lengths=np.array([5, -1], dtype="i"))


@pytest.mark.parametrize("shape", [(0, 3, 2), (1, 1, 1), (7, 33, 3), (5, 4, 2), (3, 2, 5)])
def test_maxout(shape: tuple[int, int, int]) -> None:
    """Values and winning pieces are the same; ties go to the lowest piece."""
    X = np.round(floats(*shape) * 2)  # rounding makes ties
    best, which = FAST.maxout(X)
    best2, which2 = SLOW.maxout(X)
    close(best, best2)
    assert which.tolist() == which2.tolist()
    dY = floats(*shape[:2])
    close(FAST.backprop_maxout(dY, which, shape[2]), SLOW.backprop_maxout(dY, which2, shape[2]))


def test_backprop_maxout_checks_pieces() -> None:
    """A winning piece beyond the number of pieces is an IndexError."""
    with pytest.raises(IndexError, match="2"):
        FAST.backprop_maxout(floats(1, 1), np.array([[2]], dtype="i"), 2)


@pytest.mark.parametrize("shape", [(0, 4), (1, 1), (6, 16), (5, 37), (700, 96)])
def test_layer_norm(shape: tuple[int, int]) -> None:
    """Forward, and all three gradients, of which two are added; a row with a NaN is NaN, and no other."""
    X, G, b, dY = floats(*shape), floats(shape[1], seed=1), floats(shape[1], seed=2), floats(*shape, seed=3)
    if len(X) > 5:
        X[2, 3] = np.nan
        assert np.isnan(FAST.layer_norm(X, G, b)[0]).any(axis=1).tolist() == [i == 2 for i in range(len(X))]
        X[2, 3] = 0
    fast, slow = FAST.layer_norm(X, G, b), SLOW.layer_norm(X, G, b)
    close(fast[0], slow[0], 1e-4)
    if shape[1] > 1:
        sums = [(floats(shape[1], seed=4), floats(shape[1], seed=5)) for _ in range(2)]
        dX = FAST.backprop_layer_norm(dY, X, fast[1], fast[2], G, *sums[0])
        close(dX, SLOW.backprop_layer_norm(dY, X, slow[1], slow[2], G, *sums[1]), 1e-4)
        close(sums[0], sums[1], 1e-4)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 2**32 - 1))
def test_hash(ids: list[int], seed: int) -> None:
    """Hashes of keys are equal bit for bit."""
    keys = np.array(ids, dtype="uint64")
    assert FAST.hash(keys, seed).tolist() == SLOW.hash(keys, seed).tolist()


@pytest.mark.parametrize("K", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64"])
def test_gather_and_scatter(K: int, dtype: str) -> None:
    """Sums of table rows, and the way back with repeated rows."""
    table = floats(11, 7)
    indices = np.random.RandomState(1).randint(0, 11, (30, K)).astype(dtype)
    close(FAST.gather_add(table, indices), SLOW.gather_add(table, indices))
    a, b = np.zeros_like(table), np.zeros_like(table)
    for k in range(K):
        SLOW.scatter_add(b, indices[:, k], floats(30, 7, seed=2))
    FAST.scatter_add(a, np.ascontiguousarray(indices), floats(30, 7, seed=2))
    close(a, b, 1e-4)


@pytest.mark.parametrize("bad", [-1, 11])
def test_rows_outside_the_table_are_refused(bad: int) -> None:
    """An index outside the table is an IndexError that names it, never a read of foreign memory."""
    with pytest.raises(IndexError, match=str(bad)):
        FAST.gather_add(floats(11, 7), np.array([[0, bad]], dtype="i"))


@pytest.mark.parametrize(("n", "k", "m"), [(3, 4, 5), (1100, 96, 64), (2000, 64, 33), (0, 3, 2)])
def test_gemm(n: int, k: int, m: int) -> None:
    """All four transpositions, also where the product is cut into blocks."""
    x, y = floats(n, k), floats(k, m, seed=1)
    expected = x @ y
    close(FAST.gemm(x, y), expected, 1e-4)
    close(FAST.gemm(np.ascontiguousarray(x.T), y, trans1=True), expected, 1e-4)
    close(FAST.gemm(x, np.ascontiguousarray(y.T), trans2=True), expected, 1e-4)
    close(FAST.affine(x, np.ascontiguousarray(y.T), floats(m)), expected + floats(m), 1e-4)


def test_gemm_names_both_shapes() -> None:
    """Inner sizes that differ are an error with both numbers."""
    with pytest.raises(ValueError, match="4 and 5"):
        FAST.gemm(floats(3, 4), floats(5, 2))


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_softmax(temperature: float) -> None:
    """Also for large and very negative scores."""
    X = floats(9, 21) * 40
    close(FAST.softmax(X, temperature=temperature), SLOW.softmax(X, temperature=temperature))


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (900, 77)])
def test_backprop_softmax(shape: tuple[int, int]) -> None:
    """By rows and, which is not compiled, by columns."""
    for axis in (-1, 0) if shape[0] else (-1,):
        Y = SLOW.softmax(floats(*shape), axis=axis)
        options = {"axis": axis, "temperature": 0.5}
        close(FAST.backprop_softmax(Y, floats(*shape), **options), SLOW.backprop_softmax(Y, floats(*shape), **options))


def subnormal(Y: np.ndarray) -> np.ndarray:
    """Which values are neither 0 nor normal numbers."""
    return (Y != 0) & (np.abs(Y) < np.finfo("float32").tiny)


def test_softmax_of_masked_scores_is_zero() -> None:
    """Scores far below the best, masked or not, get exactly 0 and no subnormal number; the others are as ever."""
    X = np.array([[0.0, 1.0, -1e4, -np.inf, np.finfo("float32").min, -88, -87, -86]], dtype="float32")
    near = np.exp([-1.0, 0.0]) / np.exp([-1.0, 0.0]).sum()
    for ops in (FAST, SLOW):
        Y = ops.softmax(X)
        np.testing.assert_allclose(Y[0, :2], near, rtol=1e-6)
        assert not Y[0, 2:6].any()
        Z = ops.softmax(np.linspace(-120, 0, 5000, dtype="float32").reshape((1, -1)))
        assert not subnormal(Z).any()
        assert (np.diff(Z) >= 0).all()


@pytest.mark.parametrize("name", ["mish", "gelu", "gelu_approx", "swish", "sigmoid", "erf"])
def test_no_subnormal_results(name: str) -> None:
    """No activation, and no slope of one, is a subnormal number; slopes are those of float64 all the same."""
    X = np.linspace(-200, 20, 20_001, dtype="float32").reshape((1, -1))
    for ops in (FAST, SLOW):
        Y = getattr(ops, name)(X)
        assert not subnormal(Y).any()
        if name == "erf":
            continue
        rest = {"swish": (X, Y), "sigmoid": (Y,)}.get(name, (X,))
        slope = getattr(ops, f"backprop_{name}")(np.ones_like(X), *rest)
        assert not subnormal(slope).any()
        wide = X.astype("float64")
        exact = np.gradient(getattr(SLOW, name)(wide)[0], wide[0])
        np.testing.assert_allclose(slope[0, 1:-1], exact[1:-1], atol=2e-3)


def test_mish() -> None:
    """Forward and slope over the whole range."""
    X = np.linspace(-30, 40, 701, dtype="float32").reshape((1, -1))
    close(FAST.mish(X), SLOW.mish(X))
    close(FAST.backprop_mish(np.ones_like(X), X), SLOW.backprop_mish(np.ones_like(X), X))


ACTIVATIONS = ["relu", "sigmoid", "mish", "gelu", "swish", "dish", "hard_swish", "hard_swish_mobilenet"]
ACTIVATIONS += ["clipped_linear", "relu_k", "hard_sigmoid", "hard_tanh"]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (41, 96), (900, 77)])
def test_activations(name: str, shape: tuple[int, int]) -> None:
    """Forward and slope, also in place and for huge values; NaN stays where it is, other layouts and dtypes pass."""
    X, dY = floats(*shape) * 6, floats(*shape, seed=1)
    if X.size > 10:
        X[3, 4:8] = [np.nan, 1e15, -1e15, -12]
    fast, slow = getattr(FAST, name), getattr(SLOW, name)
    back_fast, back_slow = getattr(FAST, f"backprop_{name}"), getattr(SLOW, f"backprop_{name}")
    close(fast(X), slow(X))
    if X.size > 10:
        assert np.isnan(fast(X)[3, 4])
    rest = {"relu": (fast(X),), "sigmoid": (fast(X),), "swish": (X, fast(X))}.get(name, (X,))
    kept = [np.nan_to_num(array) for array in rest] if name in ("relu", "sigmoid") else rest
    close(back_fast(dY, *kept), back_slow(dY, *kept))
    inplace = X.copy()
    assert fast(inplace, inplace=True) is inplace
    np.testing.assert_array_equal(inplace, fast(X))
    if name != "sigmoid":  # which takes the place of Y instead
        gradient = dY.copy()
        assert back_fast(gradient, *rest, inplace=True) is gradient
        np.testing.assert_array_equal(gradient, back_fast(dY, *rest))
    for other in (X[:, ::2], X.astype("float64")):
        assert fast(other).dtype == other.dtype
        close(fast(other), slow(other))
    with pytest.raises(ValueError, match="shape"):
        back_fast(floats(2, 3), *[floats(2, 4)] * len(rest))


def test_gelu_is_exact() -> None:
    """To 1e-6 of x times the normal distribution's share below x, as is the slope."""
    X = np.linspace(-12, 12, 4801, dtype="float32")
    share = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in X.tolist()])
    density = np.exp(-0.5 * X.astype("float64") ** 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(FAST.gelu(X), X * share, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(FAST.backprop_gelu(np.ones_like(X), X), share + X * density, rtol=1e-6, atol=1e-6)


def test_dropout_masks_use_numpys_stream() -> None:
    """The mask, and what numpy draws next, are those of numpy.random.uniform; also across blocks of the generator."""
    np.random.seed(5)
    expected = [SLOW.get_dropout_mask((n, 7), 0.3) for n in (1, 60, 313)]
    after = np.random.uniform()
    np.random.seed(5)
    np.testing.assert_array_equal(FAST.get_dropout_mask((1, 7), 0.3), expected[0])
    np.testing.assert_array_equal(FAST.get_dropout_mask((60, 7), 0.3), expected[1])
    np.testing.assert_array_equal(FAST.get_dropout_mask((313, 7), 0.3), expected[2])
    assert np.random.uniform() == after
    np.random.seed(6)
    np.random.randint(0, 2**31)  # an odd number of words drawn: the next double straddles two blocks
    state = np.random.get_state()
    expected_odd = SLOW.get_dropout_mask((700,), 0.5)
    np.random.set_state(state)
    np.testing.assert_array_equal(FAST.get_dropout_mask((700,), 0.5), expected_odd)


@pytest.mark.parametrize("grad_clip", [0.0, 0.5, 1e6])
@pytest.mark.parametrize("decay", [0.0, 1e-3])
def test_adam_steps(grad_clip: float, decay: float) -> None:
    """One fused pass over parameters of all sizes equals clipping, moments, step, decay and average, one by one."""
    settings_ = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    sizes = (300_001, 1, 70_000)
    fast = [
        (floats(n), floats(n, seed=1), floats(n, seed=2) * 0.1, np.abs(floats(n, seed=3)), 0.01, grad_clip, decay)
        for n in sizes
    ]
    averages = [(floats(n, seed=4), 0.3) if n > 1 else None for n in sizes]
    slow, slow_averages = copy.deepcopy((fast, averages))
    FAST.adam_steps(fast, averages, **settings_)
    SLOW.adam_steps(slow, slow_averages, **settings_)
    for got, expected in zip(fast, slow, strict=True):
        for left, right in zip(got[:4], expected[:4], strict=True):
            close(left, right)
        assert not got[1].any()
    for i in (0, 2):
        close(averages[i][0], slow_averages[i][0])
    FAST.adam_steps(fast, **settings_)  # without averages
    SLOW.adam_steps(slow, **settings_)
    close(fast[0][0], slow[0][0])


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    """Bit for bit the same product and update with one thread and with three."""
    before = get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            set_num_threads(threads)
            state = [floats(400_000), floats(400_000, seed=1), floats(400_000, seed=2), np.abs(floats(400_000, seed=3))]
            FAST.adam_steps([(*state, 0.1, 1.0, 0.01)], beta1=0.9, beta2=0.99, eps=1e-8)
            X, rows = floats(1500, 96), np.random.RandomState(1).randint(0, 1500, (3000, 4))
            outputs = [state[0], FAST.gemm(X, floats(96, 96)), FAST.gelu(X), FAST.backprop_dish(X, X)]
            outputs += [FAST.gather_add(X, rows), FAST.gather_add(X, rows[:, :1]), FAST.seq2col(X, 1)]
            outputs += [FAST.backprop_seq2col(X, 1), FAST.mish(X), FAST.backprop_swish(X, X, X)]
            sums, table = np.zeros((2, 96), "f"), np.zeros((1500, 96), "f")
            statistics = FAST.layer_norm(X, X[0], X[1])
            outputs += [*statistics, FAST.backprop_layer_norm(X, X, *statistics[1:], X[0], *sums), sums, table]
            FAST.scatter_add(table, rows, floats(3000, 96))
            results.append([output.tobytes() for output in outputs])
    finally:
        set_num_threads(before)
    assert results[0] == results[1]


def test_other_dtypes_and_read_only_arrays() -> None:
    """Float64 goes to the readable twin, read-only arrays are taken as they are."""
    X = floats(4, 6).astype("float64")
    close(FAST.seq2col(X, 1), SLOW.seq2col(X, 1))
    frozen = floats(4, 6)
    frozen.flags.writeable = False
    close(FAST.seq2col(frozen, 1), SLOW.seq2col(frozen, 1))
    close(FAST.softmax(frozen), SLOW.softmax(frozen))
