"""tagma pretrain: from raw text to weights, what is printed, going on, and what goes wrong."""

import json
from pathlib import Path

import numpy as np
import pytest

import tagma
from tagma.nn import Config

from .conftest import Tagma

CODE = """
import os, signal
import tagma

@tagma.registry.batchers("ctrl_c_at_batch.v1")
def make(at: int):
    count = 0
    def batches(items):
        nonlocal count
        for batch in tagma.util.minibatch(items, 2):
            if count == at:
                os.kill(os.getpid(), signal.SIGINT)
            count += 1
            yield batch
    return batches
"""
SMALL = ["--components.tok2vec.model.embed.width", "16", "--components.tok2vec.model.encode.width", "16"]
SMALL += ["--components.tok2vec.model.embed.rows", "[50, 50, 50, 50]", "--components.tok2vec.model.encode.depth", "1"]
SMALL += ["--pretraining.objective.hidden_size", "10", "--pretraining.max_epochs", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma) -> Path:
    """A config with [pretraining], raw text and code."""
    folder = tmp_path_factory.mktemp("pretraining")
    texts = [f"The {noun} saw {number} birds in the garden." for noun in ("cat", "dog", "boy") for number in range(3)]
    (folder / "raw.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    (folder / "code.py").write_text(CODE)
    result = tagma_command("init", "config", folder / "config.cfg", "--pipeline", "tagger", "--pretraining")
    assert result.returncode == 0, result.stdout
    return folder


def line(folder: Path) -> list[str]:
    """The command but for the output folder."""
    return ["pretrain", str(folder / "config.cfg"), *SMALL, "--paths.raw_text", str(folder / "raw.jsonl")]


def test_run(tmp_path: Path, folder: Path, tagma_command: Tagma) -> None:
    """The files are written, with the config, whose variables stay; train begins with the weights."""
    result = tagma_command(*line(folder), tmp_path / "out")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "w/s" in result.stdout
    names = {"config.cfg", "log.jsonl", "model0.bin", "model1.bin", "model-last.bin", "pretraining-state"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    saved = Config().from_disk(tmp_path / "out" / "config.cfg", interpolate=False)
    assert saved["corpora"]["pretrain"]["path"] == "${paths.raw_text}"
    assert saved["paths"]["raw_text"] == str(folder / "raw.jsonl")


def test_train_begins_with_the_weights(
    tmp_path: Path, folder: Path, corpus: Path, paths: list[str], tagma_command: Tagma
) -> None:
    """--paths.init_tok2vec takes them over; weights of another network are an error."""
    assert tagma_command(*line(folder), tmp_path / "out").returncode == 0
    weights = tmp_path / "out" / "model-last.bin"
    command = ["train", tmp_path / "out" / "config.cfg", *paths, "--paths.init_tok2vec", weights]
    short = ["--training.max_steps", "1", "--training.optimizer.learn_rate", "0.0"]
    result = tagma_command(*command, *short, "--output", tmp_path / "trained")
    assert result.returncode == 0, result.stdout + result.stderr
    trained = tagma.load(tmp_path / "trained" / "model-last").get_pipe("tok2vec").model
    pretrained = trained.copy().from_bytes(weights.read_bytes())
    for one, other in zip(trained.walk(), pretrained.walk(), strict=True):
        for name in one.param_names:
            np.testing.assert_array_equal(one.get_param(name), other.get_param(name))
    result = tagma_command(*command, *short, "--components.tok2vec.model.encode.depth", "2")
    assert (result.returncode, "E4323" in result.stdout) == (1, True)


def test_ctrl_c(tmp_path: Path, folder: Path, tagma_command: Tagma) -> None:
    """What was learnt is saved, the exit status is 130, and the command that is shown goes on with the run."""
    out = tmp_path / "out"
    config = (folder / "config.cfg").read_text()
    begin = config.index("[pretraining.batcher]")
    own = '[pretraining.batcher]\n@batchers = "ctrl_c_at_batch.v1"\nat = AT\n\n'
    config = config[:begin] + own + config[config.index("[pretraining.objective]") :]
    (tmp_path / "config.cfg").write_text(config)
    command = ["pretrain", tmp_path / "config.cfg", *line(folder)[2:], "--code", folder / "code.py", out]
    result = tagma_command(*command, "--pretraining.batcher.at", "7")
    assert (result.returncode, "--resume" in result.stdout) == (130, True), result.stdout
    result = tagma_command(*command, "--pretraining.batcher.at", "-1", "--resume")
    assert result.returncode == 0, result.stdout
    assert "epoch 1" in result.stdout
    result = tagma_command(*command, "--pretraining.batcher.at", "-1", "--resume", "--resume-path", out / "model0.bin")
    assert (result.returncode, "another file" in result.stdout) == (1, True)


def test_resume_path(tmp_path: Path, folder: Path, tagma_command: Tagma) -> None:
    """From weights, with the number of the epoch in their name or given."""
    out = tmp_path / "out"
    assert tagma_command(*line(folder), out).returncode == 0
    more = ["--pretraining.max_epochs", "3"]
    result = tagma_command(*line(folder), *more, "--resume-path", out / "model1.bin", out)
    assert result.returncode == 0
    assert "is not empty" in result.stdout.replace("\n", " ")
    assert (out / "model2.bin").is_file()
    (out / "model1.bin").rename(tmp_path / "renamed.bin")
    result = tagma_command(*line(folder), *more, "--resume-path", tmp_path / "renamed.bin", tmp_path / "new")
    assert (result.returncode, "E1020" in result.stdout) == (1, True)
    numbered = ["--resume-path", tmp_path / "renamed.bin", "--epoch-resume", "2", "--skip-last"]
    result = tagma_command(*line(folder), *more, *numbered, tmp_path / "new")
    assert result.returncode == 0
    assert {path.name for path in (tmp_path / "new").glob("*.bin")} == {"model2.bin"}


WRONG = {
    "no such config": (["nowhere.cfg", "out"], 2, "nowhere.cfg"),
    "no output": (["{config}"], 2, "output_dir"),
    "output is a file": (["{config}", "{config}"], 1, "a folder is needed"),
    "misspelt option": (["{config}", "out", "--resume-pth", "x"], 2, "--resume-path"),
    "misspelt setting": (["{config}", "out", "--pretraining.max_epoch", "3"], 1, "max_epoch"),
    "no text": (["{config}", "out"], 1, "--paths.raw_text"),
    "no such file": (["{config}", "out", "--paths.raw_text", "nowhere.jsonl"], 1, "nowhere.jsonl"),
    "a folder of weights": (["{config}", "out", "--resume-path", "{folder}"], 1, "a file of weights"),
    "a negative epoch": (["{config}", "out", "--resume-path", "{config}", "--epoch-resume=-1"], 1, "--epoch-resume"),
    "nothing to resume": (["{config}", "out", "--resume"], 1, "pretraining-state"),
    "no weights": (["{config}", "out", "--resume-path", "{config}", "--epoch-resume", "1"], 1, "raw_text"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_goes_wrong(tmp_path: Path, folder: Path, tagma_command: Tagma, case: str) -> None:
    """One screen that names the place, and an exit status."""
    words, status, said = WRONG[case]
    words = [word.format(config=folder / "config.cfg", folder=folder) for word in words]
    result = tagma_command("pretrain", *(tmp_path / word if word == "out" else word for word in words))
    assert result.returncode == status, result.stdout + result.stderr
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_no_section(tmp_path: Path, config_file: Path, tagma_command: Tagma) -> None:
    """A config without [pretraining] is told how to get it; the command shown works."""
    result = tagma_command("pretrain", config_file, tmp_path / "out")
    assert (result.returncode, "E4322" in result.stdout) == (1, True)
    assert f"--pretraining {config_file} {config_file}" in result.stdout.replace("\n", " ")


def test_damaged_text(tmp_path: Path, folder: Path, tagma_command: Tagma) -> None:
    """A line that is no JSON is named by file and number; what was read before it is not lost."""
    broken = tmp_path / "raw.jsonl"
    broken.write_text((folder / "raw.jsonl").read_text() + "{not json\n")
    result = tagma_command("pretrain", folder / "config.cfg", tmp_path / "out", *SMALL, "--paths.raw_text", broken)
    assert (result.returncode, "line 10" in result.stdout) == (1, True), result.stdout


def test_help(tagma_command: Tagma) -> None:
    """The help shows a line that can be copied."""
    result = tagma_command("pretrain", "--help")
    assert result.returncode == 0
    assert "Example: tagma pretrain" in result.stdout
