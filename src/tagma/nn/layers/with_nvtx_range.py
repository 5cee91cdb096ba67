"""with_nvtx_range: mark a layer's work for NVIDIA's profiler."""

from __future__ import annotations

from ..devices import use_nvtx_range
from ..model import ModelT
from ._observe import observe

__all__ = ["with_nvtx_range"]


def with_nvtx_range(
    layer: ModelT, name: str | None = None, *, forward_color: int = -1, backprop_color: int = -1
) -> ModelT:
    """Change `layer` itself, and return it, so that forward and backprop are ranges; no effect without CuPy."""
    title = layer.name if name is None else name
    return observe(
        layer,
        forward=lambda *_: use_nvtx_range(f"{title} forward", forward_color),
        backprop=lambda _: use_nvtx_range(f"{title} backprop", backprop_color),
    )
