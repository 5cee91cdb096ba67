"""Augmenters: variants of examples that keep what is annotated, and what is not."""

from __future__ import annotations

import random
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.registries import registry
from tagma.training.augment import dont_augment, make_lowercase_variant

TEXT = "Anna READS Books."


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A blank English pipeline."""
    return tagma.blank("en")


def example_of(nlp: Language, text: str = TEXT, **annotation: Any) -> Example:
    """An example of a text."""
    return Example.from_dict(nlp.make_doc(text), annotation)


def test_lower_case_on_both_sides(nlp: Language) -> None:
    """Text and tokens are lower-cased on both sides, labels are as they were."""
    words = {"words": ["Anna", "READS", "Books."], "spaces": [True, True, False]}
    tags = {"tags": ["NNP", "VBZ", "NNS"], "lemmas": ["Anna", "read", "Book"], "morphs": ["", "Tense=Pres", ""]}
    example = make_lowercase_variant(nlp, example_of(nlp, **words, **tags, cats={"Reading": 1.0}))
    assert [token.text for token in example.predicted] == ["anna", "reads", "books", "."]
    assert [token.text for token in example.reference] == ["anna", "reads", "books."]
    assert [token.tag_ for token in example.reference] == tags["tags"]
    assert [token.lemma_ for token in example.reference] == tags["lemmas"]
    assert [str(token.morph) for token in example.reference] == tags["morphs"]
    assert example.reference.cats == {"Reading": 1.0}


def test_lower_case_keeps_a_parse(nlp: Language) -> None:
    """Heads and labels stay, and so do those that are missing."""
    example = make_lowercase_variant(
        nlp, example_of(nlp, heads=[1, 1, 1, None], deps=["nsubj", "ROOT", "obj", None], tags=["", "", "", ""])
    )
    assert [token.dep_ for token in example.reference] == ["nsubj", "ROOT", "obj", ""]
    assert [token.head.i for token in example.reference][:3] == [1, 1, 1]
    assert not example.reference.has_annotation("TAG")


@pytest.mark.parametrize("attr", ["TAG", "POS", "MORPH", "LEMMA", "DEP", "SENT_START", "ENT_IOB"])
def test_lower_case_adds_no_annotation(nlp: Language, attr: str) -> None:
    """What the example does not say, its variant does not say either."""
    assert not make_lowercase_variant(nlp, example_of(nlp)).reference.has_annotation(attr)


@pytest.mark.parametrize(
    "entities", [["U-P", "-", "-", "O"], ["O", "O", "O", "O"], ["-", "B-X", "L-X", "-"], ["-", "-", "-", "O"]]
)
def test_lower_case_keeps_partial_entities(nlp: Language, entities: list[str]) -> None:
    """Tokens outside of entities and tokens of which nothing is known are told apart."""
    before = example_of(nlp, entities=entities)
    after = make_lowercase_variant(nlp, before)
    shown = [[(token.ent_iob_, token.ent_type_) for token in each.reference] for each in (before, after)]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("starts", [[1, -1, -1, -1], [1, -1, None, 1]])
def test_lower_case_keeps_sentences(nlp: Language, starts: list[int | None]) -> None:
    """Sentence starts without a parse stay: yes, no and unknown."""
    before = example_of(nlp, sent_starts=starts)
    after = make_lowercase_variant(nlp, before)
    known = [[token.is_sent_start for token in each.reference] for each in (before, after)]
    assert known[0] == known[1]
    assert None in known[0] or after.reference.has_annotation("SENT_START", require_complete=True)


def test_lower_case_moves_spans_and_links(nlp: Language) -> None:
    """Spans and links stay on their tokens, also behind a letter whose lower-case form is longer."""
    text = "İzmir Is Big"
    annotation = {"spans": {"k": [(6, 8, "X")]}, "entities": [(9, 12, "E")], "links": {(9, 12): {"Q1": 1.0}}}
    reference = make_lowercase_variant(nlp, example_of(nlp, text, **annotation)).reference
    assert len(reference.text) > len(text)
    assert [(span.text, span.label_) for span in reference.spans["k"]] == [("is", "X")]
    assert [(ent.text, ent.label_) for ent in reference.ents] == [("big", "E")]
    assert [token.ent_kb_id_ for token in reference] == ["", "", "Q1"]


def test_level_is_a_share(nlp: Language) -> None:
    """One example comes for each, in lower case with the probability that is asked for."""
    random.seed(0)
    shares = []
    for level in (0.0, 0.3, 1.0):
        augmenter = registry.augmenters.get("spacy.lower_case.v1")(level=level)
        texts = [example.text for _ in range(100) for example in augmenter(nlp, example_of(nlp))]
        assert len(texts) == 100
        shares.append(sum(text.islower() for text in texts))
    assert shares[0] == 0
    assert 15 <= shares[1] <= 45
    assert shares[2] == 100


def test_no_augmentation(nlp: Language) -> None:
    """The augmenter that does nothing gives the example itself."""
    example = example_of(nlp)
    assert list(dont_augment(nlp, example)) == [example]
