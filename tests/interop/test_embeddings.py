"""Taggers over each embedding and encoder: trained in one library, used and trained on in the other."""

import json
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

OTHER = {"tagma": "spacy", "spacy": "tagma"}
# Where the peer's gradients are wrong, so that training goes another way: of a byte that several tokens have at one
# place it takes that of one token alone; of words without vectors it takes one for the last row of the table.
WRONG = {"characters", "multi-v2-default", "multi-v2-lower", "cnn-v2-default"}

Trained = Callable[..., Path]


@pytest.fixture(scope="module")
def trained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The folder with all pipelines that a library trained, made once; "torch": of those that need PyTorch."""
    found: dict[tuple[str, ...], Path] = {}

    def trained(lib: str, *which: str) -> Path:
        if (lib, *which) not in found:
            folder = found[lib, *which] = tmp_path_factory.mktemp(f"embeddings-{lib}")
            run(lib, HERE / "embeddings.py", lib, "train", folder, *which)
        return found[lib, *which]

    return trained


def answers(run: Run, lib: str, command: str, folder: Path, tmp_path: Path) -> dict[str, Any]:
    """What a library says with the pipelines in a folder."""
    out = tmp_path / f"{lib}-{command}.json"
    run(lib, HERE / "embeddings.py", lib, command, folder, out)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf8"))
    return found


def agree(run: Run, folder: Path, tmp_path: Path) -> int:
    """Compare the graphs and the scores of both libraries; the number of pipelines."""
    ours, theirs = (answers(run, lib, "predict", folder, tmp_path) for lib in OTHER)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name]["nodes"] == theirs[name]["nodes"], name
        for mine, other in zip(ours[name]["scores"], theirs[name]["scores"], strict=True):
            assert np.shape(mine)[0] == np.shape(other)[0]
            assert np.allclose(mine, other, atol=1e-4), name
    return len(ours)


@pytest.mark.parametrize("trainer", OTHER)
def test_the_other_predicts_the_same(trainer: str, trained: Trained, run: Run, tmp_path: Path) -> None:
    """Nodes are the same, and all scores of all tokens agree to 1e-4: vectors of each kind, characters, encoders."""
    assert agree(run, trained(trainer), tmp_path) == 13


@pytest.mark.parametrize("trainer", OTHER)
def test_the_other_trains_on(trainer: str, trained: Trained, run: Run, tmp_path: Path) -> None:
    """A few steps in either library lead to the same scores, but for what Adam makes of rounding."""
    ours, theirs = (answers(run, lib, "again", trained(trainer), tmp_path) for lib in OTHER)
    same = [name for name in ours if not name.startswith(tuple(WRONG))]
    assert len(same) == 6
    for name in same:
        for mine, other in zip(ours[name]["scores"], theirs[name]["scores"], strict=True):
            assert np.allclose(mine, other, atol=0.02), name


def test_the_same_seed_gives_the_same_losses(trained: Trained) -> None:
    """Initial weights and the first steps are the peer's."""
    ours, theirs = (json.loads((trained(lib) / "losses.json").read_text(encoding="utf8")) for lib in OTHER)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == pytest.approx(theirs[name], rel=2e-3), name


@pytest.fixture(scope="module")
def torch_on_both_sides(peer_python: str) -> None:
    """Skips a test where one of the interpreters lacks PyTorch: `make interop` makes an environment without it."""
    if (
        find_spec("torch") is None
        or subprocess.run([peer_python, "-c", "import torch"], capture_output=True).returncode
    ):
        pytest.skip("needs PyTorch in both interpreters")


@pytest.mark.torch
@pytest.mark.usefixtures("torch_on_both_sides")
@pytest.mark.parametrize("trainer", OTHER)
def test_bilstm(trainer: str, trained: Trained, run: Run, tmp_path: Path) -> None:
    """The same with an LSTM of PyTorch as encoder."""
    assert agree(run, trained(trainer, "torch"), tmp_path) == 3
