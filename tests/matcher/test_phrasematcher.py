"""Phrases: which matches come out, for all attributes, and how phrases are managed."""

from __future__ import annotations

import pickle
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagma
from tagma.matcher import PhraseMatcher
from tagma.matcher._phrases import PhraseTree
from tagma.tokens import Doc

NLP = tagma.blank("en")
VOCAB = NLP.vocab
phrase = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)
phrases = st.lists(st.tuples(st.sampled_from("XYZ"), phrase), max_size=8)


def docs(*texts: str) -> list[Doc]:
    """Docs of words between blanks."""
    return [Doc(VOCAB, words=text.split()) for text in texts]


def found(matcher: PhraseMatcher, doc: Any) -> list[str]:
    """Matches as `KEY start-end`."""
    return [f"{matcher.vocab.strings[key]} {start}-{end}" for key, start, end in matcher(doc)]


def occurrences(rules: list[tuple[str, list[str]]], words: list[str]) -> list[str]:
    """What must be found, by comparing each phrase with each stretch."""
    out = []
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            keys = dict.fromkeys(key for key, phrase in rules if phrase == words[start:end])
            out += [f"{key} {start}-{end}" for key in keys]
    return out


@given(phrases, st.lists(st.sampled_from("abc"), max_size=9), st.sampled_from(["X", "Y", "Z"]))
def test_every_occurrence_is_found(rules: list[tuple[str, list[str]]], words: list[str], removed: str) -> None:
    """By start, then end, then the order of adding; also after a key is removed, and in pickles."""
    matcher = PhraseMatcher(VOCAB)
    for key, phrase in rules:
        matcher.add(key, [Doc(VOCAB, words=phrase)])
    doc = Doc(VOCAB, words=words)
    assert found(matcher, doc) == occurrences(rules, words)
    if removed in matcher:
        matcher.remove(removed)
        rules = [rule for rule in rules if rule[0] != removed]
    assert found(matcher, doc) == occurrences(rules, words)
    assert found(pickle.loads(pickle.dumps(matcher)), doc) == occurrences(rules, words)


def test_attributes_of_words() -> None:
    """The values of the attribute are compared, not the texts."""
    text = Doc(VOCAB, words=["New", "York", "and", "new", "york", "City"])
    matcher = PhraseMatcher(VOCAB, attr="LOWER")
    matcher.add("CITY", docs("NEW YORK"))
    assert found(matcher, text) == ["CITY 0-2", "CITY 3-5"]
    for attr in (None, "text", "ORTH"):
        exact = PhraseMatcher(VOCAB, attr=attr)
        exact.add("CITY", docs("New York"))
        assert found(exact, text) == ["CITY 0-2"]
    shapes = PhraseMatcher(VOCAB, attr="SHAPE")
    shapes.add("IP", docs("127.0.0.1", "127.127.0.0"))
    assert found(shapes, Doc(VOCAB, words=["from", "192.1.1.1", "to", "192.168.2.1"])) == ["IP 1-2", "IP 3-4"]
    lengths = PhraseMatcher(VOCAB, attr="length")
    lengths.add("TWO", docs("aa b"))
    assert found(lengths, text) == []
    assert found(lengths, Doc(VOCAB, words=["xy", "z"])) == ["TWO 0-2"]


def test_attributes_of_tokens() -> None:
    """Annotations are compared like words; pattern docs must have those that components set."""
    words = ["a", "b", "c"]
    text = Doc(VOCAB, words=words, tags=["N", "V", "N"], pos=["NOUN", "VERB", "NOUN"], ents=["B-X", "O", "B-X"])
    for attr, pattern in (
        ("TAG", Doc(VOCAB, words=["q", "r"], tags=["N", "V"])),
        ("POS", Doc(VOCAB, words=["q", "r"], pos=["NOUN", "VERB"])),
        ("ENT_TYPE", Doc(VOCAB, words=["q", "r"], ents=["B-X", "O"])),
    ):
        matcher = PhraseMatcher(VOCAB, attr=attr)
        matcher.add("K", [pattern])
        assert found(matcher, text) == ["K 0-2"]
    starts = PhraseMatcher(VOCAB, attr="IS_SENT_START")
    starts.add("K", [Doc(VOCAB, words=["q", "r"], sent_starts=[True, False])])
    assert found(starts, Doc(VOCAB, words=words, sent_starts=[True, None, False])) == []
    assert found(starts, Doc(VOCAB, words=words, sent_starts=[False, True, False])) == ["K 1-3"]
    for attr in ("TAG", "POS", "MORPH", "LEMMA", "DEP"):
        with pytest.raises(ValueError, match=f"E155.*{attr}"):
            PhraseMatcher(VOCAB, attr=attr).add("K", docs("a b"))


