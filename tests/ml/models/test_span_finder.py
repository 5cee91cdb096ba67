"""Span finders: their graph is the contract's, and they score each token of all docs twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from tagma.ml import build_finder_model, build_linear_logistic, tok2vec_listener_v1
from tagma.ml.models.span_finder import flattener
from tagma.nn import Model
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab


def network(vocab: Vocab) -> tuple[Model[Any, Any], list[Doc]]:
    """A finder over a listener of width 96, initialized, and docs with vectors."""
    model = build_finder_model(tok2vec_listener_v1(96), build_linear_logistic(nO=2))
    docs = [Doc(vocab, words=["a", "b", "c"]), Doc(vocab), Doc(vocab, words=["d"])]
    for i, doc in enumerate(docs):
        doc.tensor = np.random.default_rng(i).normal(size=(len(doc), 96)).astype("float32")
    return model.initialize(X=docs, Y=np.zeros((4, 2), dtype="float32")), docs


def test_graph(vocab: Vocab) -> None:
    """The seven nodes of the contract."""
    model, _ = network(vocab)
    assert [node.name for node in model.walk()] == [
        "tok2vec-listener>>with_array(linear>>logistic)>>Flattener",
        "tok2vec-listener",
        "with_array(linear>>logistic)",
        "Flattener",
        "linear>>logistic",
        "linear",
        "logistic",
    ]
    scorer = model.get_ref("scorer")
    assert scorer.layers[0].get_param("W").shape == (2, 96)
    assert model.get_ref("logistic_layer") is model.layers[1]
    assert model.get_ref("logistic_layer").layers == [scorer]
    assert model.get_ref("tok2vec") is model.layers[0]


def test_scores(vocab: Vocab) -> None:
    """Two probabilities for each token, docs end to end."""
    model, docs = network(vocab)
    scores = model.predict(docs)
    assert scores.shape == (4, 2)
    assert ((scores > 0) & (scores < 1)).all()
    np.testing.assert_allclose(model.predict(docs[2:]), scores[3:], atol=1e-6)


def test_flattener() -> None:
    """Arrays end to end; the gradient is cut at the same places."""
    Xs = [np.ones((2, 3), dtype="float32"), np.zeros((0, 3), dtype="float32"), np.full((1, 3), 2, dtype="float32")]
    Y, backprop = flattener()(Xs, is_train=True)
    assert Y[:, 0].tolist() == [1, 1, 2]
    assert [dX.tolist() for dX in backprop(Y)] == [X.tolist() for X in Xs]


def test_name() -> None:
    """Configs find it by the peer's name."""
    assert registry.get("architectures", "spacy.SpanFinder.v1") is build_finder_model
