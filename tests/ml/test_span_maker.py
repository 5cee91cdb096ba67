"""span_maker: contexts of entities in sentences."""

from __future__ import annotations

import pytest

from tagma.ml import build_span_maker
from tagma.ml.span_maker import context_windows
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

WORDS = ["a", "b", ".", "c", "d", "e", ".", "f", "."]
STARTS = [True, False, False, True, False, False, False, True, False]


@pytest.fixture
def doc() -> Doc:
    """Three sentences, with entities in the first and the second."""
    doc = Doc(Vocab(), words=WORDS, sent_starts=STARTS)
    doc.ents = [Span(doc, 0, 1, label="X"), Span(doc, 4, 6, label="X")]
    return doc


@pytest.mark.parametrize(("n_sents", "expected"), [(0, [[0, 3], [3, 7]]), (1, [[0, 7], [0, 9]]), (5, [[0, 9], [0, 9]])])
def test_windows(doc: Doc, n_sents: int, expected: list[list[int]]) -> None:
    """The entity's sentence, and so many before and behind it as there are."""
    found = build_span_maker(n_sents).predict([doc])
    assert found.dataXd.tolist() == expected
    assert found.lengths.tolist() == [2]


def test_docs_without_entities(doc: Doc) -> None:
    """They have no windows, alone and among others."""
    none = Doc(Vocab(), words=["x"])
    found = build_span_maker().predict([none, doc, Doc(Vocab())])
    assert found.lengths.tolist() == [0, 2, 0]
    assert build_span_maker().predict([none]).dataXd.shape == (0, 2)
    assert build_span_maker().predict([]).lengths.tolist() == []


def test_a_doc_without_sentences_is_one() -> None:
    """It is marked as such."""
    doc = Doc(Vocab(), words=WORDS)
    doc.ents = [Span(doc, 4, 5, label="X")]
    assert build_span_maker().predict([doc]).dataXd.tolist() == [[0, 9]]
    assert [token.i for token in doc if token.is_sent_start] == [0]


def test_nothing_comes_back(doc: Doc) -> None:
    """The layer has no parameters, and docs no gradients."""
    model = build_span_maker()
    windows, backprop = model.begin_update([doc])
    assert backprop(windows) == []
    assert model.param_names == ()


def test_entities_in_no_sentence(doc: Doc) -> None:
    """A hook may leave some out (E030); so may the doc have no boundaries."""
    doc.user_hooks["sents"] = lambda doc: [doc[0:3]]
    with pytest.raises(RuntimeError, match="E030"):
        build_span_maker().predict([doc])
    bare = Doc(Vocab(), words=WORDS)
    with pytest.raises(ValueError, match="E030"):
        context_windows(bare, [bare[0:1]], 0)
    assert context_windows(bare, [], 0) == []
