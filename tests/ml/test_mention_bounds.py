"""Bounds of mentions: each head by the book, heads some at a time, sentences, warnings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tagma.ml import mention_bounds
from tagma.ml.mention_bounds import (
    HeadDataProvider,
    bound_shapes,
    find_bounds,
    new_bound_parameters,
    width_of_bounds,
)
from tagma.nn import NumpyOps, fix_random_seed
from tagma.tokens import Doc
from tagma.vocab import Vocab

SETTINGS: dict[str, Any] = {
    "hidden_size": 12,
    "distance_embedding_size": 4,
    "conv_channels": 3,
    "window_size": 1,
    "max_distance": 6,
}


@pytest.fixture
def params() -> dict[str, Any]:
    """Random parameters, biases too."""
    fix_random_seed(0)
    rng = np.random.default_rng(0)
    made = new_bound_parameters(NumpyOps(), bound_shapes(5, **SETTINGS))
    return {name: rng.normal(size=array.shape).astype("float32") * 0.5 for name, array in made.items()}


def batch() -> tuple[list[Any], tuple[list[Any], list[Any]]]:
    """Two docs of two and one sentences, heads in all of them; and one without heads."""
    rng = np.random.default_rng(1)
    Xs = [rng.normal(size=(n, 5)).astype("float32") for n in (9, 4, 2)]
    sentences = [np.array([1] * 3 + [2] * 6), np.ones(4, "int64"), np.ones(2, "int64")]
    return Xs, (sentences, [np.array([4, 1, 8]), np.array([0]), np.zeros(0, "int64")])


def convolution(X: Any, W: Any, b: Any) -> Any:
    """Over rows, zeros before and behind."""
    padded = np.concatenate([np.zeros((1, X.shape[1])), X, np.zeros((1, X.shape[1]))])
    return np.array([sum(W[:, :, k] @ padded[i + k] for k in range(3)) + b for i in range(len(X))])


def by_the_book(params: dict[str, Any], X: Any, sentences: Any, heads: Any) -> Any:
    """Scores of one doc, head by head: its sentence, padded with empty input to the longest one that has a head."""
    scores = np.full((len(heads), len(X), 2), -np.inf)
    longest = max((int((sentences == sentences[head]).sum()) for head in heads), default=0)
    for row, head in enumerate(heads):
        own = np.flatnonzero(sentences == sentences[head])
        pairs = np.zeros((longest, 14))
        for i, word in enumerate(own):
            distance = head - word + 2
            distance = distance if 0 <= distance <= 4 else 5
            pairs[i] = np.concatenate([X[head], X[word], params["emb.weight"][distance]])
        H = pairs
        for layer in (0, 3):
            H = np.maximum(H @ params[f"ffnn.{layer}.weight"].T + params[f"ffnn.{layer}.bias"], 0)
        H = H @ params["ffnn.6.weight"].T + params["ffnn.6.bias"]
        for layer in (0, 1):
            H = convolution(H, params[f"conv.{layer}.weight"], params[f"conv.{layer}.bias"])
        scores[row, own] = H[: len(own)]
    return scores


def test_scores_are_those_of_the_formula(params: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the words of the head's sentence; in prediction of those that can begin and end a mention with this head."""
    Xs, (sentences, heads) = batch()
    expected = np.full((4, 9, 2), -np.inf)
    expected[:3] = by_the_book(params, Xs[0], sentences[0], heads[0])
    expected[3:, :4] = by_the_book(params, Xs[1], sentences[1], heads[1])
    for row, head in enumerate([4, 1, 8, 0]):
        expected[row, head + 1 :, 0] = expected[row, :head, 1] = -np.inf
    for at_a_time in (100, 1):
        monkeypatch.setattr(mention_bounds, "PAIRS_AT_A_TIME", at_a_time)
        scores, _ = find_bounds(NumpyOps(), params, ((Xs, (sentences, heads)), SETTINGS), False)
        assert np.array_equal(np.isfinite(scores), np.isfinite(expected))
        known = np.isfinite(expected)
        assert np.abs(scores[known] - expected[known]).max() < 1e-4


def test_no_heads(params: dict[str, Any]) -> None:
    """There is nothing to score, and the way back gives zeros."""
    Xs = [np.ones((3, 5), "float32")]
    inputs = (Xs, ([np.ones(3, "int64")], [np.zeros(0, "int64")]))
    assert find_bounds(NumpyOps(), params, (inputs, SETTINGS), False)[0].shape == (0, 3, 2)
    scores, backprop = find_bounds(NumpyOps(), params, (inputs, SETTINGS), True)
    (dXs, nothing), gradients = backprop(scores)
    assert nothing is None
    assert not any(array.any() for array in (*dXs, *gradients.values()))


def test_what_is_known_of_docs() -> None:
    """Sentences by number, and heads in the order of clusters; a longer span stands for its first token, and warns."""
    doc = Doc(Vocab(), words=["a", "b", "c", "d"], sent_starts=[True, False, True, False])
    doc.spans.update({"h_1": [doc[3:4], doc[0:1]], "h_2": [doc[1:2]], "h_x": [doc[2:3]]})
    (sentences, heads), backprop = HeadDataProvider("h")([doc, Doc(doc.vocab)], False)
    assert [numbers.tolist() for numbers in sentences] == [[1, 1, 2, 2], []]
    assert [own.tolist() for own in heads] == [[3, 0, 1], []]
    assert backprop(None) == []
    doc.spans["h_1"] = [doc[2:4]]
    with pytest.warns(UserWarning, match=r"W4154.*'c d' \(2 tokens\)"):
        HeadDataProvider("h").predict([doc])


def test_docs_without_sentences() -> None:
    """A long one gives a warning if it has a head."""
    doc = Doc(Vocab(), words=["w"] * 600)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        HeadDataProvider("h").predict([doc])
    doc.spans["h_1"] = [doc[3:4]]
    with pytest.warns(UserWarning, match=r"W4150.*600 tokens"):
        HeadDataProvider("h").predict([doc])


def test_there_is_no_way_back_from_a_prediction(params: dict[str, Any]) -> None:
    """As in all layers whose prediction keeps nothing."""
    scores, backprop = find_bounds(NumpyOps(), params, (batch(), SETTINGS), False)
    with pytest.raises(AssertionError, match="begin_update"):
        backprop(scores)


def test_states_of_other_networks(params: dict[str, Any]) -> None:
    """The width is told by the first layer; without it, it is another network."""
    assert width_of_bounds(params) == 5
    with pytest.raises(ValueError, match="not that of a span resolver"):
        width_of_bounds({"ffnn.0.weight": np.zeros((2, 2))})
