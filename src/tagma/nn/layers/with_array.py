"""with_array: run a layer for arrays on lists, Ragged or Padded, all rows at once."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from .. import fusion
from ..config import registry
from ..model import Backprop, FloatsModel, Model, RowsModel, SameModel
from ..types import ArrayXd, FloatsXdT, Padded, Ragged
from ._containers import init_on_arrays, refill, run_converted, run_flat

__all__ = ["with_array"]

ArrayInT = TypeVar("ArrayInT", bound=ArrayXd)
ArrayOutT = TypeVar("ArrayOutT", bound=ArrayXd)


@overload
def with_array(layer: SameModel | FloatsModel | RowsModel, pad: int = 0) -> SameModel: ...
@overload
def with_array(layer: Model[FloatsXdT, FloatsXdT], pad: int = 0) -> SameModel: ...
@overload
def with_array(layer: Model[ArrayInT, ArrayOutT], pad: int = 0) -> Model[Any, Any]: ...
@registry.layers("with_array.v1")
def with_array(layer: Model[Any, Any], pad: int = 0) -> Model[Any, Any]:
    """Flatten the batch, run `layer`, and give the result the container of the input.

    pad    zero rows between the items of a list, so that a window sees nothing of its neighbours
    """
    return Model(
        f"with_array({layer.name})",
        forward,
        init=init,
        layers=[layer],
        attrs={"pad": pad},
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


@fusion.kind("with_array")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    layer = model._layers[0]
    if isinstance(X, Ragged | Padded):
        return run_converted(layer, X, is_train, _array_of, refill(X))
    if isinstance(X, list | tuple):
        return run_flat(model, X, is_train)
    return layer(X, is_train)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the flattened samples, and take over its dims."""
    init_on_arrays(model, X, Y, _array_of)


def _array_of(batch: Ragged | Padded) -> Any:
    return batch.dataXd if isinstance(batch, Ragged) else batch.data
