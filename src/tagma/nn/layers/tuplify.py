"""tuplify: several layers on one input, their outputs as a tuple."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from ..config import registry
from ..model import Backprop, Model
from ._gradients import sum_gradients
from ._init import take_dim
from ._parallel import collect

__all__ = ["tuplify"]

InT = TypeVar("InT")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@overload
def tuplify(layer1: Model[InT, A], layer2: Model[InT, B]) -> Model[InT, tuple[A, B]]: ...
@overload
def tuplify(layer1: Model[InT, A], layer2: Model[InT, B], layer3: Model[InT, C], /) -> Model[InT, tuple[A, B, C]]: ...
@overload
def tuplify(
    layer1: Model[InT, Any],
    layer2: Model[InT, Any],
    layer3: Model[InT, Any],
    layer4: Model[InT, Any],
    /,
    *layers: Model[InT, Any],
) -> Model[InT, tuple[Any, ...]]: ...
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
    Ys, backprop_each = collect(layer(X, is_train) for layer in model._layers)
    return tuple(Ys), lambda dYs: sum_gradients(backprop_each(dYs))


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize each layer; the i-th gets Y[i] if its width is not known."""
    for i, layer in enumerate(model.layers):
        needs_width = Y is not None and layer.has_dim("nO") is None
        layer.initialize(X=X, Y=Y[i] if needs_width else None)
    take_dim(model, "nI", model.layers[0])
