"""with_array2d: as with_array, but the layer always sees two axes."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from ..config import registry
from ..model import Backprop, FloatsModel, Model, RowsModel, SameModel
from ..types import Array2d, Floats2d, Padded, Ragged
from ._containers import init_on_arrays, refill, run_converted, run_flat

__all__ = ["with_array2d"]

ArrayInT = TypeVar("ArrayInT", bound=Array2d)
ArrayOutT = TypeVar("ArrayOutT", bound=Array2d)


@overload
def with_array2d(layer: SameModel | FloatsModel | RowsModel, pad: int = 0) -> SameModel: ...
@overload
def with_array2d(layer: Model[Floats2d, Floats2d], pad: int = 0) -> SameModel: ...
@overload
def with_array2d(layer: Model[ArrayInT, ArrayOutT], pad: int = 0) -> Model[Any, Any]: ...
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
        steps_and_items = X.data.shape[:2]
        fill = refill(X)
        return run_converted(
            layer, X, is_train, _rows_of, lambda rows: fill(rows.reshape((*steps_and_items, rows.shape[1])))
        )
    if isinstance(X, list | tuple):
        return run_flat(model, X, is_train)
    return layer(X, is_train)


def _forward_ragged(layer: Model[Any, Any], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    """The output has two axes, the gradient as many as the input was made of."""
    shape = Xr.data_shape
    Yr, backprop_rows = run_converted(layer, Xr, is_train, _rows_of, refill(Xr))

    def backprop(dYr: Ragged) -> Ragged:
        dXr = backprop_rows(dYr)
        return Ragged(dXr.data.reshape(shape), dXr.lengths) if dXr.data.size else dXr

    return Yr, backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the flattened samples, and take over its dims."""
    init_on_arrays(model, X, Y, _rows_of)


def _rows_of(batch: Ragged | Padded) -> Any:
    if isinstance(batch, Ragged):
        return batch.rows
    steps, n, width = batch.data.shape
    return batch.data.reshape((steps * n, width))
