"""Scores of token attributes, counted on the columns of a whole batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tagma.gold.example import Example, same_words
from tagma.morphology import Morphology
from tagma.scorer.counts import MISSING_VALUES, PRFScore
from tagma.tokens import Doc, Token
from tagma.tokens.columns import gather, lengths_of

__all__ = ["attribute_key", "score_token_attr", "score_token_attr_per_feat"]

Array = np.ndarray[Any, Any]
Getter = Callable[[Token, str], Any]
# Attributes of Token that are a column, as number or, with "_", as text.
COLUMNS = ("tag", "pos", "lemma", "dep", "ent_type", "ent_iob", "ent_kb_id", "ent_id", "norm", "lower", "shape", "orth")


def attribute_key(token: Token, attr: str) -> int:
    """The number of an attribute, for `morph` its hash. As getter it lets scores read whole columns."""
    value = getattr(token, attr)
    return int(value.key if attr == "morph" else value)


def score_token_attr(
    examples: Iterable[Example],
    attr: str,
    *,
    getter: Getter = getattr,
    missing_values: Iterable[Any] = MISSING_VALUES,
    **cfg: Any,
) -> dict[str, Any]:
    """<attr>_acc: F-score of pairs (reference token, value).

    Predicted tokens count if they belong to exactly one reference token, its value is not missing, and they are no
    white space; a reference token without such a partner is a miss.
    """
    examples = list(examples)
    batch = _Batch(examples, attr, getter, missing_values)
    score = PRFScore()
    found, gold = batch.predicted[batch.x], batch.gold[batch.y]
    right = found == gold
    # Several predicted tokens may lie in one reference token: equal pairs count once.
    pairs = np.unique(np.stack([batch.y, found], axis=1), axis=0) if batch.repeats else None
    score.tp = len(np.unique(batch.y[right])) if batch.repeats else int(right.sum())
    score.fp = (len(found) if pairs is None else len(pairs)) - score.tp
    score.fn = int(batch.known.sum()) - score.tp
    return {f"{attr}_acc": score.fscore if score else None}


def score_token_attr_per_feat(
    examples: Iterable[Example],
    attr: str,
    *,
    getter: Getter = getattr,
    missing_values: Iterable[Any] = MISSING_VALUES,
    **cfg: Any,
) -> dict[str, Any]:
    """<attr>_micro_p/r/f and <attr>_per_feat, of single features (Name=Value) of values such as "Case=Nom|Number=Sing".

    The getter gives the hash of the features. Which tokens count is as in `score_token_attr`; tokens without features
    in the reference do not.
    """
    examples = list(examples)
    batch = _Batch(examples, attr, getter, missing_values, empty=Morphology.EMPTY_MORPH)
    per_feat: dict[str, PRFScore] = defaultdict(PRFScore)
    unmatched = batch.known.copy()
    if batch.repeats:
        _count_sets(batch, per_feat)
    else:
        unmatched[batch.y] = False
        _count(batch, batch.gold[batch.y], batch.predicted[batch.x], per_feat)
        _count(batch, batch.gold[unmatched], None, per_feat)
    micro = sum(per_feat.values(), PRFScore())
    if not micro:
        return {f"{attr}_micro_p": None, f"{attr}_micro_r": None, f"{attr}_micro_f": None, f"{attr}_per_feat": None}
    return {
        **{f"{attr}_micro_{name}": value for name, value in micro.to_dict().items()},
        f"{attr}_per_feat": {field: score.to_dict() for field, score in sorted(per_feat.items())},
    }


class _Batch:
    """The values of a batch, as numbers, and the pairs of tokens that count.

    gold         (n_reference,)
    known        bool (n_reference,): whether the gold value is not missing.
    predicted    (n_predicted,)
    x, y         int (n_pairs,): predicted and reference token of each pair.
    repeats      Whether a reference token is in several pairs.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        attr: str,
        getter: Getter,
        missing_values: Iterable[Any],
        empty: str | None = None,
    ) -> None:
        references, predictions = [eg.reference for eg in examples], [eg.predicted for eg in examples]
        missing = set(missing_values)
        name = attr.removesuffix("_")
        self.empty = empty
        self.texts: Callable[[int], Any]
        self.strings = references[0].vocab.strings if references else None
        self.value_of: dict[int, Any] | None = None
        if (getter is getattr and name in COLUMNS) or (
            getter is attribute_key and (name in COLUMNS or name == "morph")
        ):
            self.gold = gather(references, [name])[0].reshape(-1)
            self.predicted = gather(predictions, [name])[0].reshape(-1)
            absent = {0 for value in missing if value in (0, "", None)}
            absent |= {self.strings[v] if isinstance(v, str) else v for v in missing if v and self.strings is not None}
        else:
            codes: dict[Any, int] = {}
            self.gold = _coded(references, attr, getter, codes)
            self.predicted = _coded(predictions, attr, getter, codes)
            self.value_of = {code: value for value, code in codes.items()}
            absent = {code for value, code in codes.items() if value in missing}
        if empty is not None:
            absent |= {int(v) for v in np.unique(self.gold) if not self.features(int(v))}
        self.known = ~np.isin(self.gold, np.asarray(sorted(absent), dtype=self.gold.dtype))
        self._pair(examples, references, predictions)

    def _pair(self, examples: Sequence[Example], references: Sequence[Doc], predictions: Sequence[Doc]) -> None:
        solid = gather(predictions, ["IS_SPACE"])[0].reshape(-1) == 0
        if same_words(examples):
            self.x = self.y = np.flatnonzero(solid & self.known)
            self.repeats = False
            return
        offsets = np.concatenate(([0], np.cumsum(lengths_of(references))))
        parts = []
        for offset, example in zip(offsets.tolist(), examples, strict=False):
            single = example.alignment.x2y.single()
            parts.append(np.where(single >= 0, single + offset, -1))
        place = np.concatenate(parts)
        self.x = np.flatnonzero(solid & (place >= 0))
        self.x = self.x[self.known[place[self.x]]]
        self.y = place[self.x]
        self.repeats = len(np.unique(self.y)) < len(self.y)

    def features(self, value: int) -> list[str]:
        """The features that a number stands for."""
        key = value if self.value_of is None else self.value_of[value]
        if not key or self.strings is None:
            return []
        text = key if isinstance(key, str) else self.strings[key]
        return [] if not text or text == self.empty else text.split(Morphology.FEATURE_SEP)


