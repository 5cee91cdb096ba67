"""Dropout: hide a random share of the values while training, and scale up the rest.

Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from .. import fusion
from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import ArrayList, Padded, Ragged
from ._containers import refill
from ._parallel import collect

__all__ = ["Dropout"]

InT = TypeVar("InT")


@registry.layers("Dropout.v1")
def Dropout(rate: float = 0.0) -> SameModel:
    """The identity when predicting; in training values are 0 with probability `rate`, else divided by 1 − rate.

    Takes arrays, Ragged, Padded and lists of arrays. Attributes: `dropout_rate`, `is_enabled`.
    """
    return SameModel("dropout", forward, attrs={"dropout_rate": rate, "is_enabled": True})


@fusion.kind("dropout")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    rate = model.attrs["dropout_rate"]
    if not is_train or rate == 0 or not model.attrs["is_enabled"]:
        return X, _identity
    if isinstance(X, Ragged):
        return _forward_ragged(model, X, rate)
    if isinstance(X, Padded):
        return _forward_padded(model, X, rate)
    if isinstance(X, list | tuple):
        return _forward_list(model, X, rate)
    return model.ops.dropout(X, rate)


def _identity(dY: Any) -> Any:
    return dY


def _forward_ragged(model: Model[Any, Any], X: Ragged, rate: float) -> tuple[Ragged, Backprop]:
    Y, backprop_rows = model.ops.dropout(X.data, rate)

    def backprop(dY: Ragged) -> Ragged:
        return Ragged(backprop_rows(dY.data), dY.lengths)

    return Ragged(Y, X.lengths), backprop


def _forward_padded(model: Model[Any, Any], X: Padded, rate: float) -> tuple[Padded, Backprop]:
    Y, backprop_rows = model.ops.dropout(X.data, rate)
    restore = refill(X)
    return cast(Padded, restore(Y)), lambda dY: restore(backprop_rows(dY.data))


def _forward_list(model: Model[Any, Any], Xs: Any, rate: float) -> tuple[list[Any], Backprop]:
    ops = model.ops
    if type(Xs) is ArrayList and Xs.intact() and Xs.flat.ndim == 2:
        # The same random numbers as one mask for each item, drawn at once.
        lengths = Xs.lengths
        flat, backprop_flat = ops.dropout(Xs.flat, rate)
        return ArrayList.from_flat(flat, lengths), lambda dYs: ArrayList.from_flat(
            backprop_flat(ops.flatten(dYs)), lengths
        )
    return collect(ops.dropout(X, rate) for X in Xs)
