"""Scores of clusters: worked examples of the papers, edge cases, and the best matching against all matchings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.scorer import Scorer
from tagma.scorer.clusters import best_matching
from tagma.tokens import Doc
from tagma.vocab import Vocab


def example_of(gold: list[str], found: list[str]) -> Example:
    """An example over one-letter mentions, a text a cluster: ["abc", "de"]."""
    vocab = Vocab()
    docs = []
    for clusters in (found, gold):
        doc = Doc(vocab, words=list("abcdefghijkl"))
        for i, cluster in enumerate(clusters, 1):
            places = ["abcdefghijkl".index(letter) for letter in cluster]
            doc.spans[f"coref_clusters_{i}"] = [doc[place : place + 1] for place in places]
        docs.append(doc)
    return Example(*docs)


# Bagga and Baldwin's example, and that of Moosavi and Strube 2016 (section 4), in percent.
PAPERS = [
    (["abcde", "fg", "hijkl"], ["abcde", "fghijkl"], {"muc_p": 90.0, "muc_r": 100.0, "b3_p": 76.2, "b3_r": 100.0}),
    (["abcde", "fg", "hijkl"], ["abcdehijkl", "fg"], {"muc_p": 90.0, "b3_p": 58.3, "b3_r": 100.0}),
    (["abc", "defg"], ["ab", "cd", "fgh"], {"p": 42.9, "r": 23.8, "f": 30.6}),
]


@pytest.mark.parametrize(("gold", "found", "expected"), PAPERS)
def test_examples_of_the_papers(gold: list[str], found: list[str], expected: dict[str, float]) -> None:
    """The numbers that are printed there."""
    scores = Scorer.score_coref_clusters([example_of(gold, found)])
    assert {key: round(100 * float(scores[f"coref_{key}"] or 0), 1) for key in expected} == expected


def test_mean_and_ceafe() -> None:
    """Clusters matched one to one: {abc} with {ab}, and {defg} with {fgh} rather than {cd}."""
    scores = Scorer.score_coref_clusters([example_of(["abc", "defg"], ["ab", "cd", "fgh"])])
    common = 2 * 2 / 5 + 2 * 2 / 7
    assert scores["coref_ceafe_p"] == pytest.approx(common / 3)
    assert scores["coref_ceafe_r"] == pytest.approx(common / 2)
    parts = [scores[f"coref_{name}_f"] or 0 for name in ("muc", "b3", "ceafe")]
    assert scores["coref_conll_f"] == pytest.approx(sum(parts) / 3)


def test_scores_add_up_over_docs() -> None:
    """Counts are added, not means taken: two docs of equal weight, one right and one empty."""
    scores = Scorer.score_coref_clusters([example_of(["ab"], ["ab"]), example_of(["cd"], [])])
    assert (scores["coref_p"], scores["coref_r"]) == (1.0, 0.5)
    assert scores["coref_muc_r"] == scores["coref_b3_r"] == scores["coref_ceafe_r"] == 0.5


def test_without_clusters() -> None:
    """Nothing to observe is None; found where there is none, or none found, is 0."""
    assert set(Scorer.score_coref_clusters([example_of([], [])]).values()) == {None}
    for gold, found in ((["ab"], []), ([], ["ab"])):
        assert set(Scorer.score_coref_clusters([example_of(gold, found)]).values()) == {0.0}
    one = Scorer.score_coref_clusters([example_of(["a"], ["a"])])
    assert (one["coref_f"], one["coref_b3_f"], one["coref_muc_f"]) == (1.0, 1.0, None)


def test_prefix_and_characters() -> None:
    """Groups under the prefix count alone, and mentions are the same by characters, whatever the tokens."""
    vocab = Vocab()
    predicted = Doc(vocab, words=["can", "not", "it"], spaces=[False, True, False])
    reference = Doc(vocab, words=["cannot", "it"])
    predicted.spans["x_1"] = [predicted[0:2], predicted[2:3]]
    reference.spans["x_1"] = [reference[0:1], reference[1:2]]
    assert Scorer.score_coref_clusters([Example(predicted, reference)], span_cluster_prefix="x")["coref_f"] == 1.0
    assert Scorer.score_coref_clusters([Example(predicted, reference)])["coref_f"] is None


def test_share_of_mentions() -> None:
    """Mentions of several words, as mean over docs that have some; a mention in gold twice counts twice."""
    scores = Scorer.score_span_predictions([example_of(["ab", "cd"], ["ab", "ce"]), example_of([], ["ab"])])
    assert scores == {"span_coref_clusters_accuracy": 0.75, "span_accuracy": 0.75}
    assert Scorer.score_span_predictions([example_of([], [])])["span_accuracy"] is None


def test_best_matching_is_the_best() -> None:
    """The largest sum of all ways to match, for small random tables of any shape."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        n, m = (int(size) for size in rng.integers(1, 6, size=2))
        table = rng.random((n, m)) * (rng.random((n, m)) < 0.7)
        wide = table if n <= m else table.T
        places = permutations(range(wide.shape[1]), wide.shape[0])
        best = max(sum(wide[i, j] for i, j in enumerate(columns)) for columns in places)
        assert best_matching(table) == pytest.approx(best)
    assert best_matching(np.zeros((0, 3))) == 0.0
