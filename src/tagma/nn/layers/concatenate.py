"""concatenate: several layers on one input, their outputs side by side."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import fusion
from ..config import registry
from ..model import Backprop, Model
from ..types import ArrayList, Ragged
from ..util import get_width
from ._gradients import lengths_of, sum_gradients
from .noop import noop

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@registry.layers("concatenate.v1")
def concatenate(*layers: Model[InT, OutT]) -> Model[InT, OutT]:
    """Join the outputs of `layers` column-wise: arrays, lists of arrays item by item, Ragged.

    No layer gives `noop()`, one gives itself; if the first is a concatenate node already, the others join it.
    """
    if not layers:
        return noop()
    first = layers[0]
    if len(layers) == 1:
        return first
    if first._func is forward:
        first.layers.extend(layers[1:])
        return first
    dims: dict[str, int | None] = {"nO": None}  # both widths are set by init
    if all(layer.has_dim("nI") is not False for layer in layers):
        dims["nI"] = None
    return Model("|".join(layer.name for layer in layers), forward, init=init, dims=dims, layers=layers)


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    if (fused := fusion.run_hash_tables(model, X, is_train)) is not None:
        return fused
    Ys, callbacks = [], []
    for layer in model._layers:
        Y, callback = layer(X, is_train)
        Ys.append(Y)
        callbacks.append(callback)
    if isinstance(Ys[0], list | tuple):
        return _join_lists(model, Ys, callbacks)
    if isinstance(Ys[0], Ragged):
        return _join_ragged(model, Ys, callbacks)
    Y, split = _join_arrays(model, Ys)

    def backprop(dY: Any) -> Any:
        return sum_gradients([callback(part) for callback, part in zip(callbacks, split(dY), strict=True)])

    return Y, backprop


def _join_arrays(model: Model[Any, Any], Ys: list[Any]) -> tuple[Any, Any]:
    """The arrays side by side, and the function that cuts their gradient into contiguous parts."""
    ops = model.ops
    widths = [Y.shape[1] for Y in Ys]

    def split(dY: Any) -> list[Any]:
        parts = []
        start = 0
        for width in widths:
            parts.append(ops.as_contig(dY[:, start : start + width]))
            start += width
        return parts

    return ops.xp.concatenate(Ys, axis=1), split


def _join_lists(model: Model[Any, Any], Ys: list[Any], callbacks: list[Backprop]) -> tuple[Any, Backprop]:
    ops = model.ops
    lengths = ops.asarray1i(lengths_of(Ys[0]))
    Y, split = _join_arrays(model, [ops.flatten(Y) for Y in Ys])

    def backprop(dY: Any) -> Any:
        parts = split(ops.flatten(dY))
        return sum_gradients(
            [callback(ops.unflatten(part, lengths)) for callback, part in zip(callbacks, parts, strict=True)]
        )

    return ArrayList.from_flat(Y, ops.to_numpy(lengths)), backprop


def _join_ragged(model: Model[Any, Any], Ys: list[Ragged], callbacks: list[Backprop]) -> tuple[Ragged, Backprop]:
    lengths = Ys[0].lengths
    Y, split = _join_arrays(model, [Y.dataXd for Y in Ys])

    def backprop(dY: Ragged) -> Any:
        parts = split(dY.dataXd)
        return sum_gradients([cb(Ragged(part, lengths)) for cb, part in zip(callbacks, parts, strict=True)])

    return Ragged(Y, lengths), backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Widths of the input from X, for this node and its children; the output's is the sum of theirs."""
    if X is not None and model.has_dim("nI") is not False:
        nI = get_width(X)
        if model.has_dim("nI") is None:
            model.set_dim("nI", nI)
        for layer in model.layers:
            if layer.has_dim("nI") is None:
                layer.set_dim("nI", nI)
    for layer in model.layers:
        layer.initialize(X=X, Y=Y)
    nO = _sum_of_widths(model.layers)
    if nO is not None:
        model.set_dim("nO", nO)


def _sum_of_widths(layers: Any) -> int | None:
    widths = [layer.maybe_get_dim("nO") for layer in layers]
    return None if None in widths else sum(widths)
