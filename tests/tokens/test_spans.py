"""Choosing spans, and words with their spaces."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.tokens import Doc
from tagma.tokens.spans import (
    filter_chain_spans,
    filter_spans,
    get_words_and_spaces,
    make_first_longest_spans_filter,
    normalize_slice,
)
from tagma.vocab import Vocab


@pytest.fixture
def doc() -> Doc:
    """Eight words."""
    return Doc(Vocab(), words=list("abcdefgh"))


def test_filter_spans(doc: Doc) -> None:
    """The longest stay, the earlier of equals, in order of the text."""
    spans = [doc[0:2], doc[1:4], doc[3:5], doc[6:8], doc[6:7], doc[0:2]]
    assert [(span.start, span.end) for span in filter_spans(spans)] == [(1, 4), (6, 8)]
    assert [(span.start, span.end) for span in filter_spans([doc[1:3], doc[0:2]])] == [(0, 2)]
    assert filter_spans([]) == []


def test_filter_chain_spans(doc: Doc) -> None:
    """Several collections are filtered as one."""
    kept = filter_chain_spans([doc[0:2]], [doc[1:4], doc[5:6]])
    assert [(span.start, span.end) for span in kept] == [(1, 4), (5, 6)]
    assert make_first_longest_spans_filter() is filter_chain_spans


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["a", "b"], "a b", (["a", "b"], [True, False])),
        (["a", "b"], "a  b", (["a", " ", "b"], [True, False, False])),
        (["a", "b"], "ab", (["a", "b"], [False, False])),
        (["a"], "a ", (["a"], [True])),
        (["a"], " a", ([" ", "a"], [False, False])),
        (["a", "b"], "a\nb", (["a", "\n", "b"], [False, False, False])),
        (["a b"], "a b", (["a b"], [False])),
        (["a", " ", "b"], "a b", (["a", "b"], [True, False])),
        ([], "  ", (["  "], [False])),
        ([], "", ([], [])),
    ],
)
def test_words_and_spaces(words: list[str], text: str, expected: Any) -> None:
    """Words and spaces together give the text again."""
    found, spaces = get_words_and_spaces(words, text)
    assert (found, spaces) == expected
    assert "".join(word + " " * space for word, space in zip(found, spaces, strict=True)) == text


@pytest.mark.parametrize(("words", "text"), [(["a", "c"], "a b"), (["ab"], "a b"), (["a"], "a b")])
def test_words_of_another_text(words: list[str], text: str) -> None:
    """Words that are not those of the text are E194."""
    with pytest.raises(ValueError, match="E194"):
        get_words_and_spaces(words, text)


@pytest.mark.parametrize(
    ("start", "stop"), [(None, None), (-3, None), (2, -2), (5, 2), (50, 60), (-50, 3), (0, 5), (3, 3)]
)
def test_normalize_slice(start: int | None, stop: int | None) -> None:
    """The same items as Python's slice, with bounds inside; a step is E057."""
    first, last = normalize_slice(10, start, stop)
    assert list(range(10))[first:last] == list(range(10))[start:stop]
    assert 0 <= first <= last <= 10
    with pytest.raises(ValueError, match="E057"):
        normalize_slice(10, start, stop, 2)
