"""list2array: a list of arrays, end to end."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, JoinModel, Model
from ._gradients import lengths_of

__all__ = ["list2array"]

OutT = TypeVar("OutT")


@registry.layers("list2array.v1")
def list2array() -> JoinModel:
    """[(n₁, w), (n₂, w), …] → (Σ n, w)."""
    return JoinModel("list2array", forward)


def forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Backprop]:
    ops = model.ops
    lengths = ops.asarray1i(lengths_of(Xs))

    def backprop(dY: Any) -> list[Any]:
        return ops.unflatten(dY, lengths)

    return ops.flatten(Xs), backprop
