"""SparseLinear: a linear model over bags of hashed features, without a table of what features there are.

Input (keys uint64 (n,), values float32 (n,), lengths int32 (nL,)); output (nL, nO): b plus, for every key, its value
times the sum of the two weights that two hashes of the key pick for each class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import registry
from ..initializers import zero_init
from ..model import Backprop, Model
from ..sparse import SparseGradient
from ..types import Floats1d, Floats2d, Ints1d
from ._init import make_param, take_width

__all__ = ["SparseLinear", "SparseLinear_v2"]

InT = tuple[Ints1d, Floats1d, Ints1d]


@registry.layers("SparseLinear.v1")
def SparseLinear(nO: int | None = None, length: int = 2**18) -> Model[InT, Floats2d]:
    """With the indexing of old models, where neighbouring classes share weights. `length`: a power of two."""
    return _make(nO, length, v1_indexing=True)


@registry.layers("SparseLinear.v2")
def SparseLinear_v2(nO: int | None = None, length: int = 2**18) -> Model[InT, Floats2d]:
    """`length`: weights for each class."""
    return _make(nO, length, v1_indexing=False)


def _make(nO: int | None, length: int, *, v1_indexing: bool) -> Model[InT, Floats2d]:
    return Model(
        "sparse_linear",
        forward,
        init=init,
        params={"W": None, "b": None},
        axes={"b": ("nO",)},  # W is one row of nO · length weights
        dims={"nO": nO, "length": length},
        attrs={"v1_indexing": v1_indexing},
    )


def forward(model: Model[InT, Floats2d], keys_values_lengths: InT, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    keys, values, lengths = keys_values_lengths
    W = model.get_param("W")
    Y, add_weights = ops.sparse_linear(W, keys, values, lengths, model.get_dim("nO"), shared=model.attrs["v1_indexing"])
    Y += model.get_param("b")

    def backprop(dY: Floats2d) -> InT:
        model.inc_grad("b", dY.sum(axis=0))
        stored = model.maybe_get_grad("W")
        dW: Any = _new_gradient(model, W) if stored is None else stored
        if isinstance(dW, SparseGradient):
            dW.note(add_weights(dW.plain, dY))
        else:
            add_weights(dW, dY)
        if stored is None:
            model.inc_grad("W", dW)
        return keys, values, lengths

    return Y, backprop


def _new_gradient(model: Model[InT, Floats2d], W: Any) -> Any:
    """Zeros like W, which on the CPU know where they are written to: a batch has few of all buckets."""
    if type(W) is not np.ndarray or W.dtype != np.float32:
        return model.ops.alloc(W.shape, dtype=W.dtype)
    # Where classes share weights they share rows, too: the table has but one class then.
    return SparseGradient.zeros(W.size, 1 if model.attrs["v1_indexing"] else model.get_dim("nO"))


def init(model: Model[InT, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The number of classes from Y; zeros for W and b."""
    take_width("nO", Y, model)
    model.set_param("W", zero_init(model.ops, (model.get_dim("nO") * model.get_dim("length"),)))
    make_param(model, "b", zero_init)
