"""Whitespace that is put into examples, and the augmenter that makes all three changes."""

from __future__ import annotations

import random
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.registries import registry
from tagma.training.augment import combined_augmenter, make_whitespace_variant

WORDS = ["Ida", "Berg", "left", "Oslo", "..."]
FULL = {
    "tags": ["NNP", "NNP", "VBD", "NNP", "."],
    "pos": ["PROPN", "PROPN", "VERB", "PROPN", "PUNCT"],
    "morphs": ["Number=Sing", "Number=Sing", "Tense=Past", "", ""],
    "lemmas": ["Ida", "Berg", "leave", "Oslo", "..."],
    "heads": [1, 2, 2, 2, 2],
    "deps": ["compound", "nsubj", "ROOT", "obj", "punct"],
    "entities": ["B-PER", "L-PER", "O", "U-LOC", "O"],
    "cats": {"Travel": 1.0},
}
DOTS = {"single": [{"tags": ["."], "variants": ["…"] * 9 + ["..."]}]}


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A blank English pipeline."""
    return tagma.blank("en")


def example_of(nlp: Language, **annotation: Any) -> Example:
    """Ida Berg left Oslo..., with the annotation."""
    annotation = {"words": WORDS, "spaces": [True, True, True, False, False], **annotation}
    return Example.from_dict(nlp.make_doc("Ida Berg left Oslo..."), annotation)


@pytest.mark.parametrize(
    ("position", "text", "head", "entity"),
    [
        (0, "\nIda Berg left Oslo...", 1, ("O", "")),
        (1, "Ida \nBerg left Oslo...", 0, ("I", "PER")),
        (2, "Ida Berg \nleft Oslo...", 1, ("O", "")),
        (5, "Ida Berg left Oslo...\n", 4, ("O", "")),
    ],
)
def test_whitespace_in_annotation(nlp: Language, position: int, text: str, head: int, entity: tuple[str, str]) -> None:
    """The new token has annotation of its own, and is in an entity only inside of one; all else stays in its place."""
    before = example_of(nlp, **FULL)
    after = make_whitespace_variant(nlp, before, "\n", position)
    assert after.text == after.reference.text == text
    token = after.reference[position]
    assert (token.text, token.tag_, token.pos_, str(token.morph), token.lemma_) == ("\n", "_SP", "SPACE", "", "\n")
    assert (token.dep_, token.head.i, token.ent_iob_, token.ent_type_) == ("dep", head, *entity)
    assert token.is_sent_start is (position == 0)
    others = [other for other in after.reference if other.i != position]
    for name in ("text", "tag_", "pos_", "lemma_", "dep_", "ent_iob_", "ent_type_"):
        assert [getattr(other, name) for other in others] == [getattr(each, name) for each in before.reference], name
    assert [str(other.morph) for other in others] == FULL["morphs"]
    assert [other.head.text for other in others] == [each.head.text for each in before.reference]
    assert [ent.label_ for ent in after.reference.ents] == ["PER", "LOC"]
    assert len(list(after.reference.sents)) == 1
    assert after.reference.cats == {"Travel": 1.0}


@pytest.mark.parametrize("annotation", [{}, {"tags": FULL["tags"]}, {"sent_starts": [1, -1, -1, 1, None]}])
def test_whitespace_adds_no_annotation(nlp: Language, annotation: dict[str, Any]) -> None:
    """The new token has only the kinds of annotation that the example has."""
    before = example_of(nlp, **annotation)
    after = make_whitespace_variant(nlp, before, " ", 3)
    assert after.text == "Ida Berg left  Oslo..."
    for attr in ("TAG", "POS", "MORPH", "LEMMA", "DEP", "SENT_START", "ENT_IOB"):
        assert after.reference.has_annotation(attr) == before.reference.has_annotation(attr), attr


def test_whitespace_before_a_sentence(nlp: Language) -> None:
    """Without a parse too, whitespace does not begin a sentence: it ends the one before; what is unknown stays so."""
    after = make_whitespace_variant(nlp, example_of(nlp, sent_starts=[1, None, -1, 1, -1]), "\n\n", 3)
    assert [token.is_sent_start for token in after.reference] == [True, None, False, False, True, False]


def test_whitespace_between_unknown_entities(nlp: Language) -> None:
    """Whitespace is outside of entities where nothing is known of its neighbours, which stay unknown."""
    after = make_whitespace_variant(nlp, example_of(nlp, entities=["-", "-", "O", "U-LOC", "-"]), "\t", 1)
    assert [token.ent_iob_ for token in after.reference] == ["", "O", "", "O", "B", ""]


@pytest.mark.parametrize(
    "annotation",
    [
        {"entities": FULL["entities"], "links": {(14, 18): {"Q585": 1.0}}},
        {"spans": {"k": [(14, 18, "PLACE")]}},
        {"spans": {"k": []}},
        {"heads": [1, None, 2, 2, None], "deps": ["compound", None, "ROOT", "obj", None]},
    ],
)
def test_no_whitespace_beside_links_and_spans(nlp: Language, annotation: dict[str, Any]) -> None:
    """An example with links, spans or a partial parse is left alone."""
    example = example_of(nlp, **annotation)
    assert make_whitespace_variant(nlp, example, " ", 2) is example


def test_no_whitespace_in_an_empty_text(nlp: Language) -> None:
    """An empty example is left alone, by the combined augmenter too."""
    example = Example.from_dict(nlp.make_doc(""), {})
    assert make_whitespace_variant(nlp, example, " ", 0) is example
    everything = {"lower_level": 0.0, "whitespace_level": 1.0, "whitespace_per_token": 9.0}
    assert list(combined_augmenter(nlp, example, **everything, whitespace_variants=[" "])) == [example]


@pytest.mark.parametrize("position", [-1, 6])
def test_whitespace_outside_of_the_text(nlp: Language, position: int) -> None:
    """A position that is none is an error with the position and the number of tokens."""
    with pytest.raises(ValueError, match=f"position {position}: must be from 0 to 5"):
        make_whitespace_variant(nlp, example_of(nlp), " ", position)


def texts(nlp: Language, n: int, **settings: Any) -> list[str]:
    """What the combined augmenter makes of an example in n draws, one text for each."""
    random.seed(2)
    settings = {
        "lower_level": 0.0,
        "orth_level": 0.0,
        "orth_variants": None,
        "whitespace_level": 0.0,
        "whitespace_per_token": 0.0,
        "whitespace_variants": None,
        **settings,
    }
    augmenter = registry.augmenters.get("spacy.combined_augmenter.v1")(**settings)
    found = [[example.text for example in augmenter(nlp, example_of(nlp, **FULL))] for _ in range(n)]
    assert all(len(each) == 1 for each in found)
    return [each[0] for each in found]


def test_combined_changes_nothing_by_itself(nlp: Language) -> None:
    """Levels without variants, and variants without a level, leave the example as it is."""
    example = example_of(nlp, **FULL)
    assert list(combined_augmenter(nlp, example)) == [example]
    without_variants = {"orth_level": 1.0, "whitespace_level": 1.0, "whitespace_per_token": 1.0}
    assert list(combined_augmenter(nlp, example, **without_variants)) == [example]
    variants = {"orth_variants": DOTS, "whitespace_variants": ["\n"], "whitespace_per_token": 1.0}
    assert list(combined_augmenter(nlp, example, **variants)) == [example]


def test_combined_makes_all_changes(nlp: Language) -> None:
    """Lower case, other spelling and whitespace come together in one example."""
    whitespace = {"whitespace_level": 1.0, "whitespace_per_token": 0.5, "whitespace_variants": ["\n"]}
    found = texts(nlp, 20, lower_level=1.0, orth_level=1.0, orth_variants=DOTS, **whitespace)
    assert {text.replace("\n", "") for text in found} == {"ida berg left oslo…", "ida berg left oslo..."}
    assert {text.count("\n") for text in found} == {2}  # half of five tokens, rounded down


def test_combined_levels_are_shares(nlp: Language) -> None:
    """Each change is made to its share of the examples, whether the others are made or not."""
    whitespace = {"whitespace_level": 0.6, "whitespace_per_token": 0.2, "whitespace_variants": ["\t", "\n"]}
    found = texts(nlp, 300, lower_level=0.2, orth_level=0.4, orth_variants=DOTS, **whitespace)
    assert 40 <= sum(text.islower() for text in found) <= 80
    assert 80 <= sum("…" in text for text in found) <= 136  # nine in ten draws of the variant
    assert 150 <= sum("\t" in text or "\n" in text for text in found) <= 210
    assert {text.count("\t") + text.count("\n") for text in found} == {0, 1}
    assert {"\t", "\n"} <= set("".join(found))


def test_whitespace_comes_anywhere(nlp: Language) -> None:
    """Whitespace is put before any of the tokens, also before that which was put in before."""
    found = set(texts(nlp, 100, whitespace_level=1.0, whitespace_per_token=0.2, whitespace_variants=["\n"]))
    assert {text.index("\n") for text in found} == {0, 4, 9, 14, 18}
    found = set(texts(nlp, 100, whitespace_level=1.0, whitespace_per_token=0.4, whitespace_variants=["\n"]))
    assert any("\n\n" in text for text in found)


def test_combined_is_fixed_by_the_seed(nlp: Language) -> None:
    """The same seed gives the same examples."""
    whitespace = {"whitespace_level": 0.5, "whitespace_per_token": 0.4, "whitespace_variants": ["\t", "\n"]}
    settings = {"lower_level": 0.5, "orth_level": 0.5, "orth_variants": DOTS, **whitespace}
    assert texts(nlp, 30, **settings) == texts(nlp, 30, **settings)
    assert len(set(texts(nlp, 30, **settings))) > 10
