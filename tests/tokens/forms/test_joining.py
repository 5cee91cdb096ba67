"""One Doc of several, or of a span."""

import warnings

import numpy
import pytest

from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


def test_from_docs_keeps_annotation(parsed: Doc) -> None:
    """Docs are joined with their annotation, offsets shifted, a space put between; other vocabularies are E999."""
    parsed.spans["g"] = [parsed[0:2]]
    second = Doc(parsed.vocab, words=["End", "."], spaces=[False, False], tags=["NN", "."])
    joined = Doc.from_docs([second, parsed, Doc(parsed.vocab), second])
    assert joined is not None
    assert joined.text == "End. I like it . You go . End."
    assert [t.tag_ for t in joined][:3] == ["NN", ".", "PRP"]
    assert [(s.start, s.end) for s in joined.spans["g"]] == [(2, 4)]
    assert joined[3].head.i == 3
    assert Doc.from_docs([]) is None
    with pytest.raises(ValueError, match="E999"):
        Doc.from_docs([parsed, Doc(Vocab(), words=["x"])])


def test_span_as_doc(parsed: Doc) -> None:
    """A span becomes a Doc of its own; the first token of a sentence whose head is outside is its root."""
    parsed.user_hooks["vector"] = len
    parsed.cats = {"x": 1.0, (7, 18, ""): 0.5}
    doc = parsed[2:6].as_doc()
    assert doc.text == "it . You go "
    assert [t.head.i for t in doc] == [0, 0, 3, 3]
    assert [t.dep_ for t in doc] == ["dep", "dep", "nsubj", "ROOT"]
    assert [t.tag_ for t in doc] == ["PRP", ".", "PRP", "VBP"]
    assert doc.user_hooks is parsed.user_hooks
    assert doc.cats == {"": 0.5}
    assert not doc.has_unknown_spaces


def test_user_data_of_a_span(parsed: Doc) -> None:
    """Values of extensions that lie inside are taken along, with the places of the new Doc; not those of the Doc."""
    inside, outside = parsed[4].idx, parsed[0].idx
    parsed.user_data = {
        "key": 1,
        ("._.", "a", inside, None): 2,
        ("._.", "a", outside, None): 3,
        ("._.", "a", None, None): 4,
        ("._.", "a", inside, inside + 6): 5,
    }
    doc = parsed[4:6].as_doc(copy_user_data=True)
    assert doc.user_data == {"key": 1, ("._.", "a", 0, None): 2, ("._.", "a", 0, 6): 5}
    assert parsed[4:6].as_doc().user_data == {}


def test_names_that_are_no_attributes(parsed: Doc) -> None:
    """They are passed over; spaces are known afterwards."""
    joined = Doc.from_docs([parsed, parsed], attrs=["FOO", "TAG"])
    assert joined is not None
    assert [token.tag_ for token in joined] == [token.tag_ for token in parsed] * 2
    assert not joined.has_unknown_spaces
    part = parsed.copy()
    part.tensor = numpy.ones((7, 2), dtype="f")
    with pytest.raises(ValueError, match="dim"):
        Doc.from_docs([part, parsed])


def test_groups_of_one_name_become_one(parsed: Doc) -> None:
    """Docs that have groups of the same name are joined without a warning: nothing is lost."""
    parsed.spans["g"] = [Span(parsed, 0, 2, label="L", kb_id="K", span_id="S"), parsed[3:3]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = Doc.from_docs([parsed, parsed, parsed])
    assert joined is not None
    assert [(s.start, s.end, s.label_) for s in joined.spans["g"]][::2] == [(0, 2, "L"), (7, 9, "L"), (14, 16, "L")]
    assert [(s.kb_id_, s.id_, len(s)) for s in joined.spans["g"]][:2] == [("K", "S", 2), ("", "", 0)]
