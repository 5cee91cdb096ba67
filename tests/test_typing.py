"""The types of documents, vocabularies, pipelines and models, as a type checker sees them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")
HERE = Path(__file__).parent / "typing"
ROOT = Path(__file__).parent.parent


def errors(name: str) -> dict[int, str]:
    """What mypy says of a file, by line."""
    path = HERE / name
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    output, problems, _ = api.run([str(path), *options])
    assert not problems, problems
    return {int(line.split(":")[1]): line for line in output.splitlines() if f"{name}:" in line and ": error:" in line}


@pytest.mark.slow
def test_right_and_wrong_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What users write has the types that the documentation says; each wrong line is an error, no other line is."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", "src")
    assert errors("right.py") == {}
    lines = (HERE / "wrong.py").read_text(encoding="utf8").splitlines()
    expected = [number for number, line in enumerate(lines, 1) if line.endswith("# wrong")]
    assert sorted(errors("wrong.py")) == expected


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
