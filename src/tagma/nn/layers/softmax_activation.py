"""softmax_activation: the softmax of each row, with its true Jacobian in backprop."""

from __future__ import annotations

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d

__all__ = ["softmax_activation"]


@registry.layers("softmax_activation.v1")
def softmax_activation() -> Model[Floats2d, Floats2d]:
    """Turn scores (n, w) into probabilities (n, w)."""
    return Model("softmax_activation", forward)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    Y = ops.softmax(X)

    def backprop(dY: Floats2d) -> Floats2d:
        return ops.backprop_softmax(Y, dY)

    return Y, backprop
