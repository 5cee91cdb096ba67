"""Crossing arcs of a dependency parse: lifted until there are none, so that a projective parser can learn it, and put
back where the parser's labels say.

Nivre and Nilsson (2005), Pseudo-Projective Dependency Parsing, with the label scheme "head".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tagma.errors import Errors
from tagma.gold._lifting import drop_arcs, lift_arcs
from tagma.tokens.trees import find_cycle

if TYPE_CHECKING:
    from tagma.strings import StringStore

__all__ = ["DELIMITER", "dropped", "lift", "lifted"]

DELIMITER = "||"

Heads = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]


def lifted(heads: Heads) -> tuple[Heads, npt.NDArray[np.bool_]]:
    """Heads without crossing arcs, int32 (n,), and which tokens were moved for that, bool (n,).

    heads    int32 (n,): the index of each token's head, its own for a root, -1 where it is not known.

    The shortest arc that crosses others (of equal ones the leftmost) is moved to the head of its head, until none is
    left. A token whose head is not known crosses nothing, nor does what hangs on it. Raises ValueError: E4052 for a
    cycle, E4088 for a head that is no token.
    """
    result = _copied(heads)
    moved = np.zeros(len(result), dtype=np.uint8)
    if not lift_arcs(result, moved):
        raise _cycle_in(result)
    return result, moved.view(np.bool_)


def _copied(heads: Heads) -> Heads:
    result = np.array(heads, dtype=np.int32, order="C")
    if len(result) and not -1 <= result.min() <= result.max() < len(result):
        token = int(np.flatnonzero((result < -1) | (result >= len(result)))[0])
        raise ValueError(Errors.E4088.format(token=token, head=int(result[token]), n=len(result)))
    return result


def _cycle_in(heads: Heads) -> ValueError:
    cycle = find_cycle([i if head < 0 else head for i, head in enumerate(heads.tolist())])
    return ValueError(Errors.E4052.format(where=f"tokens {sorted(cycle)}"))


def lift(heads: Sequence[int | None], labels: Sequence[str]) -> tuple[list[int | None], list[str]]:
    """Heads and labels of a parse without crossing arcs: see `lifted`; a head that is not known is None.

    A moved token gets the label "own||that of its first head".
    """
    result, moved = lifted(np.array([-1 if head is None else head for head in heads], dtype=np.int32))
    decorated = list(labels)
    for child in np.flatnonzero(moved).tolist():
        first = heads[child]
        assert first is not None
        decorated[child] = f"{labels[child]}{DELIMITER}{labels[first]}"
    return [None if head < 0 else head for head in result.tolist()], decorated


def dropped(
    heads: Heads, labels: Keys, blank: npt.NDArray[np.bool_], strings: StringStore
) -> tuple[Heads, Keys, npt.NDArray[np.bool_]]:
    """The inverse of lifting, as far as labels tell: new heads and labels, and which tokens had a label "own||other".

    heads     int32 (n,): the index of each token's head, its own for a root, -1 where it is not known.
    labels    uint64 (n,), keys in `strings`, to which the parts of labels are added.
    blank     bool (n,): tokens of whitespace, which become no one's head.

    Below the head of such a token, level by level and from left to right, a token with the label "other" is looked for.
    The first becomes the new head; if there is none the head stays, as that of a root does. The label becomes "own".
    Raises ValueError: E4052 for a cycle, E4088 for a head that is no token.
    """
    result = _copied(heads)
    keys = np.array(labels, dtype=np.uint64, order="C")
    own, wanted, decorated = keys.copy(), np.zeros_like(keys), np.zeros(len(keys), dtype=np.bool_)
    for key in set(keys.tolist()):
        first, delimiter, other = strings[key].partition(DELIMITER)
        if delimiter:
            same = keys == key
            own[same], wanted[same] = strings.add(first), strings.add(other)
            decorated |= same
    if decorated.any() and not drop_arcs(
        result, keys, wanted, own, decorated.view(np.uint8), np.array(blank, dtype=np.uint8)
    ):
        raise _cycle_in(result)
    return result, keys, decorated
