"""tagma init labels, tagma init nlp (init_pipeline.py)."""

import json
from pathlib import Path

import pytest

import tagma
from tagma.cli import init_labels
from tagma.nn.config import Config

from .conftest import Tagma


def test_labels_become_files(tagma_command: Tagma, tmp_path: Path, config_file: Path, paths: list[str]) -> None:
    """One file for each component with labels, in the form that `initialize` takes; the others are named."""
    folder = tmp_path / "new" / "labels"
    result = tagma_command("init", "labels", config_file, folder, *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["morphologizer.json", "tagger.json"]
    assert json.loads((folder / "tagger.json").read_text()) == ["NN", "NNS", "PRP", "RB", "VBD", "VBZ"]
    assert "No labels: tok2vec" in result.stdout
    assert "[initialize.components." in result.stdout


def test_training_takes_them(tagma_command: Tagma, tmp_path: Path, config_file: Path, corpus: Path) -> None:
    """A config that reads the files has the same labels without looking for them in the corpus."""
    overrides = {"paths.train": str(corpus / "train.spacy"), "paths.dev": str(corpus / "dev.spacy")}
    found = init_labels(config_file, tmp_path, overrides=overrides)
    config = Config().from_disk(config_file, overrides=overrides, interpolate=False)
    config["initialize"]["components"]["tagger"] = {
        "labels": {"@readers": "spacy.read_labels.v1", "path": str(tmp_path / "tagger.json")}
    }
    (tmp_path / "tagger.json").write_text(json.dumps([*found["tagger"], "XX"]), encoding="utf8")
    config.to_disk(tmp_path / "config.cfg")
    result = tagma_command("init", "nlp", tmp_path / "config.cfg", tmp_path / "nlp")
    assert result.returncode == 0, result.stdout + result.stderr
    assert tagma.load(tmp_path / "nlp").pipe_labels["tagger"] == [*found["tagger"], "XX"]


def test_labels_of_transitions(tmp_path: Path, corpus: Path, tagma_command: Tagma) -> None:
    """A parser's labels are tables of its actions with their numbers."""
    config = tmp_path / "config.cfg"
    assert tagma_command("init", "config", config, "--pipeline", "parser").returncode == 0
    overrides = {"paths.train": str(corpus / "train.spacy"), "paths.dev": str(corpus / "dev.spacy")}
    data = init_labels(config, tmp_path, overrides=overrides)["parser"]
    written = json.loads((tmp_path / "parser.json").read_text())
    assert written == {str(move): dict(labels) for move, labels in data.items()}
    assert set(written) == {"0", "1", "2", "3", "4"}
    assert "dep" in written["2"]


def test_an_initialized_pipeline(tagma_command: Tagma, tmp_path: Path, config_file: Path, paths: list[str]) -> None:
    """`init nlp` saves what training would begin with: labels and first weights."""
    result = tagma_command("init", "nlp", config_file, tmp_path / "nlp", *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    nlp = tagma.load(tmp_path / "nlp")
    assert nlp.pipe_names == ["tok2vec", "tagger", "morphologizer"]
    assert len(nlp.pipe_labels["tagger"]) == 6


@pytest.mark.parametrize("command", ["labels", "nlp"])
def test_what_is_wrong(tagma_command: Tagma, tmp_path: Path, config_file: Path, command: str) -> None:
    """A config without a corpus is refused as in training, exit status 1; misspelt options are exit status 2."""
    result = tagma_command("init", command, config_file, tmp_path / "x")
    assert result.returncode == 1
    assert "E913" in result.stdout
    assert not (tmp_path / "x").exists()
    path = tmp_path / "bare.cfg"
    path.write_text("[training]\nseed = 0\n", encoding="utf8")
    result = tagma_command("init", command, path, tmp_path / "x")
    assert result.returncode == 1
    assert "E985" in result.stdout
    assert tagma_command("init", command, config_file, tmp_path / "x", "--nosuch").returncode == 2
