"""Shapes of dependency trees: each relation, the order of matches, and how patterns are managed and refused."""

from __future__ import annotations

import pickle
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagma
from tagma.errors import MatchPatternError
from tagma.matcher import DependencyMatcher
from tagma.tokens import Doc

from . import reference

VOCAB = tagma.blank("en").vocab
ANCHOR = {"RIGHT_ID": "v", "RIGHT_ATTRS": {"LOWER": "ate"}}
WORDS = {"a": ["a"], "b": ["b"], "": ["a", "b"]}


def item(left: Any, op: str, right: Any, attrs: dict[str, Any]) -> dict[str, Any]:
    """An item that is no anchor."""
    return {"LEFT_ID": left, "REL_OP": op, "RIGHT_ID": right, "RIGHT_ATTRS": attrs}


@pytest.fixture
def doc() -> Doc:
    """Two conjoined subjects, an object with a preposition."""
    return Doc(
        VOCAB,
        words=["Ann", "and", "Bob", "quickly", "ate", "pie", "with", "cream", "."],
        heads=[4, 0, 0, 4, 4, 4, 5, 6, 4],
        deps=["nsubj", "cc", "conj", "advmod", "ROOT", "dobj", "prep", "pobj", "punct"],
    )


def found(matcher: DependencyMatcher, doc: Any) -> list[tuple[str, list[int]]]:
    """Matches with their keys as text."""
    return [(matcher.vocab.strings[key], tokens) for key, tokens in matcher(doc)]


def pairs(op: str, doc: Doc) -> str:
    """All tokens that stand in a relation."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("K", [[{"RIGHT_ID": "a", "RIGHT_ATTRS": {}}, item("a", op, "b", {})]])
    return " ".join(f"{a}-{b}" for _, (a, b) in matcher(doc))


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("<", "0-4 1-0 2-0 3-4 5-4 6-5 7-6 8-4"),
        (">", "0-1 0-2 4-0 4-3 4-5 4-8 5-6 6-7"),
        ("<<", "0-4 1-0 1-4 2-0 2-4 3-4 5-4 6-4 6-5 7-4 7-5 7-6 8-4"),
        (">>", "0-1 0-2 4-0 4-1 4-2 4-3 4-5 4-6 4-7 4-8 5-6 5-7 6-7"),
        (".", "0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8"),
        (";", "1-0 2-1 3-2 4-3 5-4 6-5 7-6 8-7"),
        ("$+", "1-2 4-5"),
        ("$-", "2-1 4-3"),
        ("$++", "0-3 0-5 0-8 1-2 3-5 3-8 4-5 4-8 5-8"),
        ("$--", "2-1 3-0 4-0 4-3 5-0 5-3 8-0 8-3 8-5"),
        (">+", "0-1 4-5 5-6 6-7"),
        (">-", "4-3"),
        (">++", "0-1 0-2 4-5 4-8 5-6 6-7"),
        (">--", "4-0 4-3"),
        ("<+", "3-4"),
        ("<-", "1-0 5-4 6-5 7-6"),
        ("<++", "0-4 3-4"),
        ("<--", "1-0 2-0 5-4 6-5 7-6 8-4"),
    ],
)
def test_relations(op: str, expected: str, doc: Doc) -> None:
    """Of all pairs of tokens; a root counts as its own head, so that its children are its siblings."""
    assert pairs(op, doc) == expected


def test_relations_of_distance(doc: Doc) -> None:
    """All that come later, or earlier, in the sentence."""
    assert pairs(".*", doc) == " ".join(f"{a}-{b}" for a in range(9) for b in range(a + 1, 9))
    assert pairs(";*", doc) == " ".join(f"{a}-{b}" for a in range(9) for b in range(a))


trees = st.integers(1, 7).flatmap(
    lambda n: st.tuples(
        st.permutations(range(n)), st.lists(st.integers(0, 99), min_size=n, max_size=n), st.integers(0, 3)
    )
)
item_lists = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(sorted(reference.RELATIONS)), st.sampled_from(["a", "b", ""])),
    min_size=1,
    max_size=4,
)


@given(trees, st.lists(st.sampled_from("ab"), min_size=7, max_size=7), st.lists(item_lists, min_size=1, max_size=2))
def test_matches_are_those_of_the_reference(
    tree: tuple[list[int], list[int], int], words: list[str], rules: list[list[tuple[int, str, str]]]
) -> None:
    """With all relations, projective or not, several trees and patterns, in order."""
    order, draws, roots = tree
    heads = [0] * len(order)
    for place, token in enumerate(order):
        heads[token] = token if place == 0 or draws[place] % 10 < roots else order[draws[place] % place]
    words = words[: len(order)]
    matcher = DependencyMatcher(VOCAB)
    parsed = []
    for key, rule in zip("XY", rules, strict=False):
        pattern, parts = [], []
        for i, (left, op, word) in enumerate(rule):
            attrs: dict[str, Any] = {"ORTH": word} if word else {}
            pattern.append(item(left % i, op, i, attrs) if i else {"RIGHT_ID": 0, "RIGHT_ATTRS": attrs})
            parts.append((left % i if i else 0, op, [j for j, other in enumerate(words) if other in WORDS[word]]))
        matcher.add(key, [pattern])
        parsed.append((key, parts))
    asked = sorted({token for _, parts in parsed for _, _, tokens in parts for token in tokens})
    expected = [(key, match) for key, parts in parsed for match in reference.tree_matches(parts, heads, asked)]
    assert found(matcher, Doc(VOCAB, words=words, heads=heads, deps=["x"] * len(words))) == expected


def test_patterns_of_several_items(doc: Doc) -> None:
    """The last item's token changes fastest; a Span has its own trees and indices."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("K", [[ANCHOR, item("v", ">", "s", {"DEP": {"IN": ["nsubj", "dobj"]}}), item("s", ">", "c", {})]])
    assert found(matcher, doc) == [("K", [4, 0, 1]), ("K", [4, 0, 2]), ("K", [4, 5, 6])]
    assert found(matcher, doc[4:8]) == [("K", [0, 1, 2])]
    assert found(matcher, doc[:1]) == []


