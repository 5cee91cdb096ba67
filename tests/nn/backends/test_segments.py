"""Reductions over sequences and bags of sparse features: the compiled loops equal their readable twins in Ops, whatever
the lengths, and give the same bits for any number of threads."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagma.nn.backends.numpy_ops import MANY_KEYS, NumpyOps
from tagma.nn.backends.ops import Ops
from tagma.threads import get_num_threads, set_num_threads

FAST, SLOW = NumpyOps(), Ops()
LENGTHS = st.lists(st.integers(0, 9), max_size=8)
POSITIVE = st.lists(st.integers(1, 9), max_size=8)
WIDTHS = st.sampled_from([1, 2, 7, 33, 96])


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype="int32")


def same(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert a.dtype == b.dtype


@settings(deadline=None, max_examples=60)
@given(LENGTHS, WIDTHS, st.sampled_from(["int32", "int64", "uint64"]))
def test_sums_and_means(lengths: list[int], width: int, dtype: str) -> None:
    """Forward and back, sequences of no rows among them; rows beyond the lengths are left out."""
    ls, n = np.array(lengths, dtype=dtype), sum(lengths)
    for name in ("reduce_sum", "reduce_mean"):
        for rows in (n, n + 3):
            same(getattr(FAST, name)(floats(rows, width), ls), getattr(SLOW, name)(floats(rows, width), ls))
        dY = floats(len(ls), width)
        same(getattr(FAST, f"backprop_{name}")(dY, ls), getattr(SLOW, f"backprop_{name}")(dY, ls))


@settings(deadline=None, max_examples=60)
@given(POSITIVE, WIDTHS)
def test_maxima(lengths: list[int], width: int) -> None:
    """Values, rows (of equal values the first) and the way back."""
    ls = ints(*lengths)
    X = np.round(floats(sum(lengths), width) * 2)  # rounding makes ties
    (maxes, which), (maxes2, which2) = FAST.reduce_max(X, ls), SLOW.reduce_max(X, ls)
    same(maxes, maxes2)
    np.testing.assert_array_equal(which, which2)
    dY = floats(len(ls), width)
    same(FAST.backprop_reduce_max(dY, which, ls), SLOW.backprop_reduce_max(dY, which, ls))


@pytest.mark.parametrize("ops", [FAST, SLOW], ids=["compiled", "readable"])
def test_nan_and_infinity_are_kept(ops: Ops) -> None:
    """A NaN makes its column of its sequence NaN and no other; the maximum's row is that of the first NaN."""
    X = np.array([[1, -np.inf], [np.nan, -np.inf], [np.nan, 3e38], [5, 2]], dtype="float32")
    ls = ints(3, 1)
    maxes, which = ops.reduce_max(X, ls)
    np.testing.assert_array_equal(maxes, np.array([[np.nan, 3e38], [5, 2]], dtype="float32"))
    np.testing.assert_array_equal(which, [[1, 2], [0, 0]])
    assert ops.backprop_reduce_max(maxes, which, ls)[2, 1] == np.float32(3e38)
    for name in ("reduce_sum", "reduce_mean"):
        np.testing.assert_array_equal(getattr(ops, name)(X, ls), [[np.nan, -np.inf], [5, 2]])
    weights = ops.softmax_sequences(X, ls)
    assert np.isnan(weights[:3, 0]).all()
    np.testing.assert_allclose(weights[:, 1], [0, 0, 1, 1], atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(LENGTHS, WIDTHS, st.booleans())
def test_softmax_over_sequences(lengths: list[int], width: int, inplace: bool) -> None:
    """Forward, also in place and for scores beyond the clip, and back."""
    ls, n = ints(*lengths), sum(lengths)
    X, dY = floats(n, width) * 15, floats(n, width, seed=1)
    expected = SLOW.softmax_sequences(X, ls)
    given_X = X.copy()
    Y = FAST.softmax_sequences(given_X, ls, inplace=inplace)
    same(Y, expected)
    assert (Y is given_X) == inplace
    same(FAST.backprop_softmax_sequences(dY, Y, ls), SLOW.backprop_softmax_sequences(dY, Y, ls))


def test_other_arrays_go_to_the_readable_twin() -> None:
    """Arrays that are not contiguous, or of float64, keep their dtype and give the same; lists count as lengths."""
    wide, ls = floats(6, 8), ints(4, 2)
    for X in (wide[:, ::2], wide.astype("float64")):
        assert FAST.reduce_sum(X, ls).dtype == X.dtype
        same(FAST.reduce_sum(X, ls), SLOW.reduce_sum(X, ls))
        same(FAST.reduce_max(X, ls)[0], SLOW.reduce_max(X, ls)[0])
        same(FAST.softmax_sequences(X, ls), SLOW.softmax_sequences(X, ls))
    np.testing.assert_array_equal(FAST.reduce_mean(wide, [4, 2]), SLOW.reduce_mean(wide, [4, 2]))  # type: ignore[arg-type]


@pytest.mark.parametrize("ops", [FAST, SLOW], ids=["compiled", "readable"])
def test_wrong_lengths_are_refused(ops: Ops) -> None:
    """Too many rows, negative lengths, empty sequences where there is no maximum, rows outside of their sequence."""
    X = floats(4, 3)
    with pytest.raises(IndexError, match="there are 4, but lengths for 5"):
        ops.reduce_sum(X, ints(2, 3))
    with pytest.raises(IndexError, match="there are 4, but lengths for 5"):
        ops.reduce_max(X, ints(2, 3))
    with pytest.raises(ValueError, match="-1"):
        ops.reduce_mean(X, ints(5, -1))
    with pytest.raises(ValueError, match="-1"):
        ops.backprop_reduce_sum(X, ints(5, -1, 0, 0))
    with pytest.raises(ValueError, match="must be > 0"):
        ops.reduce_max(X, ints(4, 0))
    for row in (-1, 2):
        which = np.zeros((2, 3), dtype="int32")
        which[1, 1] = row
        with pytest.raises(IndexError, match="row number"):
            ops.backprop_reduce_max(floats(2, 3), which, ints(2, 2))
    with pytest.raises(ValueError, match="shape"):
        ops.softmax_sequences(X, ints(2, 1))


def bags(lengths: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys, many of them twice, their values, and the lengths."""
    generator = np.random.default_rng(seed)
    n = sum(lengths)
    keys = generator.integers(0, 2**64, size=max(1, n // 2), dtype="uint64")[generator.integers(0, max(1, n // 2), n)]
    return keys, floats(n, seed=seed), ints(*lengths)


def linear_gradient(ops: Ops, W: np.ndarray, bag: Any, nO: int, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """The output, and the gradient of W for one of the outputs' size, on top of what was there."""
    Y, backprop = ops.sparse_linear(W, *bag, nO, shared=shared)
    dW = floats(len(W), seed=3)
    backprop(dW, floats(*Y.shape, seed=4))
    return Y, dW


@settings(deadline=None, max_examples=60)
@given(LENGTHS, st.integers(1, 5), st.booleans())
def test_sparse_linear(lengths: list[int], nO: int, shared: bool) -> None:
    """Both ways of indexing, forward and back, bags of no keys among them."""
    W, bag = floats(nO * 64, seed=1), bags(lengths)
    for fast, slow in zip(
        linear_gradient(FAST, W, bag, nO, shared), linear_gradient(SLOW, W, bag, nO, shared), strict=True
    ):
        same(fast, slow)


@pytest.mark.parametrize("shared", [True, False])
def test_many_bags(shared: bool) -> None:
    """So it is for a batch so large that the weights of its distinct keys are fetched first."""
    bag = bags([7, 0, 30] * 100)
    assert len(bag[0]) > MANY_KEYS
    W = floats(5 * 1024, seed=1)
    for fast, slow in zip(
        linear_gradient(FAST, W, bag, 5, shared), linear_gradient(SLOW, W, bag, 5, shared), strict=True
    ):
        np.testing.assert_allclose(fast, slow, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shared", [True, False])
def test_what_the_way_back_wrote(shared: bool) -> None:
    """The rows that it returns are those in which a gradient of zeros has become something, whatever the indexing."""
    bag, nO = bags([4, 2]), 3
    for ops in (FAST, SLOW):
        dW = np.zeros(nO * 64, dtype="float32")
        rows = np.unique(ops.sparse_linear(floats(nO * 64), *bag, nO, shared=shared)[1](dW, floats(2, nO, seed=4)))
        table = dW.reshape(1 if shared else nO, -1)
        assert rows.tolist() == np.flatnonzero(table.any(axis=0)).tolist()


@pytest.mark.parametrize("grad_clip", [0.0, 0.1])
def test_adam_over_rows(grad_clip: float) -> None:
    """The compiled step over the rows of a table equals the readable one, and both one over the whole table."""
    classes, n = 3, 5000
    rows = np.sort(np.random.RandomState(0).permutation(n)[:2500]).astype("int32")
    fresh = rows[::3].copy()
    tables = []
    for seed in range(4):
        table = np.zeros((classes, n), dtype="float32")
        where = fresh if seed == 1 else rows
        table[:, where] = np.abs(floats(classes, len(where), seed=seed))
        tables.append(table.reshape(-1))
    settings = (0.01, grad_clip, 0.001)
    betas = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8}
    results = []
    for ops in (FAST, SLOW):
        param: Any = (*(table.copy() for table in tables), *settings)
        ops.adam_rows(param, rows, fresh, classes, **betas)
        results.append(param[:4])
    whole: Any = (*(table.copy() for table in tables), *settings)
    FAST.adam_steps([whole], **betas)
    for fast, slow, step in zip(*results, whole[:4], strict=True):
        same(fast, step)
        same(slow, step)
    assert not results[0][1].any()


@pytest.mark.parametrize("ops", [FAST, SLOW], ids=["compiled", "readable"])
@pytest.mark.parametrize("shared", [True, False])
def test_the_buckets_of_a_key(ops: Ops, shared: bool) -> None:
    """The weights are those that the published hashes of key 5 pick: saved models depend on it."""
    nO, length = 3, 2**18
    dW = np.zeros(nO * length, dtype="float32")
    bag = (np.array([5], dtype="uint64"), np.ones(1, dtype="float32"), ints(1))
    ops.sparse_linear(dW, *bag, nO, shared=shared)[1](dW, np.array([[1, 2, 4]], dtype="float32"))
    buckets = np.array([1740791543, 2789560161]) % length
    expected = np.zeros_like(dW)
    for c, value in enumerate((1, 2, 4)):
        expected[buckets + c * (1 if shared else length)] = value
    np.testing.assert_array_equal(dW, expected)


@pytest.mark.parametrize("ops", [FAST, SLOW], ids=["compiled", "readable"])
def test_sparse_input_that_does_not_fit(ops: Ops) -> None:
    """Lengths of more or fewer keys than there are, or negative, are a ValueError."""
    keys, values, _ = bags([4])
    for lengths in (ints(3), ints(5), ints(5, -1)):
        with pytest.raises(ValueError, match=r"broadcast|count|negative"):
            ops.sparse_linear(floats(64), keys, values, lengths, 2, shared=False)


def all_results() -> list[Any]:
    """What every kernel gives for work of many parts."""
    lengths = np.random.RandomState(5).randint(1, 60, size=300).astype("int32")
    X = floats(int(lengths.sum()), 96)
    maxes, which = FAST.reduce_max(X, lengths)
    weights = FAST.softmax_sequences(X, lengths)
    dY = floats(len(lengths), 96, seed=1)
    results = [maxes, which, weights, FAST.backprop_softmax_sequences(X, weights, lengths)]
    results += [FAST.reduce_sum(X, lengths), FAST.reduce_mean(X, lengths)]
    results += [FAST.backprop_reduce_max(dY, which, lengths), FAST.backprop_reduce_mean(dY, lengths)]
    for shared in (False, True):
        results += linear_gradient(FAST, floats(4 * 2**12, seed=1), bags(lengths.tolist()), 4, shared)
    return results


def with_threads(number: int, run: Callable[[], list[Any]]) -> list[Any]:
    before = get_num_threads()
    try:
        set_num_threads(number)
        return run()
    finally:
        set_num_threads(before)


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    """Bit for bit the same with one thread and with three."""
    for one, three in zip(with_threads(1, all_results), with_threads(3, all_results), strict=True):
        assert one.tobytes() == three.tobytes()