@pytest.mark.parametrize("attr", ["foo", "", "_", "ID", "HEAD", "IDX", "LANG", "FLAG30", "PREFIX", 9999, 1.5])
def test_other_attributes_are_refused(attr: Any) -> None:
    """What token patterns cannot ask for."""
    with pytest.raises(ValueError, match="E152"):
        PhraseMatcher(VOCAB, attr=attr)


def test_spans_and_docs() -> None:
    """Indices are those of the Doc, also for a Span; nothing has no matches."""
    matcher = PhraseMatcher(VOCAB)
    matcher.add("K", docs("a b"))
    (doc,) = docs("a b c a b")
    assert found(matcher, doc[1:]) == ["K 3-5"]
    assert found(matcher, doc[:4]) == ["K 0-2"]
    spans = matcher(doc[1:], as_spans=True)
    assert [(span.start, span.end, span.label_) for span in spans] == [(3, 5, "K")]
    assert matcher(None) == matcher(doc[1:1]) == matcher(Doc(VOCAB)) == []
    with pytest.raises(ValueError, match="E195"):
        matcher("abc")  # type: ignore[arg-type]


def test_keys() -> None:
    """Text alone; phrases are added to, and stay with the other keys that have them."""
    matcher = PhraseMatcher(VOCAB)
    matcher.add("A", docs("a b"))
    matcher.add("B", docs("a b", "b c"))
    matcher.add("A", docs("c"))
    (doc,) = docs("a b c")
    assert len(matcher) == 2
    assert "A" in matcher
    assert VOCAB.strings["A"] not in matcher  # type: ignore[operator]
    assert "Never heard of" not in matcher
    assert found(matcher, doc) == ["A 0-2", "B 0-2", "B 1-3", "A 2-3"]
    matcher.remove("A")
    assert found(matcher, doc) == ["B 0-2", "B 1-3"]
    with pytest.raises(KeyError, match="A"):
        matcher.remove("A")
    matcher.add("A", docs("b"))
    assert found(matcher, doc) == ["B 0-2", "A 1-2", "B 1-3"]


def test_callbacks() -> None:
    """As those of the Matcher; adding to a key replaces its callback."""
    calls: list[tuple[Any, ...]] = []
    matcher = PhraseMatcher(VOCAB)
    matcher.add("A", docs("a"), on_match=lambda *given: calls.append(given))
    (doc,) = docs("a b a")
    matches = matcher(doc[:])
    assert [(call[2], call[3] is matches) for call in calls] == [(0, True), (1, True)]
    assert all(call[0] is matcher and call[1] is doc for call in calls)
    matcher.add("A", [])
    matcher(doc)
    assert len(calls) == 2


def test_what_can_be_added() -> None:
    """Docs in any collection, lists of values, the call of former times; empty phrases are none."""
    (doc,) = docs("a b a")
    for many in (docs("a b"), tuple(docs("a b")), iter(docs("a b")), [[VOCAB.strings["a"], VOCAB.strings["b"]]]):
        matcher = PhraseMatcher(VOCAB)
        matcher.add("K", many)
        assert found(matcher, doc) == ["K 0-2"]
    matcher = PhraseMatcher(VOCAB)
    matcher.add("K", None, *docs("a b", "a"))
    assert found(matcher, doc) == ["K 0-1", "K 0-2", "K 2-3"]
    matcher.add("L", [Doc(VOCAB), []])
    assert found(matcher, doc) == ["K 0-1", "K 0-2", "K 2-3"]
    assert len(matcher) == 2


