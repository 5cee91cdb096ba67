"""ragged2list: a Ragged as a list of arrays, views of its data."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import fusion
from ..config import registry
from ..model import Backprop, Model
from ..types import Ragged

__all__ = ["ragged2list"]

OutT = TypeVar("OutT")


@registry.layers("ragged2list.v1")
def ragged2list() -> Model[Ragged, list[Any]]:
    """Ragged → [(n₁, w), (n₂, w), …]."""
    return Model("ragged2list", forward)


@fusion.kind("ragged2list")
def forward(model: Model[Ragged, Any], Xr: Ragged, is_train: bool) -> tuple[Any, Backprop]:
    ops = model.ops
    lengths = Xr.lengths

    def backprop(dXs: Any) -> Ragged:
        return Ragged(ops.flatten(dXs), lengths)

    return ops.unflatten(Xr.dataXd, lengths), backprop
