"""with_getitem: run a layer on one item of a tuple, and put its result in the item's place."""

from __future__ import annotations

from typing import Any, Literal, TypeVar, overload

from ..config import registry
from ..model import Backprop, Model

__all__ = ["with_getitem"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@overload
def with_getitem(
    idx: Literal[0], layer: Model[InT, OutT]
) -> Model[tuple[InT, *tuple[Any, ...]], tuple[OutT, *tuple[Any, ...]]]: ...
@overload
def with_getitem(
    idx: Literal[1], layer: Model[InT, OutT]
) -> Model[tuple[Any, InT, *tuple[Any, ...]], tuple[Any, OutT, *tuple[Any, ...]]]: ...
@overload
def with_getitem(idx: int, layer: Model[Any, Any]) -> Model[tuple[Any, ...], tuple[Any, ...]]: ...
@registry.layers("with_getitem.v1")
def with_getitem(idx: int, layer: Model[Any, Any]) -> Model[tuple[Any, ...], tuple[Any, ...]]:
    """Change item `idx` of a tuple by `layer`; the others pass."""
    return Model(f"with_getitem({layer.name})", forward, init=init, layers=[layer], attrs={"idx": idx})


def forward(
    model: Model[tuple[Any, ...], tuple[Any, ...]], items: tuple[Any, ...], is_train: bool
) -> tuple[tuple[Any, ...], Backprop]:
    idx = model.attrs["idx"]
    Y, backprop_layer = model._layers[0](items[idx], is_train)

    def backprop(d_items: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*d_items[:idx], backprop_layer(d_items[idx]), *d_items[idx + 1 :])

    return (*items[:idx], Y, *items[idx + 1 :]), backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the samples' items."""
    idx = model.attrs["idx"]
    model.layers[0].initialize(X=None if X is None else X[idx], Y=None if Y is None else Y[idx])
