"""Spans."""

import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


@pytest.fixture
def doc() -> Doc:
    """Five tokens."""
    return Doc(Vocab(dict(LEX_ATTRS)), words=["a", "b", "c", "d", "e"])


@pytest.mark.parametrize(("start", "end"), [(0, 9), (3, 1), (-1, 1), (6, 6)])
def test_bounds_are_checked(doc: Doc, start: int, end: int) -> None:
    """A span lies within its Doc (IndexError E035)."""
    with pytest.raises(IndexError, match="E035"):
        Span(doc, start, end)


def test_labels_and_ids(doc: Doc) -> None:
    """Labels and ids are given as text or known key (E084), and can be changed."""
    span = Span(doc, 1, 3, label="ORG", kb_id="Q1", span_id="s")
    assert (span.label_, span.kb_id_, span.id_, span.ent_id_) == ("ORG", "Q1", "s", "s")
    span.label_ = "GPE"
    assert doc.vocab.strings[span.label] == "GPE"
    with pytest.raises(ValueError, match="E084"):
        Span(doc, 0, 1, label=77777777)
    with pytest.raises(TypeError, match="E017"):
        Span(doc, 0, 1, label=None)


def test_text_and_characters(doc: Doc) -> None:
    """Text, with and without the last space, and characters agree with the Doc's."""
    span = doc[1:3]
    assert (span.text, span.text_with_ws, span.start_char, span.end_char) == ("b c", "b c ", 2, 5)
    assert doc.text[span.start_char : span.end_char] == span.text
    assert (doc[2:2].text, len(doc[2:2]), len(doc[4:1])) == ("", 0, 0)


def test_indexing(doc: Doc) -> None:
    """Indices are relative to the span (E1002 outside); slices are spans."""
    span = doc[1:4]
    assert (span[0].text, span[-1].text, span[1:].text) == ("b", "d", "c d")
    for bad in (3, -4):
        with pytest.raises(IndexError, match="E1002"):
            span[bad]


def test_order_and_equality(doc: Doc) -> None:
    """Spans compare by place, label and ids; equal spans have equal hashes; other Docs' spans differ."""
    assert Span(doc, 0, 2, label="A") == Span(doc, 0, 2, label="A")
    assert hash(Span(doc, 0, 2, label="A")) == hash(Span(doc, 0, 2, label="A"))
    assert Span(doc, 0, 2, label="A") != doc[0:2]
    assert doc[0:1] < doc[0:2] < doc[1:2]
    assert doc[0:1] != doc.copy()[0:1]


def test_pickling_says_what_to_do(doc: Doc) -> None:
    """Views cannot be pickled (E112, E111)."""
    with pytest.raises(NotImplementedError, match="E112"):
        doc[0:1].__reduce__()
    with pytest.raises(NotImplementedError, match="E111"):
        doc[0].__reduce__()
