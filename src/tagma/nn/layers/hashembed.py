"""HashEmbed: a vector for every key there is, from a table of few rows: the sum of four rows that its hash picks.

    r₁ … r₄ = MurmurHash3(id, seed) mod nV    Y = Σ E[rₖ]        ids uint64 (n,)   E float32 (nV, nO)   Y (n, nO)

Keys may share single rows, but hardly all four. Serrà and Karatzoglou 2017, https://arxiv.org/abs/1706.03993
"""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..initializers import Initializer, uniform_init
from ..model import Backprop, Model
from ..types import Floats2d, Ints1d
from ..util import partial
from .embed import dropout_mask, select_column


@registry.layers("HashEmbed.v1")
def HashEmbed(
    nO: int,
    nV: int,
    *,
    seed: int | None = None,
    column: int | None = None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Any, Floats2d]:
    """Look up hashed rows.

    seed           of the hash; the node's id if None
    column         take the ids from this column of a 2-d array
    initializer    of the table; uniform in ±0.1 if None
    dropout        in training, share of columns hidden in all rows alike
    """
    attrs: dict[str, Any] = {"column": column, "seed": seed}
    if dropout is not None:
        attrs["dropout_rate"] = dropout
    model: Model[Ints1d, Floats2d] = Model(
        "hashembed",
        forward,
        init=partial(init, initializer or uniform_init),
        params={"E": None},
        dims={"nO": nO, "nV": nV, "nI": None},
        attrs=attrs,
    )
    if seed is None:
        model.attrs["seed"] = model.id
    return select_column(model, column)


def forward(model: Model[Ints1d, Floats2d], ids: Ints1d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    E = model.get_param("E")
    nV = E.shape[0]
    if not ids.size:
        ids = ids.reshape(-1)  # an empty batch comes with all its columns
    keys = ops.hash(ops.as_contig(ids, dtype="uint64"), model.attrs["seed"]) % nV
    Y = ops.gather_add(E, keys)
    mask = dropout_mask(model, is_train)
    if mask is not None:
        Y = Y * mask

    def backprop(dY: Floats2d) -> Ints1d:
        if mask is not None:
            dY = dY * mask
        dE = model.maybe_get_grad("E")
        if dE is None:
            dE = ops.alloc(E.shape, dtype=E.dtype)
            model.set_grad("E", dE)
        for k in range(4):
            ops.scatter_add(dE, ops.as_contig(keys[:, k]), dY)
        return ops.alloc1i(len(keys))

    return Y, backprop


def init(initializer: Initializer, model: Model[Ints1d, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The table by `initializer`."""
    model.set_param("E", initializer(model.ops, (model.get_dim("nV"), model.get_dim("nO"))))
