"""textcat_multilabel: missing labels, thresholds, its settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tagma
from tagma.gold.example import Example
from tagma.ml import build_bow_text_classifier_v3, build_reduce_text_classifier
from tagma.nn import Model
from tagma.nn.config import code_of
from tagma.pipeline import MultiLabel_TextCategorizer
from tagma.pipeline.textcat import ensemble
from tagma.pipeline.textcat_multilabel import textcat_multilabel_score, textcat_multilabel_score_v1
from tagma.registries import registry
from tagma.testing import check_component
from tagma.tokens import Doc
from tagma.vocab import Vocab

GOLD = [
    (["bread", "and", "butter"], {"baking": 1.0, "dairy": 1.0, "meat": 0.0}),
    (["butter"], {"dairy": 1.0, "baking": 0.0, "meat": 0.0}),
    (["old", "ham"], {"meat": 1.0, "baking": 0.0, "dairy": 0.0}),
    (["water"], {"meat": 0.0, "baking": 0.0, "dairy": 0.0}),
]


def bag(exclusive_classes: bool = False) -> Model[Any, Any]:
    """A small bag of words."""
    return build_bow_text_classifier_v3(exclusive_classes, 1, False, length=256)


def make(vocab: Vocab) -> MultiLabel_TextCategorizer:
    """A component that is not initialized."""
    return MultiLabel_TextCategorizer(vocab, bag(), threshold=0.5)


def example_of(vocab: Vocab, words: list[str], cats: dict[str, float]) -> Example:
    """An example with categories."""
    return Example.from_dict(Doc(vocab, words=words), {"words": words, "cats": cats})


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """Four texts, with two labels, one, and none."""
    return [example_of(vocab, words, cats) for words, cats in GOLD]


@pytest.mark.parametrize("kind", ["bag", "pools"])
def test_it_is_a_component(kind: str, examples: list[Example], tok2vec_model: Any) -> None:
    """It passes what every component must pass, also that missing annotation gives no gradient."""

    def make(vocab: Vocab) -> MultiLabel_TextCategorizer:
        model = bag()
        if kind == "pools":
            model = build_reduce_text_classifier(tok2vec_model(), False, False, False, True, True)
        return MultiLabel_TextCategorizer(vocab, model, threshold=0.5)

    check_component(make, examples, steps=100, learn_rate=0.05)


def test_missing_labels(vocab: Vocab, examples: list[Example]) -> None:
    """A label that a doc does not name has no part in loss and gradient; one that is 0 has."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples)
    assert pipe.support_missing_values
    scores = np.full((2, 3), 0.5, dtype="f")
    batch = [example_of(vocab, ["a"], {"baking": 1.0}), example_of(vocab, ["b"], {"meat": 0.0, "dairy": 1.0})]
    loss, d_scores = pipe.get_loss(batch, scores)
    assert pipe.labels == ("baking", "dairy", "meat")
    assert d_scores.tolist() == [[-0.5, 0.0, 0.0], [0.0, -0.5, 0.5]]
    assert loss == pytest.approx(3 * 0.25 / 6)


def test_settings(vocab: Vocab, examples: list[Example]) -> None:
    """The saved settings have spaCy's keys, and one label is enough."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples, labels=["meat"])
    assert pipe.cfg == {"labels": ["meat"], "threshold": 0.5}
    with pytest.raises(TypeError, match="positive_label"):
        pipe.initialize(lambda: examples, positive_label="meat")  # type: ignore[call-arg]  # what is refused


def test_default_config() -> None:
    """The factory's settings are the peer's."""
    nlp = tagma.blank("en")
    nlp.add_pipe("textcat_multilabel")
    filled = {**ensemble(exclusive_classes=False), "nO": None}
    filled["linear_model"] = {**filled["linear_model"], "nO": None}
    assert nlp.config["components"]["textcat_multilabel"] == {
        "factory": "textcat_multilabel",
        "threshold": 0.5,
        "model": filled,
        "scorer": {"@scorers": "spacy.textcat_multilabel_scorer.v2"},
    }


def test_bad_gold(vocab: Vocab, examples: list[Example]) -> None:
    """Several labels are allowed, values between 0 and 1 are not."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples)
    with pytest.raises(ValueError, match=r"0\.3") as caught:
        pipe.update([example_of(vocab, ["a"], {"meat": 0.3})])
    assert code_of(caught.value) == "E851"


def test_labels_that_exclude_each_other(vocab: Vocab, examples: list[Example]) -> None:
    """A network of which one label alone can be said is refused: E4200 names the component and the setting."""
    pipe = MultiLabel_TextCategorizer(vocab, bag(exclusive_classes=True), "mine", threshold=0.5)
    with pytest.raises(ValueError, match=r"'mine' is a textcat_multilabel.*exclusive_classes = true") as caught:
        pipe.initialize(lambda: examples)
    assert code_of(caught.value) == "E4200"


def test_threshold(vocab: Vocab, examples: list[Example]) -> None:
    """It decides what counts as said: precision falls and recall rises when it is low."""
    pipe = make(vocab)
    pipe.initialize(lambda: examples)
    for example in examples:
        example.predicted.cats = {"baking": 0.4, "dairy": 0.4, "meat": 0.4}
    assert pipe.score(examples)["cats_micro_r"] == 0.0
    pipe.cfg["threshold"] = 0.3
    scores = pipe.score(examples)
    assert (scores["cats_micro_r"], scores["cats_micro_p"]) == (1.0, pytest.approx(4 / 12))
    assert scores["cats_score_desc"] == "macro AUC"


def test_scorers(vocab: Vocab) -> None:
    """They are registered under the peer's names."""
    assert make(vocab).scorer is textcat_multilabel_score
    assert registry.scorers.get("spacy.textcat_multilabel_scorer.v2")() is textcat_multilabel_score
    for name in ("spacy.textcat_multilabel_scorer.v1", "spacy-legacy.textcat_multilabel_scorer.v1"):
        assert registry.scorers.get(name)() is textcat_multilabel_score_v1
