"""with_array2d: as with_array, but the layer always sees two axes."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import Padded, Ragged
from ._gradients import lengths_of


@registry.layers("with_array2d.v1")
def with_array2d(layer: Model[Any, Any], pad: int = 0) -> Model[Any, Any]:
    """Flatten the batch to (n, w), run `layer`, and give the result the container of the input.

    pad    zero rows between the items of a list
    """
    return Model(
        f"with_array({layer.name})",
        forward,
        init=init,
        layers=[layer],
        attrs={"pad": pad},
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    layer = model._layers[0]
    if isinstance(X, Ragged):
        return _forward_ragged(layer, X, is_train)
    if isinstance(X, Padded):
        return _forward_padded(layer, X, is_train)
    if isinstance(X, list | tuple):
        return _forward_list(model, X, is_train)
    return layer(X, is_train)


def _forward_list(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Backprop]:
    if not len(Xs):
        return [], lambda dYs: []
    ops = model.ops
    pad = model.attrs["pad"]
    lengths = ops.asarray1i(lengths_of(Xs))
    Y, backprop_layer = model._layers[0](ops.flatten(Xs, pad=pad), is_train)

    def backprop(dYs: Any) -> list[Any]:
        return ops.unflatten(backprop_layer(ops.flatten(dYs, pad=pad)), lengths, pad=pad)

    return ops.unflatten(Y, lengths, pad=pad), backprop


def _forward_ragged(layer: Model[Any, Any], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    Y, backprop_layer = layer(Xr.rows, is_train)
    shape = Xr.data_shape

    def backprop(dYr: Ragged) -> Ragged:
        dX = backprop_layer(dYr.rows)
        return Ragged(dX.reshape(shape) if dX.size else dX, dYr.lengths)

    return Ragged(Y, Xr.lengths), backprop


def _forward_padded(layer: Model[Any, Any], Xp: Padded, is_train: bool) -> tuple[Padded, Backprop]:
    steps, n = Xp.data.shape[:2]
    Y, backprop_layer = layer(Xp.data.reshape((steps * n, Xp.data.shape[2])), is_train)

    def backprop(dYp: Padded) -> Padded:
        dX = backprop_layer(dYp.data.reshape((steps * n, dYp.data.shape[2])))
        return _with_data(dYp, dX.reshape((steps, n, dX.shape[1])))

    return _with_data(Xp, Y.reshape((steps, n, Y.shape[1]))), backprop


def _with_data(batch: Padded, data: Any) -> Padded:
    return Padded(data, batch.size_at_t, batch.lengths, batch.indices)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the flattened samples, and take over its dims."""
    layer = model.layers[0]
    layer.initialize(X=_as_array2d(model, X), Y=_as_array2d(model, Y))
    for name in layer.dim_names:
        value = layer.maybe_get_dim(name)
        if value is not None:
            model.set_dim(name, value)


def _as_array2d(model: Model[Any, Any], X: Any) -> Any:
    if isinstance(X, Ragged):
        return X.rows
    if isinstance(X, Padded):
        return X.data.reshape((X.data.shape[0] * X.data.shape[1], X.data.shape[2]))
    if isinstance(X, list | tuple):
        return model.ops.flatten(X, pad=model.attrs["pad"])
    return X
