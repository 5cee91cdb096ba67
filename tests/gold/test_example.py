"""Example: annotation from dicts and back, and what it says of the predicted tokens."""

import re
from typing import Any

import numpy as np
import pytest

from tagma.gold.example import (
    Example,
    aligned_columns,
    aligned_sent_starts,
    validate_distillation_examples,
    validate_examples,
    validate_get_examples,
)
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc
from tagma.vocab import Vocab

GOLD = {
    "words": ["I", "do", "n't", "like", "New", "York", "."],
    "spaces": [True, False, True, True, True, False, False],
    "tags": ["PRP", "VB", "RB", "VB", "NNP", "NNP", "."],
    "pos": ["PRON", "AUX", "PART", "VERB", "PROPN", "PROPN", "PUNCT"],
    "morphs": ["Case=Nom", "", "", "", "Number=Sing", "Number=Sing", ""],
    "lemmas": ["I", "do", "not", "like", "New", "York", "."],
    "heads": [3, 3, 3, 3, 5, 3, 3],
    "deps": ["nsubj", "aux", "neg", "ROOT", "compound", "dobj", "punct"],
    "entities": ["O", "O", "O", "O", "B-GPE", "L-GPE", "O"],
    "spans": {"sc": [(13, 21, "PLACE")]},
    "links": {(13, 21): {"Q60": 1.0, "Q1": 0.0}},
    "cats": {"travel": 1.0},
}


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the stock lexical attributes."""
    return Vocab(lex_attr_getters=dict(LEX_ATTRS))


def same(vocab: Vocab) -> Example:
    """An example with equal tokens on both sides."""
    return Example.from_dict(Doc(vocab, words=GOLD["words"], spaces=GOLD["spaces"]), GOLD)


def other(vocab: Vocab) -> Example:
    """An example whose predicted tokens are cut differently."""
    words = ["I", "don't", "li", "ke", "New York", "."]
    return Example.from_dict(Doc(vocab, words=words, spaces=[True, True, False, True, False, False]), GOLD)


def test_none_is_refused(vocab: Vocab) -> None:
    """Both docs and the dict are needed."""
    with pytest.raises(TypeError, match="E972"):
        Example(None, Doc(vocab))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"E972.*reference"):
        Example(Doc(vocab), None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="E976"):
        Example.from_dict(Doc(vocab), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda doc: Example.from_dict("a b", {}), "Example.from_dict takes a Doc as predicted, not 'a b' (str)"),
        (lambda doc: Example.from_dict(doc, []), "Example.from_dict takes a dict as example_dict, not [] (list)"),
        (lambda doc: Example("a", doc), "Example takes a Doc as predicted, not 'a' (str); nlp.make_doc"),
        (lambda doc: Example(doc, 3), "Example takes a Doc as reference, not 3 (int); nlp.make_doc"),
    ],
)
def test_other_types(vocab: Vocab, make: Any, message: str) -> None:
    """What is no Doc, or no dict, is TypeError E4027 with argument, value and type."""
    with pytest.raises(TypeError, match=re.escape(f"[E4027] {message}")):
        make(Doc(vocab, words=["a"]))


def test_dict_round_trip(vocab: Vocab) -> None:
    """to_dict holds all annotation, and from_dict makes the same example of it."""
    example = same(vocab)
    data = example.to_dict()
    assert data["token_annotation"]["HEAD"] == GOLD["heads"]
    assert data["token_annotation"]["MORPH"] == GOLD["morphs"]
    assert data["token_annotation"]["SENT_START"] == [1, 0, 0, 0, 0, 0, 0]
    assert data["doc_annotation"]["entities"] == GOLD["entities"]
    assert data["doc_annotation"]["links"] == {(13, 21): {"Q60": 1.0}}
    assert data["doc_annotation"]["spans"] == {"sc": [(13, 21, "PLACE", "")]}
    assert Example.from_dict(example.predicted, data).to_dict() == data
    assert str(example) == str(data)
    assert example.copy().to_dict() == data


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        ({"foo": [1] * 7}, KeyError, "E983.*foo"),
        ({"tags": [1] * 7}, TypeError, "E969.*TAG"),
        ({"tag": ["A"] * 7}, KeyError, r"E983.*'tag' in the annotation; did you mean 'tags'\?"),
        ({"tags": ["A"]}, ValueError, "E971.*'tags' has 1 rows.*7"),
        ({"TAG": ["A"]}, ValueError, "E971.*'TAG' has 1 rows.*7"),
        ({"pos": ["NOPE"] * 7}, ValueError, "E1021.*NOPE"),
        ({"entities": 5}, ValueError, "E973"),
        ({"entities": [5]}, ValueError, "E973"),
        ({"entities": {}}, ValueError, "E973"),
        ({"entities": "O"}, ValueError, "E973"),
        ({"entities": [(0, 1)]}, ValueError, "E973"),
        ({"entities": ["O", "I-X", "O", "O", "O", "O", "O"]}, ValueError, "E067.*I-X.*token 1"),
        ({"entities": ["B-X", "-", "L-X", "O", "O", "O", "O"]}, ValueError, "E067.*L-X.*token 2"),
        ({"entities": ["X-X", "O", "O", "O", "O", "O", "O"]}, ValueError, "E068.*X-X"),
        ({"heads": [0, 2, 3, 1, 0, 0, 0], "deps": ["x"] * 7}, ValueError, r"E4052.*tokens \[1, 2, 3\]"),
        ({"spans": 5}, ValueError, "E879"),
        ({"spans": {"a": [1]}}, ValueError, "E879"),
        ({"spans": {"a": "b"}}, ValueError, "E879"),
        ({"spans": {"a": [(0, 1, "X", "Q1", 5)]}}, ValueError, "E879"),
        ({"links": {(0, 2): {"Q1": 1.0}}}, ValueError, "E981"),
        ({"links": {(0, 1): {"Q1": 1.0, "Q2": 1.0}}}, ValueError, "E980"),
    ],
)
def test_malformed_annotation(vocab: Vocab, data: dict[str, object], error: type[Exception], code: str) -> None:
    """What is malformed is refused, with the value."""
    with pytest.raises(error, match=code):
        Example.from_dict(Doc(vocab, words=GOLD["words"], spaces=GOLD["spaces"]), data)


def test_entities_in_either_scheme(vocab: Vocab) -> None:
    """Tags may be BILUO or IOB, under either name; None and "-" are unknown, [] is none at all."""
    for tags in (["B-A", "L-A", "U-B", "O", None], ["B-A", "I-A", "B-B", "O", "-"]):
        for key in ("entities", "ner"):
            reference = Example.from_dict(Doc(vocab, words=["a", "b", "c", "d", "e"]), {key: tags}).reference
            assert [(ent.start, ent.end, ent.label_) for ent in reference.ents] == [(0, 2, "A"), (2, 3, "B")]
            assert [token.ent_iob_ for token in reference] == ["B", "I", "B", "O", ""]
    nothing = Example.from_dict(Doc(vocab, words=["a", "b"]), {"entities": []}).reference
    assert [token.ent_iob_ for token in nothing] == ["O", "O"]


def test_spaces_that_are_not_given(vocab: Vocab) -> None:
    """Words of another cut get their spaces from the text; a word that is not in it is followed by one."""
    predicted = Doc(vocab, words=["don't", "go"], spaces=[True, False])
    words = {"words": ["do", "n't", "go"]}
    assert Example.from_dict(predicted, words).reference.has_unknown_spaces
    assert Example.from_dict(predicted, {**words, "text": "don't go"}).reference.text == "don't go"
    assert Example.from_dict(predicted, {"words": ["do", "not", "go"], "text": "don't go"}).reference.text == "donot go"


def test_values_of_same_tokens(vocab: Vocab) -> None:
    """With equal tokens every value comes through."""
    example = same(vocab)
    assert example.get_aligned("TAG", as_string=True) == GOLD["tags"]
    assert example.get_aligned("TAG") == [vocab.strings[tag] for tag in GOLD["tags"]]
    assert example.get_aligned("ENT_IOB") == [2, 2, 2, 2, 3, 1, 2]
    assert example.get_aligned_parse() == (GOLD["heads"], GOLD["deps"])
    assert example.get_aligned_ner() == GOLD["entities"]


def test_values_of_other_tokens(vocab: Vocab) -> None:
    """Tokens that cover several gold tokens have a value only where those agree."""
    example = other(vocab)
    assert example.get_aligned("TAG", as_string=True) == ["PRP", None, "VB", "VB", "NNP", "."]
    heads, deps = example.get_aligned_parse()
    assert heads == [None, None, None, None, None, None]
    assert deps == ["nsubj", None, "ROOT", "ROOT", None, "punct"]
    assert example.get_aligned_ner() == ["O", "O", "O", "O", "U-GPE", "O"]
    ents, _ = example.get_aligned_ents_and_ner()
    assert [(ent.start, ent.end, ent.label_, ent.kb_id_) for ent in ents] == [(4, 5, "GPE", "Q60")]


def test_unannotated_reference(vocab: Vocab) -> None:
    """Without annotation nothing is known."""
    example = Example(Doc(vocab, words=["a", "b"]), Doc(vocab, words=["a", "b"]))
    assert example.get_aligned_ents_and_ner() == ([], [None, None])
    assert example.get_aligned_sent_starts() == [None, None]
    assert example.split_sents() == [example]


def test_spans_and_matching_entities(vocab: Vocab) -> None:
    """Spans are mapped where the text is equal; predicted entities match by characters and, if asked, label."""
    example = other(vocab)
    assert [s.text for s in example.get_aligned_spans_x2y([example.x[4:5], example.x[2:3]])] == ["New York"]
    assert [s.text for s in example.get_aligned_spans_y2x([example.y[1:3], example.y[1:2]])] == ["don't"]
    example.x.ents = [("LOC", 4, 5)]
    assert example.get_matching_ents() == []
    assert [ent.text for ent in example.get_matching_ents(check_label=False)] == ["New York"]


def test_sentences(vocab: Vocab) -> None:
    """Sentence starts go to the first aligned token; split_sents cuts both sides there."""
    words = ["ab", "c", "de"]
    gold = {"words": ["a", "b", "c", "d", "e"], "sent_starts": [1, -1, -1, 1, -1]}
    example = Example.from_dict(Doc(vocab, words=words), gold)
    assert example.get_aligned_sent_starts() == [True, False, True]
    parts = [([t.text for t in eg.x], [t.text for t in eg.y]) for eg in example.split_sents()]
    assert parts == [(["ab", "c"], ["a", "b", "c"]), (["de"], ["d", "e"])]


def test_alignment_follows_the_words(vocab: Vocab) -> None:
    """The alignment is kept while words stay, for new predicted docs too, and made anew when a doc is replaced."""
    example = other(vocab)
    first = example.alignment
    again = Example(example.predicted.copy(), example.reference)
    assert again.alignment is first
    example.predicted = Doc(vocab, words=GOLD["words"])
    assert example.alignment.x2y.lengths.tolist() == [1] * 7
    example.reference = Doc(vocab, words=["x"])
    with pytest.raises(ValueError, match="E949"):
        _ = example.alignment


def test_batch_columns(vocab: Vocab) -> None:
    """A batch column holds what get_aligned says of each example, 0 for None, for equal tokens and for others."""
    for batch in ([same(vocab), same(vocab)], [same(vocab), other(vocab)]):
        for field in ("TAG", "MORPH", "POS", "HEAD"):
            expected = [value or 0 for example in batch for value in example.get_aligned(field)]
            assert aligned_columns(batch, [field])[0].tolist() == expected
        starts = [{True: 1, False: -1, None: 0}[s] for example in batch for s in example.get_aligned_sent_starts()]
        assert aligned_sent_starts(batch).tolist() == starts
    assert aligned_columns([], ["TAG"])[0].shape == (0,)
    example = same(vocab)
    aligned_columns([example], ["TAG"])
    example.reference[0].tag_ = "NEW"
    assert aligned_columns([example], ["TAG"])[0][0] == vocab.strings["NEW"], "a changed gold tag must be seen"


def test_missing_values_are_unknown(vocab: Vocab) -> None:
    """None as dep is no label and no head, None and 0 as sentence start unknown, and the dict may be nested."""
    words = ["a", "b", "c"]
    data = {"token_annotation": {"deps": ["x", None, "ROOT"], "heads": [2, 0, None]}, "doc_annotation": {"cats": None}}
    example = Example.from_dict(Doc(vocab, words=words), data)
    assert example.get_aligned_parse(projectivize=False) == ([2, 1, 2], ["x", "", "ROOT"])
    starts = Example.from_dict(Doc(vocab, words=words), {"sent_starts": [True, None, 0]})
    assert not starts.reference.has_annotation("SENT_START")
    false = Example.from_dict(Doc(vocab, words=words), {"sent_starts": [True, False, -1]})
    assert np.asarray(false.reference.column("sent_start")).tolist() == [1, -1, -1]


def test_texts_whose_small_form_is_longer(vocab: Vocab) -> None:
    """Turkish and Greek capitals align and keep their entities, in other words and in small letters."""
    data = {"words": ["İstanbul'da", "ΟΔΟΣ", "Α"], "entities": ["U-GPE", "B-FAC", "L-FAC"]}
    for words in (["İstanbul", "'da", "ΟΔΟΣ", "Α"], ["İSTANBUL'DA", "οδος", "α"]):
        example = Example.from_dict(Doc(vocab, words=words), data)
        assert [ent.label_ for ent in example.get_aligned_ents_and_ner()[0]] == ["GPE", "FAC"]


def test_validation(vocab: Vocab) -> None:
    """Lists of other things, functions without examples and docs with different tokens are refused by name."""
    example = same(vocab)
    validate_examples([example], "x")
    validate_get_examples(lambda: [example], "x")
    with pytest.raises(TypeError, match=r"E978.*m takes.*str"):
        validate_examples(["a"], "m")
    with pytest.raises(TypeError, match="E978"):
        validate_examples(3, "m")
    for wrong in (None, list, lambda: iter(())):
        with pytest.raises(TypeError, match="E930"):
            validate_get_examples(wrong, "m")
    validate_distillation_examples([example], "m")
    with pytest.raises(ValueError, match="E4003"):
        validate_distillation_examples([other(vocab)], "m")
