"""Layers, operations and training maths: models are trees of layers that each know how to run forward and back.

Knows arrays, and nothing of text. The names here are those of `tagma.nn.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.doors import unknown_name

from . import api

if TYPE_CHECKING:
    from .api import *  # noqa: F403

__all__ = api.__all__

# Not by a star: that would import the config system, which `api` leaves for later.
globals().update({name: vars(api)[name] for name in __all__ if name in vars(api)})


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(api, name)
    raise unknown_name(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
