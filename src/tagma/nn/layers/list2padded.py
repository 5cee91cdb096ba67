"""list2padded: a list of arrays as one Padded."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ..types import Padded

__all__ = ["list2padded"]

InT = TypeVar("InT")


@registry.layers("list2padded.v1")
def list2padded() -> Model[list[Any], Padded]:
    """[(n₁, w), (n₂, w), …] → Padded."""
    return Model("list2padded", forward)


def forward(model: Model[Any, Padded], Xs: Any, is_train: bool) -> tuple[Padded, Backprop]:
    ops = model.ops

    def backprop(dYp: Padded) -> list[Any]:
        return ops.padded2list(dYp)

    return ops.list2padded(Xs), backprop
