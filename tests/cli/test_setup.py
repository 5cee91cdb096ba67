"""The command line is run: lazy loading, signals, a bad environment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tagma.cli import setup_cli

from .conftest import Tagma


def test_bad_environment(tagma_command: Tagma) -> None:
    """A number of threads that is none is named in one line."""
    result = tagma_command("info", env={"TAGMA_NUM_THREADS": "abc"})
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "TAGMA_NUM_THREADS is 'abc'; set it to a whole number of at least 1, or unset it"
    ]


@pytest.mark.parametrize("module", ["numpy", "typer", "tagma.cli.train"])
def test_interrupt_while_loading(tmp_path: Path, tagma_command: Tagma, module: str) -> None:
    """Ctrl-C while modules are imported is one line, with the exit status that it has later."""
    # sitecustomize runs first of all: it has the import of a module raise what Ctrl-C raises
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )
    result = tagma_command("info", env={"PYTHONPATH": str(tmp_path)})
    assert (result.returncode, result.stderr.splitlines()) == (130, ["Aborted!"])


def test_importing_the_package_imports_no_command() -> None:
    """`import tagma.cli` loads neither typer nor the commands; a function comes when it is asked for."""
    code = (
        "import sys, tagma.cli\n"
        "heavy = ('typer', 'rich', 'pydantic', 'tagma.cli.')\n"
        "loaded = {name for name in sys.modules if name.startswith(heavy)}\n"
        "assert loaded == {'tagma.cli._commands'}, loaded\n"
        "from tagma.cli import convert\n"
        "import tagma.cli.convert, tagma.cli.train\n"
        "assert tagma.cli.convert is convert and callable(convert)\n"
        "assert tagma.cli.train.train.__name__ == 'train'\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


OWN = """
import pathlib, time, tagma
@tagma.Language.component("waits")
def waits(doc):
    pathlib.Path("began").touch()
    try:
        time.sleep(60)
    finally:
        pathlib.Path("cleared").touch()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("n_process", [1, 2])
def test_interrupted_command(tmp_path: Path, number: int, status: int, n_process: int) -> None:
    """Ctrl-C and SIGTERM, sent to the command alone, are one line and the status of the signal; nothing goes on."""
    import tagma

    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "t.txt").write_text("text")
    tagma.Language.component("waits", func=lambda doc: doc)
    nlp = tagma.blank("en")
    nlp.add_pipe("waits")
    nlp.to_disk(tmp_path / "model")
    line = ["apply", "model", "t.txt", "out.spacy", "--code", "own.py", "-n", str(n_process)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tagma", *line],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (tmp_path / "began").exists():
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(number)
    _, shown = process.communicate(timeout=20)
    assert (process.returncode, shown) == (status, "Aborted!\n")
    assert (tmp_path / "cleared").exists() is (n_process == 1)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "out"))]


def test_handler_is_put_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that calls `setup_cli` has its handler of SIGTERM back afterwards; one of its own is not replaced."""
    monkeypatch.setattr(sys, "argv", ["tagma", "--version"])
    received: list[int] = []
    for handler in (signal.SIG_DFL, lambda number, frame: received.append(number)):
        before = signal.signal(signal.SIGTERM, handler)
        try:
            with pytest.raises(SystemExit):
                setup_cli()
            assert signal.getsignal(signal.SIGTERM) is handler
        finally:
            signal.signal(signal.SIGTERM, before)


def test_terminated_while_loading(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """SIGTERM that comes before the line is parsed has the same status."""
    monkeypatch.setattr("tagma.cli._setup.load_commands", lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit) as end:
        setup_cli()
    assert (end.value.code, capsys.readouterr().err) == (143, "Aborted!\n")
