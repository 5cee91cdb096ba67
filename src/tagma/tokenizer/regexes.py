"""Regular expressions for the tokenizer, from lists of alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from re import Pattern
from typing import Any, NamedTuple

__all__ = [
    "Expression",
    "compile_infix_regex",
    "compile_prefix_regex",
    "compile_suffix_regex",
    "infix_text",
    "prefix_text",
    "read_regex",
    "suffix_text",
]


class Expression(NamedTuple):
    """A rule function as text: a method of a regular expression, compiled when it is asked for.

    Tokenizers run such rules natively; to compile them for Python as well takes a tenth of a second of each start.
    """

    pattern: str
    method: str

    def compiled(self) -> Callable[..., Any]:
        """The bound method. Raises re.error for what is no regular expression."""
        function: Callable[..., Any] = getattr(re.compile(self.pattern), self.method)
        return function


def _texts(entries: Iterable[str | Pattern[str]]) -> list[str]:
    texts = [entry if isinstance(entry, str) else entry.pattern for entry in entries]
    return [text for text in texts if text.strip()]


def prefix_text(entries: Iterable[str | Pattern[str]]) -> str:
    """The text of one expression that finds any of the entries at the beginning."""
    return "|".join("^" + text for text in _texts(entries))


def suffix_text(entries: Iterable[str | Pattern[str]]) -> str:
    """The text of one expression that finds any of the entries at the end."""
    return "|".join(text + "$" for text in _texts(entries))


def infix_text(entries: Iterable[str | Pattern[str]]) -> str:
    """The text of one expression that finds any of the entries anywhere."""
    return "|".join(_texts(entries))


def compile_prefix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries at the beginning."""
    return re.compile(prefix_text(entries))


def compile_suffix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries at the end."""
    return re.compile(suffix_text(entries))


def compile_infix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries anywhere."""
    return re.compile(infix_text(entries))


def read_regex(path: str | Path) -> Pattern[str]:
    """The lines of a file as literal prefixes."""
    lines = Path(path).read_text(encoding="utf8").split("\n")
    return re.compile("|".join("^" + re.escape(line) for line in lines if line.strip()))
