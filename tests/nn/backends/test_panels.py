"""Panels layers laid out for prediction, against NumPy in float64."""

from __future__ import annotations

import numpy as np
import pytest

from tagma.nn.backends.blas import blas
from tagma.nn.backends.passes import Panels


def make(nI: int, nO: int, nP: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    return random.normal(size=(nO * nP, nI)).astype("float32"), random.normal(size=nO * nP).astype("float32")


def expected(X: np.ndarray, W: np.ndarray, bias: np.ndarray, nP: int) -> np.ndarray:
    A = X.astype("float64") @ W.T.astype("float64") + bias
    return A.reshape(len(X), -1, nP).max(axis=2)


@pytest.mark.parametrize("nP", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("n", "nI", "nO"), [(1, 1, 1), (5, 7, 3), (22, 96, 96), (67, 40, 33), (130, 3, 17), (6, 288, 31)]
)
def test_products_and_the_largest_of_the_pieces(n: int, nI: int, nO: int, nP: int) -> None:
    W, bias = make(nI, nO, nP)
    X = np.random.RandomState(1).normal(size=(n, nI)).astype("float32")
    layer = Panels(W, bias, nP)
    assert (layer.nI, layer.nO, layer.nP) == (nI, nO, nP)
    wide = np.full((n, nO + 3), 9, dtype="float32")
    with blas():
        layer.predict(X, wide[:, 1 : nO + 1], None, None, 64)
    np.testing.assert_allclose(wide[:, 1 : nO + 1], expected(X, W, bias, nP), rtol=1e-5, atol=1e-4)
    assert (wide[:, [0, -2, -1]] == 9).all(), "nothing beside the outputs is written"


def test_layer_norm_behind_it() -> None:
    W, bias = make(20, 12, 3)
    X = np.random.RandomState(1).normal(size=(50, 20)).astype("float32")
    G, b = np.linspace(0.5, 2, 12, dtype="float32"), np.linspace(-1, 1, 12, dtype="float32")
    Y = np.empty((50, 12), dtype="float32")
    with blas():
        Panels(W, bias, 3).predict(X, Y, G, b, 16)
    A = expected(X, W, bias, 3)
    A -= A.mean(axis=1, keepdims=True)
    A /= np.sqrt((A**2).mean(axis=1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(Y, A * G + b, rtol=1e-4, atol=1e-4)


def test_a_row_has_the_same_numbers_in_any_company() -> None:
    """Bit for bit, so that a text has the same annotation alone, in a batch, and for any number of threads."""
    for nP in (1, 2, 3):
        W, bias = make(96, 50, nP)
        layer = Panels(W, bias, nP)
        X = np.random.RandomState(1).normal(size=(70, 96)).astype("float32")
        together = np.empty((70, 50), dtype="float32")
        alone = np.empty((70, 50), dtype="float32")
        with blas():
            layer.predict(X, together, None, None, 70)
            for i in range(70):
                layer.predict(X[i : i + 1], alone[i : i + 1], None, None, 1)
        np.testing.assert_array_equal(together, alone)


def test_weights_are_copied() -> None:
    W, bias = make(5, 4, 1)
    layer, right = Panels(W, bias, 1), expected(np.ones((1, 5)), W, bias, 1)
    W[:], bias[:] = 0, 0
    Y = np.empty((1, 4), dtype="float32")
    with blas():
        layer.predict(np.ones((1, 5), dtype="float32"), Y, None, None, 1)
    np.testing.assert_allclose(Y, right, rtol=1e-5)


def test_the_best_output_is_the_first_of_equal_ones_or_of_nans() -> None:
    W = np.asarray([[1, 0], [2, 0], [2, 0], [0, 1]], dtype="float32")
    layer = Panels(W, np.asarray([0, 0, 0, 1], dtype="float32"), 1)
    X = np.asarray([[1, 0], [-1, 0], [0, 5], [np.nan, 0]], dtype="float32")
    best = np.empty(4, dtype="int64")
    with blas():
        layer.best(best, X, 3)
    assert best.tolist() == [1, 3, 3, 0]


@pytest.mark.parametrize("nP", [2, 3, 4])
def test_nan_in_any_piece_stays(nP: int) -> None:
    for piece in range(nP):
        W, bias = np.zeros((2 * nP, 3), dtype="float32"), np.ones(2 * nP, dtype="float32")
        bias[piece] = np.nan
        Y = np.empty((5, 2), dtype="float32")
        with blas():
            Panels(W, bias, nP).predict(np.zeros((5, 3), dtype="float32"), Y, None, None, 5)
        assert np.isnan(Y[:, 0]).all()
        assert (Y[:, 1] == 1).all()


def test_no_rows_no_outputs_and_what_does_not_fit() -> None:
    W, bias = make(5, 4, 1)
    layer = Panels(W, None, 1)
    layer.predict(np.empty((0, 5), dtype="float32"), np.empty((0, 4), dtype="float32"), None, None, 1)
    empty = Panels(np.empty((0, 5), dtype="float32"), None, 1)
    assert empty.nO == 0
    with pytest.raises(ValueError, match="do not fit the layer"):
        layer.predict(np.empty((2, 4), dtype="float32"), np.empty((2, 4), dtype="float32"), None, None, 1)
    Y = np.empty((1, 4), dtype="float32")
    with blas():
        layer.predict(np.ones((1, 5), dtype="float32"), Y, None, None, 1)
    np.testing.assert_allclose(Y, expected(np.ones((1, 5)), W, np.zeros_like(bias), 1), rtol=1e-5)
