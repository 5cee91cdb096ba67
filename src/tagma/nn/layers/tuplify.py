"""tuplify: several layers on one input, their outputs as a tuple."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ._gradients import sum_gradients

InT = TypeVar("InT")


@registry.layers("tuplify.v1")
def tuplify(layer1: Model[InT, Any], layer2: Model[InT, Any], *layers: Model[InT, Any]) -> Model[InT, tuple[Any, ...]]:
    """Give the input to all layers; the gradients that come back are summed."""
    all_layers = (layer1, layer2, *layers)
    return Model(
        f"tuple({', '.join(layer.name for layer in all_layers)})",
        tuplify_forward,
        init=init,
        layers=all_layers,
        dims={"nI": None},
    )


def tuplify_forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[tuple[Any, ...], Backprop]:
    Ys, callbacks = [], []
    for layer in model._layers:
        Y, callback = layer(X, is_train)
        Ys.append(Y)
        callbacks.append(callback)

    def backprop(dYs: tuple[Any, ...]) -> Any:
        return sum_gradients([callback(dY) for callback, dY in zip(callbacks, dYs, strict=True)])

    return tuple(Ys), backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize each layer; the i-th gets Y[i] if its width is not known."""
    for i, layer in enumerate(model.layers):
        if Y is not None and layer.has_dim("nO") is None:
            layer.initialize(X=X, Y=Y[i])
        else:
            layer.initialize(X=X)
    if model.layers[0].has_dim("nI"):
        model.set_dim("nI", model.layers[0].get_dim("nI"))
