"""Look on while a layer works: contexts around the functions of a node."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..model import Backprop, Model, ModelT

Observer = Callable[..., AbstractContextManager[Any]]


def unobserved(*args: Any) -> AbstractContextManager[None]:
    """The observer that does nothing."""
    return nullcontext()


def before(callback: Callable[..., object]) -> Observer:
    """The observer that calls `callback` first and then is out of the way."""
    return lambda *args: nullcontext(callback(*args))


def observe(layer: ModelT, *, forward: Observer, backprop: Observer, init: Observer = unobserved) -> ModelT:
    """Change `layer` itself, and return it: each of its functions runs in the context that the observer of that name
    makes from the arguments, which are (model, X, is_train), (dY) and (model, X, Y)."""
    run, initialize = layer._func, layer.init

    def observed_forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
        with forward(model, X, is_train):
            Y, run_back = run(model, X, is_train=is_train)

        def observed_backprop(dY: Any) -> Any:
            with backprop(dY):
                return run_back(dY)

        return Y, observed_backprop

    def observed_init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        with init(model, X, Y):
            if initialize is not None:
                initialize(model, X=X, Y=Y)

    layer.replace_callbacks(observed_forward, init=observed_init)
    return layer