def test_order_of_keys_and_trees() -> None:
    """Keys and their patterns as they were added; trees by the first token that any item could be."""
    doc = Doc(VOCAB, words=list("abab"), heads=[3, 1, 2, 3], deps=["x", "ROOT", "ROOT", "ROOT"])
    anchor = {"RIGHT_ID": 0, "RIGHT_ATTRS": {"ORTH": "b"}}
    matcher = DependencyMatcher(VOCAB)
    matcher.add("B", [[anchor]])
    assert found(matcher, doc) == [("B", [1]), ("B", [3])]
    matcher.add("A", [[{"RIGHT_ID": 0, "RIGHT_ATTRS": {"ORTH": "a"}}]])
    matcher.add("B", [[{"RIGHT_ID": 0, "RIGHT_ATTRS": {"LOWER": "a"}}]])
    assert found(matcher, doc) == [("B", [3]), ("B", [1]), ("B", [0]), ("B", [2]), ("A", [0]), ("A", [2])]


def test_items_that_find_several_tokens(doc: Doc) -> None:
    """Count by the first, with a warning; an item may ask for what does not hold."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("K", [[ANCHOR, item("v", ">", "s", {"OP": "{1,2}"})]])
    with pytest.warns(UserWarning, match=r"W110.*'\{1,2\}'"):
        assert [tokens for _, tokens in found(matcher, doc)] == [[4, 0], [4, 0], [4, 3], [4, 3], [4, 5], [4, 5], [4, 8]]
    others = DependencyMatcher(VOCAB)
    others.add("K", [[{"RIGHT_ID": 0, "RIGHT_ATTRS": {"LENGTH": 3, "OP": "!"}}]])
    assert [tokens for _, tokens in found(others, doc)] == [[3], [6], [7], [8]]


def test_no_way_leads_nowhere() -> None:
    """Many items with many tokens each take no time where no match is, or one."""
    n = 60
    words = ["a"] * n + ["z"]
    flat = Doc(VOCAB, words=words, heads=[0] * (n + 1), deps=["ROOT", *["x"] * n])
    pattern = [{"RIGHT_ID": 0, "RIGHT_ATTRS": {"ORTH": "a"}}]
    pattern += [item(i, ".*", i + 1, {"ORTH": "a"}) for i in range(12)]
    matcher = DependencyMatcher(VOCAB)
    matcher.add("NONE", [[*pattern, item(12, ".*", 13, {"ORTH": "q"})], [*pattern, item(12, ";", 13, {"ORTH": "z"})]])
    begin = time.process_time()
    assert matcher(flat) == []
    assert time.process_time() - begin < 2


def test_keys_and_callbacks(doc: Doc) -> None:
    """As those of the Matcher."""
    calls: list[tuple[Any, ...]] = []
    matcher = DependencyMatcher(VOCAB)
    with pytest.warns(UserWarning, match="W036"):
        assert matcher(doc) == []
    matcher.add("K", [[ANCHOR]], on_match=lambda *given: calls.append(given))
    matches = matcher(doc)
    assert [(call[2], call[3] is matches) for call in calls] == [(0, True)]
    assert calls[0][0] is matcher
    assert calls[0][1] is doc
    matcher.add("K", [[{"RIGHT_ID": "w", "RIGHT_ATTRS": {"DEP": "nsubj"}}]])
    assert matcher.get("K") == (None, [[ANCHOR], [{"RIGHT_ID": "w", "RIGHT_ATTRS": {"DEP": "nsubj"}}]])
    assert matcher.get("Z") is None
    assert matcher.get("Z", 5) == 5
    assert found(matcher, doc) == [("K", [4]), ("K", [0])]
    assert len(calls) == 1
    assert len(matcher) == 1
    assert "K" in matcher
    assert matcher.has_key(VOCAB.strings["K"])
    matcher.remove("K")
    assert len(matcher) == 0
    with pytest.raises(ValueError, match="E175"):
        matcher.remove("K")


def test_what_can_be_searched(doc: Doc) -> None:
    """Docs with the annotation that plain values ask for; without a parse each token is a tree."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("K", [[{"RIGHT_ID": 0, "RIGHT_ATTRS": {"DEP": "nsubj"}}]])
    with pytest.raises(ValueError, match=r"E155.*DEP"):
        matcher(Doc(VOCAB, words=["a"]))
    with pytest.raises(ValueError, match="E195"):
        matcher(None)  # type: ignore[arg-type]
    assert pairs(".*", Doc(VOCAB, words=["a", "b"])) == ""
    assert pairs(">", Doc(VOCAB)) == ""


