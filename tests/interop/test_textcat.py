"""Text categorizers trained in one library give the same categories in the other, whatever their architecture."""

import json
from pathlib import Path

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

OTHER = {"tagma": "spacy", "spacy": "tagma"}


@pytest.fixture(scope="module")
def trained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with all pipelines, for each library."""
    folders = {lib: tmp_path_factory.mktemp(f"textcats-{lib}") for lib in OTHER}
    for lib, folder in folders.items():
        run(lib, HERE / "textcat.py", lib, "train", folder)
    return folders


@pytest.mark.parametrize("trainer", OTHER)
def test_the_other_predicts_the_same(trainer: str, trained: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """All scores of all texts agree to 1e-5, in the order of the labels."""
    cats = {}
    for lib in OTHER:
        run(lib, HERE / "textcat.py", lib, "predict", trained[trainer], tmp_path / f"{lib}.json")
        cats[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert len(cats["tagma"]) == 18
    for name, docs in cats["tagma"].items():
        for ours, theirs in zip(docs, cats["spacy"][name], strict=True):
            assert list(ours) == list(theirs)
            assert ours == pytest.approx(theirs, abs=1e-5), name


def test_the_same_seed_gives_the_same_losses(trained: dict[str, Path]) -> None:
    """Labels, initial weights and the first steps are the peer's."""
    ours, theirs = (json.loads((trained[lib] / "losses.json").read_text(encoding="utf8")) for lib in OTHER)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-4), name
