"""ClippedLinear: a dense layer whose outputs are scaled, shifted and clipped, and three kinds of it.

A = X·Wᵀ + b    Y = clip(slope·A + offset, min_val, max_val)     X float32 (n, nI)   W (nO, nI)   b (nO,)
"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, glorot_uniform_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import init_dense, make_dense, run_dense

__all__ = ["ClippedLinear", "HardSigmoid", "HardTanh", "ReluK"]

init = init_dense

_ATTRS = ("slope", "offset", "min_val", "max_val")


@registry.layers("ClippedLinear.v1")
def ClippedLinear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float = 0.0,
    max_val: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with clipped linear activation; its four numbers are attributes, read at every call."""
    attrs = {"slope": slope, "offset": offset, "min_val": min_val, "max_val": max_val}
    init_W = init_W or glorot_uniform_init
    return make_dense(
        "clipped_linear", forward, nO, nI, init_W, init_b, dropout=dropout, normalize=normalize, attrs=attrs
    )


@registry.layers("HardSigmoid.v1")
def HardSigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with clip(0.2·A + 0.5, 0, 1)."""
    return ClippedLinear(
        nO, nI, init_W=init_W, init_b=init_b, dropout=dropout, normalize=normalize, slope=0.2, offset=0.5
    )


@registry.layers("HardTanh.v1")
def HardTanh(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with clip(A, −1, 1)."""
    return ClippedLinear(
        nO, nI, init_W=init_W, init_b=init_b, dropout=dropout, normalize=normalize, min_val=-1.0, max_val=1.0
    )


@registry.layers("ReluK.v1")
def ReluK(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
    k: float = 6.0,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with clip(A, 0, k)."""
    return ClippedLinear(nO, nI, init_W=init_W, init_b=init_b, dropout=dropout, normalize=normalize, max_val=k)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    settings = tuple(model.attrs[name] for name in _ATTRS)
    return run_dense(model, X, is_train, "clipped_linear", settings)
