"""The documentation is true: its Python runs, its commands exist, its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tagma.cli import _util
from tagma.cli._setup import load_commands

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf8")
FRAMEWORKS = ("torch", "tensorflow", "jax")
# Pages that also change files of the library are run by tests/test_adding.py.
WITH_CODE = [
    pytest.param(page, marks=[getattr(pytest.mark, name) for name in FRAMEWORKS if f"\nimport {name}" in text])
    for page in PAGES
    if "```python\n" in (text := page.read_text(encoding="utf8")) and "```diff\n" not in text
]

load_commands()


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf8"), flags=re.DOTALL | re.MULTILINE)


# Runs the examples on its standard input; its exit status says whether they print what they show.
DOCTEST = """
import doctest, sys
test = doctest.DocTestParser().get_doctest(sys.stdin.read(), {}, sys.argv[1], sys.argv[1], 0)
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
sys.exit(runner.run(test).failed > 0)
"""


@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_python_runs(page: Path) -> None:
    """The Python blocks of a page run one after the other in a new process; `>>>` examples print what they show."""
    code = "\n".join(f"# block {i}\n{block}" for i, block in enumerate(blocks(page, "python")) if ">>>" not in block)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert result.returncode == 0, result.stderr
    examples = "\n".join(block for block in blocks(page, "python") if ">>>" in block)
    if examples:
        command = [sys.executable, "-c", DOCTEST, name(page)]
        shown = subprocess.run(command, input=examples, capture_output=True, text=True, cwd=ROOT, timeout=300)
        assert shown.returncode == 0, shown.stdout + shown.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file of the repository."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_exist(page: Path) -> None:
    """`make x` in a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf8"), flags=re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    """`tagma x` in a page, in a block or in backticks, is a command."""
    text = page.read_text(encoding="utf8")
    shown = re.findall(r"`(tagma [^`]+)`", text) + [
        line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("tagma ")
    ]
    for line in shown:
        words = line.split()[1:]
        command: Any = get_command(_util.app)
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]


def test_readme_lists_every_command() -> None:
    """The README's table has a row for each command that there is."""
    listed = re.findall(
        r"`(?:tagma )?([a-z -]+)`", "".join(re.findall(r"^\| `tagma .*?\|", README, flags=re.MULTILINE))
    )
    commands: set[str] = set()
    for word, command in get_command(_util.app).commands.items():  # type: ignore[attr-defined]
        if command.hidden:
            continue
        group = getattr(command, "commands", None)
        commands |= {word} if group is None else {f"{word} {name}" for name in group if not group[name].hidden}
    assert commands - {"benchmark accuracy"} == set(listed)  # which is `evaluate` under its other name


def test_ci_runs_what_the_readme_says() -> None:
    """CI calls `make test`, and make help lists every public target."""
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    help_text = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "bench", "format", "clean", "build"):
        assert re.search(rf"^  {target} ", help_text, flags=re.MULTILINE), target
