"""What scores are counted with: precision, recall and F; the area under the ROC curve."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from tagma.errors import Errors

__all__ = ["MISSING_VALUES", "PRFScore", "ROCAUCScore"]

MISSING_VALUES: frozenset[Any] = frozenset([None, 0, ""])
TINY = 1e-100


class PRFScore:
    """Counts of true positives, false positives and false negatives; `len` is their sum."""

    def __init__(self, *, tp: int = 0, fp: int = 0, fn: int = 0) -> None:
        self.tp: int = tp
        self.fp: int = fp
        self.fn: int = fn

    def __len__(self) -> int:
        return self.tp + self.fp + self.fn

    def __iadd__(self, other: PRFScore) -> PRFScore:
        self._count(other.tp, other.fp, other.fn)
        return self

    def __add__(self, other: PRFScore) -> PRFScore:
        total = PRFScore()
        total += self
        total += other
        return total

    def _count(self, tp: int, fp: int, fn: int) -> None:
        self.tp += tp
        self.fp += fp
        self.fn += fn

    def score_set(self, cand: AbstractSet[Any], gold: AbstractSet[Any]) -> None:
        """Count a set of predicted items against the set of right ones."""
        common = len(cand & gold)
        self._count(common, len(cand) - common, len(gold) - common)

    @property
    def precision(self) -> float:
        """tp / (tp + fp)"""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """tp / (tp + fn)"""
        return _share(self.tp, self.tp + self.fn)

    @property
    def fscore(self) -> float:
        """2 p r / (p + r)"""
        p, r = self.precision, self.recall
        return 2 * _share(p * r, p + r)

    def to_dict(self) -> dict[str, float]:
        """p, r and f."""
        return {"p": self.precision, "r": self.recall, "f": self.fscore}


def _share(part: float, whole: float) -> float:
    """0 where there is nothing to share."""
    return part / (whole + TINY)


class ROCAUCScore:
    """Area under the ROC curve of scores against gold values 0 and 1."""

    def __init__(self) -> None:
        self.golds: list[float] = []
        self.cands: list[float] = []

    def score_set(self, cand: float, gold: float) -> None:
        """Add one prediction and its gold value."""
        self.cands.append(cand)
        self.golds.append(gold)

    def is_binary(self) -> bool:
        """Whether there are exactly two gold values."""
        return len(set(self.golds)) == 2

    @property
    def score(self) -> float:
        """The area, by trapezoids between distinct thresholds; NaN if no gold value is 1. ValueError E165 unless
        `is_binary`.
        """
        if not self.is_binary():
            raise ValueError(Errors.E165.format(label=sorted(set(self.golds))))
        scores = np.asarray(self.cands, dtype="float64")
        positive = np.asarray(self.golds) == 1
        order = np.argsort(-scores, kind="stable")
        scores, positive = scores[order], positive[order]
        last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)
        true = np.append(0, np.cumsum(positive)[last])
        false = np.append(0, np.cumsum(~positive)[last])
        area = float(np.sum(np.diff(false) * (true[1:] + true[:-1])) / 2)
        pairs = int(true[-1]) * int(false[-1])
        return area / pairs if pairs else float("nan")
