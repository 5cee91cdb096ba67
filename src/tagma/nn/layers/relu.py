"""Relu: a dense layer whose negative outputs are cut off.

    A = X·Wᵀ + b    Y = max(A, 0)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Glorot, Bordes and Bengio 2011, Deep sparse rectifier neural networks.
"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, glorot_uniform_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import backprop_dense, make_dense


@registry.layers("Relu.v1")
def Relu(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with rectified outputs. `init_W`: glorot_uniform if None; `init_b`: zeros.

    dropout, normalize    chain Dropout(dropout) unless None, and before it LayerNorm if True
    """
    return make_dense(
        "relu", forward, nO, nI, init_W or glorot_uniform_init, init_b, dropout=dropout, normalize=normalize
    )


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    W = model.get_param("W")
    A = ops.affine(X, W, model.get_param("b"))
    Y = ops.relu(A, inplace=True)

    def backprop(dY: Floats2d) -> Floats2d:
        return backprop_dense(model, X, W, ops.backprop_relu(dY, Y))

    return Y, backprop
