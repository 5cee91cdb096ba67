"""Scripts as users of spaCy write them: under the alias they print what they print there.

Beside each script stands what spaCy 3.8.18 prints. After a change of a script: run it there, and save its output.
"""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_output_is_the_peers(script: Path, tmp_path: Path) -> None:
    """The script, unchanged, prints the same lines with every `import spacy` and `import thinc` given by tagma."""
    command = [sys.executable, "-W", "error", "-m", "tagma.compat", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == script.with_suffix(".txt").read_text(encoding="utf8").splitlines()
    assert result.stderr == ""


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_expected_output_is_the_peers(script: Path, tmp_path: Path, peer_python: str) -> None:
    """What is saved beside the script is what spaCy prints."""
    result = subprocess.run([peer_python, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout == script.with_suffix(".txt").read_text(encoding="utf8")
