"""Regular expressions for the tokenizer, from lists of alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from re import Pattern

__all__ = ["compile_infix_regex", "compile_prefix_regex", "compile_suffix_regex", "read_regex"]


def _texts(entries: Iterable[str | Pattern[str]]) -> list[str]:
    texts = [entry if isinstance(entry, str) else entry.pattern for entry in entries]
    return [text for text in texts if text.strip()]


def compile_prefix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries at the beginning."""
    return re.compile("|".join("^" + text for text in _texts(entries)))


def compile_suffix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries at the end."""
    return re.compile("|".join(text + "$" for text in _texts(entries)))


def compile_infix_regex(entries: Iterable[str | Pattern[str]]) -> Pattern[str]:
    """One expression that finds any of the entries anywhere."""
    return re.compile("|".join(_texts(entries)))


def read_regex(path: str | Path) -> Pattern[str]:
    """The lines of a file as literal prefixes."""
    lines = Path(path).read_text(encoding="utf8").split("\n")
    return re.compile("|".join("^" + re.escape(line) for line in lines if line.strip()))
