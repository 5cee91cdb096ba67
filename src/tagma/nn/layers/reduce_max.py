"""reduce_max: the largest value of each column in each sequence: Ragged → (n_sequences, width)."""

from __future__ import annotations

from typing import cast

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Ragged
from ..util import ArrayInfo


@registry.layers("reduce_max.v1")
def reduce_max() -> Model[Ragged, Floats2d]:
    """Pool each sequence into one row. Raises ValueError for an empty one."""
    return Model("reduce_max", forward)


def forward(model: Model[Ragged, Floats2d], Xr: Ragged, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    lengths = Xr.lengths
    Y, which = ops.reduce_max(cast(Floats2d, Xr.rows), lengths)
    info = ArrayInfo.from_array(Y)

    def backprop(dY: Floats2d) -> Ragged:
        info.check_consistency(dY)
        return Ragged(ops.backprop_reduce_max(dY, which, lengths), lengths)

    return Y, backprop
