"""add: several layers on one input, their outputs summed."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ..util import get_width
from ._gradients import add_batches, sum_gradients

InT = TypeVar("InT")
OutT = TypeVar("OutT")


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
    total, callback = model._layers[0](X, is_train)
    callbacks = [callback]
    for layer in model._layers[1:]:
        Y, callback = layer(X, is_train)
        total = add_batches(total, Y)
        callbacks.append(callback)

    def backprop(dY: Any) -> Any:
        # A callback may overwrite its gradient, so each but the last gets its own.
        last = len(callbacks) - 1
        own = [dY if i == last else _copied(dY) for i in range(last + 1)]
        return sum_gradients([callback(d) for callback, d in zip(callbacks, own, strict=True)])

    return total, backprop


def _copied(dY: Any) -> Any:
    return dY.copy() if hasattr(dY, "shape") else dY


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Widths from the samples, for this node and its children."""
    if X is not None:
        nI = get_width(X)
        model.set_dim("nI", nI)
        for layer in model.layers:
            if layer.has_dim("nI") is not False:
                layer.set_dim("nI", nI)
    if Y is not None:
        nO = get_width(Y)
        for layer in model.layers:
            if layer.has_dim("nO") is not False:
                layer.set_dim("nO", nO)
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    if model.layers and model.layers[0].has_dim("nO"):
        model.set_dim("nO", model.layers[0].get_dim("nO"))
