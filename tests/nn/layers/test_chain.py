"""chain: what is kept for the way back, and what is not."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

from tagma.nn import LayerNorm, Linear, Maxout, Model, chain, residual
from tagma.nn.layers.expand_window import expand_window


@pytest.mark.parametrize("is_train", [False, True])
def test_predictions_let_go_of_what_lies_between(is_train: bool) -> None:
    """While a layer predicts, no array is alive but its input and the chain's; in training all are."""
    outputs: list[Any] = []
    alive: list[list[bool]] = []

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        alive.append([ref() is not None for ref in outputs])
        Y = X + 1.0
        outputs.append(weakref.ref(Y))
        return Y, lambda dY: dY + 0 * X

    model: Model[Any, Any] = chain(*(Model("step", forward) for _ in range(4)))
    Y, backprop = model(np.zeros((2, 3), dtype="f"), is_train)
    assert Y.tolist() == [[4.0] * 3] * 2
    assert alive[-1] == ([True, True, True] if is_train else [False, False, True])
    del backprop


def test_gradients_after_a_prediction() -> None:
    """The way back from a prediction gives, as often as it is called, what it gives in training."""
    X, dY = np.random.RandomState(0).uniform(-1, 1, (2, 5, 4)).astype("f")
    block = residual(chain(expand_window(1), chain(Maxout(4, 12, nP=2), LayerNorm(4))))
    model = chain(Linear(4), block, Linear(4)).initialize(X)
    expected = model(X, is_train=True)[1](dY)
    gradients = {(node.id, name): node.get_grad(name).copy() for node in model.walk() for name in node.grad_names}
    _, backprop = model(X, is_train=False)
    for _ in range(2):
        for node in model.walk():
            for name in node.grad_names:
                node.set_grad(name, np.zeros_like(node.get_grad(name)))
        np.testing.assert_allclose(backprop(dY), expected, rtol=1e-5, atol=1e-6)
        for node in model.walk():
            for name in node.grad_names:
                np.testing.assert_allclose(node.get_grad(name), gradients[node.id, name], rtol=1e-4, atol=1e-5)
