"""Cutting a stream into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

__all__ = ["minibatch"]

T = TypeVar("T")


def minibatch(items: Iterable[T], size: int | Iterable[Any]) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter.

    size    a number, or numbers of which one is drawn per batch (cut to an int); when they run out the last repeats
    Raises ValueError for a size below 1.
    """
    sizes = None if isinstance(size, int) else iter(size)
    current = size if isinstance(size, int) else 0
    stream = iter(items)
    while True:
        if sizes is not None:
            current = int(next(sizes, current))
        if current < 1:
            raise ValueError(f"minibatch: the size is {current}; batches hold at least 1 item")
        batch = list(islice(stream, current))
        if not batch:
            return
        yield batch
