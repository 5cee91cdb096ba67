"""Weights that one library has pretrained initialize a pipeline of the other; the objectives have the same losses."""

import json
from pathlib import Path

import numpy as np
import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

LIBRARIES = ("tagma", "spacy")


@pytest.fixture(scope="module")
def pretrained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with the weights of each library."""
    folders = {lib: tmp_path_factory.mktemp(f"pretraining-{lib}") for lib in LIBRARIES}
    for lib, folder in folders.items():
        run(lib, HERE / "pretraining.py", lib, "pretrain", folder)
    return folders


@pytest.mark.parametrize("trainer", LIBRARIES)
def test_weights_go_both_ways(trainer: str, pretrained: dict[str, Path], run: Run, tmp_path: Path) -> None:
    """Either library makes the same vectors of the weights that one of them has saved."""
    found = {}
    for lib in LIBRARIES:
        run(lib, HERE / "pretraining.py", lib, "read", pretrained[trainer], tmp_path / lib)
        found[lib] = json.loads((tmp_path / lib).read_text())
    for objective, theirs in found["spacy"].items():
        for ours, other in zip(found["tagma"][objective], theirs, strict=True):
            np.testing.assert_allclose(ours, other, rtol=1e-4, atol=1e-5)


def test_losses(pretrained: dict[str, Path]) -> None:
    """Loss and gradient of all objectives on the same guesses are the peer's."""
    ours, theirs = (json.loads((pretrained[lib] / "losses.json").read_text()) for lib in LIBRARIES)
    for name in ("cosine", "L2", "characters"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-6, err_msg=name)
