"""Gelu: a dense layer gated by the normal distribution.

    A = X·Wᵀ + b    Y = A·Φ(A)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
"""

from ..initializers import he_normal_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["Gelu"]

init = init_dense
Gelu: DenseFactory
forward: DenseForward
Gelu, forward = activation(__name__, "Gelu.v1", "gelu", he_normal_init, "gelu")
