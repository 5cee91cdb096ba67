"""The commands beside spaCy's, on the same files."""

import json
import subprocess
from pathlib import Path

import pytest

import tagma
from tagma.tokens import DocBin

from .conftest import Tagma

pytestmark = pytest.mark.peer


def peer(python: str, *args: object) -> None:
    result = subprocess.run([python, "-m", "spacy", *map(str, args)], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr


def test_evaluate_and_apply(
    tmp_path: Path, tagma_command: Tagma, trained: Path, corpus: Path, peer_python: str
) -> None:
    """spaCy reads a pipeline that was trained here, gives the same scores for it and the same annotations."""
    model, dev = trained / "model-last", corpus / "dev.spacy"
    scores, docs = [], []
    vocab = tagma.blank("en").vocab
    for name in ("ours", "theirs"):
        commands: list[list[object]] = [
            ["evaluate", model, dev, "--output", tmp_path / f"{name}.json"],
            ["apply", model, dev, tmp_path / f"{name}.spacy"],
        ]
        for command in commands:
            if name == "theirs":
                peer(peer_python, *command)
            else:
                assert tagma_command(*command).returncode == 0
        scores.append(json.loads((tmp_path / f"{name}.json").read_text()))
        docs.append([doc.to_json() for doc in DocBin().from_disk(tmp_path / f"{name}.spacy").get_docs(vocab)])
    assert docs[0] == docs[1]
    assert scores[0].keys() == scores[1].keys()
    for key in ("token_acc", "tag_acc", "pos_acc", "morph_acc", "morph_micro_f"):
        assert scores[0][key] == pytest.approx(scores[1][key], abs=1e-6), key


def test_train(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str], peer_python: str) -> None:
    """The same config, data and seed give the losses and scores that spaCy's log file has."""
    rows = []
    for name in ("ours", "theirs"):
        log = tmp_path / f"{name}.jsonl"
        options = ["--training.max_steps", "20", "--training.eval_frequency", "10"]
        options += ["--training.logger.@loggers", "spacy.ConsoleLogger.v3", "--training.logger.progress_bar", "null"]
        command = ["train", config_file, *paths, *options, "--training.logger.output_file", log]
        if name == "theirs":
            peer(peer_python, *command)
        else:
            assert tagma_command(*command).returncode == 0
        rows.append([json.loads(line) for line in log.read_text().splitlines()])
    assert len(rows[0]) == 3
    for ours, theirs in zip(*rows, strict=True):
        assert [ours["epoch"], ours["step"]] == [theirs["epoch"], theirs["step"]]
        assert ours["losses"] == pytest.approx(theirs["losses"], rel=1e-3)
        assert ours["scores"] == pytest.approx(theirs["scores"], abs=0.01)
