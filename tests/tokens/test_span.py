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
    assert (span.label_, span.kb_id_, span.id_, span.ent_id_) == ("ORG", "Q1", "s", "")
    doc.ents = [span]
    assert doc.ents[0].ent_id_ == span.ent_id_ == "s"  # that of the tokens
    for name, value in (("ent_id", 5), ("ent_id_", "x")):
        with pytest.raises(NotImplementedError, match="E200"):
            setattr(span, name, value)
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


def test_bounds_move_together(doc: Doc) -> None:
    """Tokens and characters of a span agree, whichever is set; bounds must fit (E1032, E035, E4383)."""
    for name, value in (("start", 0), ("end", 2), ("start_char", doc[0].idx), ("end_char", doc[1].idx + len(doc[1]))):
        span = doc[1:3]
        setattr(span, name, value)
        same = doc[span.start : span.end]
        assert (span.start_char, span.end_char, span.text) == (same.start_char, same.end_char, same.text)
        with pytest.raises(IndexError, match="E1032"):
            setattr(span, name, -1)
    for name, value, error in (("end", 99, IndexError), ("start", 3, IndexError), ("start_char", 99, ValueError)):
        span = doc[1:2]
        with pytest.raises(error, match=r"E035|E4383"):
            setattr(span, name, value)
        assert span == doc[1:2]


def test_norm_of_a_vector_can_be_given(doc: Doc) -> None:
    """As the vector can."""
    assert Span(doc, 0, 1, vector_norm=7.0).vector_norm == 7.0


def test_arrays_are_those_of_docs(doc: Doc) -> None:
    """Names or ids; one attribute gives one axis."""
    assert doc[0:2].to_array(["ORTH"]).shape == doc[0:2].to_array("ORTH").shape == (2,)
    assert doc[0:2].to_array(["orth", 75]).shape == (2, 2)


def test_sentences_of_spans() -> None:
    """Those that the span touches; of an empty one, that of its place, also at the end."""
    doc = Doc(Vocab(), words=list("abcdef"), sent_starts=[1, -1, 1, -1, 1, -1])
    for start, end, texts in ((1, 3, ["a b", "c d"]), (2, 4, ["c d"]), (0, 0, ["a b"]), (6, 6, ["e f"])):
        assert [sent.text for sent in doc[start:end].sents] == texts
    doc.user_hooks["sents"] = lambda doc: [doc[0:5], doc[5:6]]
    assert [sent.text for sent in doc[1:3].sents] == ["a b c d e"]
