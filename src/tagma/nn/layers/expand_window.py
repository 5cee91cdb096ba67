"""expand_window: put each row beside its neighbours: (n, w) → (n, (2·window_size + 1)·w), zeros beyond the ends."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import fusion
from ..config import registry
from ..errors import require_count
from ..model import Backprop, Model, RowsModel
from ..types import Ragged

__all__ = ["expand_window"]

InT = TypeVar("InT")


@registry.layers("expand_window.v1")
def expand_window(window_size: int = 1) -> RowsModel:
    """Concatenate `window_size` rows on either side. In a Ragged, windows end at the ends of each sequence."""
    require_count("expand_window", "window_size", window_size)
    return RowsModel("expand_window", forward, attrs={"window_size": window_size})


@fusion.kind("expand_window")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    ops = model.ops
    nW = model.attrs["window_size"]
    if isinstance(X, Ragged):
        lengths = X.lengths
        Yr = Ragged(ops.seq2col(ops.as_contig(X.rows), nW, lengths=lengths), lengths)

        def backprop_ragged(dY: Ragged) -> Ragged:
            return Ragged(ops.backprop_seq2col(ops.as_contig(dY.rows), nW, lengths=lengths), lengths)

        return Yr, backprop_ragged

    def backprop(dY: Any) -> Any:
        return ops.backprop_seq2col(ops.as_contig(dY), nW)

    return ops.seq2col(ops.as_contig(X), nW), backprop
