"""Merging and splitting tokens. tests/interop compares both with the peer on generated Docs."""

from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from tagma.tokens import Doc, Token
from tagma.vocab import Vocab


@pytest.fixture
def doc(vocab: Vocab) -> Doc:
    """A sentence with a name and a date."""
    doc = Doc(
        vocab,
        words=["I", "saw", "New", "York", "City", "today", "."],
        heads=[1, 1, 4, 4, 1, 1, 1],
        deps=["nsubj", "ROOT", "compound", "compound", "dobj", "npadvmod", "punct"],
        tags=["PRP", "VBD", "NNP", "NNP", "NNP", "NN", "."],
        lemmas=["I", "see", "New", "York", "City", "today", "."],
        ents=["", "", "B-GPE", "I-GPE", "I-GPE", "B-DATE", ""],
    )
    doc.tensor = numpy.arange(14, dtype="float32").reshape(7, 2)
    return doc


@pytest.fixture
def weight() -> Iterator[None]:
    """An extension attribute of tokens."""
    Token.set_extension("weight", default=0)
    yield
    Token.remove_extension("weight")


def merge(doc: Doc, start: int, end: int, **attrs: Any) -> None:
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[start:end], attrs)


def test_merged_token(doc: Doc) -> None:
    """It has what the root has, and its place in the tree, the text and the entities."""
    doc.user_data["._.", "x", doc[2].idx, None] = 5
    merge(doc, 2, 5)
    assert [token.text for token in doc] == ["I", "saw", "New York City", "today", "."]
    name = doc[2]
    assert (name.lemma_, name.tag_, name.dep_, name.head.text) == ("New York City", "NNP", "dobj", "saw")
    assert [token.head.i for token in doc] == [1, 1, 1, 1, 1]
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("New York City", "GPE"), ("today", "DATE")]
    assert name.norm_ == "new york city"
    assert doc.tensor[:, 0].tolist() == [0, 2, 8, 10, 12]
    assert doc.text == "I saw New York City today . "
    assert doc.user_data["._.", "x", name.idx, None] == 5
    assert [sentence.text for sentence in doc.sents] == [doc.text.strip()]


def test_merge_attributes(doc: Doc, weight: None) -> None:
    """Those of the token are set on it, lexical ones on the word form, and extensions; unknown names say nothing."""
    merge(
        doc,
        2,
        5,
        LEMMA="nyc",
        pos="NOUN",
        ENT_TYPE="LOC",
        NORM="nyc",
        MORPH="B=2|A=1",
        IS_STOP=True,
        foo=1,
        _={"weight": 5},
    )
    name = doc[2]
    assert (name.lemma_, name.pos_, name.ent_type_, name.ent_iob_, name.norm_) == ("nyc", "NOUN", "LOC", "B", "nyc")
    assert (str(name.morph), name.is_stop, name._.weight) == ("A=1|B=2", True, 5)
    assert doc.vocab["New York City"].is_stop


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["B-X", "I-X", "I-X", "O"], ["B-X", "I-X", "O"]),
        (["O", "B-X", "I-X", "B-X"], ["O", "B-X", "B-X"]),
        (["B-X", "B-Y", "I-Y", "O"], ["B-X", "B-Y", "O"]),
        (["B-X", "I-X", "O", "B-X"], ["B-X", "I-X", "B-X"]),
    ],
)
def test_entities_of_merged_tokens(vocab: Vocab, before: list[str], after: list[str]) -> None:
    """The merged token of four, the middle two, has the entity of its root, and goes on with one to its left."""
    doc = Doc(vocab, words=["a", "b", "c", "d"], heads=[1, 1, 1, 1], deps=["x", "ROOT", "x", "x"], ents=before)
    merge(doc, 1, 3)
    found = [token.ent_iob_ + ("-" + token.ent_type_ if token.ent_type_ else "") for token in doc]
    assert found == after


def test_merge_without_annotation(vocab: Vocab) -> None:
    """Nothing is set besides the text; a sentence start within the span is gone."""
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    merge(doc, 1, 3)
    assert [token.text for token in doc] == ["a", "b c", "d"]
    assert not any(doc.has_annotation(name) for name in ("TAG", "DEP", "LEMMA", "ENT_IOB", "SENT_START"))
    doc = Doc(vocab, words=["a", "b", "c", "d", "e"], sent_starts=[1, -1, 1, -1, -1])
    merge(doc, 1, 4)
    assert len(list(doc.sents)) == 1


def test_merge_gives_the_new_word_a_vector(vocab: Vocab) -> None:
    """The mean of its parts, where the vocabulary has vectors."""
    vocab.reset_vectors(width=2)
    vocab.set_vector("a", numpy.asarray([1, 0], dtype="f"))
    vocab.set_vector("b", numpy.asarray([0, 1], dtype="f"))
    doc = Doc(vocab, words=["a", "b", "a"])
    merge(doc, 0, 2)
    assert doc[0].vector.tolist() == [0.5, 0.5]


