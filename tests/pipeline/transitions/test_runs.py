"""Predicting and training a batch: parts of batches, stretches, classes that were never right, weights."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tb_parser_model
from tagma.nn import fix_random_seed
from tagma.pipeline.transitions import BiluoPushDown, runs
from tagma.tokens import Doc
from tagma.vocab import Vocab

WORDS = ["Ann", "saw", "Rome"]


@pytest.fixture
def model_and_moves(vocab: Vocab) -> tuple[Any, BiluoPushDown]:
    """A small network with random weights, and moves for two types."""
    fix_random_seed(0)
    moves = BiluoPushDown(vocab.strings)
    tags = {"words": WORDS, "entities": ["U-PERSON", "O", "U-CITY"]}
    moves.initialize_actions(moves.get_actions(examples=[Example.from_dict(Doc(vocab, words=WORDS), tags)]))
    cnn = build_hash_embed_cnn_tok2vec(
        width=8,
        depth=1,
        embed_size=50,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )
    model = build_tb_parser_model(
        cnn, "ner", extra_state_tokens=False, hidden_width=8, maxout_pieces=2, use_upper=True, nO=moves.n_moves
    )
    model.initialize(X=[Doc(vocab, words=WORDS)])
    upper = model.get_ref("upper")
    upper.set_param("W", np.random.default_rng(0).normal(size=(moves.n_moves, 8)).astype("f"))
    return model, moves


def test_parts_of_a_batch(vocab: Vocab, model_and_moves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is predicted in parts has the predictions of the whole, also with docs longer than a part."""
    model, moves = model_and_moves
    docs = [Doc(vocab, words=WORDS * n) for n in (1, 0, 40, 2, 0, 3)]
    whole = runs.parse(moves, model, docs, want_p=True, want_moves=True)
    monkeypatch.setattr(runs, "WORDS_AT_ONCE", 10)
    parts = runs.parse(moves, model, docs, want_p=True, want_moves=True)
    assert parts.lengths.tolist() == [3, 0, 120, 6, 0, 9]
    for name in ("lengths", "tags", "labels"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name))
    np.testing.assert_allclose(parts.sure, whole.sure, rtol=1e-4)
    assert whole.moves is not None
    assert parts.moves is not None
    assert [m.tolist() for m in parts.moves] == [m.tolist() for m in whole.moves]
    assert [len(m) for m in parts.moves] == parts.lengths.tolist()


def test_what_is_not_asked_for_is_not_there(vocab: Vocab, model_and_moves: Any) -> None:
    """Confidences and moves cost nothing where nobody wants them."""
    model, moves = model_and_moves
    parses = runs.parse(moves, model, [Doc(vocab, words=WORDS)])
    assert (parses.sure, parses.moves, parses.probabilities, parses.heads) == (None, None, None, None)
    assert len(parses) == 1
    assert len(runs.parse(moves, model, [])) == 0


def test_open_docs(vocab: Vocab, model_and_moves: Any) -> None:
    """With `open_docs` a doc is read as if nothing were known of it."""
    model, moves = model_and_moves
    upper = model.get_ref("upper")
    upper.set_param("b", np.array([5.0 if name == "U-CITY" else 0.0 for name in moves.names], dtype="f"))
    doc = Doc(vocab, words=WORDS)
    expected = runs.parse(moves, model, [doc]).tags
    doc.set_ents([], blocked=[doc[0:3]])
    assert not np.array_equal(runs.parse(moves, model, [doc]).tags, expected) or not expected.any()
    assert np.array_equal(runs.parse(moves, model, [doc], open_docs=True).tags, expected)


def test_cut_length() -> None:
    """Stretches are half to twice as long as the setting, and 0 means whole docs."""
    random.seed(0)
    drawn = {runs.cut_length(100) for _ in range(2000)}
    assert 50 <= min(drawn) < 60
    assert 190 < max(drawn) <= 200
    assert {runs.cut_length(0), runs.cut_length(-1)} == {0}


def test_classes_that_were_right_are_seen() -> None:
    """A class leaves the unseen ones when it is right; those beyond the model stay."""
    assert runs.unseen_right({0, 1, 3, 9}, np.array([1, 0, 0, 1], dtype=np.uint8)) == {1, 9}


def test_unseen_classes_are_not_predicted(vocab: Vocab, model_and_moves: Any) -> None:
    """A class that was never right in training has the lowest score, whatever its weights."""
    model, moves = model_and_moves
    upper = model.get_ref("upper")
    city = moves.names.index("U-CITY")
    upper.set_param("b", np.array([50.0 if i == city else 0.0 for i in range(moves.n_moves)], dtype="f"))
    docs = [Doc(vocab, words=WORDS)]
    found = runs.parse(moves, model, docs, want_moves=True).moves
    assert found is not None
    assert found[0].tolist() == [city] * 3
    model.attrs["unseen_classes"] = {city}
    found = runs.parse(moves, model, docs, want_moves=True).moves
    assert found is not None
    assert city not in found[0].tolist()
    tags = {"words": WORDS, "entities": ["U-CITY", "O", "O"]}
    runs.learn(moves, model, [Example.from_dict(Doc(vocab, words=WORDS), tags)], 0)
    assert city not in model.attrs["unseen_classes"]


def test_gradients(vocab: Vocab, model_and_moves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients of all weights over states are those of finite differences of the cross-entropy that is followed back.

    The loss that is reported is another: the sum of the squared gradients of the scores.
    """
    model, moves = model_and_moves
    monkeypatch.setattr(runs, "HIDDEN_DROPOUT", 0.0)
    tags = {"words": WORDS, "entities": ["U-PERSON", "O", "-"]}
    example = Example.from_dict(Doc(vocab, words=WORDS), tags)

    def entropy() -> float:
        """Cross-entropy of the right moves of a token, from the probability of what the oracle may do."""
        step = model.predict([example.predicted])
        state, gold, total = moves.init_state(example.predicted), moves.gold(example), 0.0
        for _ in WORDS:
            scores = scored(state, step)
            costs = moves.costs(state, gold)
            p = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
            total -= float(np.log(p[costs <= max(0.0, float(costs.min()))].sum()))
            valid = state.valid()
            moves.apply(state, int(np.where(valid, scores, -np.inf).argmax()))
        return total

    def scored(state: Any, step: Any) -> np.ndarray[Any, Any]:
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        W, b, pad = (lower.get_param(name).astype("d") for name in ("W", "b", "pad"))
        vectors, hidden = np.asarray(step.tokvecs, dtype="d"), b.copy()
        for feature, token in enumerate(state.features(3)):
            hidden = hidden + (pad[0, feature] if token < 0 else W[feature] @ vectors[token])
        return np.asarray(hidden.max(axis=1) @ upper.get_param("W").T.astype("d") + upper.get_param("b"))

    loss, backprop = runs.learn(moves, model, [example], 0)
    backprop()
    assert loss > 0
    for node, name in [(model.get_ref("lower"), n) for n in ("W", "b", "pad")] + [
        (model.get_ref("upper"), n) for n in ("W", "b")
    ]:
        gradient, values = node.get_grad(name).copy(), node.get_param(name)
        for index in np.argsort(-np.abs(gradient).ravel())[:4].tolist():
            place = np.unravel_index(index, values.shape)
            around = []
            for change in (1e-3, -1e-3):
                shifted = values.copy()
                shifted[place] += change
                node.set_param(name, shifted)
                around.append(entropy())
            node.set_param(name, values)
            assert gradient[place] == pytest.approx((around[0] - around[1]) / 2e-3, rel=0.05, abs=2e-3), name
