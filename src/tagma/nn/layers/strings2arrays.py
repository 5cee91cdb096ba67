"""strings2arrays: a 64-bit hash for every string: MurmurHash3 x86-32, seed 0, sign-extended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends.hashing import murmur3_32_bytes
from ..config import registry
from ..model import Backprop, Model
from ..types import ArrayList, Ints2d

__all__ = ["strings2arrays"]


@registry.layers("strings2arrays.v1")
def strings2arrays() -> Model[Sequence[Sequence[str]], list[Ints2d]]:
    """[[text, …], …] → [uint64 (n, 1), …]."""
    return Model("strings2arrays", forward)


def forward(
    model: Model[Sequence[Sequence[str]], list[Ints2d]], Xs: Sequence[Sequence[str]], is_train: bool
) -> tuple[list[Ints2d], Backprop]:
    hashes = np.array([murmur3_32_bytes(text.encode("utf8")) for X in Xs for text in X], dtype="uint32")
    keys = hashes.view("int32").astype("int64").view("uint64").reshape((-1, 1))
    return ArrayList.from_flat(model.ops.asarray(keys), [len(X) for X in Xs]), _nothing


def _nothing(dY: Any) -> list[Any]:
    return []
