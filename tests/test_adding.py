"""The pages of docs/adding are literally true: done as they say, in a copy of the source, what they add is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "adding"
FILE = re.compile(r"`(src/tagma/[\w/]+\.py)`[^`]*?:\n\n```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
CHANGE = re.compile(r"^```diff\n--- (\S+)\n (.*?)\n\+(.*?)\n```", flags=re.DOTALL | re.MULTILINE)
CODE = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)


def apply_page(text: str, root: Path) -> str:
    """Write the files and change the lines that a page shows; the code that is left, which uses them."""
    for path, content in FILE.findall(text):
        assert not (root / path).exists()
        (root / path).write_text(content, encoding="utf8")
    for path, line, added in CHANGE.findall(text):
        before = (root / path).read_text(encoding="utf8")
        assert before.count(f"\n{line}\n") == 1, f"{path} has no line {line!r}"
        (root / path).write_text(before.replace(f"\n{line}\n", f"\n{line}\n{added}\n"), encoding="utf8")
    written = {content for _, content in FILE.findall(text)}
    return "\n".join(block for block in CODE.findall(text) if block not in written)


@pytest.mark.parametrize(
    ("page", "files", "changes"), [("architecture", 1, 1), ("command", 1, 1), ("component", 2, 2), ("layer", 1, 1)]
)
def test_page_is_literally_true(page: str, files: int, changes: int, tmp_path: Path) -> None:
    """A page's files and lines, put where it says, give what it shows; stubs of the doors are written."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf8")
    assert (len(FILE.findall(text)), len(CHANGE.findall(text))) == (files, changes)
    sources = shutil.ignore_patterns("__pycache__", "csrc", "*.cpp", "*.pyx")
    shutil.copytree(ROOT / "src" / "tagma", tmp_path / "src" / "tagma", ignore=sources)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    uses = apply_page(text, tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    for command in (["-c", uses], ["scripts/door_stubs.py"], ["scripts/door_stubs.py", "--check"]):
        result = subprocess.run(
            [sys.executable, *command], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, result.stdout + result.stderr