@pytest.mark.parametrize(
    ("patterns", "settings", "code"),
    [
        ([[ANCHOR]], {"on_match": 3}, "E171"),
        (([ANCHOR],), {}, "E948"),
        ([[]], {}, "E012"),
        (["x"], {}, "E1008"),
        ([[{}]], {}, "E098"),
        ([[{"RIGHT_ID": "v"}]], {}, "E098"),
        ([[{"RIGHT_ATTRS": {}}]], {}, "E099"),
        ([[{**ANCHOR, "LEFT_ID": "q"}]], {}, "E099"),
        ([[{**ANCHOR, "REL_OP": ">"}]], {}, "E099"),
        ([[ANCHOR, ANCHOR]], {}, "E100"),
        ([[ANCHOR, {"LEFT_ID": "v", "REL_OP": ">", "RIGHT_ID": "w"}]], {}, "E100"),
        ([[ANCHOR, item("v", ">", "v", {})]], {}, "E101"),
        ([[ANCHOR, item("z", ">", "w", {})]], {}, "E101"),
        ([[ANCHOR, item("v", "?", "w", {})]], {}, "E1007"),
        ([[{"RIGHT_ID": "v", "RIGHT_ATTRS": {"OP": "+"}}]], {}, "E1016"),
        ([[{"RIGHT_ID": "v", "RIGHT_ATTRS": 5}]], {}, "E154"),
        ([[{"RIGHT_ID": "v", "RIGHT_ATTRS": {"FOO": 1}}]], {}, "E152"),
    ],
)
def test_bad_patterns_are_refused(patterns: Any, settings: dict[str, Any], code: str) -> None:
    """When they are added, and leave the matcher as it was."""
    matcher = DependencyMatcher(VOCAB)
    with pytest.raises(ValueError, match=code):
        matcher.add("K", patterns, **settings)
    assert len(matcher) == 0


def test_validation_and_warnings(doc: Doc) -> None:
    """RIGHT_ATTRS are checked where that is asked for; keys that items do not have are ignored with a warning."""
    matcher = DependencyMatcher(VOCAB, validate=True)
    with pytest.raises(MatchPatternError, match="FOO"):
        matcher.add("K", [[{"RIGHT_ID": "v", "RIGHT_ATTRS": {"FOO": 1}}]])
    with pytest.warns(UserWarning, match="W126.*EXTRA"):
        matcher.add("K", [[ANCHOR, {**item("v", ">", "w", {"LOWER": "pie"}), "EXTRA": 1}]])
    assert found(matcher, doc) == [("K", [4, 5])]


def double(matcher: DependencyMatcher, doc: Doc, i: int, matches: list[Any]) -> None:
    """A callback that can be pickled."""
    matches[i] = (matches[i][0], matches[i][1] * 2)


def test_pickles(doc: Doc) -> None:
    """Patterns and callbacks."""
    matcher = DependencyMatcher(VOCAB)
    matcher.add("K", [[ANCHOR, item("v", ">--", "w", {"TEXT": {"REGEX": "^[Aq]"}})]], on_match=double)
    again = pickle.loads(pickle.dumps(matcher))
    assert found(again, doc) == found(matcher, doc) == [("K", [4, 0, 4, 0]), ("K", [4, 3, 4, 3])]
    assert again.get("K") == matcher.get("K")
