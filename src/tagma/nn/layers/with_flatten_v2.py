"""with_flatten_v2: run a layer for flat lists on lists of lists; its list is nested again, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ._gradients import lengths_of
from .with_flatten import flatten_lists

__all__ = ["with_flatten_v2"]

InItemT = TypeVar("InItemT")
OutItemT = TypeVar("OutItemT")


@registry.layers("with_flatten.v2")
def with_flatten_v2(
    layer: Model[list[InItemT], list[OutItemT]],
) -> Model[list[list[InItemT]], list[list[OutItemT]]]:
    """[[item, …], …] → [[result, …], …] of the same lengths."""
    return Model(f"with_flatten({layer.name})", forward, init=init, layers=[layer])


def forward(model: Model[Any, Any], Xs: list[list[Any]], is_train: bool) -> tuple[list[list[Any]], Backprop]:
    lengths = lengths_of(Xs)
    Ys, backprop_layer = model._layers[0](flatten_lists(Xs), is_train)

    def backprop(dYs: list[list[Any]]) -> list[list[Any]]:
        return _nest(backprop_layer(flatten_lists(dYs)), lengths)

    return _nest(Ys, lengths), backprop


def _nest(items: Any, lengths: list[int]) -> list[list[Any]]:
    rest: Iterator[Any] = iter(items)
    return [list(islice(rest, length)) for length in lengths]


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the flat samples."""
    model.layers[0].initialize(
        X=None if X is None else flatten_lists(X),
        Y=None if Y is None else flatten_lists(Y),
    )
