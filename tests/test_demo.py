"""What `make demo` does, with few steps."""

import runpy
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints scores and three annotated texts, and the commands that it ends with run as they are printed."""
    runpy.run_path(str(ROOT / "examples" / "demo.py"))["main"](output=tmp_path, steps=10)
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("TAG_ACC", "POS_ACC", "MORPH_ACC", "Lisbon", "Friday", "faster"))
    commands = [line.strip() for line in shown.split("use it so:")[1].splitlines() if line.strip()]
    assert len(commands) == 2
    for command in commands:
        result = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, f"{command}\n{result.stderr}"
    assert (tmp_path / "annotated.spacy").exists()
