"""Sequences of tokens: which matches come out and in which order, and how patterns are managed."""

from __future__ import annotations

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagma
from tagma.errors import MatchPatternError
from tagma.matcher import Matcher
from tagma.tokens import Doc

from . import reference

VOCAB = tagma.blank("en").vocab
OPERATORS = ["1", "!", "?", "*", "+", "{2}", "{0}", "{1,2}", "{1,}", "{,2}"]
# Token patterns, and what they say of a word.
SPECS: list[tuple[dict[str, Any], reference.Test]] = [
    ({}, lambda word: True),
    ({"ORTH": "a"}, lambda word: word == "a"),
    ({"LOWER": {"IN": ["a", "b"]}}, lambda word: word.lower() in ("a", "b")),
    ({"ORTH": {"NOT_IN": ["b", "A"]}}, lambda word: word not in ("b", "A")),
    ({"LOWER": "a", "IS_UPPER": True}, lambda word: word == "A"),
    ({"TEXT": {"REGEX": "[aA]"}, "LENGTH": 1}, lambda word: word in ("a", "A")),
]
token_patterns = st.tuples(st.sampled_from(SPECS), st.sampled_from(OPERATORS))
rules = st.lists(
    st.tuples(
        st.sampled_from(["X", "Y", "Z"]),
        st.lists(token_patterns, min_size=1, max_size=4),
        st.sampled_from([None, None, "FIRST", "LONGEST"]),
    ),
    max_size=4,
)


def found(matcher: Matcher, doc: Any, **how: Any) -> list[tuple[Any, ...]]:
    """Matches with their keys as text."""
    return [(matcher.vocab.strings[key], *rest) for key, *rest in matcher(doc, **how)]


def places(pattern: list[dict[str, Any]], text: str, **how: Any) -> list[tuple[int, int]]:
    """Where a pattern alone matches."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [pattern], **how)
    return [(start, end) for _, start, end in matcher(Doc(VOCAB, words=text.split()))]


@given(rules, st.lists(st.sampled_from("aAbc"), max_size=7))
def test_matches_are_those_of_the_reference(given_rules: list[tuple[str, list[Any], Any]], words: list[str]) -> None:
    """With all operators, several patterns and keys, preferences and alignments, in order."""
    matcher = Matcher(VOCAB, validate=False)
    preference = {}
    for key, pattern, greedy in given_rules:
        matcher.add(key, [[{**spec, "OP": op} for (spec, _), op in pattern]], greedy=greedy)
        preference[key] = greedy
    expanded = [(key, reference.expand([(test, op) for (_, test), op in pattern])) for key, pattern, _ in given_rules]
    expected = reference.matches(expanded, words)
    chosen = reference.greedy(list(expected), {key: greedy for key, greedy in preference.items() if greedy})
    if not given_rules:
        return
    doc = Doc(VOCAB, words=words)
    assert found(matcher, doc) == chosen
    assert found(matcher, doc, with_alignments=True) == [(*match, expected[match]) for match in chosen]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ([{"ORTH": "a", "OP": "+"}], "a a a b", [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]),
        ([{"ORTH": "a", "OP": "*"}, {"ORTH": "b"}], "a a b", [(0, 3), (1, 3), (2, 3)]),
        ([{"ORTH": "a"}, {"OP": "?"}], "a b a", [(0, 1), (0, 2), (2, 3)]),
        ([{"ORTH": "a"}, {"OP": "*"}, {"ORTH": "c"}], "a b c c", [(0, 3), (0, 4)]),
        ([{"ORTH": "a", "OP": "!"}, {"ORTH": "b"}], "b b", [(0, 2)]),
        ([{"ORTH": "b"}, {"ORTH": "a", "OP": "!"}], "b b", [(0, 2)]),
        ([{"ORTH": "a", "OP": "{2}"}], "a a a", [(0, 2), (1, 3)]),
        ([{"ORTH": "a", "OP": "{2,}"}], "a a a", [(0, 2), (0, 3), (1, 3)]),
        ([{"ORTH": "a", "OP": "{,2}"}], "a a a", [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]),
        ([{"ORTH": "z", "OP": "*"}], "a b", []),
        ([{"ORTH": "a", "OP": "{0}"}], "a", []),
    ],
)
def test_operators(pattern: list[dict[str, Any]], text: str, expected: list[tuple[int, int]]) -> None:
    """All lengths are told, in the order in which they become known, and no match is empty."""
    assert places(pattern, text) == expected


def test_preferences_go_by_key() -> None:
    """Keys without one come first, then each key's, with the first or the longest of those that share tokens."""
    matcher = Matcher(VOCAB)
    matcher.add("B", [[{"ORTH": "a"}, {"ORTH": "b"}]])
    matcher.add("A", [[{"ORTH": "a"}], [{"ORTH": "b"}]], greedy="LONGEST")
    matcher.add("C", [[{"ORTH": "b"}]])
    doc = Doc(VOCAB, words=list("abab"))
    expected = ["B02", "C12", "B24", "C34", "A01", "A12", "A23", "A34"]
    assert [f"{key}{start}{end}" for key, start, end in found(matcher, doc)] == expected
    pattern = [{"ORTH": "a", "OP": "+"}, {"OP": "?"}]
    assert places(pattern, "a a b a a", greedy="FIRST") == [(0, 3), (3, 5)]
    assert places([{"ORTH": "a", "OP": "+"}], "a b a a", greedy="LONGEST") == [(2, 4), (0, 1)]


