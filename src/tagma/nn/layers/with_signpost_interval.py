"""with_signpost_interval: mark a layer's work for Apple's Instruments."""

from __future__ import annotations

from typing import Any

from .. import compat
from ..model import ModelT
from ._observe import observe

__all__ = ["with_signpost_interval"]


def with_signpost_interval(layer: ModelT, signposter: Any, name: str | None = None) -> ModelT:
    """Change `layer` itself, and return it, so that forward and backprop are intervals of `signposter`.

    Raises ValueError without the package `os_signpost` (macOS only).
    """
    if not compat.has_os_signpost:
        raise ValueError("with_signpost_interval needs the package os_signpost (macOS only): pip install os-signpost")
    title = layer.name if name is None else name
    return observe(
        layer,
        forward=lambda *_: signposter.use_interval(f"{title} forward"),
        backprop=lambda _: signposter.use_interval(f"{title} backprop"),
    )
