"""Embed: one row of a table for each id.    ids int (n,)   E float32 (nV, nO)   Y = E[ids] (n, nO)"""

from __future__ import annotations

from typing import Any, cast, overload

from ..config import registry
from ..initializers import Initializer
from ..model import Backprop, Model
from ..types import Floats2d, Ints1d, Ints2d
from ._init import make_param, take_width
from ._tables import Table, backprop_table, draw_mask, make_table, select_column

__all__ = ["Embed"]


@overload
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: None = None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Ints1d, Floats2d]: ...
@overload
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Ints2d, Floats2d]: ...
@overload
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int | None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Any, Floats2d]: ...
@registry.layers("Embed.v1")
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int | None = None,
    initializer: Initializer | None = None,
    dropout: float | None = None,
) -> Model[Any, Floats2d]:
    """Look up rows.

    column         take the ids from this column of a 2-d array
    initializer    of the table; uniform in ±0.1 if None
    dropout        in training, share of columns hidden in all rows alike
    """
    # With a column, the outer node of the chain carries the attribute instead: so are the files laid out.
    attrs = {"column": None} if column is None else {}
    dims = {"nO": nO, "nV": nV}
    table = make_table("embed", forward, init, dims=dims, attrs=attrs, initializer=initializer, dropout=dropout)
    return select_column(table, column)


def forward(model: Table, ids: Ints1d, is_train: bool) -> tuple[Floats2d, Backprop]:
    if not ids.size:
        ids = ids.reshape(-1)  # an empty batch comes with all its columns
    E = cast(Floats2d, model.get_param("E"))
    Y, add_rows = model.ops.look_up(E, ids, draw_mask(model, is_train))
    return Y, backprop_table(model, ids, add_rows)


def init(initializer: Initializer, model: Table, X: Any = None, Y: Any = None) -> None:
    """The width from Y; the table by `initializer`. Raises ValueError if a dim is unset or conflicts."""
    take_width("nO", Y, model)
    make_param(model, "E", initializer)
