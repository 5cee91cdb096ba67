"""The columns of a Doc: memory, values, parses."""

import gc

import numpy
import pytest

from tagma.tokens import Doc, Span
from tagma.tokens.table import COLUMNS, SAVED_ATTRS, TokenTable, attr_id
from tagma.vocab import Vocab

ATTRS = [*SAVED_ATTRS, "SPACY"]
MINUS = 2**64 - 1


@pytest.mark.parametrize(("name", "key"), [("tag", 75), ("SENT_START", 80), (453, 453)])
def test_attributes_by_name_or_id(name: str | int, key: int) -> None:
    """Attributes are given by id, or by name in any case; KeyError E983 for a name that is none."""
    assert attr_id(name) == key
    with pytest.raises(KeyError, match="E983"):
        attr_id(f"{name}?")


def test_a_doc_is_a_table(vocab: Vocab) -> None:
    """What takes a table takes a Doc; a table of its own has a vocabulary and no tokens."""
    assert isinstance(Doc(vocab, words=["a"]), TokenTable)
    assert TokenTable(vocab).vocab is vocab


def test_entities_that_are_not_named_follow_the_default(vocab: Vocab) -> None:
    """Stretches between entities are written as the default says; what is left of an overwritten entity begins anew."""
    doc = Doc(vocab, words=list("abcdef"), ents=["B-X", "I-X", "I-X", "O", "B-Y", "I-Y"])
    doc.set_ents([Span(doc, 1, 2, label="N")], blocked=[doc[4:5]], default="unmodified")
    assert [token.ent_iob_ for token in doc] == ["B", "B", "B", "O", "B", "B"]
    assert [token.ent_type_ for token in doc] == ["X", "N", "X", "", "", "Y"]
    doc.set_ents([Span(doc, 1, 3, label="N")], default="missing")
    assert [token.ent_iob_ for token in doc] == ["", "B", "I", "", "", ""]
    assert not doc.column("ent_type")[3:].any()


def test_columns_are_allocated_when_written(vocab: Vocab) -> None:
    """A fresh Doc has only its two columns; reading annotation makes none; writing makes just that one."""
    doc = Doc(vocab, words=["a", "b"])
    assert [t.tag_ for t in doc] == ["", ""]
    assert not any(doc.has_column(name) for name in COLUMNS)
    doc[0].tag_ = "NN"
    assert [name for name in COLUMNS if doc.has_column(name)] == ["tag"]


def test_columns_are_the_docs_memory(vocab: Vocab) -> None:
    """What is written to a column array is seen by tokens, the array keeps the Doc's memory alive, lex is read-only."""
    doc = Doc(vocab, words=["a", "b"])
    tag = doc.column("tag")
    tag[1] = vocab.strings.add("NN")
    assert doc[1].tag_ == "NN"
    lex = doc.column("lex")
    expected = lex.tolist()
    with pytest.raises(ValueError, match="read-only"):
        lex[0] = 0
    del doc, tag
    gc.collect()
    assert lex.tolist() == expected
    with pytest.raises(KeyError, match="E983"):
        Doc(vocab).column("nonsense")


def test_views_stay_valid(vocab: Vocab) -> None:
    """Tokens and spans made before a column exists see what is written later."""
    doc = Doc(vocab, words=["a", "b"])
    token, span = doc[1], doc[0:2]
    doc.column("tag")[:] = vocab.strings.add("NN")
    doc.from_array(["LEMMA"], numpy.full(2, vocab.strings.add("x"), dtype="uint64"))
    assert (token.tag_, span.lemma_) == ("NN", "x x")


def test_sentence_starts_follow_from_heads(parsed: Doc) -> None:
    """A parse gives the sentences, also where the first token of a sentence is no root."""
    assert parsed.to_array("SENT_START").tolist() == [1, MINUS, MINUS, MINUS, 1, MINUS, MINUS]
    assert [sent.text for sent in parsed.sents] == ["I like it .", "You go ."]
    assert parsed[2].sent.text == "I like it ."
    assert parsed[3].is_sent_end
    with pytest.raises(ValueError, match="E043"):
        parsed[2].is_sent_start = True


def test_cycles_and_wild_heads_do_no_harm(vocab: Vocab) -> None:
    """A head column with a cycle or indices outside gives errors or short answers, never a crash or an endless loop."""
    doc = Doc(vocab, words=["a", "b", "c"], deps=["x", "y", "z"])
    doc.column("head")[:] = [1, -1, 0]
    doc.column("sent_start")[:] = -1
    assert [t.i for t in doc[0].ancestors][:2] == [1, 0]
    assert {t.i for t in doc[0].subtree} >= {0}
    circle = Doc(vocab, words=["a", "b"], deps=["conj", "conj"])
    circle.column("head")[:] = [1, -1]
    circle.column("sent_start")[:] = -1
    assert [t.i for t in circle[0].conjuncts] == [1]
    doc.column("head")[0] = 1000
    with pytest.raises(ValueError, match="E190"):
        doc[0].head  # noqa: B018
    with pytest.raises(ValueError, match="E190"):
        list(doc[1].children)


@pytest.mark.parametrize(
    ("attrs", "array", "code"),
    [
        (["TAG"], [1, 2, 3], "E971"),
        (["POS"], [7, 0], "E1021"),
        (["ENT_IOB"], [9, 0], "E982"),
        (["HEAD"], [5, 0], "E190"),
    ],
)
def test_bad_arrays(vocab: Vocab, attrs: list[str], array: list[int], code: str) -> None:
    """Arrays of another length or with impossible values are refused with their code."""
    with pytest.raises(ValueError, match=code):
        Doc(vocab, words=["a", "b"]).from_array(attrs, numpy.asarray(array, dtype="uint64"))


def test_array_round_trip(parsed: Doc) -> None:
    """from_array takes what to_array gives, negative heads included."""
    copy = Doc(parsed.vocab, words=[t.text for t in parsed]).from_array(ATTRS, parsed.to_array(ATTRS))
    assert copy.to_array(ATTRS).tolist() == parsed.to_array(ATTRS).tolist()
    assert parsed.to_array("HEAD").tolist()[2] == MINUS
