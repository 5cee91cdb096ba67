"""Spelling variants: which words are exchanged, and for what."""

from __future__ import annotations

import random
from typing import Any

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.registries import registry
from tagma.training import orth_variants_augmenter
from tagma.training.augment_orth import construct_modified_raw_text, make_orth_variants

DOTS = {"single": [{"tags": [".", ":"], "variants": ["...", "…", ". . ."]}]}
QUOTES = [["“", "”"], ["«", "»"], ["'", "'"]]
WORDS = ["«", "Wait", "»", "Oskar", "Lind", "said", "..."]
TAGS = ["``", "VB", "''", "NNP", "NNP", "VBD", "."]


@pytest.fixture(scope="module")
def nlp() -> Language:
    """A blank English pipeline."""
    return tagma.blank("en")


def variants_of(
    nlp: Language, words: list[str], tags: list[str], orth_variants: dict[str, Any], *, lower: bool = False
) -> set[str]:
    """All texts that come of the words in 60 draws, blanks between them."""
    random.seed(0)
    columns = {"ORTH": words, "SPACY": [True] * (len(words) - 1) + [False], "TAG": tags}
    draws = [make_orth_variants(nlp, " ".join(words), columns, orth_variants, lower=lower) for _ in range(60)]
    assert all(text == " ".join(changed["ORTH"]) for text, changed in draws)
    assert columns["ORTH"] == words  # what was given is not changed
    return {text for text, _ in draws}


def test_single_variants(nlp: Language) -> None:
    """A variant with a fitting tag becomes another one, the same in the whole text; other words and tags stay."""
    found = variants_of(nlp, ["No", "...", "no", "…", "..."], ["UH", ":", "UH", ".", "NFP"], DOTS)
    assert found == {"No ... no ... ...", "No … no … ...", "No . . . no . . . ..."}


def test_later_entries_see_what_earlier_ones_wrote(nlp: Language) -> None:
    """Entries take effect one after the other."""
    entries = [{"tags": ["X"], "variants": ["a", "b"]}, {"tags": ["X"], "variants": ["b", "c"]}]
    assert variants_of(nlp, ["a"], ["X"], {"single": entries}) == {"a", "b", "c"}


def test_pairs_by_tag(nlp: Language) -> None:
    """With two tags, the first stands for the left side and the second for the right side, whatever the words were."""
    orth_variants = {"paired": [{"tags": ["``", "''"], "variants": QUOTES}]}
    words, tags = ["'", "a", "'", "”", "b", "“", "'"], ["``", "NN", "''", "``", "NN", "''", "POS"]
    found = variants_of(nlp, words, tags, orth_variants)
    assert found == {"“ a ” “ b ” '", "« a » « b » '", "' a ' ' b ' '"}


@pytest.mark.parametrize("tags", [["Q"], ["Q", "R", "S"]])
def test_pairs_by_word(nlp: Language, tags: list[str]) -> None:
    """With another number of tags than two, each word keeps its side; one that is on both is taken for the left."""
    orth_variants = {"paired": [{"tags": tags, "variants": QUOTES}]}
    found = variants_of(nlp, ["«", "a", "”", "'", '"'], ["Q", "NN", "Q", "Q", "Q"], orth_variants)
    assert found == {'“ a ” “ "', '« a » « "', "' a ' ' \""}


def test_side_of_a_word_in_two_pairs(nlp: Language) -> None:
    """A word that is right in one pair and left in another has the side that it has in the last of them."""
    for pairs, sides in [([["„", "“"], ["“", "”"]], {"„", "“"}), ([["“", "”"], ["„", "“"]], {"“", "”"})]:
        assert variants_of(nlp, ["“"], ["Q"], {"paired": [{"tags": ["Q"], "variants": pairs}]}) == sides


