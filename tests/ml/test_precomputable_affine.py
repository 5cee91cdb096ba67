"""PrecomputableAffine: sums over the tokens of states, their gradients, and weights that keep states in scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import PrecomputableAffine
from tagma.nn import Model, fix_random_seed

IDS = np.array([[0, 2, -1], [-1, -1, -1], [3, 0, 0], [1, -1, 3]], dtype="int32")


def layer(nP: int = 2, nO: int = 4) -> Model[Any, Any]:
    """Three places, tokens of width 5, seeded weights."""
    fix_random_seed(0)
    model = PrecomputableAffine(nO, 5, 3, nP)
    model.initialize()
    return model


def tokens() -> np.ndarray[Any, Any]:
    """Vectors of four tokens."""
    return np.random.default_rng(1).normal(size=(4, 5)).astype("float32")


def hidden(model: Model[Any, Any], X: np.ndarray[Any, Any]) -> Any:
    """The hidden layer of the states, token by token."""
    W, b, pad = (model.get_param(name) for name in ("W", "b", "pad"))
    return np.array([sum(W[f] @ X[i] if i >= 0 else pad[0, f] for f, i in enumerate(ids)) + b for ids in IDS])


@pytest.mark.parametrize("nP", [1, 2, 3])
def test_rows_add_up_to_hidden_layers(nP: int) -> None:
    """Row 0 stands for no token, row i + 1 for token i; the rows of a state add up to its hidden layer without b."""
    model, X = layer(nP), tokens()
    Y = model.predict(X)
    assert Y.shape == (5, 3, 4, nP)
    assert Y.dtype == np.float32
    sums = Y[IDS + 1, np.arange(3)].sum(axis=1) + model.get_param("b")
    np.testing.assert_allclose(sums, hidden(model, X), rtol=1e-4, atol=1e-4)


def test_no_tokens() -> None:
    """Without tokens there is the row of the missing one."""
    Y = layer().predict(np.zeros((0, 5), dtype="float32"))
    np.testing.assert_array_equal(Y, layer().get_param("pad"))


def test_gradients_by_differences() -> None:
    """The gradients are those of the hidden layers of states, missing tokens included, which have none of their own."""
    model, X = layer(), tokens()
    R = np.random.default_rng(2).normal(size=(4, 4, 2)).astype("float32")
    _, backprop = model.begin_update(X)
    by_place = backprop((R, IDS))
    assert by_place.shape == (4, 3, 5)
    assert not by_place[IDS < 0].any()
    dX = np.zeros_like(X)
    np.add.at(dX, IDS[IDS >= 0], by_place[IDS >= 0])
    checked = [(X, dX), *((model.get_param(name), model.get_grad(name)) for name in ("W", "b", "pad"))]
    for values, gradient in checked:
        assert values.shape == gradient.shape
        flat = values.reshape(-1)
        for i in range(flat.size):  # all is linear, so that a step of 1 is exact
            flat[i] += 1
            above = (hidden(model, X) * R).sum()
            flat[i] -= 1
            assert above - (hidden(model, X) * R).sum() == pytest.approx(gradient.reshape(-1)[i], abs=2e-4)


@pytest.mark.parametrize(("nP", "nO"), [(1, 40), (2, 40), (3, 10)])
def test_states_are_in_scale(nP: int, nO: int) -> None:
    """The outputs of five thousand states like those that the weights were made with have a variance near 1."""
    fix_random_seed(3)
    model = PrecomputableAffine(nO, 30, 8, nP)
    model.initialize()
    W, b, pad = (model.get_param(name) for name in ("W", "b", "pad"))
    assert W.std() < 5 * np.sqrt(30 / 8) / 10
    assert pad.std() == pytest.approx(1, abs=0.1)
    assert len(set(b.ravel().tolist())) == 1
    rng = np.random.default_rng(4)
    sums = np.zeros((5000, nO * nP))
    X = rng.normal(size=(5000, 30))
    for f in range(8):
        np.add.at(sums, rng.integers(0, 1000, size=5000), X @ W[f].reshape(-1, 30).T)
    pieces = sums.reshape(5000, nO, nP) + b
    Y = pieces.max(axis=2) if nP > 1 else np.maximum(pieces[:, :, 0], 0)
    assert Y.var() == pytest.approx(1, abs=0.1)
    assert Y.mean() == pytest.approx(0, abs=0.1) or nP == 1


def test_weights_are_kept() -> None:
    """A layer that has weights is not initialized anew; one whose weights are zero is."""
    model = layer()
    W = model.get_param("W").copy()
    model.initialize()
    np.testing.assert_array_equal(model.get_param("W"), W)
    model.set_param("W", np.zeros_like(W))
    model.initialize()
    assert model.get_param("W").any()


def test_unknown_width() -> None:
    """A width that is not set is named."""
    with pytest.raises(ValueError, match=r"'nO' is not set"):
        PrecomputableAffine(None, 5, 3, 2).initialize()


def test_files_are_held_to_the_shapes() -> None:
    """A pad of another shape, which compiled loops would read past, is refused when the file is loaded."""
    model = layer()
    message = model.to_dict()
    message["params"][0]["pad"] = np.zeros((1, 2, 4, 2), dtype="float32")
    with pytest.raises(ValueError, match=r"'pad' of node 0.*\(1, 2, 4, 2\).*\(1, 3, 4, 2\)"):
        PrecomputableAffine(4, 5, 3, 2).from_dict(message)
