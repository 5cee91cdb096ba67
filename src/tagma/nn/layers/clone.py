"""clone: a layer and copies of it, chained."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Model
from .chain import chain
from .noop import noop

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@registry.layers("clone.v1")
def clone(orig: Model[InT, OutT], n: int) -> Model[InT, OutT]:
    """Chain `orig` and n−1 copies with parameters of their own; n=0 gives `noop()`, n=1 `orig` itself."""
    if n == 0:
        return cast(Model[InT, OutT], noop())
    if n == 1:
        return orig
    layers: list[Model[Any, Any]] = [orig, *(orig.copy() for _ in range(n - 1))]
    return cast(Model[InT, OutT], chain(*layers))
