"""reduce_mean: the mean of each sequence: Ragged → (n_sequences, width)."""

from __future__ import annotations

from typing import cast

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Ragged
from ._pooling import pooled

__all__ = ["reduce_mean"]


@registry.layers("reduce_mean.v1")
def reduce_mean() -> Model[Ragged, Floats2d]:
    """Pool each sequence into one row. An empty one gives zeros."""
    return Model("reduce_mean", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops, lengths = model.ops, Xr.lengths
    Y = ops.reduce_mean(cast(Floats2d, Xr.rows), lengths)
    return pooled(Y, lengths, lambda dY: ops.backprop_reduce_mean(dY, lengths))
