"""add: several layers on one input, their outputs summed."""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeVar, overload

from ..config import registry
from ..model import Backprop, Model, SameModel
from ._gradients import add_batches, sum_gradients
from ._init import take_dim, take_width
from ._parallel import collect

__all__ = ["add"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@overload
def add(layer1: SameModel, layer2: SameModel, *layers: SameModel) -> SameModel: ...
@overload
def add(layer1: Model[InT, OutT], layer2: Model[InT, OutT], *layers: Model[InT, OutT]) -> Model[InT, OutT]: ...
@registry.layers("add.v1")
def add(layer1: Model[InT, OutT], layer2: Model[InT, OutT], *layers: Model[InT, OutT]) -> Model[InT, OutT]:
    """Sum the outputs of the layers. If the first is an add node already, the others join it."""
    if layer1.name == "add":
        layer1.layers.extend((layer2, *layers))
        return layer1
    nI = layer1.maybe_get_dim("nI") or layer2.maybe_get_dim("nI")
    return Model("add", forward, init=init, dims={"nO": None, "nI": nI}, layers=(layer1, layer2, *layers))


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    if not model._layers:
        return X, lambda dY: dY
    Ys, backprop_each = collect(layer(X, is_train) for layer in model._layers)
    n = len(Ys)

    def backprop(dY: Any) -> Any:
        # A callback may overwrite its gradient, so each but the last gets its own.
        return sum_gradients(backprop_each([*(_copied(dY) for _ in range(n - 1)), dY]))

    return reduce(add_batches, Ys), backprop


def _copied(dY: Any) -> Any:
    return dY.copy() if hasattr(dY, "shape") else dY


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Widths from the samples, for this node and its children."""
    layers = model.layers
    take_width("nI", X, model, *layers)
    take_width("nO", Y, *layers)
    for layer in layers:
        layer.initialize(X=X, Y=Y)
    if layers:
        take_dim(model, "nO", layers[0])
