"""Scores of clusters of mentions: MUC, B³, CEAFe and their mean, LEA; and of the bounds of mentions.

A mention is the same on both sides if it has the same characters. Each measure adds up over docs, as (number that is
right, number in all) of precision and of recall; a cluster of one mention counts where it is given.

Vilain et al. 1995; Bagga and Baldwin 1998; Luo 2005; Pradhan et al. 2012; Moosavi and Strube 2016
(https://aclanthology.org/P16-1060).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tagma.gold.clusters import CLUSTER_PREFIX, clusters_of
from tagma.gold.example import Example
from tagma.tokens import Doc

__all__ = ["score_coref_clusters", "score_span_predictions"]

Mention = tuple[int, int]
Clusters = list[set[Mention]]
MEAN_OF = ("muc", "b3", "ceafe")  # what the shared task of 2012 took the mean of


def score_coref_clusters(
    examples: Iterable[Example], *, span_cluster_prefix: str = CLUSTER_PREFIX, **cfg: Any
) -> dict[str, float | None]:
    """coref_p/r/f, which is LEA; coref_muc, coref_b3 and coref_ceafe, each _p/r/f; and coref_conll_f, their mean.

    span_cluster_prefix    Of the groups in `doc.spans` that are the clusters, on both sides.

    None where neither side has a cluster.
    """
    totals = {name: np.zeros(4) for name in (*MEAN_OF, "lea")}
    for example in examples:
        gold, found = (_clusters(doc, span_cluster_prefix) for doc in (example.reference, example.predicted))
        for name, measure in (("muc", _muc), ("b3", _b3), ("lea", _lea)):
            totals[name] += (*measure(found, gold), *measure(gold, found))
        common = _ceafe(found, gold)
        totals["ceafe"] += (common, len(found), common, len(gold))
    scores: dict[str, float | None] = {}
    for name, counts in totals.items():
        prefix = "coref" if name == "lea" else f"coref_{name}"
        p, r, f = _prf(*counts.tolist())
        scores |= {f"{prefix}_p": p, f"{prefix}_r": r, f"{prefix}_f": f}
    parts = [scores[f"coref_{name}_f"] for name in MEAN_OF]
    known = [part for part in parts if part is not None]
    scores["coref_conll_f"] = sum(known) / len(known) if known else None
    return scores


def score_span_predictions(
    examples: Iterable[Example], *, output_prefix: str = CLUSTER_PREFIX, **cfg: Any
) -> dict[str, float | None]:
    """The share of a doc's gold mentions that are exactly among the predicted ones, as mean over docs with mentions.

    output_prefix    Of the groups in `doc.spans` with the mentions, on both sides.

    The same number under span_<output_prefix>_accuracy and span_accuracy; None if no doc has gold mentions.
    """
    shares = []
    for example in examples:
        gold, found = (
            Counter(mention for cluster in _mentions(doc, output_prefix) for mention in cluster)
            for doc in (example.reference, example.predicted)
        )
        if gold:
            shares.append((gold & found).total() / gold.total())
    accuracy = sum(shares) / len(shares) if shares else None
    return {f"span_{output_prefix}_accuracy": accuracy, "span_accuracy": accuracy}


def _mentions(doc: Doc, prefix: str) -> list[list[Mention]]:
    return [[(span.start_char, span.end_char) for span in spans] for spans in clusters_of(doc, prefix).values()]


def _clusters(doc: Doc, prefix: str) -> Clusters:
    return [set(mentions) for mentions in _mentions(doc, prefix)]


def _prf(right_p: float, all_p: float, right_r: float, all_r: float) -> tuple[float | None, float | None, float | None]:
    if not all_p and not all_r:
        return None, None, None
    p = right_p / all_p if all_p else 0.0
    r = right_r / all_r if all_r else 0.0
    return p, r, 2 * p * r / (p + r) if p + r else 0.0


def _shares(cluster: set[Mention], number: dict[Mention, int]) -> Counter[int]:
    """How many mentions of a cluster are in which cluster of the other side."""
    return Counter(number[mention] for mention in cluster if mention in number)


def _numbers(clusters: Clusters) -> dict[Mention, int]:
    return {mention: i for i, cluster in enumerate(clusters) for mention in cluster}


def _muc(clusters: Clusters, others: Clusters) -> tuple[float, float]:
    """Links: those that hold a cluster together and need not be added to what the other side says of its mentions."""
    number = _numbers(others)
    right = total = 0
    for cluster in clusters:
        shares = _shares(cluster, number)
        parts = len(shares) + len(cluster) - shares.total()
        right += len(cluster) - parts
        total += len(cluster) - 1
    return right, total


def _b3(clusters: Clusters, others: Clusters) -> tuple[float, float]:
    """Mentions: of each, the share of its cluster that is with it on the other side too."""
    number = _numbers(others)
    right = sum(sum(n * n for n in _shares(cluster, number).values()) / len(cluster) for cluster in clusters)
    return right, sum(map(len, clusters))


def _lea(clusters: Clusters, others: Clusters) -> tuple[float, float]:
    """Clusters, weighted by size: of each, the share of its links that the other side has. One mention is one link."""
    number = _numbers(others)
    right = 0.0
    for cluster in clusters:
        shares = _shares(cluster, number)
        if len(cluster) == 1:
            right += any(len(others[i]) == 1 for i in shares)
        else:
            right += len(cluster) * sum(n * (n - 1) for n in shares.values()) / (len(cluster) * (len(cluster) - 1))
    return right, sum(map(len, clusters))


def _ceafe(clusters: Clusters, others: Clusters) -> float:
    """Similarity of clusters that are matched one to one, in the best way: 2·common/(size + size)."""
    number = _numbers(others)
    similarity = np.zeros((len(clusters), len(others)))
    for i, cluster in enumerate(clusters):
        for j, n in _shares(cluster, number).items():
            similarity[i, j] = 2 * n / (len(cluster) + len(others[j]))
    rows, columns = similarity.any(axis=1), similarity.any(axis=0)
    return best_matching(similarity[rows][:, columns])


def best_matching(similarity: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """The largest sum of entries, none two of which share a row or a column (Kuhn 1955, by shortest paths)."""
    cost = -similarity if similarity.shape[0] <= similarity.shape[1] else -similarity.T
    n, m = cost.shape
    if not n:
        return 0.0
    of_row, of_column = np.zeros(n), np.zeros(m)  # the dual values
    matched = np.full(m, -1)  # the row of each column
    for row in range(n):
        distance, before, done = np.full(m, np.inf), np.full(m, -1), np.zeros(m, dtype=bool)
        current, length, last = row, 0.0, -1
        while current >= 0:
            through = length + cost[current] - of_row[current] - of_column
            shorter = ~done & (through < distance)
            distance[shorter], before[shorter] = through[shorter], last
            column = int(np.where(done, np.inf, distance).argmin())
            length, done[column] = float(distance[column]), True
            last, current = column, int(matched[column])
        of_row[row] += length
        reached = done & (matched >= 0)
        of_row[matched[reached]] += length - distance[reached]
        of_column[done] -= length - distance[done]
        while last >= 0:  # turn the path around
            previous = int(before[last])
            matched[last] = matched[previous] if previous >= 0 else row
            last = previous
    rows = matched[matched >= 0]
    return float(-cost[rows, np.flatnonzero(matched >= 0)].sum())
