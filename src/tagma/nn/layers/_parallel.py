"""Several forward passes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..model import Backprop

OutT = TypeVar("OutT")
BackpropEach = Callable[[Iterable[Any]], list[Any]]


def collect(passes: Iterable[tuple[OutT, Backprop]]) -> tuple[list[OutT], BackpropEach]:
    """The outputs of `passes`, and one callback for all: it takes a gradient for each and returns the gradients that
    come back. Raises ValueError if there are not as many."""
    Ys: list[OutT] = []
    callbacks: list[Backprop] = []
    for Y, callback in passes:
        Ys.append(Y)
        callbacks.append(callback)

    def backprop_each(dYs: Iterable[Any]) -> list[Any]:
        return [callback(dY) for callback, dY in zip(callbacks, dYs, strict=True)]

    return Ys, backprop_each
