"""Choosing among spans, and words with their spaces from a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING

from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.tokens import Span

__all__ = [
    "filter_chain_spans",
    "filter_spans",
    "get_words_and_spaces",
    "make_first_longest_spans_filter",
    "normalize_slice",
]


def filter_spans(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlap, in order: the longest win, among equals the earlier one."""
    taken: set[int] = set()
    kept = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if span.start not in taken and span.end - 1 not in taken:
            kept.append(span)
            taken.update(range(span.start, span.end))
    return sorted(kept, key=lambda span: span.start)


def filter_chain_spans(*spans: Iterable[Span]) -> list[Span]:
    """`filter_spans` of several collections together."""
    return filter_spans(chain(*spans))


def make_first_longest_spans_filter() -> Callable[..., list[Span]]:
    """The function `filter_chain_spans`, as configs ask for it."""
    return filter_chain_spans


def get_words_and_spaces(words: Iterable[str], text: str) -> tuple[list[str], list[bool]]:
    """Words with the white space between them as words of its own, and whether one blank follows each.

    Raises ValueError E194 if words and text differ in more than white space.
    """
    given = list(words)
    if "".join("".join(given).split()) != "".join(text.split()):
        raise ValueError(Errors.E194.format(text=text, words=given))
    found: list[str] = []
    spaces: list[bool] = []
    at = 0
    for word in given:
        if not word or word.isspace():
            continue  # white space is taken from the text
        start = text.find(word, at)
        if start < 0:
            raise ValueError(Errors.E194.format(text=text, words=given))
        if start > at:
            found.append(text[at:start])
            spaces.append(False)
        at = start + len(word)
        blank = text[at : at + 1] == " "
        found.append(word)
        spaces.append(blank)
        at += blank
    if at < len(text):
        found.append(text[at:])
        spaces.append(False)
    return found, spaces


def normalize_slice(length: int, start: int | None, stop: int | None, step: int | None = None) -> tuple[int, int]:
    """Start and stop of a slice by Python's rules, stop not below start. Raises ValueError E057 for a step."""
    if step not in (None, 1):
        raise ValueError(Errors.E057)
    first, last, _ = slice(start, stop).indices(length)
    return first, max(first, last)
