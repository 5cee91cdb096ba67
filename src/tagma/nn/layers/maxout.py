"""Maxout: a dense layer with nP linear pieces for each output, of which the largest counts.

    A[i, o, p] = Σⱼ X[i, j]·W[o, p, j] + b[o, p]    Y = max over p of A
    X float32 (n, nI)   W (nO, nP, nI)   b (nO, nP)   Y (n, nO)

Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389
"""

from __future__ import annotations

from typing import Any, cast

from .. import fusion
from ..config import registry
from ..gradients import gradient_arrays
from ..initializers import Initializer, glorot_uniform_init, partial, zero_init
from ..model import Backprop, Model
from ..types import Floats2d, Floats3d
from ._dense import wrap_dense
from ._init import make_param, take_width

__all__ = ["Maxout"]


@registry.layers("Maxout.v1")
def Maxout(
    nO: int | None = None,
    nI: int | None = None,
    nP: int | None = 3,
    *,
    init_W: Initializer | None = None,
    init_b: Initializer | None = None,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with the largest of `nP` pieces. `init_W`: glorot_uniform if None; `init_b`: zeros.

    dropout, normalize    chain Dropout(dropout) unless None, and before it LayerNorm if True
    """
    model: Model[Floats2d, Floats2d] = Model(
        "maxout",
        forward,
        init=partial(init, init_W or glorot_uniform_init, init_b or zero_init),
        dims={"nO": nO, "nI": nI, "nP": nP},
        params={"W": None, "b": None},
        axes={"W": ("nO", "nP", "nI"), "b": ("nO", "nP")},
    )
    return wrap_dense(model, nO, dropout=dropout, normalize=normalize)


@fusion.kind("maxout")
def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    W, b = cast(Floats3d, model.get_param("W")), cast(Floats2d, model.get_param("b"))
    Y, backprop_rows = model.ops.dense_maxout(X, W, b, is_train=is_train)

    def backprop(dY: Floats2d) -> Floats2d:
        with gradient_arrays((model, "W"), (model, "b")) as (dW, db):
            return backprop_rows(dY, dW, db)

    return Y, backprop


def init(
    init_W: Initializer, init_b: Initializer, model: Model[Floats2d, Floats2d], X: Any = None, Y: Any = None
) -> None:
    """Widths from the samples, then W and b. Raises ValueError if a width conflicts or a dim is unset."""
    take_width("nI", X, model)
    take_width("nO", Y, model)
    make_param(model, "W", init_W)
    make_param(model, "b", init_b)
