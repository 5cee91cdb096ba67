"""trainable_lemmatizer: labels, learning, errors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tagma import testing
from tagma.gold.example import Example
from tagma.nn import Model
from tagma.pipeline import EditTreeLemmatizer
from tagma.pipeline._edit_trees import EditTrees
from tagma.tokens import Doc
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


def lemmatizer(vocab: Vocab, **settings: Any) -> EditTreeLemmatizer:
    """Its network always likes best the tree that takes "ing" away, and next the one that takes "s" away."""

    def forward(model: Any, docs: Any, is_train: bool) -> Any:
        return [np.tile(np.asarray([[0.7, 0.3]], dtype="float32"), (len(doc), 1)) for doc in docs], lambda dY: []

    pipe = EditTreeLemmatizer(vocab, Model("fixed", forward), **settings)
    trees = EditTrees(vocab)
    labels = [trees.add("walking", "walk"), trees.add("dogs", "dog")]
    docs = Doc(vocab, words=["walking"]), Doc(vocab, words=["walking"], lemmas=["walk"])
    pipe.initialize(lambda: [Example(*docs)], labels={"trees": trees.to_json(), "labels": labels})
    return pipe


def lemmas(pipe: EditTreeLemmatizer, words: list[str], given: list[str] | None = None) -> list[str]:
    return [token.lemma_ for token in pipe(Doc(pipe.vocab, words=words, lemmas=given))]


WORDS = ["Talking", "Cats", "Ran"]


def test_trees_are_tried_until_one_fits(vocab: Vocab) -> None:
    """One by default, which fits the first word alone."""
    assert lemmas(lemmatizer(vocab), WORDS) == ["Talk", "Cats", "Ran"]
    assert lemmas(lemmatizer(vocab, top_k=2), WORDS) == ["Talk", "Cat", "Ran"]
    activated = lemmatizer(vocab, top_k=2, save_activations=True)
    doc = activated(Doc(vocab, words=WORDS))
    assert [token.lemma_ for token in doc] == ["Talk", "Cat", "Ran"]
    kept = doc.activations["trainable_lemmatizer"]
    assert kept["tree_ids"].tolist() == [*activated.labels, -1]
    assert kept["probabilities"].shape == (3, 2)


def test_what_no_tree_fits_has_its_backoff(vocab: Vocab) -> None:
    """An attribute, or no lemma."""
    assert lemmas(lemmatizer(vocab, backoff="lower"), WORDS) == ["Talk", "cats", "ran"]
    assert lemmas(lemmatizer(vocab, backoff=None), WORDS) == ["Talk", "", ""]


def test_lemmas_that_are_there_stay_unless_they_are_overwritten(vocab: Vocab) -> None:
    given = ["a", "b", "c"]
    assert lemmas(lemmatizer(vocab), WORDS, given) == given
    assert lemmas(lemmatizer(vocab, overwrite=True), WORDS, given) == ["Talk", "Cats", "Ran"]
    assert lemmas(lemmatizer(vocab, overwrite=True, backoff=None), WORDS, given) == ["Talk", "b", "c"]


def test_errors_name_the_file(vocab: Vocab, tmp_path: Any) -> None:
    """Trees that are cut off, and labels that are none of the trees."""
    pipe = lemmatizer(vocab)
    pipe.to_disk(tmp_path / "pipe", exclude=["model"])
    trees = tmp_path / "pipe" / "trees"
    whole = trees.read_bytes()
    trees.write_bytes(whole[:-3])
    with pytest.raises(ValueError, match=rf"E4010.*{re.escape(str(trees))}"):
        lemmatizer(vocab).from_disk(tmp_path / "pipe", exclude=["model"])
    trees.write_bytes(EditTrees(vocab).to_bytes())
    with pytest.raises(ValueError, match=r"E4251.*save or copy both again"):
        lemmatizer(vocab).from_disk(tmp_path / "pipe", exclude=["model"])