def test_numbers_that_are_drawn(nlp: Language) -> None:
    """One for each entry, used or not, then one for each word of a pair that is exchanged, as in spaCy."""
    words = ["«", "a", "»", "..."]
    columns = {"ORTH": words, "SPACY": [True] * 4, "TAG": ["Q", "Q", "Q", "X"]}
    paired = [{"tags": ["Q"], "variants": QUOTES}, {"tags": ["Q"], "variants": [["a", "b"], ["c", "d"]]}]
    for seed in range(20):
        random.seed(seed)
        _, changed = make_orth_variants(nlp, "", columns, {**DOTS, "paired": paired})
        after = random.random()
        random.seed(seed)
        _, quotes, letters = (random.choice(variants) for variants in (range(3), QUOTES, paired[1]["variants"]))
        assert changed["ORTH"] == [quotes[0], letters[0], quotes[1], "..."]
        for _ in range(3):
            random.choice(range(2))
        assert random.random() == after


def test_lower_case_comes_first(nlp: Language) -> None:
    """Words are looked up in lower case, and what is put in for them stays as the variants have it."""
    orth_variants = {"single": [{"tags": ["UH"], "variants": ["ok", "O.K."]}]}
    assert variants_of(nlp, ["OK", "Ida"], ["UH", "NNP"], orth_variants, lower=True) == {"ok ida", "O.K. ida"}
    assert variants_of(nlp, ["OK", "Ida"], ["UH", "NNP"], orth_variants) == {"OK Ida"}


@pytest.mark.parametrize("tags", [{}, {"TAG": []}])
def test_without_tags(nlp: Language, tags: dict[str, list[str]]) -> None:
    """Without tags nothing is exchanged; text and words are lower-cased if asked for, and no number is drawn."""
    columns = {"ORTH": ["Ida", "..."], "SPACY": [False, False], **tags}
    before = random.getstate()
    assert make_orth_variants(nlp, " Ida...", columns, DOTS) == (" Ida...", columns)
    lowered = make_orth_variants(nlp, " Ida...", columns, DOTS, lower=True)
    assert lowered == (" ida...", {**columns, "ORTH": ["ida", "..."]})
    assert random.getstate() == before


def test_text_of_words() -> None:
    """Blanks stand where the column says, also after the last word."""
    assert construct_modified_raw_text({"ORTH": ["a", "b", "c"], "SPACY": [False, True, True]}) == "ab c "
    assert construct_modified_raw_text({"ORTH": [], "SPACY": []}) == ""


def example_of(nlp: Language, **annotation: Any) -> Example:
    """« Wait » Oskar Lind said..., with tags."""
    annotation = {"words": WORDS, "spaces": [True] * 5 + [False, True], "tags": TAGS, **annotation}
    return Example.from_dict(nlp.make_doc("« Wait » Oskar Lind said... "), annotation)


def other_dots(nlp: Language, example: Example) -> Example:
    """The example with an ellipsis of five characters."""
    orth_variants = {"single": [{"tags": ["."], "variants": ["..."] + [". . ."] * 9}]}
    random.seed(1)
    return next(orth_variants_augmenter(nlp, example, orth_variants, level=1.0))


def test_both_sides_of_an_example(nlp: Language) -> None:
    """Text, predicted tokens and reference are spelt in the other way; the annotation stays."""
    parse = {"heads": [1, 5, 1, 4, 5, 5, 5], "deps": ["punct", "ccomp", "punct", "compound", "nsubj", "ROOT", "punct"]}
    entities = ["O", "O", "O", "B-PER", "L-PER", "-", "O"]
    before = example_of(nlp, **parse, entities=entities, lemmas=WORDS, cats={"Talk": 1.0})
    after = other_dots(nlp, before)
    assert after.text == "« Wait » Oskar Lind said. . . "
    assert [token.text for token in after.reference] == [*WORDS[:-1], ". . ."]
    assert [token.text for token in after.predicted][-4:] == ["said", ".", ".", "."]
    for name in ("tag_", "dep_", "lemma_", "ent_iob_", "ent_type_", "is_sent_start"):
        values = [[getattr(token, name) for token in each.reference] for each in (before, after)]
        assert values[0] == values[1], name
    assert [token.head.i for token in after.reference] == parse["heads"]
    assert after.reference.cats == {"Talk": 1.0}
    assert before.text == "« Wait » Oskar Lind said... "


