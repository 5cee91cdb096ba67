"""What the reductions share: Ragged rows go in, one row for each sequence comes out."""

from __future__ import annotations

from collections.abc import Callable

from ..arrays import ArrayInfo
from ..model import Backprop
from ..types import Floats2d, Ints1d, Ragged


def pooled(Y: Floats2d, lengths: Ints1d, backprop_rows: Callable[[Floats2d], Floats2d]) -> tuple[Floats2d, Backprop]:
    """The rows Y (n_sequences, width) with their callback, which gives what `backprop_rows` returns, rows of sequences
    of these lengths, as Ragged. It raises ValueError for a gradient of another shape or dtype than Y."""
    info = ArrayInfo.from_array(Y)

    def backprop(dY: Floats2d) -> Ragged:
        info.check_consistency(dY)
        return Ragged(backprop_rows(dY), lengths)

    return Y, backprop
