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

__all__ = [
    "Array",
    "Getter",
    "attribute_key",
    "coded",
    "places_of",
    "score_token_attr",
    "score_token_attr_per_feat",
    "score_tokenization",
    "solid_tokens",
]

Array = np.ndarray[Any, Any]
Getter = Callable[[Token, str], Any]
# Attributes of Token that are a column, as number or, with "_", as text.
COLUMNS = ("tag", "pos", "lemma", "dep", "ent_type", "ent_iob", "ent_kb_id", "ent_id", "norm", "lower", "shape", "orth")


def attribute_key(token: Token, attr: str) -> int:
    """The number of an attribute, for `morph` its hash. As getter it lets scores read whole columns."""
    value = getattr(token, attr)
    return int(value.key if attr == "morph" else value)


def score_tokenization(examples: Iterable[Example], **cfg: Any) -> dict[str, Any]:
    """token_acc: share of predicted tokens aligned to exactly one; token_p/r/f: tokens by their characters.

    White space is no token here. Docs with unknown spaces are left out.
    """
    examples = [example for example in examples if not example.reference.has_unknown_spaces]
    predictions = [eg.predicted for eg in examples]
    solid = solid_tokens(predictions)
    if not solid.any():
        return {"token_acc": None, "token_p": None, "token_r": None, "token_f": None}
    found, gold = _characters(predictions), _characters([eg.reference for eg in examples])
    spans = PRFScore()
    spans.score_set(found, gold)
    return {
        "token_acc": float((places_of(examples)[solid] >= 0).mean()),
        "token_p": spans.precision,
        "token_r": spans.recall,
        "token_f": spans.fscore,
    }


def _characters(docs: Sequence[Doc]) -> set[tuple[int, ...]]:
    """(doc, first character, length) of the tokens that are not white space."""
    columns, lengths = gather(docs, ["IDX", "LENGTH"])
    number = np.repeat(np.arange(len(docs), dtype="uint64"), lengths)
    rows = np.concatenate([number[:, None], columns], axis=1)[solid_tokens(docs)]
    return set(zip(*rows.T.tolist(), strict=True))


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
            self.gold = coded(references, attr, getter, codes)
            self.predicted = coded(predictions, attr, getter, codes)
            self.value_of = {code: value for value, code in codes.items()}
            absent = {code for value, code in codes.items() if value in missing}
        if empty is not None:
            absent |= {int(v) for v in np.unique(self.gold) if not self.features(int(v))}
        self.known = ~np.isin(self.gold, np.asarray(sorted(absent), dtype=self.gold.dtype))
        self._pair(examples, predictions)

    def _pair(self, examples: Sequence[Example], predictions: Sequence[Doc]) -> None:
        solid = solid_tokens(predictions)
        if same_words(examples):
            self.x = self.y = np.flatnonzero(solid & self.known)
            self.repeats = False
            return
        place = places_of(examples)
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


def solid_tokens(docs: Sequence[Doc]) -> Array:
    """Which tokens are not white space, bool (n_tokens,). Asks their texts: a bare vocabulary knows no IS_SPACE."""
    keys, places = np.unique(gather(docs, ["ORTH"])[0].reshape(-1), return_inverse=True)
    texts = (docs[0].vocab.strings[key] for key in keys.tolist())
    is_solid = np.fromiter((not text.isspace() for text in texts), dtype=bool, count=len(keys))
    solid: Array = is_solid[places]
    return solid


def places_of(examples: Sequence[Example]) -> Array:
    """The one reference token, counted through the batch, of each predicted token, or -1: int64 (n_predicted,)."""
    if same_words(examples):
        return np.arange(int(lengths_of([eg.predicted for eg in examples]).sum()))
    lengths = lengths_of([eg.reference for eg in examples])
    parts = []
    for offset, example in zip((np.cumsum(lengths) - lengths).tolist(), examples, strict=True):
        single = example.alignment.x2y.single()
        parts.append(np.where(single >= 0, single + offset, -1))
    return np.concatenate(parts)


def coded(docs: Sequence[Doc], attr: str, getter: Getter, codes: dict[Any, int]) -> Array:
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
