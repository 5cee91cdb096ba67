"""Groups of spans, and the dict of a Doc's groups."""

import gc

import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc, Span, SpanGroup
from tagma.vocab import Vocab


@pytest.fixture
def doc() -> Doc:
    """Five tokens."""
    return Doc(Vocab(dict(LEX_ATTRS)), words=["a", "b", "c", "d", "e"])


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


def test_saved_groups_of_one_name(doc: Doc) -> None:
    """The older form, a list of groups, can hold two of one name: the last is kept, and W120 says so."""
    import srsly

    groups = [SpanGroup(doc, name=name, spans=[doc[i : i + 1]]) for i, name in enumerate("aba")]
    with pytest.warns(UserWarning, match="W120.*'a'"):
        doc.spans.from_bytes(srsly.msgpack_dumps([group.to_bytes() for group in groups]))
    assert {key: [span.text for span in group] for key, group in doc.spans.items()} == {"a": ["c"], "b": ["b"]}
