"""Patterns run natively find exactly what Python's `re` finds."""

import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagma.tokenizer.patterns import translate
from tagma.tokenizer.regexes import Expression
from tagma.tokenizer.rules import FIND_ALL, SEARCH, Rule

TEXT = st.text(alphabet="aabbcc11..é中٣_- \n", min_size=1, max_size=8)
CHARS = ["a", "b", "c", "1", " ", r"\.", "é", "中", "_", "-", r"\d", r"\w", r"\s", r"\S", r"\D", r"\W", "."]
CLASSES = ["[abc]", "[^a]", "[a-c1]", "[é-中]", r"[\w.]", r"[^\w]", r"[^\d é]", "[^中b]", r"[\S]", "[^é-中]"]
ASSERTIONS = ["^", "$", r"\b", r"\B", r"\Z", r"\A", "(?<=a)", "(?<![ab])", r"(?<=\d\d)", "(?<=ab|1c)", "(?=b)", "(?!1)"]
REPEATS = ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??", "{1,2}?"]


GROUP_REPEATS = ["", "", "", "?", "+", "*", "{1,2}"]  # nested at most once: `re` itself takes for ever on more


def _group(patterns: st.SearchStrategy[str], repeats: list[str]) -> st.SearchStrategy[str]:
    inner = st.lists(patterns, min_size=1, max_size=3).map("|".join)
    parts = st.tuples(st.sampled_from(["(?:", "("]), inner, st.sampled_from(repeats))
    return parts.map(lambda t: f"{t[0]}{t[1]}){t[2]}")


ATOM = st.one_of(
    st.tuples(st.sampled_from(CHARS + CLASSES), st.sampled_from(REPEATS)).map("".join), st.sampled_from(ASSERTIONS)
)
GROUP = _group(st.lists(ATOM, min_size=1, max_size=3).map("".join), GROUP_REPEATS)
NESTED = _group(st.lists(ATOM | _group(ATOM, [""]), min_size=1, max_size=3).map("".join), GROUP_REPEATS)
SEQUENCE = st.lists(ATOM | GROUP | NESTED, min_size=1, max_size=3).map("".join)
PATTERN = st.lists(SEQUENCE, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["|".join(parts), "|".join(f"{p}$" for p in parts), "|".join(f"^{p}" for p in parts)])
)


def _compile(pattern: str) -> "re.Pattern[str] | None":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern)
        except re.error:
            return None


@settings(max_examples=400, deadline=None)
@given(PATTERN, st.lists(TEXT, min_size=1, max_size=8))
def test_native_spans_equal_re(pattern: str, texts: list[str]) -> None:
    """Whatever the pattern, its native program finds the spans that `re` finds, with every method."""
    compiled = _compile(pattern)
    if compiled is None:
        return
    for text in texts:
        for name in ("search", "match", "fullmatch"):
            found = getattr(compiled, name)(text)
            assert Rule(getattr(compiled, name), SEARCH).spans(text) == ([found.span()] if found else [])
        assert Rule(compiled.finditer, FIND_ALL).spans(text) == [match.span() for match in compiled.finditer(text)]


@pytest.mark.parametrize(
    "pattern", [r"a+$|\.\.+$|(?<=1)km$", r"^\(|^\.\.+", r"(?<=[a-z])-(?=[a-z])", r"(?:\w{0,62}\.)+x"]
)
def test_ordinary_rules_are_native(pattern: str) -> None:
    """Patterns as rules have them need no Python."""
    assert Rule(re.compile(pattern).search, SEARCH).is_native


CASES = [
    *CHARS[:3],
    "k",
    "K",
    "ſ",
    "S",
    "İ",
    "ß",
    "ẞ",
    "µ",
    "Σ",
    "ς",
    "Ⓐ",
    "[a-k]",
    "[^K]",
    "[α-ω]",
    "[À-ÿ]",
    r"[^\wÄ]",
    "[ſt]",
]
LETTERS = st.text(alphabet="aAkKKsSſiIİıßẞµμΣσςⒶⓐäÄ1 -", min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(CASES), min_size=1, max_size=4), st.lists(LETTERS, min_size=1, max_size=8))
def test_case_is_ignored_as_re_ignores_it(parts: list[str], texts: list[str]) -> None:
    """Letters with several small or capital forms too; the flag may stand in the pattern of an expression."""
    pattern = "(?iu)" + "".join(parts)
    compiled = re.compile(pattern)
    for text in texts:
        found = compiled.search(text)
        rule = Rule(Expression(pattern, "search"), SEARCH)
        assert rule.is_native
        assert rule.spans(text) == ([found.span()] if found else [])


def test_flags_inside_an_expression_count() -> None:
    """An expression whose text begins with a flag that is not known natively is left to `re`."""
    rule = Rule(Expression("(?s)a.b", "search"), SEARCH)
    assert not rule.is_native
    assert rule.spans("a\nb") == [(0, 3)]


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?m)^a", "(?s).", "a*", r"(?>a+)b", "(?:a?)*b", r"(?i:a)"])
def test_unknown_constructs_fall_back_to_python(pattern: str) -> None:
    """What the matcher does not know is left to `re`, with the same result."""
    search = re.compile(pattern).search
    rule = Rule(search, SEARCH)
    assert not rule.is_native
    found = search("xaab")
    assert rule.spans("xaab") == ([found.span()] if found else [])


def test_functions_without_a_pattern_are_not_translated() -> None:
    """A plain function, a bytes pattern and a method that was not asked for give no program."""
    assert translate(lambda text: None, SEARCH) is None
    assert translate(re.compile(b"a").search, SEARCH) is None
    assert translate(re.compile("a").finditer, SEARCH) is None
    assert translate(None, SEARCH) is None


def test_what_a_match_needs_is_worked_out() -> None:
    """A URL needs a dot, a suffix pattern knows its last characters and its width, a prefix its first."""
    url = translate(re.compile(r"^(?:\w+://)?(?:\w+\.)+[a-z]{2,}$").match, SEARCH)
    assert url is not None
    assert url.sets[url.needed_set].ascii == 1 << ord(".")
    suffix = translate(re.compile(r"(?<=\d)km$|\.\.+$").search, SEARCH)
    assert suffix is not None
    assert suffix.tail_width == 3
    assert suffix.sets[suffix.last_set].ascii == (1 << ord("m")) | (1 << ord(".")) | (1 << ord("\n"))
    prefix = translate(re.compile(r"^\(|^\+(?!\d)").search, SEARCH)
    assert prefix is not None
    assert prefix.only_at_begin
    assert prefix.sets[prefix.first_set].ascii == (1 << ord("(")) | (1 << ord("+"))
