"""Span categorizers and finders trained in one library give the same spans, scores and evaluation in the other."""

import json
from pathlib import Path

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

OTHER = {"tagma": "spacy", "spacy": "tagma"}


@pytest.fixture(scope="module")
def trained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with all pipelines, for each library."""
    folders = {lib: tmp_path_factory.mktemp(f"spancats-{lib}") for lib in OTHER}
    for lib, folder in folders.items():
        run(lib, HERE / "spancat.py", lib, "train", folder)
    return folders


@pytest.mark.parametrize("trainer", OTHER)
def test_the_other_predicts_the_same(trainer: str, trained: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """Spans are equal, in their order, and their scores to 1e-5."""
    found = {}
    for lib in OTHER:
        run(lib, HERE / "spancat.py", lib, "predict", trained[trainer], tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert len(found["tagma"]) == 5
    for name, ours in found["tagma"].items():
        theirs = found["spacy"][name]
        assert sum(map(len, ours["spans"])) > 5, name
        assert ours["spans"] == theirs["spans"], name
        for mine, other in zip(ours["scores"], theirs["scores"], strict=True):
            assert mine == pytest.approx(other, abs=1e-5), name
        assert ours["evaluation"] == theirs["evaluation"], name


def test_the_same_seed_gives_the_same_losses(trained: dict[str, Path]) -> None:
    """Labels, initial weights and the first steps are the peer's."""
    ours, theirs = (json.loads((trained[lib] / "losses.json").read_text(encoding="utf8")) for lib in OTHER)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-3), name
