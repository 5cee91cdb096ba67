"""Embed: one row of a table for each id.    ids int (n,)   E float32 (nV, nO)   Y = E[ids] (n, nO)"""

from __future__ import annotations

from typing import Any, cast

from ..config import registry
from ..initializers import Initializer, uniform_init
from ..model import Backprop, Model
from ..types import Floats1d, Floats2d, Ints1d
from ..util import get_width, partial
from .array_getitem import ints_getitem
from .chain import chain


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
    attrs: dict[str, Any] = {} if column is not None else {"column": None}
    if dropout is not None:
        attrs["dropout_rate"] = dropout
    model: Model[Ints1d, Floats2d] = Model(
        "embed",
        forward,
        init=partial(init, initializer or uniform_init),
        attrs=attrs,
        dims={"nO": nO, "nV": nV},
        params={"E": None},
    )
    return select_column(model, column)


def select_column(model: Model[Ints1d, Floats2d], column: int | None) -> Model[Any, Floats2d]:
    """`model` behind the choice of a column; `model` itself if `column` is None."""
    if column is None:
        return model
    chained: Model[Any, Floats2d] = chain(cast(Model[Any, Any], ints_getitem((slice(0, None), column))), model)
    chained.attrs["column"] = column
    return chained


def forward(model: Model[Ints1d, Floats2d], ids: Ints1d, is_train: bool) -> tuple[Floats2d, Backprop]:
    ops = model.ops
    E = model.get_param("E")
    if not ids.size:
        ids = ids.reshape(-1)  # an empty batch comes with all its columns
    Y = E[ids]
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
        # Negative ids count from the end, as in indexing; the kernel would skip them.
        rows = ops.xp.where(ids < 0, ids + len(E), ids) if ids.dtype.kind == "i" else ids
        ops.scatter_add(dE, rows, dY)
        return ops.alloc1i(len(ids))

    return Y, backprop


def dropout_mask(model: Model[Any, Floats2d], is_train: bool) -> Floats1d | None:
    """The mask (nO,) shared by all rows, or None if there is nothing to hide."""
    rate = model.attrs.get("dropout_rate") if is_train else None
    return cast(Floats1d, model.ops.get_dropout_mask((model.get_dim("nO"),), rate)) if rate else None


def init(initializer: Initializer, model: Model[Ints1d, Floats2d], X: Any = None, Y: Any = None) -> None:
    """The width from Y; the table by `initializer`. Raises ValueError if a dim is unset or conflicts."""
    if Y is not None:
        model.set_dim("nO", get_width(Y))
    shape = (model.get_dim("nV"), model.get_dim("nO"))
    model.set_param("E", initializer(model.ops, shape))
