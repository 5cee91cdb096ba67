"""A lemmatizer of edit trees trained in one library gives the same lemmas in the other."""

import json
from pathlib import Path

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

LIBRARIES = ("tagma", "spacy")


@pytest.fixture(scope="module")
def trained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with the pipeline of each library."""
    folders = {lib: tmp_path_factory.mktemp(f"lemmatizer-{lib}") for lib in LIBRARIES}
    for lib, folder in folders.items():
        run(lib, HERE / "lemmatizer.py", lib, "train", folder)
    return folders


@pytest.mark.parametrize("trainer", LIBRARIES)
def test_the_other_predicts_the_same(trainer: str, trained: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """Lemmas of known and unknown words, and the labels."""
    found = {}
    for lib in LIBRARIES:
        run(lib, HERE / "lemmatizer.py", lib, "predict", trained[trainer], tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert found["tagma"] == found["spacy"]
    assert found["tagma"]["lemmas"][0] == ["she", "be", "sing", "song"]


def test_the_same_seed_gives_the_same_losses(trained: dict[str, Path]) -> None:
    """Trees, initial weights and the first steps are the peer's."""
    ours, theirs = (json.loads((trained[lib] / "losses.json").read_text(encoding="utf8")) for lib in LIBRARIES)
    assert ours[:5] == pytest.approx(theirs[:5], rel=1e-3)  # float32 in another order of sums, five steps on
