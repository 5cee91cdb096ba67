"""Installed packages of pipelines: found and read without running them; and the `__init__` of those made here.

A package that `spacy package` or `tagma package` made holds `meta.json`, a folder `<lang>_<name>-<version>` with the
pipeline, and an `__init__` whose `load` loads that folder. Its folder is loaded here, whichever library the `__init__`
imports. One that holds code of its own besides, such as components of the pipeline, is imported for that code.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tagma.errors import Errors

__all__ = ["Package", "find_package", "folder_of", "init_text"]

PEERS = ("spacy", "thinc")
STOCK_IMPORTS = ("__future__", "importlib.util", "pathlib", "spacy.util", "sys", "tagma.util", "typing")
# Which library loads the folder of a package that was made here, where it is not this library that reads the package.
CHOICE = "find_spec('tagma') is None or ('spacy' in sys.modules and 'tagma' not in sys.modules)"
INIT = f"""\"\"\"A pipeline that tagma packaged. A program that has imported spaCy alone gets it from spaCy.\"\"\"

import sys
from importlib.util import find_spec
from pathlib import Path

if {CHOICE}:
    from spacy.util import get_model_meta, load_model_from_init_py
else:
    from tagma.util import get_model_meta, load_model_from_init_py
{{imports}}
__version__ = get_model_meta(Path(__file__).parent)["version"]


def load(**overrides):
    return load_model_from_init_py(__file__, **overrides)
"""


@dataclass(frozen=True)
class Package:
    """A package of a pipeline.

    name       name of its module
    folder     where that lies, with `meta.json`
    foreign    files of its own code, relative to the folder, that import the peer
    has_code   whether its `__init__` does more than to load the folder
    """

    name: str
    folder: Path
    has_code: bool
    foreign: tuple[str, ...]


def find_package(name: str) -> Package:
    """The package of an installed pipeline. Raises OSError E050 if it is not installed, E4030 if it is no pipeline."""
    folder = folder_of(name)
    init = folder / "__init__.py"
    if not (folder / "meta.json").is_file() or not init.is_file():
        raise OSError(Errors.E4030.format(name=name, path=folder))
    foreign = [path for path in sorted(folder.rglob("*.py")) if _imports_peer(path, of_init=path == init)]
    files = tuple(str(path.relative_to(folder)) for path in foreign)
    return Package(_module(name), folder, not _is_stock(init), files)


def folder_of(name: str) -> Path:
    """Where an installed package lies, which is not imported. Raises OSError E050."""
    module = _module(name)
    # One inside another package would have that imported.
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise OSError(Errors.E050.format(name=name))
    return Path(next(iter(spec.submodule_search_locations)))


def init_text(modules: Sequence[str] = ()) -> str:
    """The `__init__` of a package that is made here, which imports these modules of its own for what they register."""
    lines = ["", *(f"from . import {name}" for name in modules), ""]
    return INIT.format(imports="\n".join(lines) if modules else "")


def _module(name: str) -> str:
    """The module of a distribution, whose name may have hyphens."""
    return name.replace("-", "_")


def _parsed(path: Path) -> ast.Module:
    """The syntax tree of a file. Raises OSError E4031 if it is not Python."""
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise OSError(Errors.E4031.format(path=path, error=error)) from error


def _is_stock(init: Path) -> bool:
    """Whether an `__init__` does nothing but give the version and load the folder beside it."""
    return all(_is_stock_statement(node) for node in _parsed(init).body)


def _is_stock_statement(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Import(names=names):
            return all(alias.name in STOCK_IMPORTS for alias in names)
        case ast.ImportFrom(module=module, level=0):
            return module in STOCK_IMPORTS
        case ast.Assign(targets=[ast.Name(id="__version__")]):
            return True
        case ast.If(test=test, body=body, orelse=orelse):
            return ast.unparse(test) == CHOICE and all(map(_is_stock_statement, [*body, *orelse]))
        case ast.FunctionDef(name="load", decorator_list=[], body=body):
            returned = body[-1]
            before = all(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in body[:-1])
            call = returned.value if isinstance(returned, ast.Return) else None
            return before and isinstance(call, ast.Call) and ast.unparse(call.func).endswith("load_model_from_init_py")
    return False


def _imports_peer(path: Path, *, of_init: bool) -> bool:
    """Whether a file imports the peer; the stock lines of an `__init__` do not count."""
    tree = _parsed(path)
    nodes = [node for node in tree.body if not _is_stock_statement(node)] if of_init else [tree]
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        if any(name.split(".")[0] in PEERS for name in names):
            return True
    return False
