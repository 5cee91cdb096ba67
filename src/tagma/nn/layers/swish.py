"""Swish: a dense layer gated by its own sigmoid.

    A = X·Wᵀ + b    Y = A·σ(A)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, he_normal_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import backprop_dense, make_dense


@registry.layers("Swish.v1")
def Swish(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with Swish activation. `init_W`: he_normal if None; `init_b`: zeros.

    dropout, normalize    chain Dropout(dropout) unless None, and before it LayerNorm if True
    """
    return make_dense("swish", forward, nO, nI, init_W or he_normal_init, init_b, dropout=dropout, normalize=normalize)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    W = model.get_param("W")
    A = ops.affine(X, W, model.get_param("b"))
    Y = ops.swish(A)

    def backprop(dY: Floats2d) -> Floats2d:
        return backprop_dense(model, X, W, ops.backprop_swish(dY, A, Y))

    return Y, backprop
