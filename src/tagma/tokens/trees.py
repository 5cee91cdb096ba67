"""What makes heads a tree."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["find_cycle"]


def find_cycle(heads: Sequence[int | None]) -> list[int]:
    """The tokens of the first cycle, each followed by its head; empty if all arcs lead to a root.

    heads    the index of each token's head; its own, None, or one outside for a root
    """
    seen_from = [-1] * len(heads)
    for start in range(len(heads)):
        at: int | None = start
        while at is not None and 0 <= at < len(heads) and seen_from[at] < 0:
            seen_from[at] = start
            at = None if heads[at] == at else heads[at]
        if at is not None and 0 <= at < len(heads) and seen_from[at] == start:
            return _around(heads, at)
    return []


def _around(heads: Sequence[int | None], start: int) -> list[int]:
    cycle = [start]
    while (head := heads[cycle[-1]]) != start and head is not None:
        cycle.append(head)
    return cycle
