"""What is shown of a Doc. tests/interop compares it with the peer on generated Docs."""

import pytest

from tagma.displacy import get_doc_settings, parse_deps, parse_ents, parse_spans
from tagma.tokens import Doc
from tagma.vocab import Vocab


def test_parse_deps(doc: Doc) -> None:
    """Words and arcs; punctuation joins the word before it, unless that is switched off; the Doc is not changed."""
    before = doc.to_bytes()
    parsed = parse_deps(doc)
    assert [word["text"] for word in parsed["words"]] == ["<Ann>", "saw", "New", "York."]
    assert parsed["words"][0] == {"text": "<Ann>", "tag": "PROPN", "lemma": None}
    assert parsed["arcs"] == [
        {"start": 0, "end": 1, "label": "nsubj", "dir": "left"},
        {"start": 2, "end": 3, "label": 'a"<b', "dir": "left"},
        {"start": 1, "end": 3, "label": "dobj", "dir": "right"},
    ]
    assert parsed["settings"] == {"lang": "", "direction": "ltr"}
    options = {"collapse_punct": False, "fine_grained": True, "add_lemma": True}
    whole = parse_deps(doc, options)
    assert [word["text"] for word in whole["words"]] == ["<Ann>", "saw", "New", "York", "."]
    assert whole["words"][1] == {"text": "saw", "tag": "VBD", "lemma": "see"}
    assert len(whole["arcs"]) == 4
    assert doc.to_bytes() == before


def test_parse_deps_of_a_span(doc: Doc) -> None:
    """The Doc that it makes: heads outside become roots, and indices count from its beginning."""
    parsed = parse_deps(doc[2:5])
    assert [word["text"] for word in parsed["words"]] == ["New", "York."]
    assert parsed["arcs"] == [{"start": 0, "end": 1, "label": 'a"<b', "dir": "left"}]


def test_collapsed_phrases(doc: Doc) -> None:
    """Noun chunks are shown as one word, with the tag of their root."""
    doc.noun_chunks_iterator = lambda doc: [(2, 4, doc.vocab.strings.add("NP"))]
    parsed = parse_deps(doc, {"collapse_phrases": True, "collapse_punct": False, "add_lemma": True})
    assert parsed["words"][2] == {"text": "New York", "tag": "PROPN", "lemma": "York"}
    assert [arc["end"] for arc in parsed["arcs"]] == [1, 2, 3]


def test_parse_ents(doc: Doc) -> None:
    """By characters, with the address in a knowledge base, and a title from the user data."""
    doc.user_data["title"] = "T"
    parsed = parse_ents(doc, {"kb_url_template": "https://wikidata.org/{}"})
    assert parsed["text"] == doc.text
    assert parsed["title"] == "T"
    assert parsed["ents"][1] == {
        "start": 10,
        "end": 18,
        "label": "GPE",
        "kb_id": "Q60",
        "kb_url": "https://wikidata.org/Q60",
    }
    assert parse_ents(doc)["ents"][1]["kb_url"] == "#"


def test_parse_spans(doc: Doc) -> None:
    """By characters and by tokens."""
    parsed = parse_spans(doc)
    assert parsed["tokens"] == ["<Ann>", "saw", "New", "York", "."]
    assert parsed["spans"][0] == {
        "start": 10,
        "end": 18,
        "start_token": 2,
        "end_token": 4,
        "label": "GPE",
        "kb_id": "Q60",
        "kb_url": "#",
    }
    doc.spans["other"] = [doc[0:1]]
    assert len(parse_spans(doc, {"spans_key": "other"})["spans"]) == 1


def test_nothing_to_show() -> None:
    """A warning says what is missing."""
    doc = Doc(Vocab(), words=["a"])
    with pytest.warns(UserWarning, match="W005"):
        assert parse_deps(doc)["arcs"] == []
    with pytest.warns(UserWarning, match="W006"):
        assert parse_ents(doc)["ents"] == []
    with pytest.warns(UserWarning, match="W117"):
        assert parse_spans(doc)["spans"] == []


def test_settings() -> None:
    """Language and direction are those of the vocabulary."""
    assert get_doc_settings(Doc(Vocab(writing_system={"direction": "rtl"})))["direction"] == "rtl"
