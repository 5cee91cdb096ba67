"""The tokenizer: what it makes of texts, its rules, its limits, its formats."""

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import srsly
from hypothesis import given, settings
from hypothesis import strategies as st

import tagma
from tagma.attrs import NORM, ORTH
from tagma.tokenizer import Tokenizer
from tagma.tokenizer.explain import tokenize
from tagma.vocab import Vocab


def words(tokenizer: Tokenizer, text: str) -> list[str]:
    return [token.text for token in tokenizer(text)]


@pytest.fixture(scope="module")
def english() -> Tokenizer:
    """The English tokenizer; tests that change it make their own."""
    return tagma.blank("en").tokenizer


@pytest.fixture
def tiny() -> Tokenizer:
    """Brackets and full stops are affixes, a hyphen between letters is an infix, "don't" is a special case."""
    return Tokenizer(
        Vocab(),
        rules={"don't": [{ORTH: "do"}, {ORTH: "n't", NORM: "not"}], ":)": [{ORTH: ":)"}]},
        prefix_search=re.compile(r"^\(").search,
        suffix_search=re.compile(r"\)$|\.$").search,
        infix_finditer=re.compile(r"(?<=[a-z])-(?=[a-z])").finditer,
        url_match=re.compile(r"https?://\S+$").match,
    )


def test_without_rules_only_white_space_splits() -> None:
    """A tokenizer without rules splits at white space, and keeps what is more than one space."""
    doc = Tokenizer(Vocab())("a b.  c\n")
    assert [token.text for token in doc] == ["a", "b.", " ", "c", "\n"]
    assert [token.whitespace_ for token in doc] == [" ", " ", "", "", ""]


@pytest.mark.parametrize("text", ["", " ", "   ", " a", "a ", "a  b", "\u00a0a\u2003b\u200bc", "é 中 😀\ud7ff"])
def test_no_character_is_lost(english: Tokenizer, text: str) -> None:
    """The tokens and their spaces make up the text, whichever width CPython keeps it in."""
    doc = english(text)
    assert "".join(token.text_with_ws for token in doc) == text == doc.text


def test_affixes_special_cases_and_infixes(tiny: Tokenizer) -> None:
    """Affixes come off from the outside, then the rest is a special case, a URL, or split at infixes."""
    assert words(tiny, "((don't).)") == ["(", "(", "do", "n't", ")", ".", ")"]
    assert words(tiny, "(well-known-a.)") == ["(", "well", "-", "known", "-", "a", ".", ")"]
    assert words(tiny, "(http://a-b.c)") == ["(", "http://a-b.c", ")"]
    assert words(tiny, "x:) :)") == ["x:", ")", ":)"]


def test_norms_of_special_cases(tiny: Tokenizer) -> None:
    """A special case sets the norm of its tokens; the same text elsewhere keeps its own."""
    tiny.add_special_case("n't", [{ORTH: "n't"}])
    first, second = (token for token in tiny("don't n't") if token.text == "n't")
    assert first.norm_ == "not"
    assert second.norm_ != "not"
    assert first.orth == second.orth


def test_token_match_comes_first(tiny: Tokenizer) -> None:
    """What token_match accepts keeps its affixes."""
    assert words(tiny, "(a.)") == ["(", "a", ".", ")"]
    tiny.token_match = re.compile(r"\(a\.\)").fullmatch
    assert words(tiny, "(a.) (b.)") == ["(a.)", "(", "b", ".", ")"]


@pytest.mark.parametrize("name", ["prefix_search", "suffix_search", "infix_finditer", "url_match", "rules"])
def test_setting_a_rule_forgets_the_cache(tiny: Tokenizer, name: str) -> None:
    """A chunk seen before is split by the rules of now."""
    text = "don't (x-a.) http://a-b"
    before = words(tiny, text)
    setattr(tiny, name, None)
    assert words(tiny, text) != before
    assert "".join(words(tiny, text)) == text.replace(" ", "")