def _coded(docs: Sequence[Doc], attr: str, getter: Getter, codes: dict[Any, int]) -> Array:
    """A number for each value, int64 (n_tokens,); `codes` grows."""
    return np.fromiter(
        (codes.setdefault(getter(token, attr), len(codes)) for doc in docs for token in doc), dtype="int64"
    )


def _field(feature: str) -> str:
    return feature.split(Morphology.FIELD_SEP, 1)[0]


def _count(batch: _Batch, gold: Array, found: Array | None, per_feat: dict[str, PRFScore]) -> None:
    """Count pairs of values; `found` None: there is no predicted token. Each combination is looked at once."""
    values = np.stack([gold, gold if found is None else found], axis=1)
    combinations, numbers = np.unique(values, axis=0, return_counts=True)
    for (gold_value, found_value), number in zip(combinations.tolist(), numbers.tolist(), strict=True):
        right = set(batch.features(gold_value))
        guess = set() if found is None else set(batch.features(found_value))
        for feature in right | guess:
            score = per_feat[_field(feature)]
            score.tp += number * (feature in right and feature in guess)
            score.fp += number * (feature not in right)
            score.fn += number * (feature not in guess)


def _count_sets(batch: _Batch, per_feat: dict[str, PRFScore]) -> None:
    """Count with sets of (reference token, feature), where several predicted tokens lie in one."""
    gold: dict[str, set[tuple[int, str]]] = defaultdict(set)
    found: dict[str, set[tuple[int, str]]] = defaultdict(set)
    known = np.flatnonzero(batch.known)
    for sets, places, values in ((gold, known, batch.gold[known]), (found, batch.y, batch.predicted[batch.x])):
        for place, value in zip(places.tolist(), values.tolist(), strict=True):
            for feature in batch.features(value):
                sets[_field(feature)].add((place, feature))
    for field in gold.keys() | found.keys():
        per_feat[field].score_set(found[field], gold[field])
