"""ParametricAttention: weight the rows of each sequence by how well they match one learned query.

    a = softmax over the sequence of X·Q    Y = a ⊙ X (weighted, not summed)        Q float32 (nO,)

Yang et al. 2016, https://aclanthology.org/N16-1174
"""

from __future__ import annotations

from typing import Any, cast

from ..config import registry
from ..gradients import gradient_arrays
from ..initializers import uniform_init
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d, Ragged
from ._init import make_param, take_width

__all__ = ["ParametricAttention"]


@registry.layers("ParametricAttention.v1")
def ParametricAttention(nO: int | None = None) -> Model[Ragged, Ragged]:
    """Weight rows. `nO`, the width, is taken from the first input if not given."""
    return Model("para-attn", forward, init=init, params={"Q": None}, axes={"Q": ("nO",)}, dims={"nO": nO})


def forward(model: Model[Ragged, Ragged], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    lengths = Xr.lengths
    q = cast(Floats1d, model.get_param("Q"))
    Y, backprop_rows = model.ops.attend(cast(Floats2d, Xr.dataXd), None, q, lengths)

    def backprop(dYr: Ragged) -> Ragged:
        with gradient_arrays((model, "Q")) as (dQ,):
            dX, _ = backprop_rows(dYr.dataXd, dQ)
        return Ragged(dX, lengths)

    return Ragged(Y, lengths), backprop


def init(model: Model[Ragged, Ragged], X: Any = None, Y: Any = None) -> None:
    """The width from X; the query by uniform_init."""
    take_width("nO", X, model)
    make_param(model, "Q", uniform_init)