def test_rule_functions_may_be_any_callable(tiny: Tokenizer) -> None:
    """Python functions give what the pattern gave that they wrap."""
    texts = ["(don't)", "a-b.", "(http://x.y)", "((a.b-c)))", "é-中.", "😀-a."]
    native = [words(tiny, text) for text in texts]
    for name in ("prefix_search", "suffix_search", "infix_finditer", "url_match"):
        function = getattr(tiny, name)
        setattr(tiny, name, lambda string, function=function: function(string))
    assert [words(tiny, text) for text in texts] == native


def test_special_case_that_the_affixes_split(tiny: Tokenizer) -> None:
    """A special case with affixes is found again among the tokens, also in the middle of a chunk."""
    tiny.add_special_case("a-b.", [{ORTH: "a-b."}])
    assert words(tiny, "(a-b.)") == ["(", "a-b.", ")"]
    assert words(tiny, "x-a-b.") == ["x", "-", "a-b."]


def test_special_case_with_spaces(tiny: Tokenizer) -> None:
    """A special case may hold white space; it is found over chunks, with exactly this white space."""
    tiny.add_special_case("New York", [{ORTH: "New York", NORM: "NYC"}])
    doc = tiny("in (New York) or New  York.")
    assert [token.text for token in doc] == ["in", "(", "New York", ")", "or", "New", " ", "York", "."]
    assert doc[2].norm_ == "NYC"
    assert doc.text == "in (New York) or New  York."
    assert words(tiny, "don't New York") == ["do", "n't", "New York"]


def test_special_case_must_keep_the_text(tiny: Tokenizer) -> None:
    """A special case that changes the text is refused with both texts, and nothing changes."""
    with pytest.raises(ValueError, match=r"E997.*'ab'.*'a', 'c'"):
        tiny.add_special_case("ab", [{ORTH: "a"}, {ORTH: "c"}])
    assert "ab" not in tiny.rules
    with pytest.raises(ValueError, match=r"E1005.*LEMMA.*'ab'"):
        tiny.add_special_case("ab", [{ORTH: "a"}, {ORTH: "b", "LEMMA": "b"}])
    with pytest.raises(ValueError, match=r"E997.*'', 'ab'"):
        tiny.add_special_case("ab", [{ORTH: ""}, {ORTH: "ab"}])
    with pytest.raises(KeyError, match=r"E4028.*'ab'.*Give it as ORTH"):
        tiny.add_special_case("ab", [{NORM: "ab"}])


def test_attributes_may_be_named(tiny: Tokenizer) -> None:
    """Attribute names work like their ids, in any case."""
    tiny.add_special_case("ab", [{"ORTH": "a"}, {"orth": "b", "norm": "bee"}])
    assert [token.norm_ for token in tiny("ab")][1] == "bee"


def test_find_functions(english: Tokenizer) -> None:
    """They give the lengths of affixes and the matches of infixes; nothing found is 0 or an empty list."""
    assert english.find_prefix("...a") == 3
    assert english.find_suffix("5km") == 2
    assert [match.span() for match in english.find_infix("a-b-c")] == [(1, 2), (3, 4)]
    assert english.find_prefix("a") == english.find_suffix("a") == 0
    assert english.find_infix("a") == []
    assert Tokenizer(Vocab()).find_infix("a-b") == []


def test_explain(english: Tokenizer) -> None:
    """Each token comes with the rule that made it."""
    assert english.explain("(don't!)") == [
        ("PREFIX", "("),
        ("SPECIAL-1", "do"),
        ("SPECIAL-2", "n't"),
        ("SUFFIX", "!"),
        ("SUFFIX", ")"),
    ]
    assert english.explain("a  b-c http://x.co") == [
        ("TOKEN", "a"),
        ("TOKEN", "b"),
        ("INFIX", "-"),
        ("TOKEN", "c"),
        ("URL_MATCH", "http://x.co"),
    ]


