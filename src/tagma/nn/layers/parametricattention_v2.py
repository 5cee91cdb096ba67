"""ParametricAttention_v2: as ParametricAttention, but the query is matched with a transform of the rows.

a = softmax over the sequence of K·Q, K = key_transform(X)    Y = a ⊙ X        Q float32 (nO,)
"""

from __future__ import annotations

from typing import Any, cast

from ..config import registry
from ..gradients import gradient_arrays
from ..initializers import uniform_init
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d, Ragged
from ._init import make_param, take_width
from .noop import noop

__all__ = ["ParametricAttention_v2"]


@registry.layers("ParametricAttention.v2")
def ParametricAttention_v2(
    *, key_transform: Model[Floats2d, Floats2d] | None = None, nO: int | None = None
) -> Model[Ragged, Ragged]:
    """Weight rows by transformed keys. `key_transform`: none if None; it must keep the width."""
    if key_transform is None:
        key_transform = noop()
    return Model(
        "para-attn",
        forward,
        init=init,
        params={"Q": None},
        axes={"Q": ("nO",)},
        dims={"nO": nO},
        refs={"key_transform": key_transform},
        layers=[key_transform],
    )


def forward(model: Model[Ragged, Ragged], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    X, lengths = cast(Floats2d, Xr.dataXd), Xr.lengths
    K, backprop_keys = model.get_ref("key_transform")(X, is_train)
    Y, backprop_rows = model.ops.attend(X, K, cast(Floats1d, model.get_param("Q")), lengths)

    def backprop(dYr: Ragged) -> Ragged:
        with gradient_arrays((model, "Q")) as (dQ,):
            dX, dK = backprop_rows(dYr.dataXd, dQ)
        return Ragged(dX + backprop_keys(dK), lengths)

    return Ragged(Y, lengths), backprop


def init(model: Model[Ragged, Ragged], X: Any = None, Y: Any = None) -> None:
    """The width from X, for this node and the transform; then the query, then the transform."""
    take_width("nO", X, model)
    transform = model.get_ref("key_transform")
    if transform.has_dim("nO"):
        transform.set_dim("nO", model.get_dim("nO"))
    make_param(model, "Q", uniform_init)
    transform.initialize(X=None if X is None else X.dataXd, Y=None if Y is None else Y.dataXd)
