"""bidirectional: one sequence layer from left to right, another from right to left, their outputs side by side.

Schuster and Paliwal 1997, Bidirectional recurrent neural networks.
"""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import Padded

__all__ = ["bidirectional"]


@registry.layers("bidirectional.v1")
def bidirectional(l2r: Model[Padded, Padded], r2l: Model[Padded, Padded] | None = None) -> Model[Padded, Padded]:
    """Padded → Padded. `r2l`: a copy of `l2r` if None; it sees each sequence reversed within its own length."""
    if r2l is None:
        r2l = l2r.copy()
    return Model(f"bi{l2r.name}", forward, init=init, layers=[l2r, r2l])


def forward(model: Model[Padded, Padded], X: Padded, is_train: bool) -> tuple[Padded, Backprop]:
    ops = model.ops
    l2r, r2l = model._layers
    Y_forth, backprop_forth = l2r(X, is_train)
    Y_back, backprop_back = r2l(_reversed(ops.xp, X), is_train)
    width = Y_forth.data.shape[-1]
    Y = _with_data(X, ops.xp.concatenate((Y_forth.data, _reversed(ops.xp, Y_back).data), axis=-1))

    def backprop(dY: Padded) -> Padded:
        d_forth = _with_data(dY, ops.as_contig(dY.data[..., :width]))
        d_back = _reversed(ops.xp, _with_data(dY, ops.as_contig(dY.data[..., width:])))
        dX = backprop_forth(d_forth)
        return _with_data(dX, dX.data + _reversed(ops.xp, backprop_back(d_back)).data)

    return Y, backprop


def _reversed(xp: Any, batch: Padded) -> Padded:
    """Each sequence turned around within its own length; the padding stays at the end."""
    steps = xp.arange(batch.data.shape[0])[:, None]
    sources = xp.where(steps < batch.lengths, batch.lengths - 1 - steps, steps)
    return _with_data(batch, xp.take_along_axis(batch.data, sources[..., None], axis=0))


def _with_data(batch: Padded, data: Any) -> Padded:
    return Padded(data, batch.size_at_t, batch.lengths, batch.indices)


def init(model: Model[Padded, Padded], X: Any = None, Y: Any = None) -> None:
    """Initialize both layers, each with its half of Y."""
    l2r, r2l = model.layers
    if Y is None:
        l2r.initialize(X=X)
        r2l.initialize(X=X)
    else:
        half = Y.data.shape[-1] // 2
        l2r.initialize(X=X, Y=_with_data(Y, Y.data[..., :half]))
        r2l.initialize(X=X, Y=_with_data(Y, Y.data[..., half:]))