def test_spans_and_links_behind_a_longer_word(nlp: Language) -> None:
    """Spans and links stay on their tokens, where the text before them has another length."""
    words, tags = ["...", "Oskar", "Lind", "..."], [".", "NNP", "NNP", "."]
    annotation = {"spans": {"k": [(4, 18, "X")]}, "entities": [(4, 14, "PER")], "links": {(4, 14): {"Q7": 1.0}}}
    text = "... Oskar Lind ..."
    reference = other_dots(
        nlp, Example.from_dict(nlp.make_doc(text), {"words": words, "tags": tags, **annotation})
    ).reference
    assert [span.text for span in reference.spans["k"]] == ["Oskar Lind . . ."]
    assert [(ent.text, ent.kb_id_) for ent in reference.ents] == [("Oskar Lind", "Q7")]


def test_sentences_without_a_parse(nlp: Language) -> None:
    """Sentence starts stay as they are: yes, no and unknown."""
    after = other_dots(nlp, example_of(nlp, sent_starts=[1, -1, None, 1, -1, -1, -1]))
    assert [token.is_sent_start for token in after.reference] == [True, False, None, True, False, False, False]


def test_levels_are_shares(nlp: Language) -> None:
    """The levels are the share of examples with other spellings, and of those among them that are in lower case."""
    random.seed(3)
    orth_variants = {"single": [{"tags": ["."], "variants": ["…", "..."]}]}
    augmenter = registry.augmenters.get("spacy.orth_variants.v1")(level=0.5, lower=0.3, orth_variants=orth_variants)
    texts = [example.text for _ in range(200) for example in augmenter(nlp, example_of(nlp))]
    assert len(texts) == 200
    assert 30 <= sum("…" in text for text in texts) <= 70  # the half of a half
    assert 15 <= sum(text.islower() for text in texts) <= 45  # of 100, three in ten
    unchanged = example_of(nlp)
    assert list(orth_variants_augmenter(nlp, unchanged, orth_variants)) == [unchanged]


@pytest.mark.parametrize(
    ("orth_variants", "message"),
    [
        ({"single": [*DOTS["single"], {"variants": ["a"]}]}, r"\['single'\]\[1\]: 'tags' .* not None"),
        ({"single": [{"tags": ["X"], "variants": []}]}, r"'variants' must be a list that is not empty, not \[\]"),
        ({"single": [{"tags": "NN", "variants": ["a"]}]}, "'tags' .* not 'NN'"),
        ({"single": [{"tags": ["X"], "variants": ["a", ""]}]}, "must be a word, not ''"),
        ({"paired": [{"tags": ["X"], "variants": ["«»"]}]}, r"\['paired'\]\[0\]: .* two words, .* not '«»'"),
        ({"paired": [{"tags": ["X"], "variants": [["«", "»", "”"]]}]}, "two words"),
    ],
)
def test_variants_of_a_wrong_form(orth_variants: dict[str, Any], message: str) -> None:
    """Wrong variants are an error when the augmenter is made, which names the entry, both by itself and combined."""
    with pytest.raises(ValueError, match=message):
        registry.augmenters.get("spacy.orth_variants.v1")(level=1.0, lower=0.0, orth_variants=orth_variants)
    whitespace = {"whitespace_level": 0.0, "whitespace_per_token": 0.0, "whitespace_variants": None}
    with pytest.raises(ValueError, match=message):
        registry.augmenters.get("spacy.combined_augmenter.v1")(
            lower_level=0.0, orth_level=1.0, orth_variants=orth_variants, **whitespace
        )
