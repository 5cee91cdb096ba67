"""Sigmoid: Y = σ(X·Wᵀ + b).    X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, partial, zero_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import dense_node, init_unset, run_dense

__all__ = ["Sigmoid"]

init = init_unset


@registry.layers("Sigmoid.v1")
def Sigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with sigmoid activation, usually a network's last. `init_W` and `init_b`: zeros if None."""
    return dense_node("sigmoid", forward, nO, nI, partial(init_unset, init_W or zero_init, init_b or zero_init))


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    return run_dense(model, X, is_train, "sigmoid")
