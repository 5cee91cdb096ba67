"""Write the `.pyi` beside each door of tagma: what a type checker cannot read from its table of names.

    python scripts/door_stubs.py            writes them
    python scripts/door_stubs.py --check    exit status 1 if one is missing or out of date

A door is a module that calls `tagma.doors.door`. Its stub has the imports, constants and function signatures that stand
in the file, and one import for each name of the table.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Container
from importlib import import_module
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src"
HELPERS = ("door", "TYPE_CHECKING")
MARK = "# Written by scripts/door_stubs.py; do not edit."


def doors() -> list[Path]:
    """Files that make a door."""
    files = sorted((SRC / "tagma").rglob("*.py"))
    return [path for path in files if "\n__getattr__, __dir__, __all__ = door(" in path.read_text(encoding="utf8")]


def module_name(path: Path) -> str:
    """The dotted name of a file below src."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def stub(path: Path) -> str:
    """The text of the stub of a door."""
    name = module_name(path)
    door = import_module(name)
    tree = ast.parse(path.read_text(encoding="utf8"))
    own = [line for node in tree.body for line in _declared(node, door.__door__)]
    gathered = [_imported(name, public, *where) for public, where in sorted(door.__door__.items())]
    listed = getattr(door, "__all__", [])
    everything = f"__all__ = [{', '.join(repr(entry) for entry in listed)}]"
    imports = [line for line in own if line.startswith(("from ", "import "))]
    text = "\n".join([MARK, *imports, *gathered, *(line for line in own if line not in imports), everything]) + "\n"
    command = [sys.executable, "-m", "ruff"]
    options = ["--stdin-filename", str(path.with_suffix(".pyi"))]
    for step in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(
            [*command, *step, *options, "-"], input=text, capture_output=True, text=True, check=True
        ).stdout
    return text


def _imported(door: str, public: str, module: str, there: str) -> str:
    leaf = module.rpartition(".")[2]
    if module == f"{door}.{public}" and there == public:
        # the file has the name of what it holds: a relative import says that the name is not the file
        return f"from .{leaf} import {there} as {public}"
    return f"from {module} import {there} as {public}"


def _declared(node: ast.stmt, gathered: Container[str]) -> list[str]:
    """What one statement of the door declares to others, as lines; without names that are `gathered` by the table."""
    match node:
        case ast.ImportFrom() | ast.Import():
            node.names = [alias for alias in node.names if alias.name not in HELPERS and alias.name not in gathered]
            return [ast.unparse(node)] if node.names else []
        case ast.If() if ast.unparse(node.test) == "TYPE_CHECKING":
            return [line for inner in node.body for line in _declared(inner, gathered)]
        case ast.Try():
            return [line for inner in node.body for line in _declared(inner, gathered)]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if node.name.startswith("__"):
                return []
            doc = ast.get_docstring(node, clean=False)
            node.body = [ast.Expr(ast.Constant(doc))] if doc else []
            node.body.append(ast.Expr(ast.Constant(...)))
            return [ast.unparse(node)]
        case ast.ClassDef():
            node.body = [part for part in node.body if not isinstance(part, ast.FunctionDef)] or [ast.Pass()]
            return [ast.unparse(node)]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)) if not name.startswith("_"):
            return [f"{name}: {type(value).__name__}"]
        case ast.Assign(targets=[ast.Name(id=name)]) if name.isidentifier() and not name.startswith("_"):
            return [ast.unparse(node)]
        case ast.AnnAssign(target=ast.Name(id=name)) if name not in gathered:
            if "Final" not in ast.unparse(node.annotation):
                node.value = None
            return [ast.unparse(node)]
    return []


def main() -> int:
    """Write the stubs, or say which are not as they should be."""
    checking = "--check" in sys.argv[1:]
    wrong = []
    for path in doors():
        target, text = path.with_suffix(".pyi"), stub(path)
        if not target.exists() or target.read_text(encoding="utf8") != text:
            wrong.append(str(target.relative_to(SRC)))
            if not checking:
                target.write_text(text, encoding="utf8")
    if wrong:
        print("out of date:" if checking else "written:", *wrong, sep="\n  ")
    return int(checking and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
