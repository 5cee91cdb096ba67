"""with_debug: look on while a layer is initialized and run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..model import Model, ModelT
from ._observe import before, observe

__all__ = ["with_debug"]


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
    return observe(layer, init=before(on_init), forward=before(on_forward), backprop=before(on_backprop))
