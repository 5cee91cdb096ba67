"""clone: a layer and copies of it, chained."""

from __future__ import annotations

from typing import Any, Literal, TypeVar, cast, overload

from ..config import registry
from ..errors import require_count
from ..model import Model, SameModel
from .chain import chain
from .noop import noop

__all__ = ["clone"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@overload
def clone(orig: SameModel, n: int) -> SameModel: ...
@overload
def clone(orig: Model[InT, InT], n: int) -> Model[InT, InT]: ...
@overload
def clone(orig: Model[InT, OutT], n: Literal[1]) -> Model[InT, OutT]: ...
@registry.layers("clone.v1")
def clone(orig: Model[InT, OutT], n: int) -> Model[InT, OutT]:
    """Chain `orig` and n−1 copies with parameters of their own; n=0 gives `noop()`, n=1 `orig` itself."""
    require_count("clone", "n", n)
    copies: list[Model[Any, Any]] = [orig.copy() for _ in range(1, n)]
    if copies:
        return cast(Model[InT, OutT], chain(orig, *copies))
    return orig if n else cast(Model[InT, OutT], noop())
