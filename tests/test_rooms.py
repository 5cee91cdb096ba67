"""The order of the rooms: a module imports only from its own room or from rooms below, inside functions too."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "src" / "tagma"

# From the bottom up; a room is a list of modules, or of packages with everything in them.
ROOMS: dict[str, str] = {
    "threads": "threads doors",
    "nn": "nn",
    "tools": "about errors util.frozen util.dotted util.paths util.versions util.batches util.processes util.objects"
    " util.handlers util.serialize util.checksums util.folders",
    "words": "registries strings attrs symbols parts_of_speech lookups vectors morphology lexeme vocab",
    "language data": "lang",
    "tokens": "tokens",
    "gold": "gold",
    "scorer": "scorer",
    "tokenizer": "tokenizer",
    "schemas": "schemas",
    "architectures": "ml",
    "components": "pipeline",
    "testing": "testing",
    "language": "language pipe_analysis util",
    "language classes": "",
    "training": "training",
    "compat": "compat",
    "cli": "cli __main__",
}
ORDER = list(ROOMS)
# What gathers names of several rooms for users, lazily; who imports these is judged by what it imports elsewhere.
DOORS = (
    "",
    "training",
    "training.alignment",
    "training.alignment_array",
    "training.example",
    "training.iob_utils",
    "util",
)


def room_of(module: str) -> str | None:
    """The room of `training.example` (a name below tagma); the longest matching entry decides."""
    if re.fullmatch(r"lang\.[a-z]{2,3}", module):
        return "language classes"  # lang/<code>/__init__.py: a few lines over Language; the rules beside it are data
    matches = [
        (len(entry), room)
        for room, entries in ROOMS.items()
        for entry in entries.split()
        if module == entry or module.startswith(entry + ".")
    ]
    return max(matches)[1] if matches else None


def sources() -> dict[str, Path]:
    """Module name below tagma → file, for Python and Cython sources."""
    found = {}
    for path in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.pyx")]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix("__init__").removesuffix(".")] = path
    return found


def imports(path: Path, module: str) -> set[str]:
    """Modules below tagma that a file imports, at any depth; those for type checkers alone do not count."""
    text = path.read_text(encoding="utf8")
    if path.suffix == ".pyx":
        found = re.findall(r"^\s*(?:from|c?import)\s+tagma\.([\w.]+)", text, flags=re.MULTILINE)
        found += re.findall(r"^\s*from\s+tagma\s+c?import\s+(\w+)", text, flags=re.MULTILINE)
        return set(found)
    names: set[str] = set()
    tree = ast.parse(text)
    skipped = {id(node) for block in ast.walk(tree) if _for_type_checkers(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" if node.module == "tagma" else node.module for alias in node.names}
            names |= {
                f"{node.module}.{alias.name}"
                for alias in node.names
                if f"{node.module}.{alias.name}".removeprefix("tagma.") in sources()
            }
    return {name.removeprefix("tagma.") for name in names if name.startswith("tagma.")}


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("module", sorted(sources()))
def test_every_module_has_a_room(module: str) -> None:
    """A new module must be given its place in the order."""
    assert module in DOORS or room_of(module) is not None, f"tagma.{module} is in no room of tests/test_rooms.py"


@pytest.mark.parametrize("module", sorted(set(sources()) - set(DOORS)))
def test_imports_point_down(module: str) -> None:
    """A module imports from its own room and those below it, at the top of the file and in functions."""
    own = room_of(module)
    assert own is not None
    upward = []
    for name in sorted(imports(sources()[module], module)):
        other = room_of(name)
        if name not in DOORS and other is not None and ORDER.index(other) > ORDER.index(own):
            upward.append(f"tagma.{name} ({other})")
    assert not upward, f"tagma.{module} ({own}) imports from above: {', '.join(upward)}"


def test_nn_knows_no_text() -> None:
    """tagma.nn imports nothing of tagma outside itself but the setting of threads and their pool."""
    outside = {
        f"{module} → {name}"
        for module, path in sources().items()
        if module == "nn" or module.startswith("nn.")
        for name in imports(path, module)
        if name.split(".")[0] not in ("nn", "threads", "doors")
    }
    assert not outside


def test_an_upward_import_is_found(tmp_path: Path) -> None:
    """The reader of imports sees one at the top, one in a function, and none that is for type checkers."""
    path = tmp_path / "x.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nimport tagma.cli\nfrom tagma import language\n"
        "if TYPE_CHECKING:\n    from tagma.pipeline import Pipe\n"
        "def f():\n    from tagma.training.loop import train\n"
    )
    assert imports(path, "x") >= {"cli", "language", "training.loop"}
    assert "pipeline" not in imports(path, "x")
