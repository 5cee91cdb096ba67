"""Linear: Y = X·Wᵀ + b.    X float32 (n, nI)   W (nO, nI)   b (nO,)   Y (n, nO)"""

from __future__ import annotations

from ..config import registry
from ..initializers import Initializer, glorot_uniform_init
from ..model import Backprop, Model
from ..types import Floats2d
from ._dense import init_dense, make_dense, run_dense

__all__ = ["Linear"]

init = init_dense


@registry.layers("Linear.v1")
def Linear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
) -> Model[Floats2d, Floats2d]:
    """Multiply by W and add b. `init_W`: glorot_uniform if None; `init_b`: zeros."""
    return make_dense("linear", forward, nO, nI, init_W or glorot_uniform_init, init_b)


def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    return run_dense(model, X, is_train)
