"""Modules of languages that have no folder: `import tagma.lang.de` makes one from the table of languages.

It has the class, its `Defaults`, and a module `stop_words`, where users look for these. Lies below all rooms.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["find_languages"]

ROOM = "tagma.lang"


class _LanguageFinder:
    """Is asked for a module below `tagma.lang` after those who look into folders. Also loads what it found."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        room, _, rest = fullname.partition(f"{ROOM}.")
        code, _, below = rest.partition(".")
        if room or not rest or below not in ("", "stop_words"):
            return None
        if code not in import_module(f"{ROOM}.languages").LANGUAGES:
            return None
        return ModuleSpec(fullname, self, origin="table of languages", is_package=not below)  # type: ignore[arg-type]  # has the methods of a loader

    def create_module(self, spec: ModuleSpec) -> None:
        """None: as Python makes modules."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module."""
        code, _, below = module.__name__.removeprefix(f"{ROOM}.").partition(".")
        generic = import_module("tagma.language.generic")
        if below:
            found = {"STOP_WORDS": generic.stop_words(code)}
        else:
            cls = generic.language_class(code)
            found = {cls.__name__: cls, cls.Defaults.__name__: cls.Defaults}
            module.__doc__ = f"{cls.__name__}."
        vars(module).update(found, __all__=list(found)[:1])


def find_languages() -> None:
    """From now on modules of languages are made when they are imported. Doing it twice changes nothing."""
    if not any(isinstance(finder, _LanguageFinder) for finder in sys.meta_path):
        sys.meta_path.append(_LanguageFinder())
