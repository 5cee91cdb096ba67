"""Sentences put together to documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

__all__ = ["grouped"]

Item = TypeVar("Item")


def grouped(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items; with 0 one list of all."""
    rest = iter(items)
    while group := list(islice(rest, size or None)):
        yield group
