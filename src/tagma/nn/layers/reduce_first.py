"""reduce_first: the first row of each sequence: Ragged → (n_sequences, width)."""

from __future__ import annotations

from typing import cast

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Ragged
from ._pooling import pooled

__all__ = ["reduce_first"]


@registry.layers("reduce_first.v1")
def reduce_first() -> Model[Ragged, Floats2d]:
    """Pool each sequence into one row. Raises ValueError for an empty one."""
    return Model("reduce_first", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops, lengths = model.ops, Xr.lengths
    Y, starts_ends = ops.reduce_first(cast(Floats2d, Xr.rows), lengths)
    if not len(lengths):
        starts_ends = starts_ends[:0]  # no sequences: to the op that is an empty array of offsets
    return pooled(Y, lengths, lambda dY: ops.backprop_reduce_first(dY, starts_ends))
