"""Scores of dependencies, counted on the arcs of a whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tagma.gold.example import Example
from tagma.scorer.counts import MISSING_VALUES, PRFScore
from tagma.scorer.tokens import Array, Getter, coded, places_of, solid_tokens
from tagma.tokens import Doc, Token
from tagma.tokens.columns import lengths_of, read

__all__ = ["score_deps"]

HeadGetter = Callable[[Token, str], Token]


def score_deps(
    examples: Iterable[Example],
    attr: str,
    *,
    getter: Getter = getattr,
    head_attr: str = "head",
    head_getter: HeadGetter = getattr,
    ignore_labels: Iterable[str] = (),
    missing_values: Iterable[Any] = MISSING_VALUES,
    **cfg: Any,
) -> dict[str, Any]:
    """<attr>_uas, <attr>_las (F-scores of heads, of heads and labels) and <attr>_las_per_type.

    Tokens whose gold label is missing are left out, and on both sides arcs with `ignore_labels`. A predicted token,
    or head, that does not belong to exactly one reference token is wrong, without being counted for its label.
    """
    examples = list(examples)
    references, predictions = [eg.reference for eg in examples], [eg.predicted for eg in examples]
    codes: dict[Any, int] = {}
    gold, gold_heads = coded(references, attr, getter, codes), _heads(references, head_attr, head_getter)
    guess, guess_heads = coded(predictions, attr, getter, codes), _heads(predictions, head_attr, head_getter)
    is_missing = _is_one_of(codes, missing_values)[gold]
    is_ignored = _is_one_of(codes, ignore_labels)
    is_gold = ~is_missing & ~is_ignored[gold]

    place = places_of(examples)
    is_known = place < 0
    is_known[~is_known] = ~is_missing[place[~is_known]]
    is_guess = solid_tokens(predictions) & ~is_ignored[guess] & is_known
    is_placed = is_guess & (place >= 0) & (place[guess_heads] >= 0)
    # Several predicted tokens may lie in one reference token: equal arcs count once.
    token, head, label = _distinct(place[is_placed], place[guess_heads[is_placed]], guess[is_placed])
    right_head = is_gold[token] & (gold_heads[token] == head)
    right = right_head & (gold[token] == label)

    number_gold, number_lost = int(is_gold.sum()), int(is_guess.sum() - is_placed.sum())
    arcs, _ = _distinct(token, head)
    unlabeled = _counts(len(np.unique(token[right_head])), len(arcs) + number_lost, number_gold)
    if not unlabeled:
        return {f"{attr}_uas": None, f"{attr}_las": None, f"{attr}_las_per_type": None}
    labeled = _counts(int(right.sum()), len(token) + number_lost, number_gold)
    sizes = (np.bincount(labels, minlength=len(codes)) for labels in (label[right], label, gold[is_gold]))
    per_type = zip(codes, *(size.tolist() for size in sizes), strict=True)
    return {
        f"{attr}_uas": unlabeled.fscore,
        f"{attr}_las": labeled.fscore,
        f"{attr}_las_per_type": {
            name: _counts(*numbers).to_dict() for name, *numbers in sorted(per_type, key=_by_name) if any(numbers)
        },
    }


def _counts(right: int, guessed: int, gold: int) -> PRFScore:
    return PRFScore(tp=right, fp=guessed - right, fn=gold - right)


def _by_name(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _is_one_of(codes: dict[Any, int], values: Iterable[Any]) -> Array:
    """Which codes stand for one of the values, bool (n_codes,)."""
    chosen = set(values)
    return np.fromiter((value in chosen for value in codes), dtype=bool, count=len(codes))


def _heads(docs: Sequence[Doc], attr: str, getter: HeadGetter) -> Array:
    """The head of each token, counted through the batch: int64 (n_tokens,)."""
    if getter is getattr and attr == "head":
        offsets = read(docs, "head")[0].astype("int64")
        return offsets + np.arange(len(offsets))
    lengths = lengths_of(docs)
    heads = np.fromiter((getter(token, attr).i for doc in docs for token in doc), dtype="int64")
    return heads + np.repeat(np.cumsum(lengths) - lengths, lengths)


def _distinct(*columns: Array) -> list[Array]:
    """The distinct rows of some columns of numbers."""
    rows = np.unique(np.stack(columns, axis=1), axis=0)
    return [rows[:, i] for i in range(len(columns))]
