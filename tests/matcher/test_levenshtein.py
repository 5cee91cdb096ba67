"""Edit distances and the comparison that FUZZY asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.matcher.levenshtein import levenshtein, levenshtein_compare
from tagma.registries import registry


def distance(a: str, b: str) -> int:
    """The distance by its definition, a column at a time."""
    before = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (left != right)))
        before = row
    return before[-1]


@given(st.text("abé𝒳", max_size=8), st.text("abé𝒳", max_size=8), st.none() | st.integers(-2, 6))
def test_distance_is_that_of_the_definition(a: str, b: str, k: int | None) -> None:
    """Over characters, not bytes; k + 1 stands for all that is more than k."""
    expected = distance(a, b)
    assert levenshtein(a, b, k) == (expected if k is None or k < 0 else min(expected, k + 1))


def test_only_texts_have_a_distance() -> None:
    """Other objects are refused."""
    with pytest.raises(TypeError):
        levenshtein("a", 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("length", "edits"),
    [(1, 2), (8, 2), (9, 3), (11, 3), (12, 4), (15, 4), (17, 5), (18, 5), (20, 6), (25, 8), (30, 9), (35, 10)],
)
def test_what_fuzzy_allows(length: int, edits: int) -> None:
    """Two edits, or 30 % of the pattern, rounded half to even."""
    pattern = "a" * length
    assert levenshtein_compare("b" * edits + pattern, pattern)
    assert not levenshtein_compare("b" * (edits + 1) + pattern, pattern)


def test_a_number_of_edits_is_kept_to() -> None:
    """0 allows no edit, 1 allows one."""
    assert levenshtein_compare("cat", "cat", 0)
    assert not levenshtein_compare("cats", "cat", 0)
    assert levenshtein_compare("cats", "cat", 1)
    assert not levenshtein_compare("chats", "cat", 1)


def test_configs_find_the_comparison() -> None:
    """By the name that saved configs have."""
    assert registry.misc.get("spacy.levenshtein_compare.v1")() is levenshtein_compare
