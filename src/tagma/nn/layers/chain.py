"""chain: layers one after another; gradients run back through them."""

from __future__ import annotations

from contextlib import suppress
from itertools import takewhile
from typing import Any, TypeVar, overload

from .. import fusion
from ..config import registry
from ..errors import DimensionError
from ..model import Backprop, Link, Model, SameModel
from ..types import XY_YZ_OutT
from ._init import take_dim, take_width

__all__ = ["chain"]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")
I = TypeVar("I")
OutT = TypeVar("OutT")


@registry.layers("chain.v1")
def chain_no_types(*layer: Model[Any, Any]) -> Model[Any, XY_YZ_OutT]:
    """`chain` as configs call it, with any number of layers."""
    return chain(*layer)


@overload
def chain(layer1: SameModel, layer2: SameModel, /, *layers: SameModel) -> SameModel: ...
@overload
def chain(layer1: Model[A, B], layer2: Link[B, C]) -> Model[A, C]: ...
@overload
def chain(layer1: Model[A, B], layer2: Link[B, C], layer3: Link[C, D], /) -> Model[A, D]: ...
@overload
def chain(layer1: Model[A, B], layer2: Link[B, C], layer3: Link[C, D], layer4: Link[D, E], /) -> Model[A, E]: ...
@overload
def chain(
    layer1: Model[A, B], layer2: Link[B, C], layer3: Link[C, D], layer4: Link[D, E], layer5: Link[E, F], /
) -> Model[A, F]: ...
@overload
def chain(
    layer1: Model[A, B],
    layer2: Link[B, C],
    layer3: Link[C, D],
    layer4: Link[D, E],
    layer5: Link[E, F],
    layer6: Link[F, G],
    /,
) -> Model[A, G]: ...
@overload
def chain(
    layer1: Model[A, B],
    layer2: Link[B, C],
    layer3: Link[C, D],
    layer4: Link[D, E],
    layer5: Link[E, F],
    layer6: Link[F, G],
    layer7: Link[G, H],
    /,
) -> Model[A, H]: ...
@overload
def chain(
    layer1: Model[A, B],
    layer2: Link[B, C],
    layer3: Link[C, D],
    layer4: Link[D, E],
    layer5: Link[E, F],
    layer6: Link[F, G],
    layer7: Link[G, H],
    layer8: Link[H, I],
    /,
) -> Model[A, I]: ...
@overload
def chain(
    layer1: Model[A, B],
    layer2: Link[B, C],
    layer3: Link[C, D],
    layer4: Link[D, E],
    layer5: Link[E, F],
    layer6: Link[F, G],
    layer7: Link[G, H],
    layer8: Link[H, I],
    layer9: Link[I, Any],
    /,
    *layers: Model[Any, OutT],
) -> Model[A, OutT]: ...
def chain(*layers: Any, **named: Any) -> Any:
    """Run `layers` in order, each on the output of the one before.

    The names of the first two may be used as keywords: `layer1`, `layer2`. Raises TypeError for fewer than two layers.
    """
    layers = (*layers, *(named.pop(key) for key in ("layer1", "layer2") if key in named))
    if named:
        raise TypeError(f"chain got unexpected arguments {sorted(named)}")
    if len(layers) < 2:
        raise TypeError(f"chain needs at least two layers, but got {len(layers)}")
    dims: dict[str, int | None] = {"nO": layers[-1].maybe_get_dim("nO")}
    if layers[0].has_dim("nI") is not False:
        dims["nI"] = layers[0].maybe_get_dim("nI")
    return Model(">>".join(layer.name for layer in layers), forward, init=init, dims=dims, layers=layers)


@fusion.kind("chain")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    if (fused := fusion.run_feed_forward(model, X, is_train)) is not None:
        return fused
    kept: list[Backprop] | None = [] if is_train else None
    Y = None if is_train else fusion.run_words(model, X)
    if Y is None:
        Y = _run(model, X, is_train, kept)

    def backprop(dY: Any) -> Any:
        callbacks = kept
        if callbacks is None:  # a prediction keeps its input only: what lies between is large, and hardly ever needed
            _run(model, X, is_train, callbacks := [])
        for callback in reversed(callbacks):
            dY = callback(dY)
        return dY

    return Y, backprop


def _run(model: Model[Any, Any], X: Any, is_train: bool, callbacks: list[Backprop] | None) -> Any:
    """The output of the last layer; the layers' callbacks are added to the list."""
    rest = iter(model._layers)
    for layer in rest:
        if (pair := fusion.run_embedding(model, layer, X, is_train)) is not None:
            next(rest)
        else:
            try:
                pair = layer(X, is_train)
            except DimensionError as error:
                error.came_after(_before(model, layer))
                raise
        X = pair[0]
        if callbacks is not None:
            callbacks.append(pair[1])
        del pair
    return X


def _before(model: Model[Any, Any], layer: Model[Any, Any]) -> list[Model[Any, Any]]:
    """The layers before another one."""
    return list(takewhile(lambda other: other is not layer, model._layers))


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the children in order, each with the output of the one before.

    Without data every child is initialized twice. That looks idle, but the second pass knows dims that the first one
    found, and a seed must give the weights that it always gave.
    """
    layers = model.layers
    passes = 2 if X is None and Y is None else 1
    current = X
    for layer in layers * passes:
        try:
            layer.initialize(X=current, Y=Y if layer.has_dim("nO") is None else None)
            if current is not None:
                current = layer.predict(current)
        except DimensionError as error:
            error.came_after(_before(model, layer))
            raise
    take_dim(model, "nI", layers[0])
    if model.has_dim("nO") is None:
        with suppress(ValueError):  # the output may have no width, or none above 0
            take_width("nO", current, model)
    if model.has_dim("nO") is None:
        take_dim(model, "nO", layers[-1])
