"""concatenate: several layers on one input, their outputs side by side."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any, TypeVar, overload

from .. import fusion
from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import ArrayList, Ragged
from ._gradients import lengths_of, sum_gradients
from ._init import take_width
from ._parallel import collect
from .noop import noop

__all__ = ["concatenate"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")
Split = Callable[[Any], list[Any]]  # cuts the gradient of the output into those of the layers


@overload
def concatenate(*layers: SameModel) -> SameModel: ...
@overload
def concatenate(*layers: Model[InT, OutT]) -> Model[InT, OutT]: ...
@registry.layers("concatenate.v1")
def concatenate(*layers: Model[InT, OutT]) -> Model[InT, OutT]:
    """Join the outputs of `layers` column-wise: arrays, lists of arrays item by item, Ragged.

    No layer gives `noop()`, one gives itself; if the first is a concatenate node already, the others join it.
    """
    match layers:
        case ():
            return noop()
        case (only,):
            return only
        case (first, *others) if first._func is forward:
            first.layers.extend(others)
            return first
    # Both widths are set by init; that of the input is one only if all layers have it.
    names = ("nO", "nI") if all(layer.has_dim("nI") is not False for layer in layers) else ("nO",)
    return Model("|".join(layer.name for layer in layers), forward, init=init, dims=dict.fromkeys(names), layers=layers)


@fusion.kind("concatenate")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    if (fused := fusion.run_hash_tables(model, X, is_train)) is not None:
        return fused
    Ys, backprop_each = collect(layer(X, is_train) for layer in model._layers)
    if isinstance(Ys[0], list | tuple):
        Y, split = _join_lists(model, Ys)
    elif isinstance(Ys[0], Ragged):
        Y, split = _join_ragged(model, Ys)
    else:
        Y, split = _join_arrays(model, Ys)
    return Y, lambda dY: sum_gradients(backprop_each(split(dY)))


def _join_arrays(model: Model[Any, Any], Ys: list[Any]) -> tuple[Any, Split]:
    """The arrays side by side, and the function that cuts their gradient into contiguous parts."""
    ops = model.ops
    ends = list(accumulate(Y.shape[1] for Y in Ys))

    def split(dY: Any) -> list[Any]:
        return [ops.as_contig(dY[:, start:end]) for start, end in pairwise([0, *ends])]

    return ops.xp.concatenate(Ys, axis=1), split


def _join_lists(model: Model[Any, Any], Ys: list[Any]) -> tuple[Any, Split]:
    """The same for lists of arrays, item by item."""
    ops = model.ops
    lengths = ops.asarray1i(lengths_of(Ys[0]))
    Y, split = _join_arrays(model, [ops.flatten(Y) for Y in Ys])
    return (
        ArrayList.from_flat(Y, ops.to_numpy(lengths)),
        lambda dY: [ops.unflatten(part, lengths) for part in split(ops.flatten(dY))],
    )


def _join_ragged(model: Model[Any, Any], Ys: list[Ragged]) -> tuple[Ragged, Split]:
    """The same for Ragged, row by row."""
    lengths = Ys[0].lengths
    Y, split = _join_arrays(model, [Y.dataXd for Y in Ys])
    return Ragged(Y, lengths), lambda dY: [Ragged(part, lengths) for part in split(dY.dataXd)]


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Widths of the input from X, for this node and its children; the output's is the sum of theirs."""
    if "nI" in model.dim_names:
        take_width("nI", X, *(node for node in (model, *model.layers) if node.has_dim("nI") is None))
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    known = [layer.get_dim("nO") for layer in model.layers if layer.has_dim("nO")]
    if len(known) == len(model.layers):
        model.set_dim("nO", sum(known))
