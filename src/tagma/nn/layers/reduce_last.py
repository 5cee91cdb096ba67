"""reduce_last: the last row of each sequence: Ragged → (n_sequences, width)."""

from __future__ import annotations

from typing import cast

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Ragged
from ._pooling import pooled

__all__ = ["reduce_last"]


@registry.layers("reduce_last.v1")
def reduce_last() -> Model[Ragged, Floats2d]:
    """Pool each sequence into one row. Raises ValueError for an empty one."""
    return Model("reduce_last", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops, lengths = model.ops, Xr.lengths
    Y, lasts = ops.reduce_last(cast(Floats2d, Xr.rows), lengths)
    return pooled(Y, lengths, lambda dY: ops.backprop_reduce_last(dY, lasts))
