"""Dropout: hide a random share of the values while training, and scale up the rest.

Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
"""

from __future__ import annotations

from typing import Any, TypeVar

from .. import fusion
from ..config import registry
from ..model import Backprop, Model, SameModel
from ..types import ArrayList, Padded, Ragged

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
    mask = model.ops.get_dropout_mask(X.shape, rate)

    def backprop(dY: Any) -> Any:
        return dY * mask

    return X * mask, backprop


def _identity(dY: Any) -> Any:
    return dY


def _forward_ragged(model: Model[Any, Any], X: Ragged, rate: float) -> tuple[Ragged, Backprop]:
    mask = model.ops.get_dropout_mask(X.data.shape, rate)
    lengths = X.lengths

    def backprop(dY: Ragged) -> Ragged:
        return Ragged(dY.data * mask, dY.lengths)

    return Ragged(X.data * mask, lengths), backprop


def _forward_padded(model: Model[Any, Any], X: Padded, rate: float) -> tuple[Padded, Backprop]:
    mask = model.ops.get_dropout_mask(X.data.shape, rate)

    def masked(batch: Padded) -> Padded:
        return Padded(batch.data * mask, batch.size_at_t, batch.lengths, batch.indices)

    return masked(X), masked


def _forward_list(model: Model[Any, Any], Xs: Any, rate: float) -> tuple[list[Any], Backprop]:
    ops = model.ops
    if type(Xs) is ArrayList and Xs.intact() and Xs.flat.ndim == 2:
        # The same random numbers as one mask for each item, drawn at once.
        lengths = Xs.lengths
        flat_mask = ops.get_dropout_mask(Xs.flat.shape, rate)

        def backprop_flat(dYs: Any) -> Any:
            return ArrayList.from_flat(ops.flatten(dYs) * flat_mask, lengths)

        return ArrayList.from_flat(Xs.flat * flat_mask, lengths), backprop_flat
    masks = [ops.get_dropout_mask(X.shape, rate) for X in Xs]

    def backprop(dYs: Any) -> Any:
        return [dY * mask for dY, mask in zip(dYs, masks, strict=True)]

    return [X * mask for X, mask in zip(Xs, masks, strict=True)], backprop