def test_split_token(doc: Doc, weight: None) -> None:
    """Pieces have the token's annotation, their own text and lemma, and the given heads and attributes."""
    merge(doc, 2, 5)
    with doc.retokenize() as retokenizer:
        heads = [(doc[2], 2), (doc[2], 2), doc[1]]
        attrs = {"DEP": ["compound"], "POS": ["PROPN", "PROPN", "NOUN"], "_": [{"weight": 1}, {}, {"weight": 3}]}
        retokenizer.split(doc[2], ["New", " York", " City"], heads, attrs)
    assert [token.text for token in doc] == ["I", "saw", "New", " York", " City", "today", "."]
    assert [token.head.i for token in doc] == [1, 1, 4, 4, 1, 1, 1]
    assert [token.dep_ for token in doc][2:5] == ["compound", "dobj", "dobj"]
    assert [token.ent_iob_ for token in doc][2:5] == ["B", "I", "I"]
    assert [token.ent_type_ for token in doc][2:5] == ["GPE"] * 3
    assert [token.lemma_ for token in doc][2:5] == ["New", " York", " City"]
    assert [token.idx for token in doc] == [0, 2, 6, 9, 14, 20, 26]
    assert [token._.weight for token in doc][2:5] == [1, 0, 3]
    assert doc.tensor.tolist()[2:5] == [[0, 0]] * 3
    assert len(doc.tensor) == len(doc)
    assert len(list(doc.sents)) == 1


def test_split_without_annotation(vocab: Vocab) -> None:
    """Heads count only with labels, so that they stay themselves; sentence starts stay where they were."""
    doc = Doc(vocab, words=["a", "bcd", "e"])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[1], list("bcd"), [doc[1]] * 3, {"LEMMA": list("xyz")})
        retokenizer.split(doc[0], ["a"], [doc[1]])
    assert [token.head.i for token in doc] == [0, 1, 2, 3, 4]
    assert [token.lemma_ for token in doc] == ["", "x", "y", "z", ""]
    assert not doc.has_annotation("SENT_START")
    doc = Doc(vocab, words=["a", "bc"], sent_starts=[1, 1])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[1], ["b", "c"], [doc[1], doc[1]])
    assert [token.is_sent_start for token in doc] == [True, True, False]


def test_merges_and_splits_in_one_block(doc: Doc) -> None:
    """All are about the tokens at the beginning of the block; a head may be a piece of another token."""
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[5], ["to", "day"], [(doc[1], 1), (doc[5], 0)])
        retokenizer.merge(doc[2:5])
        retokenizer.split(doc[1], ["s", "aw"], [(doc[1], 0), doc[2]])
    assert [token.text for token in doc] == ["I", "s", "aw", "New York City", "to", "day", "."]
    assert [token.head.i for token in doc] == [1, 1, 3, 1, 2, 4, 1]


def test_span_groups_stay_on_their_text(doc: Doc) -> None:
    """Spans grow to the borders of the tokens that now hold their characters; one group under two keys moves once."""
    doc.spans["a"] = [doc[3:5], doc[1:2], doc[5:7], doc[0:7], doc[4:4]]
    doc.spans["b"] = doc.spans["a"]
    group = doc.spans["a"]
    merge(doc, 2, 5)
    assert [(span.start, span.end) for span in group] == [(2, 3), (1, 2), (3, 5), (0, 5), (2, 2)]
    assert [span.text for span in group][:3] == ["New York City", "saw", "today ."]
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[2], ["New York", " City"], [doc[1], doc[1]])
    assert [(span.start, span.end) for span in group] == [(2, 4), (1, 2), (4, 6), (0, 6), (2, 2)]


def test_all_or_nothing(doc: Doc) -> None:
    """Where the block raises, a request is bad, or a setter of an extension raises, the Doc is as it was."""

    def refuse(token: Token, value: object) -> None:
        token.doc.user_data["seen"] = value
        raise RuntimeError("no")

    Token.set_extension("refusing", getter=lambda token: 1, setter=refuse)
    doc.spans["a"] = [doc[3:5]]
    lex = doc.column("lex").copy()
    before = doc.to_bytes()

    def stop() -> None:
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[2:5])
            raise KeyError("stop")

    def split_what_is_merged() -> None:
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[2:4])
            retokenizer.split(doc[2], ["Ne", "w"], [doc[1], doc[1]])

    def hang_on_what_is_merged() -> None:
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[2:4])
            retokenizer.split(doc[1], ["s", "aw"], [doc[3], doc[1]])

    def fail_in_a_setter() -> None:
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[2:5], {"_": {"refusing": 1}})
            retokenizer.split(doc[1], ["s", "aw"], [doc[1], doc[1]])

    for block, error, match in (
        (stop, KeyError, "stop"),
        (split_what_is_merged, IndexError, "E122"),
        (hang_on_what_is_merged, IndexError, "E123"),
        (fail_in_a_setter, RuntimeError, "no"),
    ):
        with pytest.raises(error, match=match):
            block()
    Token.remove_extension("refusing")
    assert doc.to_bytes() == before
    assert doc.spans["a"][0].text == "York City"
    assert (doc.column("lex") == lex).all()


