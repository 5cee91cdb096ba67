"""Layers that run another one on the batch in another container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backends import Ops
from ..model import Backprop, Model
from ..types import Padded, Ragged
from ._gradients import lengths_of
from ._init import take_dim

Convert = Callable[[Any], Any]


def run_converted(
    layer: Model[Any, Any], X: Any, is_train: bool, convert: Convert, restore: Convert
) -> tuple[Any, Backprop]:
    """Run a layer on convert(X); `restore` puts its output and its gradient into the container of X."""
    Y, backprop_layer = layer(convert(X), is_train)
    return restore(Y), lambda dY: restore(backprop_layer(convert(dY)))


def run_flat(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Backprop]:
    """Run the layer inside on a list of arrays end to end, with the node's `pad` rows of zeros around each."""
    if not len(Xs):
        return [], _no_items
    ops, pad = model.ops, model.attrs["pad"]
    lengths = ops.asarray1i(lengths_of(Xs))
    return run_converted(
        model._layers[0],
        Xs,
        is_train,
        lambda items: ops.flatten(items, pad=pad),
        lambda array: ops.unflatten(array, lengths, pad=pad),
    )


def _no_items(dYs: Any) -> list[Any]:
    return []


def init_on_arrays(model: Model[Any, Any], X: Any, Y: Any, array_of: Convert) -> None:
    """Initialize the layer inside on the samples as arrays, and take over its dims.

    array_of    the array of a Ragged or Padded
    """

    def as_array(batch: Any) -> Any:
        if isinstance(batch, Ragged | Padded):
            return array_of(batch)
        return model.ops.flatten(batch, pad=model.attrs["pad"]) if isinstance(batch, list | tuple) else batch

    [layer] = model.layers
    layer.initialize(X=as_array(X), Y=as_array(Y))
    for dim in layer.dim_names:
        take_dim(model, dim, layer)


def refill(batch: Ragged | Padded) -> Convert:
    """The function that makes a batch of the same layout from other data."""
    if isinstance(batch, Ragged):
        lengths = batch.lengths
        return lambda data: Ragged(data, lengths)
    layout = (batch.size_at_t, batch.lengths, batch.indices)
    return lambda data: Padded(data, *layout)


def ragged_of_list(ops: Ops, items: Any) -> Ragged:
    """Arrays end to end."""
    return Ragged(ops.flatten(items), ops.asarray1i(lengths_of(items)))
