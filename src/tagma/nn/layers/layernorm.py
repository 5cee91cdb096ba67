"""LayerNorm: bring every row to mean 0 and variance 1, then scale and shift the columns.

    Y = (X − μ)/√(v + 1e-8) ⊙ G + b        X, Y float32 (n, nI)   G, b (nI,)   μ, v: mean and variance of the row

Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450
"""

from __future__ import annotations

from typing import Any

from .. import fusion
from ..backends import Ops
from ..config import registry
from ..gradients import gradient_arrays
from ..initializers import zero_init
from ..model import Backprop, Model
from ..types import Floats2d, FloatsXd, Shape
from ._init import make_param, take_width

__all__ = ["LayerNorm"]


@registry.layers("LayerNorm.v1")
def LayerNorm(nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """Normalize rows. `nI` is taken from the first input if not given."""
    return Model(
        "layernorm",
        forward,
        init=init,
        dims={"nI": nI, "nO": nI},
        params={"G": None, "b": None},
        axes={"G": ("nI",), "b": ("nI",)},
    )


@fusion.kind("layernorm")
def forward(model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    G = model.get_param("G")
    if X.shape[-1] != len(G):
        raise ValueError(f"layernorm has {len(G)} scales, but the input has width {X.shape[-1]}")
    b = model.get_param("b")
    Y, mean, rstd = ops.layer_norm(X, G, b)

    def backprop(dY: Floats2d) -> Floats2d:
        with gradient_arrays((model, "G"), (model, "b")) as (dG, db):
            return ops.backprop_layer_norm(dY, X, mean, rstd, G, dG, db)

    return Y, backprop


def init(model: Model[Floats2d, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The width from X, else from Y, else as given; scales 1, shifts 0. Raises ValueError if there is none."""
    take_width("nI", X if X is not None else Y, model)
    model.set_dim("nO", model.get_dim("nI"))
    make_param(model, "G", _ones)
    make_param(model, "b", zero_init)


def _ones(ops: Ops, shape: Shape) -> FloatsXd:
    return zero_init(ops, shape) + 1
