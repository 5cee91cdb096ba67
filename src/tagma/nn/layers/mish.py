"""Mish: a dense layer with a smooth, self-gated activation.

    A = X·Wᵀ + b    Y = A·tanh(ln(1 + exp A))        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Misra 2019, https://arxiv.org/abs/1908.08681
"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, glorot_uniform_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import backprop_dense, make_dense


@registry.layers("Mish.v1")
def Mish(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with Mish activation. `init_W`: glorot_uniform if None; `init_b`: zeros.

    dropout, normalize    chain Dropout(dropout) unless None, and before it LayerNorm if True
    """
    return make_dense(
        "mish", forward, nO, nI, init_W or glorot_uniform_init, init_b, dropout=dropout, normalize=normalize
    )


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    W = model.get_param("W")
    A = ops.affine(X, W, model.get_param("b"))
    Y = ops.mish(A)

    def backprop(dY: Floats2d) -> Floats2d:
        return backprop_dense(model, X, W, ops.backprop_mish(dY, A))

    return Y, backprop
