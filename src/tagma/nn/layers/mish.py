"""Mish: a dense layer with a smooth, self-gated activation.

    A = X·Wᵀ + b    Y = A·tanh(ln(1 + exp A))        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Misra 2019, https://arxiv.org/abs/1908.08681
"""

from ..initializers import glorot_uniform_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["Mish"]

init = init_dense
Mish: DenseFactory
forward: DenseForward
Mish, forward = activation(__name__, "Mish.v1", "mish", glorot_uniform_init, "mish", 20.0)
