"""HardSwish: Swish with a piecewise linear gate.

    A = X·Wᵀ + b    Y = A·clip(0.2·A + 0.5, 0, 1)        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Howard et al. 2019, https://arxiv.org/abs/1905.02244
"""

from ..initializers import he_normal_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["HardSwish"]

init = init_dense
HardSwish: DenseFactory
forward: DenseForward
HardSwish, forward = activation(__name__, "HardSwish.v1", "hardswish", he_normal_init, "hard_swish")