SIGNS = [
    "a",
    "b",
    "Z",
    "1",
    "9",
    ".",
    ",",
    ":",
    ";",
    "!",
    "?",
    "-",
    "–",
    "—",
    "'",
    "’",
    '"',
    "“",
    "(",
    ")",
    "[",
    "]",
    "/",
    "=",
    "+",
    "*",
    "$",
    "€",
    "%",
    "²",
    "°",
    "…",
    "😀",
    "é",
    "中",
] + [*"  \n\t\u00a0"]
FORMS = [
    "don't",
    "can’t",
    "I'm",
    ":)",
    ":-(",
    "(:",
    "=(",
    "=[",
    "and/or",
    "U.S.",
    "a.m.",
    "10am",
    "km",
    "http://",
    "www.",
    ".com",
    "@",
    "...",
    "--",
    "gonna",
]
PIECES = st.one_of(st.sampled_from(SIGNS), st.sampled_from(FORMS), st.characters(codec="utf-8"))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_equals_its_slow_twin(english: Tokenizer, text: str) -> None:
    """The compiled way gives the tokens of the readable one, on first sight and from the cache."""
    expected = [(piece.text, piece.space) for piece in tokenize(english, text)]
    for _ in range(2):
        assert [(token.text, bool(token.whitespace_)) for token in english(text)] == expected


def test_special_cases_in_neighbouring_chunks(english: Tokenizer) -> None:
    """The end of one special case and the beginning of the next make no third that is in the way of the second."""
    assert [token.text for token in english("a:) :)a")] == ["a", ":)", ":)", "a"]
    assert [text for _, text in english.explain("a:) :)a")] == ["a", ":)", ":)", "a"]


