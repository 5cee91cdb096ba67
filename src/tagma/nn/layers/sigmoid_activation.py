"""sigmoid_activation: Y = σ(X), for arrays of any rank; X is clipped to ±20."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, FloatsModel, Model
from ..types import FloatsXd

__all__ = ["sigmoid_activation"]


@registry.layers("sigmoid_activation.v1")
def sigmoid_activation() -> FloatsModel:
    """Turn scores into probabilities, one by one."""
    return FloatsModel("sigmoid_activation", forward)


def forward(model: Model[Any, Any], X: FloatsXd, is_train: bool) -> tuple[FloatsXd, Backprop]:
    ops = model.ops
    Y = ops.sigmoid(X)

    def backprop(dY: FloatsXd) -> FloatsXd:
        return ops.backprop_sigmoid(dY, Y)

    return Y, backprop
