"""with_list: run a layer for lists of arrays on Ragged or Padded."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import Padded, Ragged
from ._gradients import lengths_of


@registry.layers("with_list.v1")
def with_list(layer: Model[Any, Any]) -> Model[Any, Any]:
    """Cut the batch into a list, run `layer`, and give the result the container of the input."""
    return Model(
        f"with_list({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    layer = model._layers[0]
    if isinstance(X, Ragged):
        return _forward_ragged(model, X, is_train)
    if isinstance(X, Padded):
        return _forward_padded(model, X, is_train)
    return layer(X, is_train)


def _forward_ragged(model: Model[Any, Any], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    ops = model.ops
    Ys, backprop_layer = model._layers[0](ops.unflatten(Xr.rows, Xr.lengths), is_train)

    def backprop(dYr: Ragged) -> Ragged:
        dXs = backprop_layer(ops.unflatten(dYr.rows, dYr.lengths))
        return Ragged(ops.flatten(dXs), ops.asarray1i(lengths_of(dXs)))

    return Ragged(ops.flatten(Ys), ops.asarray1i(lengths_of(Ys))), backprop


def _forward_padded(model: Model[Any, Any], Xp: Padded, is_train: bool) -> tuple[Padded, Backprop]:
    ops = model.ops
    Ys, backprop_layer = model._layers[0](ops.padded2list(Xp), is_train)

    def backprop(dYp: Padded) -> Padded:
        return ops.list2padded(backprop_layer(ops.padded2list(dYp)))

    return ops.list2padded(Ys), backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the samples as lists."""
    model.layers[0].initialize(X=_as_list(model, X), Y=_as_list(model, Y))


def _as_list(model: Model[Any, Any], X: Any) -> Any:
    if isinstance(X, Ragged):
        return model.ops.unflatten(X.rows, X.lengths)
    if isinstance(X, Padded):
        return model.ops.padded2list(X)
    return X