def test_alignments() -> None:
    """For each token the token pattern that took it on the first path."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"ORTH": "a", "OP": "+"}, {"OP": "?"}, {"ORTH": "c"}]])
    doc = Doc(VOCAB, words=["a", "a", "b", "c"])
    assert found(matcher, doc, with_alignments=True) == [("X", 1, 4, [0, 1, 2]), ("X", 0, 4, [0, 0, 1, 2])]
    assert [span.text for span in matcher(doc, as_spans=True, with_alignments=True)] == ["a b c", "a a b c"]


def test_paths_that_meet_go_on_as_one() -> None:
    """Optional items in a row take time by their number, not by the number of ways through them."""
    pattern = [{"ORTH": "a", "OP": "?"}] * 25 + [{"OP": "*"}] * 5 + [{"ORTH": "z"}]
    begin = time.process_time()
    assert places(pattern, " ".join("a" * 60)) == []
    assert len(places(pattern, " ".join(["a"] * 60 + ["z"]))) == 61
    assert time.process_time() - begin < 5


def test_states_that_nothing_can_come_of_are_dropped() -> None:
    """A pattern that waits for what never comes takes time by the length of the text, and finds what does come."""
    words = ["a"] * 20_000
    begin = time.process_time()
    for pattern in ([{"ORTH": "a", "OP": "*"}, {"ORTH": "z"}], [{"OP": "*"}] * 10 + [{"ORTH": "z"}, {"ORTH": "q"}]):
        assert places(pattern, " ".join([*words, "z"])[2 * 19_000 :]) == places(pattern, " ".join([*words[:1000], "z"]))
        assert places(pattern, " ".join(words)) == []
    assert time.process_time() - begin < 20
    mixed = [{"ORTH": "a", "OP": "*"}, {"ORTH": "b", "OP": "+"}, {"OP": "?"}, {"ORTH": "c"}]
    text = ["a"] * 400 + ["b"] * 300 + ["c"]
    expected = [(start, 701) for start in range(700)]
    assert sorted(places(mixed, " ".join(text))) == expected
    assert places(mixed, " ".join([*text, *text]))[700:] == [
        (a + 701, b + 701) for a, b in places(mixed, " ".join(text))
    ]


def test_spans_and_docs() -> None:
    """Indices count from the beginning of a Span, those of Spans that come out from that of the Doc."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"ORTH": "b"}]])
    doc = Doc(VOCAB, words=list("abcb"))
    assert found(matcher, doc[1:]) == [("X", 0, 1), ("X", 2, 3)]
    spans = matcher(doc[1:], as_spans=True)
    assert [(span.start, span.end, span.label_, span.doc is doc) for span in spans] == [
        (1, 2, "X", True),
        (3, 4, "X", True),
    ]
    assert matcher(Doc(VOCAB)) == matcher(doc[2:2]) == []
    with pytest.raises(ValueError, match="E195"):
        matcher("text")  # type: ignore[arg-type]


