"""with_list: run a layer for lists of arrays on Ragged or Padded."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar, overload

from ..backends import Ops
from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import Padded, Ragged
from ._containers import ragged_of_list, run_converted

__all__ = ["with_list"]

ItemT = TypeVar("ItemT")
InT = TypeVar("InT")
OutT = TypeVar("OutT")


@overload
def with_list(layer: SameModel) -> SameModel: ...
@overload
def with_list(layer: Model[list[ItemT], list[ItemT]]) -> SameModel: ...
@overload
def with_list(layer: Model[list[InT], list[OutT]]) -> Model[Any, Any]: ...
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
    layer, ops = model._layers[0], model.ops
    if isinstance(X, Ragged):
        return run_converted(layer, X, is_train, partial(_as_list, ops), partial(ragged_of_list, ops))
    if isinstance(X, Padded):
        return run_converted(layer, X, is_train, ops.padded2list, ops.list2padded)
    return layer(X, is_train)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the samples as lists."""
    [layer] = model.layers
    layer.initialize(X=_as_list(model.ops, X), Y=_as_list(model.ops, Y))


def _as_list(ops: Ops, batch: Any) -> Any:
    if isinstance(batch, Ragged):
        return ops.unflatten(batch.rows, batch.lengths)
    return ops.padded2list(batch) if isinstance(batch, Padded) else batch
