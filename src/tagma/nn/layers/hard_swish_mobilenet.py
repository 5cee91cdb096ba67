"""HardSwishMobilenet: HardSwish in the form that MobileNetV3 uses.

    A = X·Wᵀ + b    Y = A·clip(A + 3, 0, 6)/6        X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)

Howard et al. 2019, https://arxiv.org/abs/1905.02244
"""

from ..initializers import he_normal_init
from ._dense import DenseFactory, DenseForward, activation, init_dense

__all__ = ["HardSwishMobilenet"]

init = init_dense
HardSwishMobilenet: DenseFactory
forward: DenseForward
HardSwishMobilenet, forward = activation(
    __name__, "HardSwishMobilenet.v1", "hardswishmobilenet", he_normal_init, "hard_swish_mobilenet"
)
