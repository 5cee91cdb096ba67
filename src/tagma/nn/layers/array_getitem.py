"""array_getitem: Y = X[index]; the gradient is zero elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import fusion
from ..model import Backprop, Model
from ..types import FloatsXd, IntsXd

__all__ = ["array_getitem", "floats_getitem", "ints_getitem"]

AxisIndex = int | slice | Sequence[int]
Index = AxisIndex | tuple[AxisIndex, ...]


def array_getitem(index: Index) -> Model[Any, Any]:
    """Index an array, as in X[index]."""
    return Model("array-getitem", forward, attrs={"index": index})


def floats_getitem(index: Index) -> Model[FloatsXd, Any]:
    """`array_getitem` for arrays of floats; the rank of the result is up to the index."""
    return Model("floats-getitem", forward, attrs={"index": index})


def ints_getitem(index: Index) -> Model[IntsXd, Any]:
    """`array_getitem` for arrays of ints; the rank of the result is up to the index."""
    return Model("ints-getitem", forward, attrs={"index": index})


@fusion.kind("array_getitem")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    index = model.attrs["index"]
    shape, dtype = X.shape, X.dtype
    if X.size == 0:
        return X, _identity

    def backprop(dY: Any) -> Any:
        dX = model.ops.alloc(shape, dtype=dtype)
        dX[index] = dY
        return dX

    return X[index], backprop


def _identity(dY: Any) -> Any:
    return dY
