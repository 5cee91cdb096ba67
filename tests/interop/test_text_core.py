"""Docs, spans and tokens say what the peer's say, on generated inputs."""

import json
from pathlib import Path

import pytest

from . import text_core
from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

NUMBER = 400


@pytest.mark.parametrize("kind", text_core.CASES)
def test_the_same_answers(kind: str, run: Run, tmp_path: Path) -> None:
    """Case for case; most of them are answers, not errors."""
    found = {}
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "text_core.py", lib, kind, NUMBER, tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert sum(isinstance(answer, dict) for answer in found["tagma"]) > 0.9 * NUMBER
    for seed, (ours, theirs) in enumerate(zip(found["tagma"], found["spacy"], strict=True)):
        assert ours == theirs, f"{kind} {seed}"


@pytest.mark.parametrize("writer", ["tagma", "spacy"])
def test_files_go_both_ways(writer: str, run: Run, tmp_path: Path) -> None:
    """Bytes of Docs, bins, span groups, strings, tables and vocabularies say in both libraries what the writer said."""
    folder = tmp_path / "files"
    folder.mkdir()
    run(writer, HERE / "text_core.py", writer, "write", 60, tmp_path / "said.json", folder)
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf8"))
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "text_core.py", lib, "read", 60, tmp_path / f"{lib}.json", folder)
        assert json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8")) == said, lib
