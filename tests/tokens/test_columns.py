"""Batch columns: gather, lex_rows, read, write."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc
from tagma.tokens.columns import gather, lengths_of, lex_rows, read, write
from tagma.vocab import Vocab

ATTRS = [
    "ORTH",
    "LOWER",
    "NORM",
    "SHAPE",
    "PREFIX",
    "SUFFIX",
    "IS_ALPHA",
    "LENGTH",
    "SPACY",
    "IDX",
    "TAG",
    "HEAD",
    "SENT_START",
]


@pytest.fixture
def docs() -> list[Doc]:
    """Three Docs, the middle one empty."""
    vocab = Vocab(dict(LEX_ATTRS))
    return [Doc(vocab, words=["The", "cat"], tags=["DT", "NN"]), Doc(vocab), Doc(vocab, words=["sat"])]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))))
def test_gather_equals_to_array(texts: list[list[str]]) -> None:
    """A batch gives what its Docs give one by one."""
    vocab = Vocab(dict(LEX_ATTRS))
    batch = [Doc(vocab, words=words) for words in texts]
    values, lengths = gather(batch, ATTRS)
    assert values.dtype == "uint64"
    assert values.flags.c_contiguous
    assert lengths.tolist() == [len(words) for words in texts] == lengths_of(batch).tolist()
    expected = numpy.vstack([numpy.zeros((0, len(ATTRS)), dtype="uint64"), *(doc.to_array(ATTRS) for doc in batch)])
    assert values.tolist() == expected.tolist()


def test_lex_rows_index_the_lexeme_columns(docs: list[Doc]) -> None:
    """Rows and the vocabulary's column give each token's value; another vocabulary in the batch is E4018."""
    rows, lengths = lex_rows(docs)
    vocab = docs[0].vocab
    assert [vocab.strings[key] for key in vocab.lexeme_column("LOWER")[rows].tolist()] == ["the", "cat", "sat"]
    assert lengths.dtype == "int32"
    with pytest.raises(ValueError, match="E4018"):
        lex_rows([docs[0], Doc(Vocab(), words=["x"])])


def test_write_and_read(docs: list[Doc]) -> None:
    """Values go to the tokens in order, and come back; without overwrite only unset ones change."""
    strings = docs[0].vocab.strings
    keys = numpy.asarray([strings.add(text) for text in ("A", "B", "C")], dtype="uint64")
    write(docs, "tag", keys, overwrite=False)
    assert [[t.tag_ for t in doc] for doc in docs] == [["DT", "NN"], [], ["C"]]
    write(docs, "tag", keys, overwrite=True)
    assert [[t.tag_ for t in doc] for doc in docs] == [["A", "B"], [], ["C"]]
    assert read(docs, "tag")[0].tolist() == keys.tolist()
    assert read(docs, "lemma")[0].tolist() == [0, 0, 0]


def test_sentence_starts(docs: list[Doc]) -> None:
    """Without overwrite, set ones are kept, and the start that a new doc has at its first token; unset ones change."""
    assert read(docs, "sent_start")[0].tolist() == [1, 0, 1]
    write(docs, "sent_start", numpy.asarray([-1, -1, -1]), overwrite=False)
    write(docs, "sent_start", numpy.asarray([1, 1, 1]), overwrite=False)
    assert read(docs, "sent_start")[0].tolist() == [1, -1, 1]
    assert [t.is_sent_start for t in docs[0]] == [True, False]
    docs[0][0].is_sent_start = None
    write(docs, "sent_start", numpy.asarray([-1, 1, -1]), overwrite=False)
    assert read(docs, "sent_start")[0].tolist() == [-1, -1, 1]
    write(docs, "sent_start", numpy.asarray([-1, 1, -1]))
    assert read(docs, "sent_start")[0].tolist() == [-1, 1, -1]


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("pos", [92, 7, 0], "E1021"),
        ("head", [0, 5, 0], "E190"),
        ("ent_iob", [0, 4, 0], "E982"),
        ("sent_start", [0, 2, 0], "E4019"),
        ("tag", [1, 2], "E971"),
    ],
)
def test_bad_values_write_nothing(docs: list[Doc], name: str, values: list[int], code: str) -> None:
    """An impossible value is refused with its code before any Doc is changed."""
    before = [read(docs, column)[0].tolist() for column in ("pos", "head", "ent_iob", "tag")]
    with pytest.raises(ValueError, match=code):
        write(docs, name, numpy.asarray(values))
    assert [read(docs, column)[0].tolist() for column in ("pos", "head", "ent_iob", "tag")] == before


def test_unknown_names(docs: list[Doc]) -> None:
    """Columns and attributes that do not exist are KeyError E983; lexical ones cannot be written."""
    for call in (lambda: gather(docs, ["NOPE"]), lambda: read(docs, "nope"), lambda: write(docs, "lower", [1, 2, 3])):
        with pytest.raises(KeyError, match="E983"):
            call()


def test_an_empty_batch() -> None:
    """No Docs give empty arrays of the right shape."""
    values, lengths = gather([], ["LOWER", "TAG"])
    assert values.shape == (0, 2)
    assert lengths.shape == (0,)
    assert lex_rows([])[0].shape == (0,)