def test_matchers_without_patterns_warn() -> None:
    """W036; a key without patterns is none."""
    matcher = Matcher(VOCAB)
    with pytest.warns(UserWarning, match="W036"):
        assert matcher(Doc(VOCAB, words=["a"])) == []
    matcher.add("X", [])
    assert matcher(Doc(VOCAB, words=["a"])) == []
    assert matcher.get("X") == (None, [])


def test_annotation_must_be_there() -> None:
    """Where a pattern has a plain value of an attribute that the Doc lacks, unless that is allowed."""
    doc = Doc(VOCAB, words=["a", "b"])
    for attr in ("TAG", "POS", "MORPH", "LEMMA", "DEP"):
        matcher = Matcher(VOCAB)
        matcher.add("X", [[{"ORTH": "a"}, {attr: "x"}]])
        with pytest.raises(ValueError, match=f"E155.*{attr}"):
            matcher(doc[:1])
        assert matcher(doc, allow_missing=True) == []
        matcher.remove("X")
        matcher.add("Y", [[{attr: {"IN": ["F=x"]}}]])
        assert matcher(doc) == []


def test_callbacks() -> None:
    """Called for each match of their key, in order, with the list that is returned, which they may make longer."""
    calls: list[tuple[Any, ...]] = []
    matcher = Matcher(VOCAB)
    doc = Doc(VOCAB, words=list("ab"))

    def on_match(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 1:
            given[3].append((VOCAB.strings["X"], 7, 8))

    matcher.add("X", [[{"ORTH": "a"}]], on_match=on_match)
    matcher.add("Y", [[{"ORTH": "b"}]])
    matches = matcher(doc[:])
    assert [call[2] for call in calls] == [0, 2]
    assert all(call[0] is matcher and call[1] is doc and call[3] is matches for call in calls)
    assert [match[1:] for match in matches] == [(0, 1), (1, 2), (7, 8)]
    matcher.add("X", [[{"ORTH": "b"}]])
    assert matcher.get("X") == (None, [[{"ORTH": "a"}], [{"ORTH": "b"}]])
    matcher(doc)
    assert len(calls) == 2


def test_keys() -> None:
    """Given as text or id; patterns of a key are added to, the callback is replaced; removal needs the key."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"ORTH": "a"}]])
    matcher.add(7, [[{"ORTH": "b"}]])
    assert len(matcher) == 2
    assert "X" in matcher
    assert VOCAB.strings["X"] in matcher
    assert matcher.has_key(7)
    assert "Never heard of" not in matcher
    assert "Never heard of" not in VOCAB.strings
    assert matcher.get("Z") is None
    assert matcher.get("Z", default=3) == 3
    assert matcher(Doc(VOCAB, words=["b"])) == [(7, 0, 1)]
    matcher.remove(7)
    assert matcher(Doc(VOCAB, words=["b"])) == []
    with pytest.raises(ValueError, match="E175"):
        matcher.remove(7)


def test_patterns_of_a_key_come_in_the_order_of_adding() -> None:
    """Also when others were added in between."""
    matcher = Matcher(VOCAB)
    for key, length in (("X", 1), ("Y", 1), ("X", 2)):
        matcher.add(key, [[{"ORTH": "a"}] * length])
    assert found(matcher, Doc(VOCAB, words=["a", "a"])) == [
        ("X", 0, 1),
        ("Y", 0, 1),
        ("X", 0, 2),
        ("X", 1, 2),
        ("Y", 1, 2),
    ]


@pytest.mark.parametrize(
    ("patterns", "settings", "code"),
    [
        ([[{}]], {"on_match": 3}, "E171"),
        ("abc", {}, "E948"),
        ([[{}]], {"greedy": "first"}, "E947"),
        ([[{}], []], {}, "E012"),
        (["x"], {}, "E178"),
        ([({},)], {}, "E178"),
    ],
)
def test_bad_rules_are_refused(patterns: Any, settings: dict[str, Any], code: str) -> None:
    """And leave the matcher as it was."""
    matcher = Matcher(VOCAB)
    with pytest.raises(ValueError, match=code):
        matcher.add("X", patterns, **settings)
    assert len(matcher) == 0


def test_validation_names_what_is_wrong() -> None:
    """Rule, pattern, position and key."""
    matcher = Matcher(VOCAB)
    with pytest.raises(MatchPatternError, match=r"'X'(?s:.*)pattern 1: \[pattern -> 0 -> FOO\]"):
        matcher.add("X", [[{}], [{"FOO": 1}]])
    assert len(matcher) == 0


@pytest.mark.parametrize(
    ("token", "name"), [({"LOWR": "x"}, "'LOWER'"), ({"OPP": "?"}, "'OP'"), ({"LENGTH": {"=<": 3}}, "'<'")]
)
def test_a_slip_of_the_pen(token: dict[str, Any], name: str) -> None:
    """A key that nearly is one, at any depth, is told what it may be meant for."""
    with pytest.raises(MatchPatternError, match=f"no such setting; did you mean {name}"):
        Matcher(VOCAB).add("X", [[token]])


def double(matcher: Matcher, doc: Doc, i: int, matches: list[Any]) -> None:
    """A callback that can be pickled."""
    matches[i] = (*matches[i][:2], matches[i][2] * 2)


def test_pickles() -> None:
    """Patterns with their order, callbacks, preferences, settings."""
    matcher = Matcher(VOCAB, validate=False)
    matcher.add("X", [[{"ORTH": {"REGEX": "a"}, "OP": "+"}]], greedy="LONGEST")
    matcher.add("Y", [[{"ORTH": {"FUZZY": "a"}}]], on_match=double)
    matcher.add("X", [[{"LENGTH": {">": 2}}]], greedy="LONGEST")
    words = ["a", "a", "bcd"]
    again = pickle.loads(pickle.dumps(matcher))
    assert found(again, Doc(again.vocab, words=words)) == found(matcher, Doc(VOCAB, words=words))
    assert again.validate is False
    assert again.get("X") == matcher.get("X")


def test_docs_of_another_vocabulary() -> None:
    """Ids are the same everywhere, rows of lexemes are not."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"LOWER": "b", "TEXT": {"REGEX": "B"}}]])
    other = tagma.blank("en").vocab
    for vocab, words in ((VOCAB, ["a", "B"]), (other, ["B", "b"]), (VOCAB, ["B", "a"]), (other, ["z", "B"])):
        assert [start for _, start, _ in matcher(Doc(vocab, words=words))] == [words.index("B")]


def test_lexical_values_may_change() -> None:
    """What was learned of a word is forgotten when the vocabulary changes one of its values."""
    vocab = tagma.blank("en").vocab
    matcher = Matcher(vocab)
    matcher.add("X", [[{"IS_STOP": True}]])
    doc = Doc(vocab, words=["zyx"])
    assert matcher(doc) == []
    vocab["zyx"].is_stop = True
    assert len(matcher(doc)) == 1


def test_threads_share_a_matcher() -> None:
    """Several searches at once, of words not seen before, find what one finds."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"TEXT": {"REGEX": "5"}, "OP": "+"}, {"LENGTH": {">": 1}}]])
    texts = [[str(number * k) for number in range(200)] for k in range(1, 9)]
    docs = [Doc(VOCAB, words=words) for words in texts]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(matcher, docs))
    alone = Matcher(VOCAB)
    alone.add("X", matcher.get("X")[1])
    assert at_once == [alone(doc) for doc in docs]


@pytest.mark.filterwarnings("ignore:.W105")
def test_pipe() -> None:
    """Hands docs on, with matches and context where asked for; warns that it is deprecated."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"ORTH": "a"}]])
    doc = Doc(VOCAB, words=["a"])
    matches = matcher(doc)
    assert list(matcher.pipe([doc])) == [doc]
    assert list(matcher.pipe([doc], return_matches=True)) == [(doc, matches)]
    assert list(matcher.pipe([(doc, 5)], as_tuples=True)) == [(doc, 5)]
    assert list(matcher.pipe([(doc, 5)], return_matches=True, as_tuples=True)) == [((doc, matches), 5)]
    with pytest.warns(DeprecationWarning, match="W105"):
        list(matcher.pipe([]))


def test_what_is_learned_is_bounded() -> None:
    """After very many values all is learned anew, and nothing else changes."""
    matcher = Matcher(VOCAB)
    matcher.add("X", [[{"LENGTH": {">": 0}, "TEXT": {"REGEX": "^7+$"}}]])
    vocab = tagma.blank("en").vocab
    for part in range(3):
        words = [str(part * 1000 + number) for number in range(1000)]
        assert len(matcher(Doc(vocab, words=words))) == sum(set(word) == {"7"} for word in words)
