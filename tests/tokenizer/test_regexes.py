"""Regular expressions from lists of alternatives."""

from __future__ import annotations

import re
from pathlib import Path

from tagma.tokenizer.regexes import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, read_regex


def test_patterns() -> None:
    """Alternatives hold at the beginning, at the end or anywhere; empty ones are left out."""
    assert compile_prefix_regex(["a", "§"]).pattern == "^a|^§"
    assert compile_suffix_regex(["a", re.compile("b")]).pattern == "a$|b$"
    assert compile_infix_regex(["a", " ", "b"]).pattern == "a|b"


def test_matches() -> None:
    """Each finds its own place only."""
    assert compile_prefix_regex(["x"]).search("xyx").span() == (0, 1)  # type: ignore[union-attr]
    assert compile_suffix_regex(["x"]).search("xyx").span() == (2, 3)  # type: ignore[union-attr]
    assert [match.start() for match in compile_infix_regex(["x"]).finditer("xyx")] == [0, 2]


def test_file(tmp_path: Path) -> None:
    """Lines of a file are literal texts at the beginning."""
    (tmp_path / "a.txt").write_text("a.b\n\n(\n", encoding="utf8")
    found = read_regex(tmp_path / "a.txt")
    assert found.match("a.bc")
    assert found.match("(")
    assert not found.match("axb")
