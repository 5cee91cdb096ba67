"""MultiSoftmax: a dense layer whose columns are several groups, each with a softmax of its own.

Backprop takes the gradient of the logits, as Softmax does.
"""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..errors import DimensionError, require_count
from ..initializers import zero_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import dense_node, init_dense, run_dense

__all__ = ["MultiSoftmax"]


@registry.layers("MultiSoftmax.v1")
def MultiSoftmax(nOs: tuple[int, ...], nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """Predict len(nOs) variables at once, the i-th of nOs[i] classes, side by side. Weights start at zero."""
    if not isinstance(nOs, list | tuple):
        raise DimensionError("multisoftmax", f"nOs is {nOs!r}", "Give the number of classes of each variable: (2, 3)")
    for i, nO in enumerate(nOs):
        require_count("multisoftmax", f"nOs[{i}]", nO, least=1)
    return dense_node("multisoftmax", forward, sum(nOs), nI, init, {"nOs": nOs})


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops, nOs = model.ops, model.attrs["nOs"]
    Y, backprop = run_dense(model, X, is_train)
    if len(set(nOs)) == 1:  # all groups at once
        return ops.softmax(Y.reshape((-1, nOs[0])), inplace=True).reshape(Y.shape), backprop
    start = 0
    for nO in nOs:
        Y[:, start : start + nO] = ops.softmax(ops.as_contig(Y[:, start : start + nO]), inplace=True)
        start += nO
    return Y, backprop


def init(model: Model[Floats2d, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The input's width from X; zeros for W and b."""
    init_dense(zero_init, zero_init, model, X)
