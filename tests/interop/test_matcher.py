"""Matchers find what the peer's find, in the same order, in generated docs by generated patterns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

SEED = os.environ.get("TAGMA_SEED", "1")


@pytest.fixture
def both(run: Run, tmp_path: Path) -> Any:
    """What both libraries give for a kind of cases."""

    def compare(kind: str, number: int) -> tuple[list[Any], list[Any]]:
        for lib in ("tagma", "spacy"):
            run(lib, HERE / "matcher.py", lib, kind, SEED, number, tmp_path / f"{lib}.json")
        ours, theirs = (json.loads((tmp_path / f"{lib}.json").read_text("utf8")) for lib in ("tagma", "spacy"))
        assert len(ours) == len(theirs) == number
        return ours, theirs

    return compare


def differences(ours: list[Any], theirs: list[Any]) -> list[Any]:
    """The first cases that differ, with their numbers."""
    return [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b][:3]


@pytest.mark.parametrize(("kind", "number"), [("tokens", 5000), ("predicates", 5000), ("phrases", 2000)])
def test_matches_are_the_peers(kind: str, number: int, both: Any) -> None:
    """All operators, preferences and alignments; all attributes and predicates; phrases by all kinds of attributes."""
    ours, theirs = both(kind, number)
    assert not differences(ours, theirs)
    assert sum(bool(result) and result != [[], [], []] for result in ours) > number / 4


def test_matches_in_trees_are_the_peers(both: Any) -> None:
    """All relations. Trees for which the peer finds other borders than those of the subtree are few, and left out."""
    ours, theirs = both("trees", 3000)
    alike = [(a[1], b[1]) for a, b in zip(ours, theirs, strict=True) if a[0] == b[0]]
    assert len(alike) > 0.9 * len(ours)
    assert not differences(*map(list, zip(*alike, strict=True)))
    assert sum(bool(result) for result, _ in alike) > 1000
