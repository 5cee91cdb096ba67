"""noop: the identity, both ways. Children are held, but not run."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model, SameModel

__all__ = ["noop"]

InOutT = TypeVar("InOutT")


@registry.layers("noop.v1")
def noop(*layers: Model[Any, Any]) -> SameModel:
    """Return the input as it is."""
    return SameModel("noop", forward, layers=layers)


def forward(model: Model[InOutT, InOutT], X: InOutT, is_train: bool) -> tuple[InOutT, Backprop]:
    return X, _identity


def _identity(dY: Any) -> Any:
    return dY
