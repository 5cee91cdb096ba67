"""Layers that run as one compiled pass equal their readable twins in Ops, forth and back, for any number of threads."""

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from tagma.nn.backends._activation_ops import Activation
from tagma.nn.backends.numpy_ops import NumpyOps
from tagma.nn.backends.ops import Ops
from tagma.threads import get_num_threads, set_num_threads

FAST, SLOW = NumpyOps(), Ops()
SETTINGS = {"mish": (20.0,), "clipped_linear": (0.5, 0.1, -0.2, 0.7), "softmax": (0.7,)}


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(size=shape).astype(np.float32)


def close(a: Any, b: Any) -> None:
    assert a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def same_bits(run: Callable[[], list[np.ndarray]]) -> None:
    """With one thread and with three."""
    before, found = get_num_threads(), []
    try:
        for threads in (1, 3):
            set_num_threads(threads)
            found.append([array.tobytes() for array in run()])
    finally:
        set_num_threads(before)
    assert found[0] == found[1]


def run_dense(ops: Ops, activation: Any, n: int, is_train: bool = True, dtype: str = "float32") -> list[np.ndarray]:
    """Y, dX, dW and db, the last two added to what was there."""
    X, W, b = (a.astype(dtype) for a in (floats(n, 33), floats(41, 33, seed=1), floats(41, seed=2)))
    dW, db, dY = floats(41, 33, seed=3).astype(dtype), floats(41, seed=4).astype(dtype), floats(n, 41, seed=5)
    Y, backprop = ops.dense(X, W, b, activation, SETTINGS.get(activation, ()), is_train=is_train)
    return [Y, backprop(dY.astype(dtype), dW, db), dW, db]


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("n", [0, 1, 7, 1500])
def test_dense(activation: str, n: int) -> None:
    """All activations; predictions have a way back too, and float64 is taken."""
    expected = run_dense(SLOW, activation, n)
    for is_train in (True, False):
        for a, b in zip(run_dense(FAST, activation, n, is_train), expected, strict=True):
            close(a, b)
    wide = run_dense(FAST, activation, n, dtype="float64")
    assert all(array.dtype == np.float64 for array in wide)


@pytest.mark.parametrize("activation", ["linear", "gelu", "softmax"])
def test_dense_has_the_same_bits_for_any_threads(activation: str) -> None:
    """Sums over rows are taken in the same order."""
    same_bits(lambda: run_dense(FAST, activation, 2500))


def test_dense_refuses_what_does_not_fit() -> None:
    """Widths of the input, and the shape of the gradient."""
    with pytest.raises(ValueError, match="4 and 5"):
        FAST.dense(floats(2, 4), floats(3, 5), floats(3))
    _, backprop = FAST.dense(floats(2, 4), floats(3, 4), floats(3))
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(2, 3\)"):
        backprop(floats(2, 4), floats(3, 4), floats(3))


def run_maxout(ops: Ops, n: int, nP: int, is_train: bool = True) -> list[np.ndarray]:
    X, W, b = floats(n, 33), floats(21, nP, 33, seed=1), floats(21, nP, seed=2)
    dW, db = floats(21, nP, 33, seed=3), floats(21, nP, seed=4)
    Y, backprop = ops.dense_maxout(X, W, b, is_train=is_train)
    return [Y, backprop(floats(n, 21, seed=5), dW, db), dW, db]


@pytest.mark.parametrize("nP", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [0, 1, 7, 1500])
def test_maxout(n: int, nP: int) -> None:
    """Any number of pieces, trained or predicted."""
    expected = run_maxout(SLOW, n, nP)
    for is_train in (True, False):
        for a, b in zip(run_maxout(FAST, n, nP, is_train), expected, strict=True):
            close(a, b)
    if n > 1000:
        same_bits(lambda: run_maxout(FAST, n, nP))


def run_table(ops: Ops, hashed: bool, ids: np.ndarray, masked: bool, width: int = 96) -> list[np.ndarray]:
    table, d_table = floats(50, width), floats(50, width, seed=1)
    mask = (floats(width, seed=2) > 0).astype("float32") if masked else None
    Y, add_rows = ops.look_up_hashed(table, ids, 3, mask) if hashed else ops.look_up(table, ids, mask)
    add_rows(floats(len(ids), width, seed=3), d_table)
    return [Y, d_table]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint32", "uint64"])
