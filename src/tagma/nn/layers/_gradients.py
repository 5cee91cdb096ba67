"""Sums of outputs or gradients in whatever container they come: arrays, lists, Ragged, Padded."""

from __future__ import annotations

from typing import Any

from ..types import ArrayList, Padded, Ragged


def add_batches(a: Any, b: Any) -> Any:
    """a + b, item by item for lists and on the data of Ragged and Padded. Neither is changed.

    Raises TypeError for what cannot be added, ValueError if shapes differ.
    """
    if isinstance(a, Ragged):
        if not isinstance(b, Ragged):
            raise TypeError(f"cannot add a {type(b).__name__} to a Ragged")
        return Ragged(a.dataXd + b.dataXd, a.lengths)
    if isinstance(a, Padded):
        if not isinstance(b, Padded):
            raise TypeError(f"cannot add a {type(b).__name__} to a Padded")
        return Padded(a.data + b.data, a.size_at_t, a.lengths, a.indices)
    if isinstance(a, list | tuple):
        if not isinstance(b, list | tuple) or len(a) != len(b):
            raise TypeError(f"cannot add a {type(b).__name__} to a list of {len(a)} arrays, item by item")
        if type(a) is ArrayList and type(b) is ArrayList and a.intact() and b.intact():
            return ArrayList.from_flat(a.flat + b.flat, a.lengths)
        return [x + y for x, y in zip(a, b, strict=True)]
    return a + b


def sum_gradients(parts: list[Any]) -> Any:
    """The sum of the gradients of several layers for one input; the first alone if they cannot be added."""
    total = parts[0]
    for part in parts[1:]:
        try:
            total = add_batches(total, part)
        except TypeError:
            return parts[0]
    return total


def lengths_of(items: Any) -> list[int]:
    """The number of rows of each array of a list."""
    return [len(item) for item in items]
