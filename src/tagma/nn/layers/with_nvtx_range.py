"""with_nvtx_range: mark a layer's work for NVIDIA's profiler."""

from __future__ import annotations

from typing import Any

from ..model import Backprop, Model, ModelT
from ..util import use_nvtx_range


def with_nvtx_range(
    layer: ModelT, name: str | None = None, *, forward_color: int = -1, backprop_color: int = -1
) -> ModelT:
    """Change `layer` itself, and return it, so that forward and backprop are ranges; no effect without CuPy."""
    layer_forward = layer._func
    name = layer.name if name is None else name

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
        with use_nvtx_range(f"{name} forward", forward_color):
            Y, backprop_layer = layer_forward(model, X, is_train=is_train)

        def backprop(dY: Any) -> Any:
            with use_nvtx_range(f"{name} backprop", backprop_color):
                return backprop_layer(dY)

        return Y, backprop

    layer.replace_callbacks(forward, init=layer.init)
    return layer
