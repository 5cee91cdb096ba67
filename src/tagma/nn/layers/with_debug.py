"""with_debug: look on while a layer is initialized and run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..model import Backprop, Model, ModelT


def do_nothing(*args: Any, **kwargs: Any) -> None:
    """The default callback."""


def with_debug(
    layer: ModelT,
    name: str | None = None,
    *,
    on_init: Callable[[Model[Any, Any], Any, Any], None] = do_nothing,
    on_forward: Callable[[Model[Any, Any], Any, bool], None] = do_nothing,
    on_backprop: Callable[[Any], None] = do_nothing,
) -> ModelT:
    """Change `layer` itself, and return it, so that callbacks run before its init, forward and backprop.

    name    kept for callers that pass it; the node keeps its own
    """
    layer_forward, layer_init = layer._func, layer.init

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
        on_forward(model, X, is_train)
        Y, backprop_layer = layer_forward(model, X, is_train=is_train)

        def backprop(dY: Any) -> Any:
            on_backprop(dY)
            return backprop_layer(dY)

        return Y, backprop

    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        on_init(model, X, Y)
        if layer_init is not None:
            layer_init(model, X, Y)

    layer.replace_callbacks(forward, init=init)
    return layer
