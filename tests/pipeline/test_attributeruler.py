"""Attributes by rules; tests/interop/test_rules.py compares with the peer on random rules and docs."""

import pickle
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.errors import MatchPatternError
from tagma.gold.example import Example
from tagma.pipeline import AttributeRuler
from tagma.tokens import Doc, Token

WORDS, TAGS = ["She", "has", "two", "mice"], ["PRP", "VBZ", "CD", "NNS"]


@pytest.fixture
def ruler() -> Any:
    return tagma.blank("xx").add_pipe("attribute_ruler")


def doc_of(ruler: Any, **annotation: Any) -> Doc:
    return Doc(ruler.vocab, words=WORDS, **{"tags": TAGS, **annotation})


def test_later_rules_win(ruler: Any) -> None:
    """Attribute by attribute, and whether one token or several were matched."""
    ruler.add([[{"LOWER": "has"}, {}]], {"LEMMA": "two of them", "POS": "ADV"})
    ruler.add([[{"TAG": "VBZ"}], [{"TAG": "CD"}]], {"POS": "VERB", "MORPH": "Person=3|Number=Sing"})
    ruler.add([[{"LOWER": "has"}]], {"LEMMA": "have"})
    doc = ruler(doc_of(ruler))
    assert [(token.pos_, token.lemma_, str(token.morph)) for token in doc] == [
        ("", "", ""), ("VERB", "have", "Number=Sing|Person=3"), ("VERB", "", "Number=Sing|Person=3"), ("", "", ""),
    ]  # fmt: skip


def test_rules_see_the_doc_as_it_came(ruler: Any) -> None:
    """What a rule sets is nothing to the patterns of the others."""
    ruler.add([[{"TAG": "CD"}]], {"TAG": "X"})
    ruler.add([[{"TAG": "X"}]], {"LEMMA": "seen"})
    doc = ruler(doc_of(ruler))
    assert (doc[2].tag_, doc[2].lemma_) == ("X", "")


@pytest.mark.parametrize(("index", "word"), [(0, "has"), (1, "two"), (-1, "two"), (-2, "has")])
def test_index(ruler: Any, index: int, word: str) -> None:
    """The token that is meant, counted from either end."""
    ruler.add([[{"LOWER": "has"}, {"TAG": "CD"}]], {"LEMMA": "x"}, index=index)
    assert [token.text for token in ruler(doc_of(ruler)) if token.lemma_] == [word]


@pytest.mark.parametrize("index", [2, -3, 7])
def test_index_outside(ruler: Any, index: int) -> None:
    """An error when something matches, not before."""
    ruler.add([[{"LOWER": "has"}, {"TAG": "CD"}]], {"LEMMA": "x"}, index=index)
    ruler(Doc(ruler.vocab, words=["no"]))
    with pytest.raises(ValueError, match=f"E1001.*token {index}"):
        ruler(doc_of(ruler))
    ruler.clear()
    ruler.add([[{"LOWER": "has"}]], {"LEMMA": "x"}, index=index)
    with pytest.raises(ValueError, match="E1001"):
        list(ruler.pipe([doc_of(ruler)]))


def test_operators_and_extensions(ruler: Any) -> None:
    """Patterns that tables cannot decide, among others that they can."""
    Token.set_extension("seen", default=0, force=True)
    ruler.add([[{"TAG": "VBZ", "OP": "!"}, {"LOWER": "mice"}]], {"LEMMA": "mouse"}, index=-1)
    ruler.add([[{"_": {"seen": 1}}]], {"POS": "X"})
    ruler.add([[{"LOWER": "she"}]], {"_": {"seen": 2}, "POS": "PRON"})
    doc = doc_of(ruler)
    doc[1]._.seen = 1
    ruler(doc)
    assert [token.pos_ for token in doc] == ["PRON", "X", "", ""]
    assert (doc[3].lemma_, doc[0]._.seen) == ("mouse", 2)


def test_batches_and_matches(ruler: Any) -> None:
    """A stream gives what single docs give; `match` tells the rules and places; sequences stay within a doc."""
    ruler.add([[{"LOWER": "mice"}, {"LOWER": "she"}]], {"LEMMA": "never"})
    ruler.add([[{"TAG": {"IN": ["CD", "NNS"]}}]], {"POS": "NUM"})
    docs = [doc_of(ruler), Doc(ruler.vocab, words=[]), doc_of(ruler)]
    found = [[token.pos_ for token in doc] for doc in ruler.pipe(docs, batch_size=2)]
    assert found == [["", "", "NUM", "NUM"], [], ["", "", "NUM", "NUM"]]
    assert not any(token.lemma_ for doc in docs for token in doc)
    key = ruler.vocab.strings["1"]
    assert ruler.match(doc_of(ruler)) == [(1, key, 2, 3), (1, key, 3, 4)]


def test_maps(ruler: Any) -> None:
    """Tag maps and morph rules: what is no attribute is a feature."""
    ruler.load_from_tag_map({"NNS": {"POS": "NOUN", "Number": "Plur"}, "CD": {"POS": "NUM", "MORPH": "NumType=Card"}})
    ruler.load_from_morph_rules({"NNS": {"mice": {"LEMMA": "mouse"}}, "PRP": {"She": {"Gender": "Fem"}}})
    doc = ruler(doc_of(ruler))
    assert [str(token.morph) for token in doc] == ["Gender=Fem", "", "NumType=Card", "Number=Plur"]
    assert [token.pos_ for token in doc] == ["", "", "NUM", "NOUN"]
    assert doc[3].lemma_ == "mouse"


