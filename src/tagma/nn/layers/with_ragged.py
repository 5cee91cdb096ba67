"""with_ragged: run a layer for Ragged on Padded, lists or (data, lengths)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import Padded, Ragged
from ._gradients import lengths_of

__all__ = ["with_ragged"]


@registry.layers("with_ragged.v1")
def with_ragged(layer: Model[Ragged, Ragged]) -> SameModel:
    """Make the batch a Ragged, run `layer`, and give the result the container of the input."""
    return SameModel(f"with_ragged({layer.name})", forward, init=init, layers=[layer])


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    layer = model._layers[0]
    if isinstance(X, Ragged):
        return layer(X, is_train)
    to_ragged, from_ragged = _conversions(model, X)
    Yr, backprop_layer = layer(to_ragged(X), is_train)

    def backprop(dY: Any) -> Any:
        return from_ragged(backprop_layer(to_ragged(dY)))

    return from_ragged(Yr), backprop


def _conversions(model: Model[Any, Any], X: Any) -> tuple[Callable[[Any], Ragged], Callable[[Ragged], Any]]:
    """From the container of X to Ragged, and back."""
    ops = model.ops
    if isinstance(X, Padded):
        return (
            lambda batch: _ragged_of_list(model, ops.padded2list(batch)),
            lambda batch: ops.list2padded(ops.unflatten(batch.dataXd, batch.lengths)),
        )
    if isinstance(X, tuple) and len(X) == 2:
        return lambda batch: Ragged(*batch), lambda batch: (batch.dataXd, batch.lengths)
    return (
        lambda batch: _ragged_of_list(model, batch),
        lambda batch: ops.unflatten(batch.dataXd, batch.lengths),
    )


def _ragged_of_list(model: Model[Any, Any], Xs: Any) -> Ragged:
    return Ragged(model.ops.flatten(Xs), model.ops.asarray1i(lengths_of(Xs)))


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the samples as Ragged."""
    model.layers[0].initialize(X=_as_ragged(model, X), Y=_as_ragged(model, Y))


def _as_ragged(model: Model[Any, Any], X: Any) -> Any:
    return X if X is None or isinstance(X, Ragged) else _conversions(model, X)[0](X)
