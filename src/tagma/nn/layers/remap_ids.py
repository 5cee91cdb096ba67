"""remap_ids: numbers for arbitrary values, by a table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ..arrays import is_xp_array, to_numpy
from ..config import registry
from ..model import Backprop, Model
from ..types import DTypes, Ints1d, Ints2d

__all__ = ["remap_ids", "remap_ids_v2"]


@registry.layers("remap_ids.v1")
def remap_ids(
    mapping_table: dict[Any, int] = {},  # noqa: B006 - never changed here
    default: int = 0,
    dtype: DTypes = "i",
) -> Model[Sequence[Any], Ints2d]:
    """[value, …] → (n, 1) of `dtype`; values that are not in the table become `default`."""
    return Model(
        "remap_ids",
        forward,
        attrs={"mapping_table": mapping_table, "dtype": dtype, "default": default},
    )


def forward(model: Model[Sequence[Any], Ints2d], inputs: Sequence[Any], is_train: bool) -> tuple[Ints2d, Backprop]:
    table, default = model.attrs["mapping_table"], model.attrs["default"]
    values = [table.get(x, default) for x in inputs]
    output = model.ops.asarray(values, dtype=model.attrs["dtype"]).reshape((-1, 1))
    return output, _nothing


def _nothing(dY: Any) -> list[Any]:
    return []


@registry.layers("remap_ids.v2")
def remap_ids_v2(
    mapping_table: dict[int, int] | dict[str, int] | None = None,
    default: int = 0,
    *,
    column: int | None = None,
) -> Model[Sequence[Hashable] | Ints1d | Ints2d, Ints2d]:
    """As `remap_ids`, to int32; takes 1-d arrays as well, or a `column` of 2-d ones.

    The table may be set later, as attribute `mapping_table`. Raises ValueError when called without.
    """
    return Model(
        "remap_ids",
        forward_v2,
        attrs={"mapping_table": mapping_table, "default": default, "column": column},
    )


def forward_v2(model: Model[Any, Ints2d], inputs: Any, is_train: bool) -> tuple[Ints2d, Backprop]:
    table, default, column = (model.attrs[name] for name in ("mapping_table", "default", "column"))
    if table is None:
        raise ValueError(f"{model.name} has no mapping table: set model.attrs['mapping_table'] first")
    ops = model.ops
    is_array = is_xp_array(inputs)
    if column is not None:
        inputs = inputs[:, column]
    keys = to_numpy(inputs).tolist() if is_array else inputs
    output = ops.asarray2i([table.get(x, default) for x in keys]).reshape((-1, 1))

    def backprop(dY: Any) -> Any:
        return ops.alloc(dY.shape, dtype="int32") if is_array else []

    return output, backprop
