"""tagma train, interrupted with Ctrl-C and gone on with."""

import shutil
import signal
from pathlib import Path

import pytest

from .conftest import Tagma

SHORT = ["--training.max_steps", "30", "--training.eval_frequency", "10"]
# Sends INTERRUPT_BY (or presses Ctrl-C) in the run that has INTERRUPT_AT set, when it comes to that step.
CODE = """
import os, signal
import tagma

@tagma.registry.callbacks("ctrl_c.v1")
def make():
    def before_update(nlp, info):
        if info["step"] == int(os.environ.get("INTERRUPT_AT", "-1")):
            os.kill(os.getpid(), int(os.environ.get("INTERRUPT_BY", signal.SIGINT)))
    return before_update
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, config_file: Path, paths: list[str]) -> list[str]:
    """`train` with a config whose training can be interrupted at a step."""
    folder = tmp_path_factory.mktemp("interrupted")
    config = folder / "config.cfg"
    text = config_file.read_text()
    assert "before_update = null" in text
    text = text.replace("before_update = null\n", "")
    config.write_text(text + '\n[training.before_update]\n@callbacks = "ctrl_c.v1"\n')
    code = folder / "code.py"
    code.write_text(CODE)
    return ["train", str(config), "--code", str(code), *paths, *SHORT]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma, command: list[str]) -> Path:
    """The output of a run from beginning to end."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    result = tagma_command(*command, "--output", folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("steps", [[5], [10, 21], [1, 11, 12]])
def test_resumed_equals_uninterrupted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tagma_command: Tagma,
    command: list[str],
    uninterrupted: Path,
    steps: list[int],
) -> None:
    """Interrupted wherever, and more than once: exit status 130, one screen; resumed, the files are the same bytes."""
    output = tmp_path / "out"
    resume: list[str] = []
    for step in steps:
        monkeypatch.setenv("INTERRUPT_AT", str(step))
        result = tagma_command(*command, "--output", output, *resume)
        assert (result.returncode, result.stderr) == (130, "")
        assert "interrupted" in result.stdout
        assert f"--output {output} --resume" in " ".join(result.stdout.split())
        assert not [path.name for path in output.iterdir() if path.name.startswith(".")]
        resume = ["--resume"]
    monkeypatch.delenv("INTERRUPT_AT")
    result = tagma_command(*command, "--output", output, "--resume")
    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("model-best", "model-last"):
        assert contents(output / name) == contents(uninterrupted / name)


def test_interrupted_before_anything_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tagma_command: Tagma, command: list[str]
) -> None:
    """At the very first step there is nothing to keep: it says so and leaves no folder."""
    monkeypatch.setenv("INTERRUPT_AT", "0")
    result = tagma_command(*command, "--output", tmp_path / "out")
    assert (result.returncode, result.stderr) == (130, "")
    assert "Nothing was saved" in result.stdout
    assert not (tmp_path / "out").exists()


def test_terminated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tagma_command: Tagma, command: list[str], uninterrupted: Path
) -> None:
    """SIGTERM, as a scheduler sends it, is answered like Ctrl-C, with exit status 143."""
    output = tmp_path / "out"
    monkeypatch.setenv("INTERRUPT_AT", "11")
    monkeypatch.setenv("INTERRUPT_BY", str(int(signal.SIGTERM)))
    result = tagma_command(*command, "--output", output)
    assert (result.returncode, result.stderr) == (143, "")
    assert "holds what was learnt" in " ".join(result.stdout.split())
    monkeypatch.delenv("INTERRUPT_AT")
    assert tagma_command(*command, "--output", output, "--resume").returncode == 0
    assert contents(output / "model-last") == contents(uninterrupted / "model-last")


def test_resuming_a_complete_run(tmp_path: Path, tagma_command: Tagma, command: list[str], uninterrupted: Path) -> None:
    """There is nothing left to train: it says so, and the files stay as they are."""
    output = tmp_path / "out"
    shutil.copytree(uninterrupted, output)
    result = tagma_command(*command, "--output", output, "--resume")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing left to train" in result.stdout
    assert contents(output) == contents(uninterrupted)


def test_more_steps_than_before(tmp_path: Path, tagma_command: Tagma, command: list[str], uninterrupted: Path) -> None:
    """A complete run goes on when the config asks for more steps; what a killed one left half-written is removed."""
    output = tmp_path / "out"
    shutil.copytree(uninterrupted, output)
    shutil.copytree(uninterrupted / "model-last", output / ".model-last.ab12cd34.part")  # as kill -9 leaves it
    (output / ".training-state.ab12cd34.part").touch()
    result = tagma_command(*command, "--training.max_steps", "40", "--output", output, "--resume")
    assert result.returncode == 0, result.stdout + result.stderr
    assert [
        line.split()[1] for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0].isdigit()
    ] == ["40"]
    assert contents(output / "model-last") != contents(uninterrupted / "model-last")
    assert sorted(path.name for path in output.iterdir()) == ["model-best", "model-last", "training-state"]


@pytest.mark.parametrize("kept", [0, 1000, -1000])
def test_damaged_state(
    tmp_path: Path, tagma_command: Tagma, command: list[str], uninterrupted: Path, kept: int
) -> None:
    """A state file that was cut off, or of which one byte differs, is refused and named; the pipelines stay."""
    output = tmp_path / "out"
    shutil.copytree(uninterrupted, output)
    state = output / "training-state"
    data = state.read_bytes()
    state.write_bytes(data[:kept] if kept >= 0 else data[:kept] + bytes([data[kept] ^ 1]) + data[kept:][1:])
    result = tagma_command(*command, "--output", output, "--resume")
    assert result.returncode == 1
    assert "training-state" in result.stdout
    assert "TAGMA_TRACEBACK" not in result.stdout
    assert "Traceback" not in result.stderr
    assert contents(output / "model-last") == contents(uninterrupted / "model-last")


def test_another_pipelines_state(tmp_path: Path, tagma_command: Tagma, command: list[str], uninterrupted: Path) -> None:
    """A run cannot be resumed with a config of other widths: the parameter and both shapes are named."""
    output = tmp_path / "out"
    shutil.copytree(uninterrupted, output)
    other = ["--components.tok2vec.model.encode.width", "48"]
    result = tagma_command(*command, *other, "--output", output, "--resume")
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1
    assert "of another pipeline" in shown
    assert "Changed since" not in shown
    assert "TAGMA_TRACEBACK" not in shown
    assert "48" in shown
    assert "96" in shown
