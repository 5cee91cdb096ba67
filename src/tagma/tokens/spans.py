"""Choosing among spans, and words with their spaces from a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    try:
        pieces = list(_pieces(given, text))
    except ValueError:
        raise ValueError(Errors.E194.format(text=text, words=given)) from None
    return [word for word, _ in pieces], [space for _, space in pieces]


def _pieces(words: Iterable[str], text: str) -> Iterator[tuple[str, bool]]:
    """White space and words in turn, and whether a blank follows. Raises ValueError for a word that is not there."""
    end = 0
    for word in words:
        if word and not word.isspace():  # white space is taken from the text
            start = text.index(word, end)
            if start > end:
                yield text[end:start], False
            end = start + len(word)
            space = text.startswith(" ", end)
            yield word, space
            end += space
    if end < len(text):
        yield text[end:], False


def normalize_slice(length: int, start: int | None, stop: int | None, step: int | None = None) -> tuple[int, int]:
    """Start and stop of a slice by Python's rules, stop not below start. Raises ValueError E057 for a step."""
    if step not in (None, 1):
        raise ValueError(Errors.E057)
    first, last, _ = slice(start, stop).indices(length)
    return first, max(first, last)
