"""premap_ids: numbers for ids, by a table that is compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..config import registry
from ..model import Backprop, Model
from ..types import Ints1d, Ints2d

__all__ = ["premap_ids"]


class IdTable:
    """An int → int table in two sorted arrays. Not saved with a model: build the layer with the table again."""

    def __init__(self, mapping: Mapping[int, int]) -> None:
        for key, value in mapping.items():
            if type(key) is not int or type(value) is not int:
                raise ValueError(
                    f"premap_ids maps ints to ints, but got {key!r} → {value!r} "
                    f"({type(key).__name__} → {type(value).__name__}); convert them with int()"
                )
        # Keys are compared as 64-bit patterns, so that hashes above 2**63 and their signed twins are the same key.
        keys = np.array([key & 0xFFFFFFFFFFFFFFFF for key in mapping], dtype="uint64")
        order = np.argsort(keys)
        self.keys: np.ndarray[tuple[int], np.dtype[np.uint64]] = keys[order]
        self.values: np.ndarray[tuple[int], np.dtype[np.int64]] = np.array(list(mapping.values()), dtype="int64")[order]

    def get(self, ids: Any, default: int) -> Any:
        """int32 (n,): the value of each id, or `default`."""
        ids = ids.astype("int64", copy=False).view("uint64") if ids.dtype != np.uint64 else ids
        if not len(self.keys):
            return np.full(len(ids), default, dtype="int32")
        places = np.minimum(np.searchsorted(self.keys, ids), len(self.keys) - 1)
        return np.where(self.keys[places] == ids, self.values[places], default).astype("int32")


@registry.layers("premap_ids.v1")
def premap_ids(
    mapping_table: Mapping[int, int], default: int = 0, *, column: int | None = None
) -> Model[Ints1d | Ints2d, Ints2d]:
    """(n,) → (n, 1) int32, or a `column` of a 2-d array. Raises ValueError for keys or values that are not ints."""
    attrs = {"mapping_table": IdTable(mapping_table), "default": default, "column": column}
    return Model("premap_ids", forward, attrs=attrs)


def forward(model: Model[Any, Ints2d], inputs: Any, is_train: bool) -> tuple[Ints2d, Backprop]:
    ops = model.ops
    column = model.attrs["column"]
    if column is not None:
        inputs = inputs[:, column]
    ids = model.attrs["mapping_table"].get(np.ascontiguousarray(ops.to_numpy(inputs)), model.attrs["default"])

    def backprop(dY: Any) -> Any:
        return ops.alloc(dY.shape, dtype="int32")

    return ops.asarray2i(ids.reshape((-1, 1))), backprop
