"""What the embedding layers share: a table E (nV, nO) of vectors, its gradient, dropout of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

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


def mask_columns(table: Table, rows: Floats2d, is_train: bool) -> tuple[Floats2d, Floats1d | None]:
    """`rows` (n, nO) without the columns that dropout hides, the same in all of them, and the mask (nO,), if any."""
    rate = table.attrs.get("dropout_rate") if is_train else None
    if not rate:
        return rows, None
    mask = cast(Floats1d, table.ops.get_dropout_mask((table.get_dim("nO"),), rate))
    return cast(Floats2d, rows * mask), mask


def backprop_rows(table: Table, rows: Iterable[Ints1d], dY: Floats2d, mask: Floats1d | None) -> Ints1d:
    """Add dY (n, nO) to the table's gradient at each of `rows` (n,). Returns the gradient of the ids, zeros (n,)."""
    ops = table.ops
    if mask is not None:
        dY = cast(Floats2d, dY * mask)
    stored = table.maybe_get_grad("E")
    if stored is None:
        E = table.get_param("E")
        dE = ops.alloc(E.shape, dtype=E.dtype)
    else:
        dE = stored
    for at in rows:
        ops.scatter_add(dE, at, dY)
    if stored is None:
        table.inc_grad("E", dE)
    return ops.alloc1i(len(dY))
