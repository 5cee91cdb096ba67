"""with_padded: run a layer for Padded on Ragged, lists or 3-d arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays import is_xp_array
from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import Padded, Ragged
from ._gradients import lengths_of

__all__ = ["with_padded"]


@registry.layers("with_padded.v1")
def with_padded(layer: Model[Padded, Padded]) -> SameModel:
    """Make the batch a Padded, run `layer`, and give the result the container of the input.

    Takes Padded, Ragged, the four fields of a Padded as a tuple, arrays (steps, n, w) of full length, and lists.
    """
    return SameModel(
        f"with_padded({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    layer = model._layers[0]
    if isinstance(X, Padded):
        return layer(X, is_train)
    to_padded, from_padded = _conversions(model, X)
    Yp, backprop_layer = layer(to_padded(X), is_train)

    def backprop(dY: Any) -> Any:
        return from_padded(backprop_layer(to_padded(dY)))

    return from_padded(Yp), backprop


def _conversions(model: Model[Any, Any], X: Any) -> tuple[Callable[[Any], Padded], Callable[[Padded], Any]]:
    """From the container of X to Padded, and back."""
    ops = model.ops
    if isinstance(X, Ragged):
        return (
            lambda batch: ops.list2padded(ops.unflatten(batch.rows, batch.lengths)),
            lambda batch: _ragged_of_list(model, ops.padded2list(batch)),
        )
    if isinstance(X, tuple) and len(X) == 4 and all(is_xp_array(x) for x in X):
        return (
            lambda batch: Padded(*batch),
            lambda batch: (batch.data, batch.size_at_t, batch.lengths, batch.indices),
        )
    if is_xp_array(X):
        return lambda batch: _padded_of_array(model, batch), lambda batch: batch.data
    return ops.list2padded, ops.padded2list


def _ragged_of_list(model: Model[Any, Any], Xs: Any) -> Ragged:
    return Ragged(model.ops.flatten(Xs), model.ops.asarray1i(lengths_of(Xs)))


def _padded_of_array(model: Model[Any, Any], X: Any) -> Padded:
    if X.ndim != 3:
        raise ValueError(f"{model.name} takes arrays of three axes (steps, sequences, width), but got {X.ndim}")
    ops = model.ops
    steps, n = X.shape[:2]
    lengths = ops.alloc1i(n) + steps
    return Padded(X, ops.alloc1i(steps) + n, lengths, ops.asarray1i(ops.xp.arange(n)))


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the samples as Padded."""
    model.layers[0].initialize(X=_as_padded(model, X), Y=_as_padded(model, Y))


def _as_padded(model: Model[Any, Any], X: Any) -> Any:
    return X if X is None or isinstance(X, Padded) else _conversions(model, X)[0](X)
