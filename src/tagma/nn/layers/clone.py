"""clone: a layer and copies of it, chained."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ..config import registry
from ..errors import require_count
from ..model import Model
from .chain import chain
from .noop import noop

__all__ = ["clone"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@registry.layers("clone.v1")
def clone(orig: Model[InT, OutT], n: int) -> Model[InT, OutT]:
    """Chain `orig` and n−1 copies with parameters of their own; n=0 gives `noop()`, n=1 `orig` itself."""
    require_count("clone", "n", n)
    copies: list[Model[Any, Any]] = [orig.copy() for _ in range(1, n)]
    if copies:
        return cast(Model[InT, OutT], chain(orig, *copies))
    return orig if n else cast(Model[InT, OutT], noop())