def test_merge_errors(doc: Doc, weight: None) -> None:
    """Each is raised when the request is made, and the request is not kept."""
    Token.set_extension("method", method=len)
    other = doc.copy()
    with doc.retokenize() as retokenizer:
        for span, attrs, code in (
            (doc[2:2], {}, "E199"),
            (other[2:4], {}, "E855"),
            (doc[2:5], {"_": 5}, "E120"),
            (doc[2:5], {"_": {"unknown": 5}}, "E118"),
            (doc[2:5], {"_": {"method": 5}}, "E119"),
            (doc[2:5], {"POS": "NP"}, "E1021"),
            (doc[2:5], {"POS": 5}, "E1021"),
            (doc[2:5], {"ENT_IOB": 7}, "E982"),
            (doc[2:5], {"SENT_START": 7}, "E4019"),
            (doc[2:5], {"MORPH": "A"}, "E4013"),
        ):
            with pytest.raises(ValueError, match=code):
                retokenizer.merge(span, attrs)
        with pytest.raises(TypeError, match="E017"):
            retokenizer.merge(doc[2:5], {"TAG": 1.5})
        retokenizer.merge(doc[2:5], {"TAG": "X"})
        retokenizer.merge(doc[2:5], {"TAG": "Y"})
        with pytest.raises(ValueError, match="E102"):
            retokenizer.merge(doc[4:6])
    Token.remove_extension("method")
    assert len(doc) == 5
    assert doc[2].tag_ == "X"
    stale = other[5:7]
    merge(other, 0, 6)
    with pytest.raises(IndexError, match="E035"), other.retokenize() as retokenizer:
        retokenizer.merge(stale)


def test_split_errors(doc: Doc) -> None:
    """Each is raised when the request is made."""
    other = doc.copy()
    head = doc[1]
    with doc.retokenize() as retokenizer:
        for token, orths, heads, attrs, code in (
            (doc[3], ["York", "!"], [head, head], {}, "E117"),
            (doc[3], ["York", ""], [head, head], {}, "E031"),
            (doc[3], ["Yo", "rk"], [head], {}, "E115"),
            (doc[3], ["Yo", "rk"], [head, other[1]], {}, "E191"),
            (other[3], ["Yo", "rk"], [head, head], {}, "E855"),
            (doc[3], ["Yo", "rk"], [head, head], {"TAG": "X"}, "E4381"),
            (doc[3], ["Yo", "rk"], [head, head], {"TAG": ["X", "Y", "Z"]}, "E4381"),
            (doc[3], ["Yo", "rk"], [head, head], {"_": {"a": 1}}, "E120"),
        ):
            with pytest.raises(ValueError, match=code):
                retokenizer.split(token, orths, heads, attrs)
        with pytest.raises(IndexError, match="E123"):
            retokenizer.split(doc[3], ["Yo", "rk"], [head, (doc[3], 2)])
        wrong: Any = 1
        with pytest.raises(TypeError, match="E4382"):
            retokenizer.split(doc[3], ["Yo", "rk"], [head, wrong])
        retokenizer.split(doc[3], ["Yo", "rk"], [head, head])
        with pytest.raises(ValueError, match="E4380"):
            retokenizer.split(doc[3], ["Yo", "rk"], [head, head])
    assert len(doc) == 8
    with pytest.raises(IndexError, match="E123"), doc.retokenize() as retokenizer:
        retokenizer.split(doc[1], ["s", "aw"], [(doc[2], 1), doc[0]])


def test_bulk_merge(doc: Doc) -> None:
    """As components use it: `label` is the type of the entity."""
    doc._bulk_merge([doc[2:5], doc[0:2]], [{"label": "LOC"}, {"tag": "T"}])
    assert [(token.text, token.ent_type_, token.tag_) for token in doc][:2] == [
        ("I saw", "", "T"),
        ("New York City", "LOC", "NNP"),
    ]
    with pytest.raises(ValueError, match="E121"):
        doc._bulk_merge([doc[2:4]], [])


def test_time_is_linear(vocab: Vocab) -> None:
    """Fifty thousand requests on a chain of heads, where a walk to the root for each would take an hour."""
    n = 100_000
    heads = [min(i + 1, n - 1) for i in range(n)]
    doc = Doc(vocab, words=["a", ","] * (n // 2), heads=heads, deps=["x"] * n)
    with doc.retokenize() as retokenizer:
        for i in range(0, n, 4):
            retokenizer.merge(doc[i : i + 2])
            retokenizer.split(doc[i + 2], ["a"], [doc[i]])
    assert len(doc) == n - n // 4
    assert doc[0].head.i == 1