@pytest.mark.parametrize(
    ("key", "given", "settings", "error", "code"),
    [
        ("K", Doc(VOCAB, words=["a"]), {}, ValueError, "E179"),
        ("K", [], {"on_match": 3}, ValueError, "E171"),
        (5, [], {}, TypeError, "E4364"),
        ("K", ["a"], {}, TypeError, "E4364"),
        ("K", "a b", {}, TypeError, "E4364"),
        ("K", [None], {}, TypeError, "E4364"),
        ("K", [["a"]], {}, TypeError, "E4364"),
    ],
)
def test_what_cannot_be_added(
    key: Any, given: Any, settings: dict[str, Any], error: type[Exception], code: str
) -> None:
    """And leaves the matcher as it was."""
    matcher = PhraseMatcher(VOCAB)
    with pytest.raises(error, match=code):
        matcher.add(key, given, **settings)
    assert len(matcher) == 0


def test_annotated_phrases_are_told_of() -> None:
    """With `validate`, where the attribute does not need what was annotated."""
    pattern = Doc(VOCAB, words=["a"], tags=["N"])
    with pytest.warns(UserWarning, match="W012.*TAG"):
        PhraseMatcher(VOCAB, validate=True).add("K", [pattern])
    PhraseMatcher(VOCAB).add("K", [pattern])
    PhraseMatcher(VOCAB, attr="TAG", validate=True).add("K", [pattern])


@pytest.mark.filterwarnings("ignore:.W105")
def test_pipe() -> None:
    """Hands docs on, with matches and context where asked for; warns that it is deprecated."""
    matcher = PhraseMatcher(VOCAB)
    matcher.add("K", docs("a"))
    (doc,) = docs("a")
    matches = matcher(doc)
    assert list(matcher.pipe([doc])) == [doc]
    assert list(matcher.pipe([(doc, 5)], return_matches=True, as_tuples=True)) == [((doc, matches), 5)]
    with pytest.warns(DeprecationWarning, match="W105"):
        list(matcher.pipe([]))


def test_pickles_keep_all() -> None:
    """Keys in their order, the attribute, whether annotated phrases are told of, and the number of the next key."""
    matcher = PhraseMatcher(VOCAB, attr="LOWER", validate=True)
    for key in "ABC":
        matcher.add(key, docs("x y"))
    matcher.remove("B")
    again = pickle.loads(pickle.dumps(matcher))
    again.add("D", [Doc(again.vocab, words=["X", "Y"])])
    assert found(again, Doc(again.vocab, words=["X", "Y"])) == ["A 0-2", "C 0-2", "D 0-2"]
    with pytest.warns(UserWarning, match="W012"):
        again.add("D", [Doc(again.vocab, words=["a"], tags=["N"])])


def test_damaged_trees_are_refused() -> None:
    """Whatever number of a pickled tree is another one, it is either a tree or an error."""
    tree = PhraseTree(65)
    tree.add_values([5, 6, 7], 0)
    tree.add_values([5, 8], 1)
    values, nodes, ends = tree.save()
    for part in (values, nodes, ends):
        for i in range(len(part)):
            for wrong in (99, 0):
                kept, part[i] = part[i], wrong
                with suppress(ValueError):
                    other = PhraseTree(65, (values, nodes, ends))
                    assert other.search(Doc(VOCAB, words=["a"]), 0, 1, {}) == []
                part[i] = kept
    with pytest.raises(ValueError, match="E4363"):
        PhraseTree(65, (values, nodes[:1], ends))


def test_removed_phrases_leave_no_nodes() -> None:
    """Adding and removing for a long time does not make the tree grow."""
    matcher = PhraseMatcher(VOCAB)
    matcher.add("KEPT", docs("a b"))
    for turn in range(40):
        matcher.add("GONE", docs(*(f"w{turn} w{number}" for number in range(50))))
        matcher.remove("GONE")
    _, nodes, ends = matcher._tree.save()
    assert len(ends) == 2
    assert len(nodes) < 2 * 500
    assert found(matcher, docs("a b")[0]) == ["KEPT 0-2"]


def test_many_phrases() -> None:
    """A hundred thousand are added and found in seconds."""
    begin = time.process_time()
    words = [f"w{number}" for number in range(1000)]
    patterns = [Doc(VOCAB, words=[words[i % 1000], words[i // 100], "end"]) for i in range(100_000)]
    matcher = PhraseMatcher(VOCAB)
    matcher.add("K", patterns)
    text = Doc(VOCAB, words=[word for i in range(0, 100_000, 97) for word in (words[i % 1000], words[i // 100], "end")])
    assert len(matcher(text)) >= len(text) // 3
    assert time.process_time() - begin < 20
