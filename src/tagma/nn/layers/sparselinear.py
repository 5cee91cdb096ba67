"""SparseLinear: a linear model over bags of hashed features, without a table of what features there are.

Input (keys uint64 (n,), values float32 (n,), lengths int32 (nL,)); output (nL, nO): b plus, for every key, its value
times the sum of the two weights that two hashes of the key pick for each class.
"""

from __future__ import annotations

from typing import Any

from ..backends.hashing import murmur3_32_keys
from ..config import registry
from ..initializers import zero_init
from ..model import Backprop, Model
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
    xp = ops.xp
    W = model.get_param("W")
    length, nO = model.get_dim("length"), model.get_dim("nO")
    rows = xp.repeat(xp.arange(len(lengths)), lengths.tolist())
    indices = _weight_indices(xp, keys, nO, length, v1_indexing=model.attrs["v1_indexing"])
    Y = ops.alloc2f(len(lengths), nO) + model.get_param("b")
    xp.add.at(Y, rows, W[indices].sum(axis=1) * values[:, None])

    def backprop(dY: Floats2d) -> InT:
        model.inc_grad("b", dY.sum(axis=0))
        dW = ops.alloc(W.shape, dtype=W.dtype)
        d_values = dY[rows] * values[:, None]
        for hashed in range(2):
            xp.add.at(dW, indices[:, hashed], d_values)
        model.inc_grad("W", dW)
        return keys, values, lengths

    return Y, backprop


def _weight_indices(xp: Any, keys: Ints1d, nO: int, length: int, *, v1_indexing: bool) -> Any:
    """For each key, hash and class the place of the weight: int64 (n, 2, nO)."""
    hashes = xp.stack([murmur3_32_keys(xp, keys, seed) for seed in (0, 1)], axis=1).astype("int64")
    classes = xp.arange(nO, dtype="int64")
    if v1_indexing:
        return (hashes & (length - 1))[:, :, None] + classes
    return (hashes % length)[:, :, None] + classes * length


def init(model: Model[InT, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The number of classes from Y; zeros for W and b."""
    take_width("nO", Y, model)
    model.set_param("W", zero_init(model.ops, (model.get_dim("nO") * model.get_dim("length"),)))
    make_param(model, "b", zero_init)