def test_tables(dtype: str, hashed: bool, masked: bool) -> None:
    """Rows and sums of hashed rows, with and without hidden columns; ids of any kind, also every second of an array."""
    for n in (0, 1, 700):
        ids = np.random.RandomState(n).randint(0, 50, 2 * n).astype(dtype)
        for chosen in (ids, ids[::2]):
            for a, b in zip(
                run_table(FAST, hashed, chosen, masked), run_table(SLOW, hashed, chosen, masked), strict=True
            ):
                close(a, b)
    same_bits(lambda: run_table(FAST, hashed, ids, masked, 300))


def test_negative_ids_count_from_the_end() -> None:
    """In both directions; what is no row is an IndexError that names it."""
    ids = np.array([-1, 0, -50, 49], dtype="int64")
    for ops in (FAST, SLOW):
        for a, b in zip(run_table(ops, False, ids, False), run_table(SLOW, False, ids % 50, False), strict=True):
            close(a, b)
    for bad in (50, -51):
        with pytest.raises(IndexError, match=str(bad)):
            FAST.look_up(floats(50, 4), np.array([1, bad]))
    with pytest.raises(IndexError, match=str(2**63 + 1)):
        FAST.look_up(floats(50, 4), np.array([2**63 + 1], dtype="uint64"))


def run_attention(ops: Ops, lengths: list[int], keys: bool, width: int) -> list[np.ndarray]:
    n = sum(lengths)
    X, q, dq = floats(n, width), floats(width, seed=1), floats(width, seed=2)
    Y, backprop = ops.attend(X, floats(n, width, seed=3) if keys else None, q, np.array(lengths, dtype="int32"))
    dX, dK = backprop(floats(n, width, seed=4), dq)
    assert (dK is not None) == keys
    return [Y, dX, dq, *([dK] if dK is not None else [])]


@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("width", [1, 7, 96])
@pytest.mark.parametrize("lengths", [[], [1], [0, 3, 0, 4, 0], [20] * 90])
def test_attention(lengths: list[int], width: int, keys: bool) -> None:
    """By the rows themselves or by keys, sequences of no rows among them."""
    for a, b in zip(run_attention(FAST, lengths, keys, width), run_attention(SLOW, lengths, keys, width), strict=True):
        close(a, b)
    same_bits(lambda: run_attention(FAST, lengths, keys, width))


@pytest.mark.parametrize("shape", [(0, 3), (5,), (4, 3, 7), (700, 96)])
def test_dropout(shape: tuple[int, ...]) -> None:
    """The mask is that of `get_dropout_mask`, draw for draw, forth and back."""
    X, dY = floats(*shape), floats(*shape, seed=1)
    found = []
    for ops in (FAST, SLOW):
        np.random.seed(2)
        Y, backprop = ops.dropout(X, 0.3)
        found.append((Y, backprop(dY), np.random.uniform()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert found[0][2] == found[1][2]


def run_lstm(ops: Ops, n_seqs: int) -> list[np.ndarray]:
    nH, nI, lengths = 12, 7, np.random.RandomState(n_seqs).randint(1, 9, n_seqs)
    sizes = np.array([(lengths > t).sum() for t in range(lengths.max())], dtype="int32")
    params, X = floats(2 * 4 * nH * (nI + nH + 2), seed=1) * 0.3, floats(int(lengths.sum()), nI, seed=2)
    H0, C0 = floats(2, 1, 2, nH, seed=3)
    Y, state = ops.lstm_forward_training(params, H0, C0, X, sizes)
    return [Y, *ops.backprop_lstm(floats(*Y.shape, seed=4), sizes, params, state)]


@pytest.mark.parametrize("n_seqs", [1, 3, 4, 5, 600])
def test_lstm(n_seqs: int) -> None:
    """Both directions at once, for few sequences and for many."""
    for a, b in zip(run_lstm(FAST, n_seqs), run_lstm(SLOW, n_seqs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)
    same_bits(lambda: run_lstm(FAST, n_seqs))
