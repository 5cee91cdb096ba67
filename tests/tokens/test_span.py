"""Spans and span groups."""

import gc

import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc, Span, SpanGroup
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


def test_groups_hold_spans_of_their_doc(doc: Doc) -> None:
    """A group takes spans of its own Doc only (E855), anything else is E4017."""
    group = SpanGroup(doc, name="g", spans=[doc[0:2], doc[1:3]])
    assert (len(group), group.has_overlap, group[1].text, group[-1].text) == (2, True, "b c", "b c")
    with pytest.raises(ValueError, match="E855"):
        group.append(doc.copy()[0:1])
    with pytest.raises(TypeError, match="E4017"):
        group.append("a")
    with pytest.raises(IndexError, match="E856"):
        group[2]


def test_groups_add_and_copy(doc: Doc) -> None:
    """Groups are joined into new ones or in place; copies move to another Doc of the same text."""
    group = SpanGroup(doc, attrs={"k": 1}, spans=[doc[0:1]])
    other = SpanGroup(doc, attrs={"k": 2, "z": 3}, spans=[doc[2:3]])
    assert [s.text for s in group + other] == ["a", "c"]
    assert (group + other).attrs == {"k": 1, "z": 3}
    assert len(group) == 1
    group += [doc[4:5]]
    copy = doc.copy()
    assert [(s.text, s.doc is copy) for s in group.copy(doc=copy)] == [("a", True), ("e", True)]
    with pytest.raises(ValueError, match="E1052"):
        group.copy(doc=Doc(doc.vocab, words=["other"]))


def test_groups_do_not_keep_the_doc(doc: Doc) -> None:
    """A group whose Doc is gone says so (E865)."""
    short = Doc(doc.vocab, words=["x"])
    group = SpanGroup(short, spans=[short[0:1]])
    del short
    gc.collect()
    with pytest.raises(RuntimeError, match="E865"):
        list(group)


def test_group_bytes(doc: Doc) -> None:
    """Groups survive bytes; spans outside of the Doc and cut bytes are E4010."""
    group = SpanGroup(doc, name="g", attrs={"a": 1}, spans=[Span(doc, 3, 5, label="L", kb_id="K", span_id="S")])
    copy = SpanGroup(doc).from_bytes(group.to_bytes())
    assert (copy.name, copy.attrs, copy[0] == group[0]) == ("g", {"a": 1}, True)
    for bad in (group.to_bytes()[:-3], b"", b"\x90"):
        with pytest.raises(ValueError, match="E4010"):
            SpanGroup(doc).from_bytes(bad)
    short = Doc(doc.vocab, words=["x"])
    with pytest.raises(ValueError, match="E4010"):
        SpanGroup(short).from_bytes(group.to_bytes())


def test_groups_by_name(doc: Doc) -> None:
    """`doc.spans` makes groups of lists, and survives bytes with names that share a group."""
    doc.spans["a"] = [doc[0:1]]
    doc.spans["b"] = doc.spans["a"]
    assert doc.spans.setdefault("c").name == "c"
    copy = doc.copy()
    copy.spans.from_bytes(doc.spans.to_bytes())
    assert {key: [s.text for s in group] for key, group in copy.spans.items()} == {"a": ["a"], "b": ["a"], "c": []}
    with pytest.raises(ValueError, match="E855"):
        doc.spans["d"] = copy.spans["a"]
