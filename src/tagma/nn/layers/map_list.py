"""map_list: run a layer on every item of a list."""

from __future__ import annotations

from typing import Any, TypeVar

from ..model import Backprop, Model
from ._parallel import collect

__all__ = ["map_list"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


def map_list(layer: Model[InT, OutT]) -> Model[list[InT], list[OutT]]:
    """One call of `layer` for each item."""
    return Model("map_list", forward, init=init, layers=[layer])


def forward(model: Model[list[InT], list[OutT]], Xs: list[InT], is_train: bool) -> tuple[list[OutT], Backprop]:
    layer = model._layers[0]
    return collect(layer(X, is_train) for X in Xs)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the first items."""
    model.layers[0].initialize(X=X[0] if X else None, Y=Y[0] if Y else None)
