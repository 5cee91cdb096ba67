"""with_flatten: run a layer for flat lists of items on lists of lists; its array is cut up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import ArrayXd, ListXd
from ._gradients import lengths_of

__all__ = ["with_flatten"]


@registry.layers("with_flatten.v1")
def with_flatten(layer: Model[Sequence[Any], ArrayXd]) -> Model[Sequence[Sequence[Any]], ListXd]:
    """[[item, …], …] → one array for each inner list, of one row an item."""
    return Model(f"with_flatten({layer.name})", forward, init=init, layers=[layer])


def forward(model: Model[Any, Any], Xs: Sequence[Sequence[Any]], is_train: bool) -> tuple[Any, Backprop]:
    ops = model.ops
    lengths = ops.asarray1i(lengths_of(Xs))
    Y, backprop_layer = model._layers[0](flatten_lists(Xs), is_train)

    def backprop(dYs: Any) -> Any:
        return ops.unflatten(backprop_layer(ops.flatten(dYs)), lengths)

    return ops.unflatten(Y, lengths), backprop


def flatten_lists(Xs: Sequence[Sequence[Any]]) -> list[Any]:
    """The items of all inner lists, in order."""
    return [item for X in Xs for item in X]


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the flat samples."""
    layer = model.layers[0]
    layer.initialize(
        X=None if X is None else flatten_lists(X),
        Y=None if Y is None else model.ops.flatten(Y),
    )
