"""Crossing arcs of a dependency parse: lifted until there are none, so that a projective parser can learn it.

Nivre and Nilsson (2005), Pseudo-Projective Dependency Parsing, with the label scheme "head".
"""

from __future__ import annotations

from collections.abc import Sequence

from tagma.errors import Errors
from tagma.tokens.trees import find_cycle

__all__ = ["DELIMITER", "lift"]

DELIMITER = "||"


def lift(heads: Sequence[int | None], labels: Sequence[str]) -> tuple[list[int | None], list[str]]:
    """Heads and labels of a parse without crossing arcs.

    The shortest arc that crosses others (of equal ones the leftmost) is moved to the head of its head, until none is
    left. A moved token gets the label "own||that of its first head". A root is its own head; a token whose head is not
    known (None) crosses nothing. Raises ValueError E4052 for a cycle.
    """
    known = [i if head is None else head for i, head in enumerate(heads)]
    attached = [head is not None for head in heads]
    if cycle := find_cycle(known):
        raise ValueError(Errors.E4052.format(where=f"tokens {sorted(cycle)}"))
    lifted = list(known)
    moved = set()
    while (child := _crossing(lifted, attached)) is not None:
        head = lifted[child]
        lifted[child] = child if lifted[head] == head else lifted[head]
        moved.add(child)
    decorated = {child: f"{labels[child]}{DELIMITER}{labels[known[child]]}" for child in moved}
    return (
        [head if is_attached else None for head, is_attached in zip(lifted, attached, strict=True)],
        [decorated.get(i, label) for i, label in enumerate(labels)],
    )


def _crossing(heads: Sequence[int], attached: Sequence[bool]) -> int | None:
    """The child of the shortest crossing arc, None without such arcs."""
    best: tuple[int, int] | None = None
    for child, head in enumerate(heads):
        length = abs(head - child)
        if length < 2 or (best is not None and length >= best[0]):
            continue
        for k in range(min(child, head) + 1, max(child, head)):
            if attached[k] and not _descends(heads, attached, k, head):
                best = (length, child)
                break
    return None if best is None else best[1]


def _descends(heads: Sequence[int], attached: Sequence[bool], token: int, head: int) -> bool:
    while token != head:
        if not attached[token]:
            return True
        if heads[token] == token:
            return False
        token = heads[token]
    return True
