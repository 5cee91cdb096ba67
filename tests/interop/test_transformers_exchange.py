"""Pipelines with a transformer: trained in one library, used in the other."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.transformers, pytest.mark.slow]

SCRIPT = HERE / "transformers_exchange.py"
LIBS = ("tagma", "spacy")


@pytest.fixture(scope="module")
def models(small_transformers: ModuleType, tmp_path_factory: pytest.TempPathFactory, peer_python: str) -> Path:
    """A folder of small models, a BERT and a RoBERTa. Skips where the peer has no package for them."""
    if subprocess.run([peer_python, "-c", "import spacy_transformers"], capture_output=True).returncode:
        pytest.skip("needs spacy-transformers beside spaCy (make test-torch)")
    folder = tmp_path_factory.mktemp("models")
    for name, make in small_transformers.MAKERS.items():
        make(folder / name)
    return folder


@pytest.fixture(scope="module")
def trained(run: Run, models: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with the pipelines that a library trained."""
    found: dict[str, Path] = {}

    def trained(lib: str) -> Path:
        if lib not in found:
            found[lib] = tmp_path_factory.mktemp(f"trained-{lib}")
            run(lib, SCRIPT, lib, "train", models, corpus / "dev.spacy", found[lib])
        return found[lib]

    return trained


@pytest.mark.parametrize("trainer", LIBS)
def test_the_other_says_the_same(
    trainer: str, trained: Callable[[str], Path], run: Run, texts: list[str], tmp_path: Path
) -> None:
    """The same nodes, pieces and tags on 200 sentences; vectors to 1e-4."""
    (tmp_path / "texts.json").write_text(json.dumps(texts[:40]), encoding="utf8")
    for lib in LIBS:
        run(lib, SCRIPT, lib, "predict", trained(trainer), tmp_path / "texts.json", tmp_path / f"{lib}.json")
    ours, theirs = (json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8")) for lib in LIBS)
    assert sorted(ours) == sorted(theirs) == ["bert", "roberta"]
    for name in ours:
        for kind in ("nodes", "pieces"):
            assert ours[name][kind] == theirs[name][kind], (name, kind)
        mine, other = (np.load(tmp_path / f"{lib}.npz")[name] for lib in LIBS)
        assert np.allclose(mine, other, atol=1e-4), name
        tags = [tag for tags in ours[name]["tags"] for tag in tags]
        assert len(tags) > 2000
        assert len(set(tags)) > 2, name
        assert ours[name]["tags"] == theirs[name]["tags"], name
