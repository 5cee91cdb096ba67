"""What the embedding layers share: a table E (nV, nO) of vectors, its gradient, dropout of its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ..backends.ops import Backprop as AddRows
from ..gradients import gradient_arrays
from ..initializers import Initializer, partial, uniform_init
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d, Ints1d
from .array_getitem import ints_getitem
from .chain import chain

Table = Model[Ints1d, Floats2d]


def make_table(
    name: str,
    forward: Callable[..., tuple[Floats2d, Backprop]],
    init: Callable[..., None],
    *,
    dims: dict[str, int | None],
    attrs: dict[str, Any],
    initializer: Initializer | None,
    dropout: float | None,
) -> Table:
    """A node with a table that init(initializer, …) fills, by default uniformly in ±0.1."""
    if dropout is not None:
        attrs = {**attrs, "dropout_rate": dropout}
    init = partial(init, initializer or uniform_init)
    return Model(name, forward, init=init, dims=dims, params={"E": None}, axes={"E": ("nV", "nO")}, attrs=attrs)


def select_column(table: Table, column: int | None) -> Model[Any, Floats2d]:
    """`table` behind the choice of a column; `table` itself if `column` is None."""
    if column is None:
        return table
    chained: Model[Any, Floats2d] = chain(cast(Model[Any, Any], ints_getitem((slice(0, None), column))), table)
    chained.attrs["column"] = column
    return chained


def draw_mask(table: Table, is_train: bool) -> Floats1d | None:
    """The mask (nO,) of the columns that dropout hides, the same in all rows, if any."""
    rate = table.attrs.get("dropout_rate") if is_train else None
    return cast(Floats1d, table.ops.get_dropout_mask((table.get_dim("nO"),), rate)) if rate else None


def backprop_table(table: Table, ids: Ints1d, add_rows: AddRows) -> Backprop:
    """The callback of a table: `add_rows(dY, dE)` adds to the table's gradient. The gradient of the ids are zeros."""

    def backprop(dY: Floats2d) -> Ints1d:
        with gradient_arrays((table, "E")) as (dE,):
            add_rows(dY, dE)
        return table.ops.alloc1i(len(ids))

    return backprop
