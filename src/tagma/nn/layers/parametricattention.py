"""ParametricAttention: weight the rows of each sequence by how well they match one learned query.

    a = softmax over the sequence of X·Q    Y = a ⊙ X (weighted, not summed)        Q float32 (nO,)

Yang et al. 2016, https://aclanthology.org/N16-1174
"""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..initializers import uniform_init
from ..model import Backprop, Model
from ..types import Ragged
from ._init import make_param, take_width

__all__ = ["ParametricAttention"]


@registry.layers("ParametricAttention.v1")
def ParametricAttention(nO: int | None = None) -> Model[Ragged, Ragged]:
    """Weight rows. `nO`, the width, is taken from the first input if not given."""
    return Model("para-attn", forward, init=init, params={"Q": None}, axes={"Q": ("nO",)}, dims={"nO": nO})


def forward(model: Model[Ragged, Ragged], Xr: Ragged, is_train: bool) -> tuple[Ragged, Backprop]:
    X, lengths = Xr.dataXd, Xr.lengths
    attention, backprop_attention = attend(model, X, lengths)

    def backprop(dYr: Ragged) -> Ragged:
        dY = dYr.dataXd
        d_attention = (X * dY).sum(axis=1, keepdims=True)
        return Ragged(dY * attention + backprop_attention(d_attention), lengths)

    return Ragged(X * attention, lengths), backprop


def attend(model: Model[Ragged, Ragged], K: Any, lengths: Any) -> tuple[Any, Backprop]:
    """Attention (n, 1) of the keys K (n, w), and its way back to their gradient; adds to the gradient of Q."""
    ops = model.ops
    Q = model.get_param("Q").reshape((-1, 1))
    attention = ops.softmax_sequences(ops.gemm(K, Q), lengths)

    def backprop(d_attention: Any) -> Any:
        d_scores = ops.backprop_softmax_sequences(d_attention, attention, lengths)
        model.inc_grad("Q", ops.gemm(K, d_scores, trans1=True).reshape(-1))
        return ops.gemm(d_scores, Q, trans2=True)

    return attention, backprop


def init(model: Model[Ragged, Ragged], X: Any = None, Y: Any = None) -> None:
    """The width from X; the query by uniform_init."""
    take_width("nO", X, model)
    make_param(model, "Q", uniform_init)
