"""Packages that extend spaCy: programs that use them as their documents show print the same with either library.

They are installed in an environment of their own, beside spaCy: `make test-packages`, or TAGMA_PACKAGES_PYTHON names
its interpreter. docs/compat.md lists what was tried.
"""

import os
import subprocess
from pathlib import Path

import pytest

import tagma

PYTHON = os.environ.get("TAGMA_PACKAGES_PYTHON", "")
PROGRAMS = sorted((Path(__file__).parent / "packages").glob("*.py"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="no interpreter with packages that extend spaCy (make test-packages)"),
]


def printed(*arguments: str, cwd: Path) -> list[str]:
    """The lines that the interpreter prints."""
    env = {**os.environ, "PYTHONPATH": str(Path(tagma.__file__).parents[1]), "PYTHONHASHSEED": "0"}
    command = [PYTHON, "-W", "ignore", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_prints_what_it_prints_with_the_peer(program: Path, tmp_path: Path) -> None:
    """The program, unchanged, under the alias and with spaCy itself."""
    with_peer = printed(str(program), cwd=tmp_path)
    assert with_peer
    assert printed("-m", "tagma.compat", str(program), cwd=tmp_path) == with_peer
