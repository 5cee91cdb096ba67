"""Pipelines with coreference, exchanged with spacy-experimental on spaCy 3.7: clusters, spans and scores.

A pipeline that the peer trained lies in `given/experimental`, with what it says. For the other way,
TAGMA_EXPERIMENTAL_PYTHON names the interpreter of an environment with spacy==3.7.5, spacy-experimental==0.6.4, torch,
numpy<2 and click<8.2.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent / "coref.py"
GIVEN = Path(__file__).parent / "given" / "experimental"


@pytest.fixture
def experimental() -> str:
    """The peer's interpreter."""
    python = os.environ.get("TAGMA_EXPERIMENTAL_PYTHON", "")
    if not Path(python).is_file():
        pytest.skip("TAGMA_EXPERIMENTAL_PYTHON names no interpreter with spacy-experimental")
    return python


def run(python: str, lib: str, command: str, *paths: Path) -> None:
    done = subprocess.run([python, SCRIPT, lib, command, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Nodes, clusters, spans and antecedents are the same, and scores nearly."""
    assert ours["names"] == theirs["names"]
    assert sum(map(len, ours["clusters"])) >= 8
    assert ours["clusters"] == theirs["clusters"]
    for one, other in zip(ours["scores"], theirs["scores"], strict=True):
        assert [place for place, _ in one] == [place for place, _ in other]
        assert all(abs(a - b) < 2e-3 for (_, a), (_, b) in zip(one, other, strict=True))


def test_what_the_peer_trained_says_the_same(tmp_path: Path) -> None:
    """Its weights, which lie in files of PyTorch, are read without PyTorch."""
    run(sys.executable, "tagma", "annotate", GIVEN / "coref", tmp_path / "tagma.json")
    ours, theirs = (
        json.loads(path.read_text(encoding="utf8")) for path in (tmp_path / "tagma.json", GIVEN / "coref.json")
    )
    compare(ours, theirs)


@pytest.mark.parametrize("writer", ["spacy", "tagma"])
def test_both_annotate_the_same(experimental: str, tmp_path: Path, writer: str) -> None:
    """What either trains and saves, both load, with the same nodes, antecedents, clusters and spans."""
    pythons = {"tagma": sys.executable, "spacy": experimental}
    run(pythons[writer], writer, "train", tmp_path / "pipeline")
    found: dict[str, Any] = {}
    for lib, python in pythons.items():
        run(python, lib, "annotate", tmp_path / "pipeline", tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    compare(found["tagma"], found["spacy"])
