"""Swish: a dense layer gated by its own sigmoid.

    A = X·Wᵀ + b    Y = A·σ(A)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Ramachandran et al. 2017, https://arxiv.org/abs/1710.05941
"""

from ..initializers import he_normal_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["Swish"]

init = init_dense
Swish: DenseFactory
forward: DenseForward
Swish, forward = activation(__name__, "Swish.v1", "swish", he_normal_init, "swish")