def test_initialize_replaces(ruler: Any) -> None:
    """All three forms of rules at once, in place of those that were there."""
    ruler.add([[{}]], {"LEMMA": "x"})
    patterns = [{"patterns": [[{"TAG": "CD"}]], "attrs": {"LEMMA": "2"}}]
    ruler.initialize(list, patterns=patterns, tag_map={"PRP": {"POS": "PRON"}}, morph_rules={})
    assert len(ruler.patterns) == 2
    assert [token.lemma_ for token in ruler(doc_of(ruler))] == ["", "", "2", ""]


def test_validation() -> None:
    """Only where it is asked for, when a rule is added."""
    checked = AttributeRuler(tagma.blank("xx").vocab, validate=True)
    with pytest.raises(MatchPatternError):
        checked.add([[{"LOWER": 5}]], {"LEMMA": "x"})
    with pytest.raises(ValueError, match="E012"):
        AttributeRuler(checked.vocab).add([[]], {"LEMMA": "x"})


def test_files(ruler: Any, tmp_path: Path) -> None:
    """Folders, bytes and pickles bring the rules back as they were added."""
    ruler.add([[{"LOWER": {"REGEX": "^m"}}], [{"TAG": "CD", "OP": "+"}]], {"LEMMA": "x", "MORPH": "A=1"}, index=-1)
    ruler.to_disk(tmp_path / "ruler", exclude=["vocab"])
    assert [path.name for path in (tmp_path / "ruler").iterdir()] == ["patterns"]
    others = [tagma.blank("xx").add_pipe("attribute_ruler") for _ in range(2)]
    others[0].from_disk(tmp_path / "ruler", exclude=["vocab"])
    others[1].from_bytes(ruler.to_bytes())
    for other in (*others, pickle.loads(pickle.dumps(ruler))):
        assert other.patterns == ruler.patterns
        assert [token.lemma_ for token in other(doc_of(other))] == ["", "", "x", "x"]
    assert len(ruler.matcher) == 1
    (tmp_path / "ruler" / "patterns").write_bytes(b"\x81")
    with pytest.raises(ValueError, match=r"E4010.*patterns"):
        others[0].from_disk(tmp_path / "ruler", exclude=["vocab"])


def test_a_subclass_may_match_and_set_as_it_likes(ruler: Any) -> None:
    """Its methods are called for each doc."""

    class Reversed(AttributeRuler):
        def match(self, doc: Doc) -> list[tuple[int, int, int, int]]:
            return super().match(doc)[::-1]

    backwards = Reversed(ruler.vocab)
    backwards.add([[{"TAG": "CD"}]], {"LEMMA": "first"})
    backwards.add([[{"TAG": "CD"}]], {"LEMMA": "second"})
    (doc,) = backwards.pipe([doc_of(backwards)])
    assert doc[2].lemma_ == "first"


def test_score(ruler: Any) -> None:
    """Scores of all that rulers usually set."""
    gold = doc_of(ruler, pos=["PRON", "VERB", "NUM", "NOUN"], morphs=["A=1"] * 4, lemmas=["x"] * 4)
    ruler.add([[{}]], {"POS": "NOUN", "MORPH": "A=1", "LEMMA": "x"})
    scores = ruler.score([Example(ruler(doc_of(ruler)), gold)])
    assert scores["pos_acc"] == 0.25
    assert (scores["tag_acc"], scores["morph_acc"], scores["lemma_acc"]) == (1.0, 1.0, 1.0)
    assert scores["morph_per_feat"]["A"]["f"] == 1.0


@pytest.mark.parametrize(("value", "starts"), [(1, True), (True, True), (-1, False), (0, None)])
def test_starts_and_norms(value: int, starts: bool | None) -> None:
    """A rule may set the norm of a token, and whether a sentence starts there; 0 is unknown."""
    nlp = tagma.blank("en")
    ruler: Any = nlp.add_pipe("attribute_ruler")
    ruler.add([[{"LOWER": "b"}]], {"NORM": "bee", "SENT_START": value})
    token = nlp("a b")[1]
    assert token.norm_ == "bee"
    assert token.is_sent_start is starts


@pytest.mark.parametrize(
    ("attrs", "named"),
    [({"IS_ALPHA": True}, "IS_ALPHA"), ({"LENGTH": 3}, "LENGTH"), ({"LEMMA": -1}, "LEMMA"), ({"SENT_START": 5}, "5")],
)
def test_what_cannot_be_set(attrs: dict[str, Any], named: str) -> None:
    """It is refused when the rule is added, and what can be set is named."""
    ruler: Any = tagma.blank("en").add_pipe("attribute_ruler")
    with pytest.raises(ValueError, match=rf"E4515.*{named}.*LEMMA.*NORM"):
        ruler.add([[{}]], attrs)
    with pytest.raises(TypeError, match="integer"):
        ruler.add([[{}]], {"LEMMA": "x"}, index="first")
