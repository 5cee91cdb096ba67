"""Paths: temporary folders, modules from files, and writing so that nothing is ever half-written."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tagma.errors import Errors, Warnings

__all__ = ["ensure_path", "import_file", "make_tempdir", "replace_dir", "replace_file", "working_dir"]


def ensure_path(path: Any) -> Any:
    """A str as a Path; anything else unchanged."""
    return Path(path) if isinstance(path, str) else path


@contextmanager
def replace_file(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it replaces `path` if the block ends well, else it is removed."""
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replace_dir(path: str | Path) -> Iterator[Path]:
    """Yield a new folder beside `path`; if the block ends well its entries replace those of the same name in `path`.

    A folder that was not there appears whole or not at all. Entries of an existing folder that the new one lacks stay,
    so that other files kept there are not lost.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield part
        os.chmod(part, 0o777 & ~_umask())
        if not path.exists():
            os.replace(part, path)
        else:
            for entry in sorted(part.iterdir()):
                target = path / entry.name
                if target.is_dir() and not target.is_symlink():
                    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
                    os.replace(target, old / entry.name)
                    os.replace(entry, target)
                    shutil.rmtree(old)
                else:
                    os.replace(entry, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def working_dir(path: str | Path) -> Iterator[Path]:
    """Change to `path` for the block; yields it resolved."""
    current = Path(path).resolve()
    with chdir(current):
        yield current


@contextmanager
def make_tempdir() -> Iterator[Path]:
    """A folder that is removed in the end, also after an error; W091 if that fails."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            warnings.warn(Warnings.W091.format(dir=folder, msg=error), stacklevel=3)


def import_file(name: str, loc: str | Path) -> ModuleType:
    """Run a Python file as a module and return it; it is not added to sys.modules."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, str(loc))
    if spec is None or spec.loader is None:
        raise ImportError(f"{loc} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def get_module_path(module: Any) -> Path:
    """Folder of the module in which an object is defined. Raises ValueError E169 if it has none."""
    if not hasattr(module, "__module__"):
        raise ValueError(Errors.E169.format(module=repr(module)))
    return Path(str(sys.modules[module.__module__].__file__)).parent