@pytest.mark.parametrize(
    "unit", ["a", "(", ")", ".", "a-", "a@b.", "a.B", "(a)", "'", "1km", "http://", "é", "😀", ":)", " "]
)
def test_long_lines(english: Tokenizer, unit: str) -> None:
    """A line of 200,000 characters without a space is tokenized in about linear time."""
    text = unit * (200_000 // len(unit))
    assert english(text).text == text


def test_long_chunk_with_many_suffixes(english: Tokenizer) -> None:
    """Suffixes are looked for at the end only, not by going through the whole chunk for each."""
    doc = english("a" * 500_000 + ")" * 5_000)
    assert len(doc) == 5_001


def test_lone_surrogate_is_refused(english: Tokenizer) -> None:
    """The error names the character and its position, in short and in long chunks."""
    for text, position in (("ab c\ud800d", 4), ("x" * 1000 + "\udfff", 1000)):
        with pytest.raises(ValueError, match=rf"E4015.*U\+D.*{position}"):
            english(text)
    assert words(english, "ab cd") == ["ab", "cd"]


@pytest.mark.parametrize("value", [None, b"abc", 3])
def test_only_strings_are_tokenized(english: Tokenizer, value: Any) -> None:
    """Anything but a str is a TypeError."""
    with pytest.raises(TypeError):
        english(value)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_cache_size_does_not_change_results(english: Tokenizer, size: int) -> None:
    """A cache that is full, tiny or absent gives the same tokens."""
    text = "The cat (don't ask) saw a state-of-the-art cat, and a dog; the dog didn't."
    tokenizer = tagma.blank("en").tokenizer
    tokenizer.max_cache_size = size
    assert words(tokenizer, text) == words(tokenizer, text) == words(english, text)


def test_memory_zone_forgets() -> None:
    """Chunks of a memory zone are tokenized afresh after it; chunks from before are still right."""
    nlp = tagma.blank("en")
    before = [token.norm_ for token in nlp("I can't say")]
    for _ in range(3):
        with nlp.memory_zone():
            inside = [token.text for token in nlp("zonezone (can't) xyzzy!")]
            assert inside == ["zonezone", "(", "ca", "n't", ")", "xyzzy", "!"]
        assert "zonezone" not in nlp.vocab.strings
    assert [token.text for token in nlp("other words xyzzy!")] == ["other", "words", "xyzzy", "!"]
    assert [token.norm_ for token in nlp("I can't say")] == before


def test_special_case_added_in_a_memory_zone() -> None:
    """A special case outlives the zone in which it was added."""
    nlp = tagma.blank("en")
    with nlp.memory_zone():
        nlp.tokenizer.add_special_case("zonecase", [{ORTH: "zone"}, {ORTH: "case", NORM: "kase"}])
        assert [token.norm_ for token in nlp("zonecase")] == ["zone", "kase"]
    assert [token.norm_ for token in nlp("zonecase")] == ["zone", "kase"]


def test_explain_of_a_long_text() -> None:
    """The time it takes grows with the text, not with the text times the special cases; an empty case does no harm."""
    english = tagma.blank("en").tokenizer
    english.add_special_case("", [])
    english.faster_heuristics = False
    text = "(a) :) x-y don't. " * 3000
    pieces = english.explain(text)
    assert [piece for _, piece in pieces] == [token.text for token in english(text) if not token.is_space]
    assert len(pieces) % 3000 == 0
    assert pieces == pieces[: len(pieces) // 3000] * 3000


def test_pipe_equals_calls(english: Tokenizer) -> None:
    """A stream gives the Docs of single calls, in order."""
    texts = ["One two.", "", "Three!"]
    assert [doc.text for doc in english.pipe(iter(texts), batch_size=2)] == texts


def test_bytes_and_back(english: Tokenizer) -> None:
    """The format is a msgpack map with the patterns as text; a tokenizer loaded from it splits alike."""
    data = english.to_bytes(exclude=["vocab"])
    fields = srsly.msgpack_loads(data)
    assert list(fields) == [
        "prefix_search",
        "suffix_search",
        "infix_finditer",
        "token_match",
        "url_match",
        "exceptions",
        "faster_heuristics",
    ]
    assert fields["prefix_search"] == english.prefix_search.__self__.pattern
    assert fields["exceptions"]["don't"] == [{ORTH: "do"}, {ORTH: "n't", NORM: "not"}]
    loaded = Tokenizer(Vocab()).from_bytes(data)
    text = "I don't (really) think U.S. state-of-the-art costs $5.99 at http://a.com/b."
    assert words(loaded, text) == words(english, text)
    assert loaded.rules == english.rules
    assert loaded.to_bytes(exclude=["vocab"]) == data


def test_disk_and_back(tiny: Tokenizer, tmp_path: Path) -> None:
    """One file is written, whole, and loads into an equal tokenizer."""
    tiny.to_disk(tmp_path / "tokenizer", exclude=["vocab"])
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer"]
    loaded = Tokenizer(Vocab(), rules={"zz": [{ORTH: "zz"}]}).from_disk(tmp_path / "tokenizer")
    assert loaded.rules == tiny.rules
    assert words(loaded, "(don't) a-b.") == words(tiny, "(don't) a-b.")


def test_bad_bytes_change_nothing(tiny: Tokenizer) -> None:
    """Rules that are refused on loading leave the tokenizer as it was."""
    bad = srsly.msgpack_dumps({"prefix_search": "^a", "exceptions": {"ab": [{ORTH: "x"}]}})
    with pytest.raises(ValueError, match=r"E997"):
        tiny.from_bytes(bad)
    assert words(tiny, "(a) ab") == ["(", "a", ")", "ab"]


def test_function_without_pattern_cannot_be_saved(tiny: Tokenizer) -> None:
    """The error names the rule."""
    tiny.url_match = lambda string: None
    with pytest.raises(ValueError, match=r"E4016.*url_match"):
        tiny.to_bytes()


def test_pickle(tiny: Tokenizer) -> None:
    """A tokenizer with its rules survives pickling."""
    loaded = pickle.loads(pickle.dumps(tiny))
    assert words(loaded, "(don't) a-b.") == words(tiny, "(don't) a-b.")


def test_rules_as_text_are_functions_when_asked_for() -> None:
    """A blank pipeline's rules run natively from their text; from Python they are methods of a compiled pattern."""
    tokenizer = tagma.blank("en").tokenizer
    assert isinstance(tokenizer.infix_finditer.__self__, re.Pattern)
    assert tokenizer.infix_finditer == tokenizer.infix_finditer
    assert [match.group() for match in tokenizer.infix_finditer("well-known")] == ["-"]
    assert tokenizer.prefix_search("(so)").group() == "("
    assert tokenizer.suffix_search("so)").group() == ")"
    assert [token.text for token in tokenizer("(so)")] == ["(", "so", ")"]


@pytest.mark.parametrize("pattern", ["(", 3, b"x"])
def test_rules_that_are_no_expressions(pattern: object) -> None:
    """What is read in the place of a regular expression and is none is refused, and the tokenizer stays as it was."""
    tokenizer = tagma.blank("en").tokenizer
    data = srsly.msgpack_loads(tokenizer.to_bytes())
    with pytest.raises(ValueError, match="E4010"):
        tokenizer.from_bytes(srsly.msgpack_dumps({**data, "infix_finditer": pattern}))
    assert [token.text for token in tokenizer("well-known")] == ["well", "-", "known"]


def test_an_expression_that_is_not_translated_is_compiled() -> None:
    """A rule read from a file that cannot run natively is called in Python, with the same result."""
    tokenizer = tagma.blank("en").tokenizer
    data = srsly.msgpack_loads(tokenizer.to_bytes())
    tokenizer.from_bytes(srsly.msgpack_dumps({**data, "infix_finditer": r"(?P<mark>[-~])(?=(?P=mark)|\w)"}))
    assert [token.text for token in tokenizer("a~b")] == ["a", "~", "b"]


def test_heuristics_can_be_switched_off() -> None:
    """At once: special cases are then looked for among all split tokens."""
    rules = {"don't": [{"ORTH": "do"}, {"ORTH": "n't"}]}
    tokenizer = Tokenizer(Vocab(), rules=rules, infix_finditer=re.compile("-").finditer)
    assert [token.text for token in tokenizer("a-don't")] == ["a", "-", "don't"]
    tokenizer.faster_heuristics = False
    assert [token.text for token in tokenizer("a-don't")] == ["a", "-", "do", "n't"]
    tokenizer.rules = {}
    assert [token.text for token in tokenizer("a-don't")] == ["a", "-", "don't"]


def test_rules_of_a_language_wait() -> None:
    """The rules of a new pipeline are those of its language, whichever of them is asked for, set or replaced first."""
    expected = [token.text for token in tagma.blank("en")("I don't (know) https://x.org/y.")]
    for use in (
        lambda tokenizer: tokenizer.rules,
        lambda tokenizer: tokenizer.find_prefix("("),
        lambda tokenizer: setattr(tokenizer, "suffix_search", tokenizer.suffix_search),
        lambda tokenizer: tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}]),
        lambda tokenizer: tokenizer.from_bytes(tokenizer.to_bytes()),
        lambda tokenizer: tokenizer.from_bytes(srsly.msgpack_dumps({"token_match": None})),
        lambda tokenizer: pickle.loads(pickle.dumps(tokenizer)),
    ):
        nlp = tagma.blank("en")
        use(nlp.tokenizer)
        assert [token.text for token in nlp("I don't (know) https://x.org/y.")] == expected


