"""with_signpost_interval: mark a layer's work for Apple's Instruments."""

from __future__ import annotations

from typing import Any

from .. import compat
from ..model import Backprop, Model, ModelT


def with_signpost_interval(layer: ModelT, signposter: Any, name: str | None = None) -> ModelT:
    """Change `layer` itself, and return it, so that forward and backprop are intervals of `signposter`.

    Raises ValueError without the package `os_signpost` (macOS only).
    """
    if not compat.has_os_signpost:
        raise ValueError("with_signpost_interval needs the package os_signpost (macOS only): pip install os-signpost")
    layer_forward = layer._func
    name = layer.name if name is None else name

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
        with signposter.use_interval(f"{name} forward"):
            Y, backprop_layer = layer_forward(model, X, is_train=is_train)

        def backprop(dY: Any) -> Any:
            with signposter.use_interval(f"{name} backprop"):
                return backprop_layer(dY)

        return Y, backprop

    layer.replace_callbacks(forward, init=layer.init)
    return layer
