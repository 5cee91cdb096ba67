"""Relu: a dense layer whose negative outputs are cut off.

    A = X·Wᵀ + b    Y = max(A, 0)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Glorot, Bordes and Bengio 2011, Deep sparse rectifier neural networks.
"""

from ..initializers import glorot_uniform_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["Relu"]

init = init_dense
Relu: DenseFactory
forward: DenseForward
Relu, forward = activation(__name__, "Relu.v1", "relu", glorot_uniform_init, "relu")
