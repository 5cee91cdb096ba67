"""One Doc of several, or of a span."""

import warnings

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
    """A span becomes a Doc of its own; heads outside become roots."""
    doc = parsed[2:6].as_doc()
    assert doc.text == "it . You go "
    assert [t.head.i for t in doc] == [0, 1, 3, 3]
    assert [t.tag_ for t in doc] == ["PRP", ".", "PRP", "VBP"]


def test_groups_of_one_name_become_one(parsed: Doc) -> None:
    """Docs that have groups of the same name are joined without a warning: nothing is lost."""
    parsed.spans["g"] = [Span(parsed, 0, 2, label="L", kb_id="K", span_id="S"), parsed[3:3]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = Doc.from_docs([parsed, parsed, parsed])
    assert joined is not None
    assert [(s.start, s.end, s.label_) for s in joined.spans["g"]][::2] == [(0, 2, "L"), (7, 9, "L"), (14, 16, "L")]
    assert [(s.kb_id_, s.id_, len(s)) for s in joined.spans["g"]][:2] == [("K", "S", 2), ("", "", 0)]
