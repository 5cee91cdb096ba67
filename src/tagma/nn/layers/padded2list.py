"""padded2list: a Padded as a list of arrays, in the original order."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ..types import Padded

__all__ = ["padded2list"]

OutT = TypeVar("OutT")


@registry.layers("padded2list.v1")
def padded2list() -> Model[Padded, list[Any]]:
    """Padded → [(n₁, w), (n₂, w), …]."""
    return Model("padded2list", forward)


def forward(model: Model[Padded, Any], Xp: Padded, is_train: bool) -> tuple[Any, Backprop]:
    ops = model.ops

    def backprop(dXs: Any) -> Padded:
        return ops.list2padded(dXs)

    return ops.padded2list(Xp), backprop
