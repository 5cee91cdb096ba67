"""ParametricAttention_v2: as ParametricAttention, but the query is matched with a transform of the rows.

a = softmax over the sequence of K·Q, K = key_transform(X)    Y = a ⊙ X        Q float32 (nO,)
"""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..initializers import uniform_init
from ..model import Backprop, Model
from ..types import Floats2d, Ragged
from ._init import make_param, take_width
from .noop import noop
from .parametricattention import attend

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
    X, lengths = Xr.dataXd, Xr.lengths
    K, backprop_keys = model.get_ref("key_transform")(X, is_train)
    attention, backprop_attention = attend(model, K, lengths)

    def backprop(dYr: Ragged) -> Ragged:
        dY = dYr.dataXd
        dK = backprop_attention((X * dY).sum(axis=1, keepdims=True))
        return Ragged(dY * attention + backprop_keys(dK), lengths)

    return Ragged(X * attention, lengths), backprop


def init(model: Model[Ragged, Ragged], X: Any = None, Y: Any = None) -> None:
    """The width from X, for this node and the transform; then the query, then the transform."""
    take_width("nO", X, model)
    transform = model.get_ref("key_transform")
    if transform.has_dim("nO"):
        transform.set_dim("nO", model.get_dim("nO"))
    make_param(model, "Q", uniform_init)
    transform.initialize(X=None if X is None else X.dataXd, Y=None if Y is None else Y.dataXd)
