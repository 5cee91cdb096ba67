"""The types of documents, vocabularies, pipelines and models, as a type checker sees them."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")
ROOT = Path(__file__).parent.parent
# Programs that must pass beside those that must be refused. What they say of types they say by `assert_type`.
PROGRAMS = [
    (ROOT / "tests" / f"{program}right.py", ROOT / "tests" / f"{program}wrong.py")
    for program in ("typing/", "typing/networks_", "nn/typing/")
]
PYRIGHT = os.environ.get("TAGMA_PYRIGHT", str(ROOT / ".venv-types/bin/basedpyright"))


def lines_by_mypy(path: Path) -> set[int]:
    """Lines in which mypy finds an error."""
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    output, problems, _ = api.run([str(path), *options])
    assert not problems, problems
    pattern = rf"^{re.escape(str(path.relative_to(ROOT)))}:(\d+): error:"
    return {int(line) for line in re.findall(pattern, output, flags=re.MULTILINE)}


def lines_by_pyright(paths: list[Path], folder: Path) -> dict[Path, set[int]]:
    """Lines in which basedpyright, as strict as pyright is by default, finds an error."""
    config = {"include": [str(path) for path in paths], "extraPaths": [str(ROOT / "src")], "pythonVersion": "3.11"}
    file = folder / "pyrightconfig.json"
    file.write_text(json.dumps({**config, "typeCheckingMode": "standard"}), encoding="utf8")
    command = [PYRIGHT, "--project", str(file), "--pythonpath", sys.executable, "--outputjson"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert report["summary"]["filesAnalyzed"] == len(paths)
    found: dict[Path, set[int]] = {path: set() for path in paths}
    for entry in report["generalDiagnostics"]:
        if entry["severity"] == "error":
            found[Path(entry["file"])].add(entry["range"]["start"]["line"] + 1)
    return found


def wrong_lines(path: Path) -> set[int]:
    """The lines that say that they are wrong."""
    lines = path.read_text(encoding="utf8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


@pytest.mark.slow
@pytest.mark.parametrize(("right", "wrong"), PROGRAMS, ids=lambda path: str(path.relative_to(ROOT / "tests")))
def test_right_and_wrong_uses(right: Path, wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What users write has the types that the documentation says; each wrong line is an error, no other line is."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", "src")
    assert lines_by_mypy(right) == set()
    assert lines_by_mypy(wrong) == wrong_lines(wrong)


@pytest.mark.slow
@pytest.mark.skipif(not Path(PYRIGHT).exists(), reason="no basedpyright: make types-public installs it, and runs this")
def test_pyright_finds_the_same(tmp_path: Path) -> None:
    """Another type checker agrees, without a plugin, on every line."""
    paths = [path for pair in PROGRAMS for path in pair]
    assert lines_by_pyright(paths, tmp_path) == {path: wrong_lines(path) for path in paths}


# Classes whose public signatures are read.
READ = {
    "language/language.py": ("Language",),
    "nn/model.py": ("Model",),
    "lexeme.pyi": ("Lexeme",),
    "tokens/doc.pyi": ("Doc",),
    "tokens/span.pyi": ("Span",),
    "tokens/token.pyi": ("Token",),
    "vocab.pyi": ("Vocab",),
}
# Any stands in these for what the user decides, and why.
ANYTHING = {
    "Language.__init__": "meta: what is known of a pipeline, in JSON",
    "Language.meta": "the same",
    "Language.analyze_pipes": "a table of several kinds of lists, in JSON",
    "Language.factory": "default_config: settings in a config",
    "Language.add_pipe": "config: settings in a config",
    "Language.create_pipe": "config: settings in a config",
    "Language.replace_pipe": "config: settings in a config",
    "Language.evaluate": "scores of whichever components there are; scorer_cfg: arguments of their scorers",
    "Language.from_config": "a config; meta",
    "Language.from_disk": "overrides: settings in a config",
    "Model.__init__": "attrs: anything, kept by the user",
    "Model.attrs": "the same",
    "Model.to_dict": "the parts of a file; attributes may be anything",
    "Model.from_dict": "the same",
    "Model.can_from_dict": "the same",
    "Doc.__init__": "user_data: anything, kept by the user",
    "Doc.user_data": "the same",
    "Doc.context": "anything, carried along by the user",
}


def without_callbacks(annotation: ast.expr) -> str:
    """The text of an annotation without functions and without models whose kinds of input and output are open."""

    class Without(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            self.generic_visit(node)
            text = ast.unparse(node)
            is_open = text == "Model[Any, Any]" or ast.unparse(node.value) == "Callable"
            return ast.Name(id="object") if is_open else node

    return ast.unparse(Without().visit(annotation))


def with_anything(path: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Public methods and properties of classes in whose signature Any stands. Of overloads, these count alone."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names):
        functions = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
        overloaded = {node.name for node in functions if is_overload(node)}
        for node in functions:
            if node.name.startswith("_") and node.name not in ("__init__", "__call__"):
                continue
            if node.name in overloaded and not is_overload(node):
                continue
            args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            annotations = [arg.annotation for arg in args if arg is not None] + [node.returns]
            if any(re.search(r"\bAny\b", without_callbacks(one)) for one in annotations if one is not None):
                yield f"{cls.name}.{node.name}"


def is_overload(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "overload" for mark in node.decorator_list)


def test_signatures_say_what_they_take() -> None:
    """No public method of the main classes takes or gives Any, but for data and functions of the user."""
    found = [name for path, names in READ.items() for name in with_anything(ROOT / "src" / "tagma" / path, names)]
    assert sorted(set(found)) == sorted(ANYTHING)


def test_ignored_errors_have_a_reason() -> None:
    """Where a type error is ignored, its kind stands there, and why: `# type: ignore[kind]  # reason`."""
    lines = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "src").rglob("*.py*"))
        if path.suffix in (".py", ".pyi")
        for line in path.read_text(encoding="utf8").splitlines()
        if "# type: ignore" in line and not re.search(r"# type: ignore\[[\w, -]+\]  # \w", line)
    ]
    assert not lines