def test_saved_rules_need_no_others() -> None:
    """A tokenizer that is read whole never asks for the rules that it would have had."""
    saved = tagma.blank("en").tokenizer.to_bytes()

    def rest() -> dict[str, Any]:
        raise AssertionError("the rules were asked for")

    tokenizer = Tokenizer.deferred(Vocab(), rest).from_bytes(saved, exclude=["vocab"])
    assert [token.text for token in tokenizer("I don't.")] == ["I", "do", "n't", "."]
    with pytest.raises(AssertionError, match="were asked for"):
        Tokenizer.deferred(Vocab(), rest)("text")


def test_threads_wait_for_the_rules() -> None:
    """Whichever thread has the first text, all have the same tokens."""
    nlp = tagma.blank("en")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(nlp.tokenizer, ["I don't (know) https://x.org/y, can't you?"] * 64))
    assert len({tuple(token.text for token in doc) for doc in made}) == 1
    assert [token.text for token in made[0]][:4] == ["I", "do", "n't", "("]


def test_special_cases_outlast_a_memory_zone() -> None:
    """The first text may stand in a memory zone: what was set up with it is there after the zone."""
    nlp = tagma.blank("en")
    for _ in range(2):
        with nlp.memory_zone():
            assert len(nlp("gotta zzyzx")) == 3
    assert "got" in nlp.vocab.strings
    assert [token.text for token in nlp("gotta")] == ["got", "ta"]
