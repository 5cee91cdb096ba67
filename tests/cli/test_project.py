"""The commands of `tagma project` (project/): handed over to weasel, for which something stands in here.

tests/interop/test_project.py runs a whole project with weasel itself.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tagma.cli
from tagma.cli.project import commands

from .conftest import Tagma

Calls = list[tuple[str, tuple[Any, ...], dict[str, Any]]]
FILES = {name.removeprefix("project_"): name for name in commands.__all__ if name != "project_update_dvc"}
FILES["dvc"] = "project_update_dvc"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the stand-in for weasel was called with."""
    made: Calls = []

    def function(name: str) -> Any:
        return lambda *args, **kwargs: made.append((name, args, kwargs))

    for package in ("weasel", "weasel.cli"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    for file, name in FILES.items():
        module = ModuleType(f"weasel.cli.{file}")
        vars(module).update({name: function(name), f"{name}_cli": function(f"{name}_cli")})
        monkeypatch.setitem(sys.modules, f"weasel.cli.{file}", module)
    return made


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        (["assets", "-e"], "project_assets_cli", (Path.cwd(), False, True)),
        (
            ["clone", "x", "--branch", "b"],
            "project_clone_cli",
            ("x", None, "https://github.com/explosion/projects", "b", False),
        ),
        (["pull"], "project_pull_cli", ("default", Path.cwd())),
        (["push", "there"], "project_push_cli", ("there", Path.cwd())),
        (["run", "all", "--vars.x", "1", "-F"], "project_run_cli", ("all", Path.cwd(), True, False, False)),
        (["run", "--help"], "project_run_cli", (None, Path.cwd(), False, False, True)),
    ],
)
def test_lines(tagma_command: Tagma, calls: Calls, line: list[str], name: str, arguments: tuple[Any, ...]) -> None:
    """Arguments and options reach the command of weasel; variables stand in the context."""
    assert tagma_command("project", *line).returncode == 0
    [(called, given, _)] = calls
    context = [given[0]] if hasattr(given[0], "parent") else []
    assert (called, given[len(context) :]) == (name, arguments)
    if "--vars.x" in line:
        assert context[0].args == ["--vars.x", "1"]


def test_lines_with_options_alone(tagma_command: Tagma, calls: Calls) -> None:
    """Describing a project, and writing it for DVC."""
    assert tagma_command("project", "document", "-o", "README.md").returncode == 0
    assert tagma_command("project", "dvc", ".", "all", "-q").returncode == 0
    options = {"verbose": False, "quiet": True, "force": False}
    assert calls == [
        ("project_document", (Path.cwd(), Path("README.md")), {"no_emoji": False}),
        ("project_update_dvc", (Path.cwd(), "all"), options),
    ]


def test_functions(calls: Calls, tmp_path: Path) -> None:
    """The functions of `tagma.cli` are those of weasel, by name."""
    tagma.cli.project_run(tmp_path, "all", overrides={"vars.x": 1}, dry=True)
    tagma.cli.project_assets(tmp_path)
    tagma.cli.project_clone("x", tmp_path)
    tagma.cli.project_document(tmp_path, tmp_path / "README.md")
    tagma.cli.project_pull(tmp_path, "there")
    tagma.cli.project_push(tmp_path, "there")
    tagma.cli.project_update_dvc(tmp_path)
    assert [name for name, _, _ in calls] == [
        f"project_{name}" for name in ("run", "assets", "clone", "document", "pull", "push", "update_dvc")
    ]
    assert calls[0][2] == {"overrides": {"vars.x": 1}, "force": False, "dry": True, "capture": False}


@pytest.mark.parametrize("line", [["run", "all"], ["assets"], ["document"], ["push"]], ids=" ".join)
def test_without_weasel(monkeypatch: pytest.MonkeyPatch, tagma_command: Tagma, line: list[str]) -> None:
    """The error says what to install; the environment is as before."""
    monkeypatch.setitem(sys.modules, "weasel", None)
    before = os.environ.get("PYTHONPATH")
    result = tagma_command("project", *line)
    assert result.returncode == 1
    assert "[E4513]" in result.stderr + result.stdout
    assert "'tagma[project]'" in " ".join((result.stderr + result.stdout).split())
    assert os.environ.get("PYTHONPATH") == before


def test_a_broken_weasel_is_not_said_to_be_absent(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    """A package that weasel lacks is named instead."""
    monkeypatch.delitem(sys.modules, "weasel.cli.run")
    monkeypatch.setattr(
        commands, "import_module", lambda name: (_ for _ in ()).throw(ModuleNotFoundError("no x", name="x"))
    )
    with pytest.raises(ModuleNotFoundError, match="no x"):
        commands.project_run(Path(), "all")
    assert calls == []


def test_children_get_this_library(monkeypatch: pytest.MonkeyPatch, calls: Calls, tmp_path: Path) -> None:
    """What a project runs finds tagma under the names of the peers, also as a module of the command line."""
    (tmp_path / "script.py").write_text(
        "import thinc.api\nimport spacy.tokens as tokens\nprint(tokens.Doc.__module__, thinc.api.Model.__module__)\n"
    )
    printed = []

    def run(*args: Any, **kwargs: Any) -> None:
        for command in (["script.py"], ["-m", "spacy", "--version"]):
            done = subprocess.run(
                [sys.executable, *command], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
            )
            printed.append(done.stdout.split())

    monkeypatch.setattr(sys.modules["weasel.cli.run"], "project_run", run)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    tagma.cli.project_run(tmp_path, "all")
    assert printed == [["tagma.tokens.doc", "tagma.nn.model"], ["tagma", tagma.__version__]]
    assert "PYTHONPATH" not in os.environ


def test_help(tagma_command: Tagma) -> None:
    """The help of each command has a worked example."""
    for command in ("assets", "clone", "document", "dvc", "pull", "push", "run"):
        result = tagma_command("project", command, "-h")
        assert result.returncode == 0
        assert result.stdout.rstrip().splitlines()[-1].startswith(f"  Example: tagma project {command}")
