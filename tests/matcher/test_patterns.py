"""What single tokens are taken by: attributes, predicates, extension attributes; and how bad patterns are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tagma.matcher import Matcher
from tagma.schemas import validate_token_pattern
from tagma.tokens import Doc, Token
from tagma.vocab import Vocab

TEXT = "cats Cats caterpillar dog 2024 x"


@pytest.fixture
def taken(en_vocab: Vocab) -> Callable[..., str]:
    """The words that a token pattern takes."""

    def find(spec: dict[Any, Any] | None, doc: Doc | None = None, **settings: Any) -> str:
        matcher = Matcher(en_vocab, **{"validate": False, **settings})
        matcher.add("RULE", [[spec]])  # type: ignore[list-item]
        doc = Doc(en_vocab, words=TEXT.split()) if doc is None else doc
        return " ".join(doc[start].text for _, start, _ in matcher(doc))

    return find


@pytest.fixture
def annotated(en_vocab: Vocab) -> Doc:
    """Four tokens with each annotation."""
    return Doc(
        en_vocab,
        words=["a", "b", "c", "d"],
        spaces=[True, False, True, False],
        tags=["NN", "VB", "NN", ""],
        pos=["NOUN", "VERB", "", "X"],
        morphs=["A=1|B=2", "A=1", "", "B=2,3"],
        lemmas=["a", "B", "c", ""],
        heads=[1, 1, 1, 1],
        deps=["nsubj", "ROOT", "dobj", "x"],
        ents=["B-ORG", "I-ORG", "O", "B-GPE"],
    )


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"TEXT": {"REGEX": "t"}}, "cats Cats caterpillar"),
        ({"TEXT": {"NOT_IN": ["cats", "dog"]}}, "Cats caterpillar 2024 x"),
        ({"LOWER": {"REGEX": {"IN": ["^c", "^d"]}}}, "cats Cats caterpillar dog"),
        ({"LOWER": {"REGEX": {"NOT_IN": ["^c", "^d"]}}}, "2024 x"),
        ({"LOWER": {"FUZZY": {"IN": ["cat", "dug"]}}}, "cats Cats dog"),
        ({"LOWER": {"FUZZY1": {"NOT_IN": ["cat"]}}}, "caterpillar dog 2024 x"),
        ({"LOWER": {"REGEX": "c", "NOT_IN": ["cats"]}}, "caterpillar"),
        ({"LENGTH": {"IN": [1, 3]}}, "dog x"),
        ({"LENGTH": {">=": 4, "<": 11}}, "cats Cats 2024"),
        ({"LENGTH": {"==": 4.0}}, "cats Cats 2024"),
        ({"LENGTH": {"!=": 4}}, "caterpillar dog x"),
        ({"LENGTH": {">": 4}}, "caterpillar"),
        ({"LENGTH": {"<=": 1}}, "x"),
        ({"LENGTH": {"IN": [1.0, 3.5]}}, "x"),
        ({"LENGTH": 3}, "dog"),
        ({"ORTH": "dog"}, "dog"),
        ({"TEXT": "dog", "IS_ALPHA": True}, "dog"),
        ({"TEXT": "dog", "IS_ALPHA": False}, ""),
        ({"text": "dog"}, "dog"),
        ({"LOWER": "Cats"}, ""),
        ({"NORM": "cats"}, "cats Cats"),
        ({"SHAPE": "dddd"}, "2024"),
        ({"PREFIX": "c", "SUFFIX": "ats"}, "cats"),
        ({"IDX": 5}, "Cats"),
        ({"IS_TITLE": True}, "Cats"),
        ({"IS_DIGIT": 1}, "2024"),
        ({"LIKE_NUM": True}, "2024"),
        ({"SPACY": False}, ""),
        ({"SENT_START": True}, "cats"),
        ({"IS_SENT_START": False}, "Cats caterpillar dog 2024 x"),
        ({"SENT_START": {"IN": [1]}}, "cats"),
        ({}, TEXT),
        (None, TEXT),
        ({"OP": "1"}, TEXT),
        ({"TEXT": {"IN": []}}, ""),
        ({"TEXT": {"NOT_IN": []}}, TEXT),
        ({"TEXT": {"IS_SUBSET": ["dog", "x"]}}, "dog x"),
        ({"TEXT": {"IS_SUBSET": []}}, ""),
        ({"TEXT": {"IS_SUPERSET": []}}, TEXT),
        ({"TEXT": {"IS_SUPERSET": ["dog"]}}, "dog"),
        ({"TEXT": {"IS_SUPERSET": ["dog", "x"]}}, ""),
        ({"TEXT": {"INTERSECTS": ["dog", "y"]}}, "dog"),
        ({"TEXT": {"FUZZY": {"REGEX": "^d"}}}, "dog"),
        ({"TEXT": {"REGEX": {"INTERSECTS": ["dog"]}}}, ""),
        ({"TEXT": {"FUZZY": {"INTERSECTS": ["dog"]}}}, "dog"),
        ({"TEXT": {"in": ["dog"]}}, "dog"),
        ({65: "dog"}, "dog"),
        ({"TEXT": {">": 0}}, TEXT),
    ],
)
def test_attributes_and_predicates(spec: dict[Any, Any] | None, words: str, taken: Callable[..., str]) -> None:
    """Several keys and several predicates must all hold; names are in any case."""
    assert taken(spec) == words


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"MORPH": {"IS_SUPERSET": ["A=1"]}}, "a b"),
        ({"MORPH": {"IS_SUBSET": ["A=1"]}}, "b c"),
        ({"MORPH": {"INTERSECTS": ["B=2"]}}, "a d"),
        ({"MORPH": {"INTERSECTS": ["B=2,3", "A=1|B=2"]}}, ""),
        ({"MORPH": {"IN": ["B=2|A=1", "A=1"]}}, "a b"),
        ({"MORPH": {"NOT_IN": ["A=1"]}}, "a c d"),
        ({"MORPH": {"REGEX": "B="}}, "a d"),
        ({"MORPH": "A=1|B=2"}, "a"),
        ({"MORPH": "B=2|A=1"}, ""),
        ({"MORPH": ""}, ""),
        ({"TAG": "NN"}, "a c"),
        ({"TAG": ""}, "d"),
        ({"POS": "NOUN"}, "a"),
        ({"POS": {"IN": ["NOUN", "X"]}}, "a d"),
        ({"POS": {"REGEX": "^[NV]"}}, "a b"),
        ({"LEMMA": "b"}, ""),
        ({"LEMMA": {"FUZZY": "B"}}, "a b c d"),
        ({"DEP": "nsubj"}, "a"),
        ({"DEP": {"NOT_IN": ["nsubj", "dobj"]}}, "b d"),
        ({"HEAD": 1}, "a"),
        ({"ENT_TYPE": "ORG"}, "a b"),
        ({"ENT_TYPE": ""}, "c"),
        ({"ENT_IOB": "B"}, "a d"),
        ({"ENT_IOB": 1}, "b"),
        ({"ENT_IOB": {"IN": [2, 3]}}, "a c d"),
        ({"ENT_ID": ""}, "a b c d"),
        ({"ENT_KB_ID": {"IN": [""]}}, "a b c d"),
        ({"SPACY": True}, "a c"),
        ({"LANG": "en"}, "a b c d"),
        ({"TAG": "NN", "ENT_TYPE": "ORG", "LOWER": {"IN": ["a", "b", "c"]}}, "a"),
    ],
)
def test_annotations(spec: dict[str, Any], words: str, taken: Callable[..., str], annotated: Doc) -> None:
    """Values of annotations are compared as ids; sets of features feature by feature."""
    assert taken(spec, annotated) == words


@pytest.fixture
def extension() -> Iterator[None]:
    """Tokens have a number, a text, a list or nothing."""
    values = {"a": 1.5, "b": "red", "c": ["red", 2], "d": None}
    Token.set_extension("kind", getter=lambda token: values.get(token.text, True))
    yield
    Token.remove_extension("kind")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"IN": ["red"]}, "b"),
        ({"NOT_IN": ["blue", 7]}, "b e"),
        ({"INTERSECTS": ["red"]}, "b c"),
        ({"IS_SUBSET": ["red", 2, 3]}, "b c"),
        ({"IS_SUPERSET": ["red", 2]}, "c"),
        ({"FUZZY1": "rid"}, "b"),
        ({"FUZZY1": {"NOT_IN": ["rid"]}}, ""),
        ({"==": 1.5}, "a"),
    ],
)
@pytest.mark.usefixtures("extension")
def test_extension_attributes(wanted: Any, words: str, taken: Callable[..., str], en_vocab: Vocab) -> None:
    """A value is a text, a number, or a collection of them; what is none of these is in no set and close to nothing."""
    doc = Doc(en_vocab, words=list("abcde"))
    assert taken({"_": {"kind": wanted}}, doc) == words


@pytest.mark.usefixtures("extension")
def test_plain_values_of_extension_attributes(taken: Callable[..., str], en_vocab: Vocab) -> None:
    """Numbers are compared exactly, and a value that is neither text nor number is told of."""
    doc = Doc(en_vocab, words=["a", "b", "e"])
    assert taken({"_": {"kind": 1}}, doc) == "e"
    assert taken({"_": {"kind": 1.5}}, doc) == "a"
    assert taken({"_": {"kind": "red"}}, doc) == "b"
    assert taken({"_": {"kind": {"REGEX": "^r"}}}, Doc(en_vocab, words=["b"])) == "b"
    assert taken({"_": {"kind": {"REGEX": {"IN": ["^r"]}}}}, Doc(en_vocab, words=["b"])) == "b"
    assert taken({"_": {"kind": {"FUZZY": {"REGEX": "^r"}}}}, Doc(en_vocab, words=["b"])) == "b"
    with pytest.raises(TypeError, match=r"E4361.*'kind'.*None"):
        taken({"_": {"kind": "red"}}, Doc(en_vocab, words=["d"]))
    with pytest.raises(AttributeError, match="E046"):
        taken({"_": {"unheard_of": 1}}, doc)


def test_assigned_extension_attributes(taken: Callable[..., str], en_vocab: Vocab) -> None:
    """Values that were assigned, and the default for the other tokens, which reading leaves as it is."""
    doc = Doc(en_vocab, words=list("abc"), spaces=[False, True, False])
    Token.set_extension("marks", default=[])
    try:
        doc[1]._.marks = ["x"]
        assert taken({"_": {"marks": {"INTERSECTS": ["x"]}}}, doc) == "b"
        assert taken({"_": {"marks": {"IS_SUBSET": ["y"]}}}, doc) == "a c"
        assert len(doc.user_data) == 1
        doc[2]._.marks.append("x")
        assert taken({"_": {"marks": {"INTERSECTS": ["x"]}}}, doc) == "b c"
    finally:
        Token.remove_extension("marks")


def test_values_are_tested_once(en_vocab: Vocab) -> None:
    """A comparison is made once for each distinct value, whatever the number of tokens, patterns and docs."""
    asked: list[str] = []

    def compare(text: str, pattern: str, edits: int) -> bool:
        asked.append(text)
        return len(text) == len(pattern)

    matcher = Matcher(en_vocab, fuzzy_compare=compare)
    matcher.add("A", [[{"LOWER": {"FUZZY": "xx"}}], [{"LOWER": {"FUZZY": "xx"}}, {}]])
    doc = Doc(en_vocab, words=["aa", "Aa", "b", "aa", "b", "AA"])
    assert [match[1:] for match in matcher(doc)] == [(0, 1), (0, 2), (1, 2), (1, 3), (3, 4), (3, 5), (5, 6)]
    assert matcher(doc) == matcher(doc)
    assert sorted(asked) == ["aa", "b"]


@pytest.mark.parametrize(
    ("spec", "error", "code"),
    [
        ({"FOO": 1}, ValueError, "E152"),
        ({"FOO": {"IN": []}}, ValueError, "E152"),
        ({9999: 1}, ValueError, "E152"),
        ({"CLUSTER": 1}, ValueError, "E152"),
        ({"LENGTH": 1.0}, ValueError, "E153"),
        ({"ORTH": None}, ValueError, "E153"),
        ({"ORTH": ["a"]}, ValueError, "E153"),
        ({"ORTH": {"IN": [None]}}, ValueError, "E153"),
        ({"ORTH": {"FUZZY": 5}}, ValueError, "E153"),
        ({"_": {"x": None}}, ValueError, "E153"),
        ({"_": 1}, ValueError, "E154"),
        (7, ValueError, "E154"),
        ({"HEAD": -1}, ValueError, "E154"),
        ({"OP": "{2,1}"}, ValueError, "E011"),
        ({"OP": "{,}"}, ValueError, "E011"),
        ({"OP": "{a}"}, ValueError, "E011"),
        ({"OP": "x"}, ValueError, "E011"),
        ({"OP": 3}, ValueError, "E011"),
        ({"LENGTH": {"REGEX": "3"}}, ValueError, "E4360"),
        ({"IS_ALPHA": {"FUZZY": "x"}}, ValueError, "E4360"),
        ({"LOWER": {"REGEX": {"FUZZY": "a"}}}, ValueError, "E4362"),
    ],
)
def test_bad_patterns_are_refused(spec: Any, error: type[Exception], code: str, taken: Callable[..., str]) -> None:
    """Without validation, too, when they are added."""
    with pytest.raises(error, match=code):
        taken(spec)


def test_a_bad_expression_is_refused(taken: Callable[..., str]) -> None:
    """By the error of the module re."""
    with pytest.raises(Exception, match="unterminated"):
        taken({"TEXT": {"REGEX": "("}})


@pytest.mark.parametrize("spec", [{"TEXT": {"FOO": 1}}, {"TEXT": {"FUZZY10": "a"}}, {"_": {"x": {"in": [1]}}}])
def test_unknown_predicates_are_ignored(spec: dict[str, Any], en_vocab: Vocab) -> None:
    """With a warning; what is left of the pattern stays."""
    matcher = Matcher(en_vocab, validate=False)
    with pytest.warns(UserWarning, match="W035"):
        matcher.add("A", [[spec]])
    assert len(matcher(Doc(en_vocab, words=["a", "b"]))) == 2


@pytest.mark.parametrize(
    ("pattern", "messages"),
    [
        ([{}, {"lower": "a", "OP": "{1,2}"}, {65: "a"}], []),
        ([{"LENGTH": {"IN": [1], ">": 2.5}}, {"_": {"x": True, "y": {"IN": [1]}, "z": {"REGEX": "a"}}}], []),
        ([{"ORTH": {"REGEX": {"IN": ["a"]}, "FUZZY2": {"NOT_IN": ["b"]}}}], []),
        ([{"FOO": 1}], ["[pattern -> 0 -> FOO]"]),
        ([{}, {"Orth": "a"}], ["[pattern -> 1 -> Orth]"]),
        ([{"OP": "1"}], ["[pattern -> 0 -> OP", "[pattern -> 0 -> OP"]),
        ([{"IS_ALPHA": 1}], ["[pattern -> 0 -> IS_ALPHA]"]),
        ([{"SENT_START": 0}], ["[pattern -> 0 -> SENT_START]"]),
        ([{"ENT_IOB": "X"}], ["[pattern -> 0 -> ENT_IOB]"]),
        (
            [{"ORTH": {"IN": [1]}}],
            ["[pattern -> 0 -> ORTH -> TokenPatternString -> IN -> 0]", "[pattern -> 0 -> ORTH]"],
        ),
        ([None], ["[pattern -> 0]"]),
        ([], ["[pattern]"]),
        ("abc", ["[pattern]"]),
    ],
)
def test_messages_name_position_and_key(pattern: Any, messages: list[str]) -> None:
    """One message for each thing that is wrong, [] for a good pattern."""
    found = validate_token_pattern(pattern)
    assert len(found) == len(messages)
    assert all(text.startswith(place) for text, place in zip(found, messages, strict=True))
