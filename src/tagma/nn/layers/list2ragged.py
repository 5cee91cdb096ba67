"""list2ragged: a list of arrays as one Ragged."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import fusion
from ..config import registry
from ..model import Backprop, Model
from ..types import Ragged
from ._gradients import lengths_of

__all__ = ["list2ragged"]

InT = TypeVar("InT")


@registry.layers("list2ragged.v1")
def list2ragged() -> Model[list[Any], Ragged]:
    """[(n₁, w), (n₂, w), …] → Ragged; costs nothing for an `ArrayList`. What is Ragged already passes through."""
    return Model("list2ragged", forward)


@fusion.kind("list2ragged")
def forward(model: Model[Any, Ragged], Xs: Any, is_train: bool) -> tuple[Ragged, Backprop]:
    if isinstance(Xs, Ragged):
        return Xs, lambda dYr: dYr
    ops = model.ops
    lengths = ops.asarray1i(lengths_of(Xs))

    def backprop(dYr: Ragged) -> list[Any]:
        return ops.unflatten(dYr.dataXd, dYr.lengths)

    return Ragged(ops.flatten(Xs), lengths), backprop
