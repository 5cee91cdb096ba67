"""HashEmbed: a vector for every key there is, from a table of few rows: the sum of four rows that its hash picks.

    r₁ … r₄ = MurmurHash3(id, seed) mod nV    Y = Σ E[rₖ]        ids uint64 (n,)   E float32 (nV, nO)   Y (n, nO)

Keys may share single rows, but hardly all four. Serrà and Karatzoglou 2017, https://arxiv.org/abs/1706.03993
"""

from __future__ import annotations

from typing import Any, cast, overload

from .. import fusion
from ..config import registry
from ..initializers import Initializer
from ..model import Backprop, Model
from ..types import Floats2d, Ints1d, Ints2d
from ._init import make_param
from ._tables import Table, backprop_table, draw_mask, make_table, select_column

__all__ = ["HashEmbed"]


@overload
def HashEmbed(
    nO: int,
    nV: int,
    *,
    seed: int | None = None,
    column: None = None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Ints1d, Floats2d]: ...
@overload
def HashEmbed(
    nO: int,
    nV: int,
    *,
    seed: int | None = None,
    column: int,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Ints2d, Floats2d]: ...
@overload
def HashEmbed(
    nO: int,
    nV: int,
    *,
    seed: int | None = None,
    column: int | None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Any, Floats2d]: ...
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
    dims = {"nO": nO, "nV": nV, "nI": None}
    attrs = {"column": column, "seed": seed}
    table = make_table("hashembed", forward, init, dims=dims, attrs=attrs, initializer=initializer, dropout=dropout)
    if seed is None:
        table.attrs["seed"] = table.id
    return select_column(table, column)


@fusion.kind("hashembed")
def forward(model: Table, ids: Ints1d, is_train: bool) -> tuple[Floats2d, Backprop]:
    if not ids.size:
        ids = ids.reshape(-1)  # an empty batch comes with all its columns
    E = cast(Floats2d, model.get_param("E"))
    Y, add_rows = model.ops.look_up_hashed(E, ids, model.attrs["seed"], draw_mask(model, is_train))
    return Y, backprop_table(model, ids, add_rows)


def init(initializer: Initializer, model: Table, X: Any = None, Y: Any = None) -> None:
    """The table by `initializer`."""
    make_param(model, "E", initializer)
