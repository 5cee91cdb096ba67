"""senter: where starts are written, and what counts as gold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.gold.example import Example
from tagma.pipeline import SentenceRecognizer, Sentencizer
from tagma.tokens import Doc
from tagma.vocab import Vocab


def starts(doc: Doc) -> list[bool | None]:
    return [token.is_sent_start for token in doc]


@pytest.mark.parametrize(
    ("overwrite", "expected"), [(False, [True, False, True, False]), (True, [False, False, True, False])]
)
def test_first_token_of_a_new_doc(vocab: Vocab, tagger_model: Any, overwrite: bool, expected: list[bool]) -> None:
    """A new doc starts a sentence with its first token; a prediction changes that only with overwrite."""
    pipe = SentenceRecognizer(vocab, tagger_model(), overwrite=overwrite)
    docs = [Doc(vocab, words=list("abcd")), Doc(vocab), Doc(vocab, words=["x"])]
    pipe.set_annotations(docs, [np.asarray([0, 0, 1, 0]), np.zeros(0, dtype="int64"), np.asarray([0])])
    assert starts(docs[0]) == expected
    assert starts(docs[2]) == [not overwrite]


@pytest.mark.parametrize("overwrite", [False, True])
def test_starts_that_are_there(vocab: Vocab, tagger_model: Any, overwrite: bool) -> None:
    """What is annotated is kept without overwrite, also that a token starts none; what is not is written."""
    pipe = SentenceRecognizer(vocab, tagger_model(), overwrite=overwrite)
    doc = Doc(vocab, words=list("abcd"), sent_starts=[None, True, False, None])
    pipe.set_annotations([doc], [np.asarray([1, 0, 1, 1])])
    assert starts(doc) == ([True, False, True, True] if overwrite else [True, True, False, True])
    doc = Doc(vocab, words=list("ab"), sent_starts=[False, None])
    pipe.set_annotations([doc], [np.asarray([1, 0])])
    assert starts(doc) == [overwrite, False]


def test_sentencizer_writes_as_senter_does(vocab: Vocab) -> None:
    """The rule starts a sentence at the first token, unless that is annotated otherwise and overwrite is off."""
    for overwrite in (False, True):
        doc = Doc(vocab, words=["a", ".", "b"], sent_starts=[False, None, None])
        assert starts(Sentencizer(overwrite=overwrite)(doc)) == [overwrite, False, True]


def test_gold(vocab: Vocab, tagger_model: Any) -> None:
    """Starts are column 1, all else column 0; docs without sentences have no gold."""
    pipe = SentenceRecognizer(vocab, tagger_model())
    doc = Doc(vocab, words=["a", "b", "c"])
    known, unknown = {"words": ["a", "b", "c"], "sent_starts": [1, -1, 1]}, {"words": ["a", "b", "c"]}
    gold, _ = pipe._gold([Example.from_dict(doc.copy(), known), Example.from_dict(doc.copy(), unknown)])
    assert gold.tolist() == [1, 0, 1, -1, -1, -1]


def test_fixed_labels(vocab: Vocab, tagger_model: Any, examples: list[Example]) -> None:
    """The labels are I and S, hidden, and no others can be added or given."""
    pipe = SentenceRecognizer(vocab, tagger_model())
    assert (pipe.labels, pipe.hide_labels, pipe.label_data) == (("I", "S"), True, None)
    with pytest.raises(NotImplementedError, match="E931"):
        pipe.add_label("X")
    with pytest.raises(TypeError, match="labels"):
        pipe.initialize(lambda: examples, labels=["I"])  # type: ignore[call-arg]
