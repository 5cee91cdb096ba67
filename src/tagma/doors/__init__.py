"""Doors: modules that gather names of other modules, each of which is imported when one of its names is asked for.

    __getattr__, __dir__, __all__ = door(__name__, {"tagma.gold.example": "Example validate_examples"})

    __all__ = gather(__name__)

The second is for a package of many files of one kind, which are all imported: it has what they list in `__all__`.

Names stand once, in the table or in the files. Type checkers read them from the `.pyi` beside the door, which
`scripts/door_stubs.py` writes from the same names. `missing` is the list of what is not here yet. Lies below all rooms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["door", "gather", "unknown_name"]


class _Door(ModuleType):
    """A module of which a name stays what the table says when a file of that name is imported.

    Importing `tagma.cli.apply` makes the import system set the attribute `apply` of `tagma.cli` to the file, which
    would hide the function `apply`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and name in self.__dict__.get("__door__", ())):
            super().__setattr__(name, value)


def unknown_name(module: str, name: str) -> AttributeError:
    """The error about a name that a module lacks; it says so if the name is one that is not here yet."""
    from tagma.doors.missing import explain_missing

    return AttributeError(f"module {module!r} has no attribute {name!r}{explain_missing(module, name, lead=': ')}")


def door(
    module: str, table: Mapping[str, str], *, rooms: str = "", live: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a module that gathers names.

    module    the door's `__name__`
    table     {module: its names, separated by spaces}; "name=other" gathers `other` under `name`
    rooms     submodules of the door that are imported when asked for, and are no part of `__all__`
    live      names that are looked up each time, since they change in their modules; others stay once asked for
    """
    where: dict[str, tuple[str, str]] = {}
    for source, names in table.items():
        for entry in names.split():
            public, _, there = entry.partition("=")
            where[public] = (source, there or public)
    submodules, changing = frozenset(rooms.split()), frozenset(live.split())
    this = sys.modules[module]
    vars(this)["__door__"] = where
    # A package, also if it is one file: `from door import x` then asks for x as a module before it fails, and those
    # who find modules can say why there is no x.
    vars(this).setdefault("__path__", [])
    this.__class__ = _Door

    def get(name: str) -> Any:
        if name in where:
            source, there = where[name]
            value = getattr(import_module(source), there)
        elif name in submodules:
            return import_module(f"{module}.{name}")
        else:
            raise unknown_name(module, name)
        if name not in changing:
            vars(this)[name] = value
        return value

    def listed() -> list[str]:
        return sorted({*vars(this), *where, *submodules})

    return get, listed, list(where)


def gather(package: str) -> list[str]:
    """`__all__` of a package that has the names which its files list in theirs; files that begin with "_" are left out.

    All files are imported at once, so that what they register is there.
    """
    from pkgutil import iter_modules  # three milliseconds that most doors need not spend

    this = sys.modules[package]
    found = [entry.name for entry in iter_modules(this.__path__) if not entry.name.startswith("_")]
    where = {name: f"{package}.{file}" for file in found for name in import_module(f"{package}.{file}").__all__}
    vars(this).update({name: getattr(sys.modules[source], name) for name, source in where.items()})
    vars(this)["__door__"] = {name: (source, name) for name, source in where.items()}
    this.__class__ = _Door
    return sorted(where)
