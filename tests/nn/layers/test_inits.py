"""`init` of each dense layer's file: what initializes the layer, for layers of others that are made like it."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from tagma.nn.api import Linear, Model
from tagma.nn.initializers import partial, zero_init
from tagma.nn.layers.cauchysimilarity import inverse

FILES = [
    "clipped_linear",
    "dish",
    "gelu",
    "hard_swish",
    "hard_swish_mobilenet",
    "linear",
    "mish",
    "relu",
    "sigmoid",
    "softmax",
    "swish",
]


@pytest.mark.parametrize("file", FILES)
def test_init_of_a_dense_layer(file: str) -> None:
    """Widths come from the samples, then W and b from the functions that are given."""
    init = import_module(f"tagma.nn.layers.{file}").init
    layer = Linear()
    own: Model = Model(
        "own",
        lambda model, X, is_train: (X, lambda dY: dY),
        init=partial(init, lambda ops, shape: ops.alloc(shape) + 2, zero_init),
        dims={"nO": None, "nI": None},
        params={"W": None, "b": None},
        axes=layer.axes,
    )
    own.initialize(X=np.zeros((2, 3), dtype="float32"), Y=np.zeros((2, 4), dtype="float32"))
    assert own.get_param("W").tolist() == [[2.0] * 3] * 4
    assert own.get_param("b").tolist() == [0.0] * 4


def test_inverse_of_a_sum() -> None:
    """1/(1 + x), and its derivative as a difference quotient gives it."""
    total = np.array([0.0, 1.0, 3.0])
    value, backprop = inverse(total)
    assert value.tolist() == [1.0, 0.5, 0.25]
    step = 1e-6
    quotient = (inverse(total + step)[0] - inverse(total - step)[0]) / (2 * step)
    np.testing.assert_allclose(backprop(np.ones(3)), quotient, rtol=1e-6)
