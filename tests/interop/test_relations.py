"""The example of a component of one's own is the same program in both libraries, imports apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]


@pytest.fixture(scope="module")
def found(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each library gives, with the folder it ran in."""
    results = {}
    for lib in ("tagma", "spacy"):
        folder: Path = tmp_path_factory.mktemp(f"relations-{lib}")
        run(lib, HERE / "relations.py", lib, folder)
        results[lib] = {**json.loads((folder / "scores.json").read_text(encoding="utf8")), "folder": folder}
    return results


def test_it_runs_in_both(found: dict[str, dict[str, Any]]) -> None:
    """Both train, choose a threshold, save, load and use the component."""
    for result in found.values():
        assert "rel_micro_f" in (result["folder"] / "shown.txt").read_text(encoding="utf8")
        assert (result["folder"] / "output" / "chosen" / "relation_extractor" / "cfg").exists()


def test_the_scores_are_the_same(found: dict[str, dict[str, Any]]) -> None:
    """From the same seed a hundred steps lead to the same scores, but for the rounding of float32."""
    ours, theirs = found["tagma"], found["spacy"]
    assert ours["labels"] == theirs["labels"]
    assert ours["f"] == pytest.approx(theirs["f"], abs=0.1)
    assert [pair for pair, _ in ours["scores"]] == [pair for pair, _ in theirs["scores"]]
    for (_, own), (_, other) in zip(ours["scores"], theirs["scores"], strict=True):
        assert own == pytest.approx(other, abs=0.05)
