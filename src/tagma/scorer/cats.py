"""Scores of text categories."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tagma.gold.example import Example
from tagma.scorer.counts import PRFScore, ROCAUCScore
from tagma.tokens import Doc

__all__ = ["score_cats", "score_cats_v1"]


def score_cats(
    examples: Iterable[Example],
    attr: str,
    *,
    getter: Callable[[Doc, str], Any] = getattr,
    labels: Iterable[str] = (),
    multi_label: bool = True,
    positive_label: str | None = None,
    threshold: float | None = None,
    **cfg: Any,
) -> dict[str, Any]:
    """Precision, recall, F and ROC area of the categories `labels`; see `_summary` for the keys.

    multi_label    Each label on its own: said if its score reaches `threshold` (0.5). Otherwise the best one counts,
                   and a label that the reference does not name is 0.
    """
    limit = (0.5 if threshold is None else threshold) if multi_label else None
    return _score(examples, attr, getter, list(dict.fromkeys(labels)), multi_label, positive_label, limit)


def score_cats_v1(
    examples: Iterable[Example],
    attr: str,
    *,
    getter: Callable[[Doc, str], Any] = getattr,
    labels: Iterable[str] = (),
    multi_label: bool = True,
    positive_label: str | None = None,
    threshold: float | None = None,
    **cfg: Any,
) -> dict[str, Any]:
    """`score_cats` of old pipelines: the best of labels that exclude each other must reach `threshold` (0.0), too, and
    labels that occur in the docs alone are scored as well, if any are given."""
    examples = list(examples)
    limit = threshold if threshold is not None else 0.5 if multi_label else 0.0
    known = dict.fromkeys(labels)
    if known:
        for example in examples:
            known.update(dict.fromkeys((*example.predicted.cats, *example.reference.cats)))
    return _score(examples, attr, getter, list(known), multi_label, positive_label, limit)


def _score(
    examples: Iterable[Example],
    attr: str,
    getter: Callable[[Doc, str], Any],
    labels: list[str],
    multi_label: bool,
    positive_label: str | None,
    limit: float | None,
) -> dict[str, Any]:
    """The scores; a label is said if its score reaches `limit`, None for no limit."""
    per_type = {label: PRFScore() for label in labels}
    areas = {label: ROCAUCScore() for label in labels}
    for example in examples:
        predicted = _known(getter(example.predicted, attr), labels)
        gold = _known(getter(example.reference, attr), labels)
        for label in labels:
            value = gold.get(label, None if multi_label else 0.0)
            if value is not None:
                areas[label].score_set(predicted.get(label, 0.0), value)
        if multi_label:
            _count_each(per_type, predicted, gold, limit or 0.0)
        else:
            _count_best(per_type, predicted, gold, limit)
    return _summary(attr, per_type, areas, multi_label=multi_label, positive_label=positive_label)


def _known(cats: dict[str, float], labels: list[str]) -> dict[str, float]:
    return {label: cats[label] for label in labels if cats.get(label) is not None}


def _count_each(
    per_type: dict[str, PRFScore], predicted: dict[str, float], gold: dict[str, float], limit: float
) -> None:
    for label, score in per_type.items():
        if label not in gold:
            continue
        said, right = predicted.get(label, 0.0) >= limit, gold[label] > 0
        score.tp += said and right
        score.fp += said and not right
        score.fn += right and not said


def _count_best(
    per_type: dict[str, PRFScore], predicted: dict[str, float], gold: dict[str, float], limit: float | None
) -> None:
    guess = max(predicted, key=predicted.__getitem__) if predicted else None
    right = max(gold, key=gold.__getitem__) if gold else None
    said = guess is not None and (limit is None or predicted[guess] >= limit)
    if guess is not None and guess == right and said:
        per_type[guess].tp += 1
        return
    if right is not None and (guess is not None or gold[right] > 0):
        per_type[right].fn += 1
    if guess is not None and said:
        per_type[guess].fp += 1


def _summary(
    attr: str,
    per_type: dict[str, PRFScore],
    areas: dict[str, ROCAUCScore],
    *,
    multi_label: bool,
    positive_label: str | None,
) -> dict[str, Any]:
    """_micro_p/r/f over all decisions, _macro_p/r/f and _macro_auc as means over labels, _f_per_type, _auc_per_type,
    and _score, the one of them that _score_desc names. An area that is not defined is None and counts as 0.
    """
    micro = sum(per_type.values(), PRFScore())
    number = len(per_type) + 1e-100
    means = {
        name: sum(getattr(score, long) for score in per_type.values()) / number
        for name, long in (("p", "precision"), ("r", "recall"), ("f", "fscore"))
    }
    area_of = {label: area.score if area.is_binary() else None for label, area in areas.items()}
    area_of = {label: None if area is None or area != area else area for label, area in area_of.items()}
    mean_area = sum(area or 0.0 for area in area_of.values()) / number
    if multi_label:
        main, description = mean_area, "macro AUC"
    elif len(per_type) == 2 and positive_label in per_type:
        main, description = per_type[str(positive_label)].fscore, f"F ({positive_label})"
    else:
        main, description = means["f"], "macro F"
    return {
        f"{attr}_score": main,
        f"{attr}_score_desc": description,
        **{f"{attr}_micro_{name}": value for name, value in micro.to_dict().items()},
        **{f"{attr}_macro_{name}": value for name, value in means.items()},
        f"{attr}_macro_auc": mean_area,
        f"{attr}_f_per_type": {label: score.to_dict() for label, score in per_type.items()},
        f"{attr}_auc_per_type": area_of,
    }
