"""CauchySimilarity: how alike two vectors are, from 0 to 1, each column weighted.

    s = 1/(1 + Σⱼ W[j]·(X1[i, j] − X2[i, j])²)        X1, X2 float32 (n, nI)   W (nI,)   s (n,)

Chen 2016, Question retrieval for community-based question answering.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays import get_width
from ..config import registry
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d

__all__ = ["CauchySimilarity"]


@registry.layers("CauchySimilarity.v1")
def CauchySimilarity(nI: int | None = None) -> Model[tuple[Floats2d, Floats2d], Floats1d]:
    """Compare the rows of a pair of arrays. Weights start at 1."""
    return Model(
        "cauchy_similarity", forward, init=init, dims={"nI": nI, "nO": 1}, params={"W": None}, axes={"W": ("nI",)}
    )


def forward(
    model: Model[tuple[Floats2d, Floats2d], Floats1d], X1_X2: tuple[Floats2d, Floats2d], is_train: bool
) -> tuple[Floats1d, Backprop]:
    X1, X2 = X1_X2
    W = model.get_param("W")
    difference = X1 - X2
    squares = difference * difference
    similarity, backprop_sum = inverse(squares @ W)

    def backprop(dS: Floats1d) -> tuple[Floats2d, Floats2d]:
        d_sum = backprop_sum(dS)
        model.inc_grad("W", (d_sum[:, None] * squares).sum(axis=0))
        dX1 = 2 * W * difference * d_sum[:, None]
        return dX1, -dX1

    return similarity, backprop


def inverse(total: Floats1d) -> tuple[Floats1d, Callable[[Floats1d], Floats1d]]:
    """1/(1 + total), and what turns its gradient into that of `total`."""
    inverted = 1.0 / (1.0 + total)
    return inverted, lambda d_inverted: d_inverted * -(inverted * inverted)


def init(model: Model[tuple[Floats2d, Floats2d], Floats1d], X: Any = None, Y: Any = None) -> None:
    """The width from the first of the pair; ones for W."""
    if X is not None:
        model.set_dim("nI", get_width(X[0]))
    model.set_param("W", model.ops.alloc1f(model.get_dim("nI")) + 1)
