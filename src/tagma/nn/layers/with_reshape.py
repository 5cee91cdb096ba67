"""with_reshape: run a layer for rows on arrays of three axes: (B, T, nI) → (B·T, nI) → (B, T, nO)."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Floats3d

__all__ = ["with_reshape"]


@registry.layers("with_reshape.v1")
def with_reshape(layer: Model[Floats2d, Floats2d]) -> Model[Floats3d, Floats3d]:
    """Put the first two axes together for `layer`, and take them apart again."""
    return Model(f"with_reshape({layer.name})", forward, init=init, layers=[layer], dims={"nO": None, "nI": None})


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    shape = X.shape
    Y2d, backprop_layer = model._layers[0](_rows(X), is_train)

    def backprop(dY: Any) -> Any:
        dX2d = backprop_layer(_rows(dY))
        return dX2d.reshape((*shape[:2], dX2d.shape[1]))

    return Y2d.reshape((*shape[:2], Y2d.shape[1])), backprop


def _rows(X: Any) -> Any:
    return X.reshape((X.shape[0] * X.shape[1], X.shape[2]))


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the reshaped samples, and take over its widths."""
    layer = model.layers[0]
    if X is None and Y is None:
        layer.initialize()
    else:
        layer.initialize(X=None if X is None else _rows(X), Y=None if Y is None else _rows(Y))
    for name in ("nI", "nO"):
        if layer.has_dim(name):
            model.set_dim(name, layer.get_dim(name))
