"""Antecedents: every pair by the book, batches and docs alone, blocks of rows, memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from tagma.ml import antecedents
from tagma.ml.antecedents import (
    NO_ANTECEDENT,
    antecedent_shapes,
    find_antecedents,
    new_antecedent_parameters,
    width_of_antecedents,
)
from tagma.nn import NumpyOps, fix_random_seed

SETTINGS: dict[str, Any] = {
    "distance_embedding_size": 3,
    "hidden_size": 16,
    "depth": 1,
    "dropout": 0.3,
    "antecedent_limit": 4,
    "antecedent_batch_size": 32,
}


def parameters(width: int = 5) -> dict[str, Any]:
    """For a network of `SETTINGS`."""
    fix_random_seed(0)
    return new_antecedent_parameters(NumpyOps(), antecedent_shapes(width, **SETTINGS))


def vectors(*lengths: int, width: int = 5) -> list[Any]:
    """Of the words of docs of these lengths."""
    rng = np.random.default_rng(1)
    return [rng.normal(size=(length, width)).astype("float32") for length in lengths]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def by_the_book(params: dict[str, Any], X: Any) -> Any:
    """Scores (n, n) of all pairs of one doc, one after the other; -inf where the second is not before the first."""
    n, width = X.shape
    h, c, words = np.zeros(width), np.zeros(width), []
    for x in X:  # the LSTM, with PyTorch's order of gates
        a = params["lstm.weight_ih_l0"] @ x + params["lstm.bias_ih_l0"]
        i, f, g, o = np.split(a + params["lstm.weight_hh_l0"] @ h + params["lstm.bias_hh_l0"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        words.append(h)
    scores = np.full((n, n), -np.inf)
    for i in range(n):
        for j in range(i):
            distance = i - j
            bucket = distance - 1 if distance < 5 else min(int(np.log2(distance)), 6) + 2
            features = [words[i], words[j], words[i] * words[j], params["pairwise.distance_emb.weight"][bucket]]
            a = params["ana_scorer.hidden.0.weight"] @ np.concatenate(features) + params["ana_scorer.hidden.0.bias"]
            fine = params["ana_scorer.out.weight"][0] @ np.where(a > 0, a, 0.01 * a) + params["ana_scorer.out.bias"][0]
            W, b = params["rough_scorer.bilinear.weight"], params["rough_scorer.bilinear.bias"]
            scores[i, j] = (W @ words[i] + b) @ words[j] + fine
    return scores


def as_table(scores: Any, places: Any) -> Any:
    """Scores (n, n) of those pairs that are among the best."""
    table = np.full((len(scores), len(scores)), -np.inf)
    for i, (row, columns) in enumerate(zip(scores[:, 1:], places, strict=True)):
        for score, column in zip(row, columns, strict=True):
            if np.isfinite(score):
                table[i, column] = score
    return table


def test_scores_are_those_of_the_formula() -> None:
    """With room for all earlier words, each pair has its score, far ones too."""
    params, [X] = parameters(), vectors(140)
    settings = {**SETTINGS, "antecedent_limit": 200}
    (scores, places), _ = find_antecedents(NumpyOps(), params, ([X], settings), False)
    assert scores.shape == (140, 141)
    assert (scores[:, 0] == np.float32(NO_ANTECEDENT)).all()
    expected = by_the_book(params, X)
    found = as_table(scores, places)
    assert (np.isfinite(found) == np.isfinite(expected)).all()
    known = np.isfinite(expected)
    assert np.abs(found[known] - expected[known]).max() < 1e-4


def test_the_best_rough_scores_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four for each word, or all that are earlier, in rising order, whatever the blocks of rows are."""
    params, [X] = parameters(), vectors(30)
    (scores, places), _ = find_antecedents(NumpyOps(), params, ([X], SETTINGS), False)
    assert np.isfinite(scores[:, 1:]).sum(axis=1).tolist() == [0, 1, 2, 3, *[4] * 26]
    assert all(sorted(row) == row for row in places[4:].tolist())
    monkeypatch.setattr(antecedents, "ROWS_AT_A_TIME", 7)
    (others, _), _ = find_antecedents(NumpyOps(), params, ([X], SETTINGS), False)
    assert np.array_equal(others, scores)


def test_docs_do_not_see_each_other() -> None:
    """A doc has the same scores and gradients alone and among others, empty ones and single words too."""
    params, Xs = parameters(), vectors(9, 0, 1, 20)
    (scores, places), backprop = find_antecedents(NumpyOps(), params, (Xs, {**SETTINGS, "dropout": 0.0}), True)
    assert (scores.shape, places.shape) == ((30, 5), (30, 4))
    d_scores = np.random.default_rng(2).normal(size=scores.shape).astype("float32")
    dXs, _ = backprop(d_scores)
    start = 0
    for X, dX in zip(Xs, dXs, strict=True):
        if len(X):
            (alone, _), backprop_alone = find_antecedents(NumpyOps(), params, ([X], {**SETTINGS, "dropout": 0.0}), True)
            rows = slice(start, start + len(X))
            kept = alone.shape[1]
            assert np.allclose(scores[rows, :kept], alone, atol=1e-5)
            dX_alone, _ = backprop_alone(np.ascontiguousarray(d_scores[rows, :kept]))
            assert np.allclose(dX, dX_alone[0], atol=1e-4)
        start += len(X)


def test_no_words() -> None:
    """An empty batch has no rows."""
    (scores, places), _ = find_antecedents(NumpyOps(), parameters(), (vectors(0, 0), SETTINGS), False)
    assert (scores.shape, places.shape) == ((0, 1), (0, 0))


def test_memory_is_bounded() -> None:
    """The square of 6,000 words is 144 MB of scores; what is kept at a time is a tenth of that."""
    params, Xs = parameters(), vectors(6000)
    tracemalloc.start()
    find_antecedents(NumpyOps(), params, (Xs, SETTINGS), False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6


def test_states_of_other_networks() -> None:
    """The width is told by the rough scores; without these it is another network."""
    assert width_of_antecedents(parameters(7)) == 7
    with pytest.raises(ValueError, match=r"not that of a coreference network: it has \['a'\]"):
        width_of_antecedents({"a": np.zeros(2)})
