"""trainable_lemmatizer: labels, learning, errors."""

from __future__ import annotations

from typing import Any

import pytest

from tagma import testing
from tagma.pipeline import EditTreeLemmatizer
from tagma.vocab import Vocab

GOLD = [(["cats", "ran"], ["cat", "run"]), (["dogs", "sat"], ["dog", "sit"])]


def test_conformance(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """The public suite passes."""
    batch = [example_of(words, lemmas=lemmas) for words, lemmas in GOLD]
    testing.check_component(lambda v: EditTreeLemmatizer(v, tagger_model(), min_tree_freq=1), batch, attrs=["LEMMA"])


def test_errors(vocab: Vocab, tagger_model: Any, example_of: Any) -> None:
    """Bad settings, rare trees and bad label data have their codes."""
    for settings, code in (({"backoff": "nothing"}, "E4250"), ({"top_k": 0}, "E4022")):
        with pytest.raises(ValueError, match=code):
            EditTreeLemmatizer(vocab, tagger_model(), **settings)
    batch = [example_of(words, lemmas=lemmas) for words, lemmas in GOLD]
    pipe = EditTreeLemmatizer(vocab, tagger_model())
    with pytest.raises(ValueError, match="E4252"):
        pipe.initialize(lambda: batch)
    with pytest.raises(ValueError, match="E857"):
        pipe.initialize(lambda: batch, labels={"labels": []})
    with pytest.raises(ValueError, match="E4251"):
        pipe.initialize(lambda: batch, labels={"labels": [3], "trees": []})
