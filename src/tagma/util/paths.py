"""Paths: temporary folders, modules from files, reading text, and writing so that nothing is ever half-written."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tagma.errors import Errors, Warnings

__all__ = [
    "check_component_name",
    "check_place",
    "copy_entries",
    "count_lines",
    "ensure_path",
    "get_umask",
    "import_file",
    "make_tempdir",
    "naming",
    "read_json_lines",
    "read_lines",
    "read_text",
    "replace_file",
    "working_dir",
]

COMPRESSED = (".xz", ".gz")
FORBIDDEN = ".\\$\x7f"  # between names of folders; between names of sections; in front of references in configs
RESERVED = ("vocab", "tokenizer", "meta")  # a component of one file has it in NAME.json
LONGEST = 200


def ensure_path(path: Any) -> Any:
    """A str as a Path; anything else unchanged."""
    return Path(path) if isinstance(path, str) else path


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file, with or without byte-order mark, as it is or compressed (.xz, .gz).

    Raises ValueError E4010 for a file that is damaged or holds something else.
    """
    import gzip
    import lzma
    import zlib

    path = Path(path)
    try:
        data = path.read_bytes()
        if path.suffix in COMPRESSED:
            data = (lzma if path.suffix == ".xz" else gzip).decompress(data)
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 text (byte {error.start})"
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        ends = isinstance(error, EOFError) or "ended before" in str(error)
        reason = "its compressed data breaks off" if ends else "its compressed data is damaged"
    raise ValueError(Errors.E4010.format(what=f"file {path}", reason=reason))


def read_lines(path: str | Path) -> Iterator[str]:
    """The lines of a UTF-8 file, with or without byte-order mark, one at a time and without their ends.

    Raises ValueError E4010 where the file is something else.
    """
    with Path(path).open(encoding="utf-8-sig") as file:
        try:
            for line in file:
                yield line.rstrip("\n")
        except UnicodeDecodeError as error:
            reason = f"it is not UTF-8 text (byte 0x{error.object[error.start]:02x})"
            raise ValueError(Errors.E4010.format(what=f"file {path}", reason=reason)) from error


def count_lines(path: str | Path) -> int:
    """The lines of a file, empty ones too, without keeping any of it."""
    with Path(path).open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def read_json_lines(path: str | Path) -> Iterator[tuple[int, Any]]:
    """(number of the line from 1, its JSON) of each line that is not empty, UTF-8 with or without byte-order mark.

    Raises ValueError that names file and line.
    """
    import json

    with Path(path).open("rb") as file:
        for number, data in enumerate(file, start=1):
            try:
                line = data.decode("utf-8-sig" if number == 1 else "utf8")
                if line.strip():
                    yield number, json.loads(line)
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}, line {number} is not UTF-8 text (byte {error.start} of the line)") from error
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number} is not JSON: {error}") from error


def check_component_name(name: Any, others: Iterable[str] = ()) -> None:
    """Raise ValueError E4051 for a name that cannot be the name of a component's files and of its config section.

    So that a config from elsewhere can neither reach out of a pipeline's folder nor into the files of its other parts:
    a name may have parts, as "package/measure", but none of `others`, the names of other components, begins with them.
    """
    reason = _unfit(name)
    if reason is None and (other := next((other for other in others if _holds(name, other)), None)):
        reason = f"its files and those of {other!r} would be in one folder"
    if reason:
        raise ValueError(Errors.E4051.format(name=name if len(repr(name)) < 100 else repr(name)[:100], reason=reason))


def _holds(name: str, other: str) -> bool:
    """Whether the files of one component would lie in the folder of the other."""
    return name.startswith(f"{other}/") or other.startswith(f"{name}/")


def _unfit(name: Any) -> str | None:
    """Why a name cannot be that of a component."""
    if not isinstance(name, str):
        return f"it is no text, but {type(name).__name__}"
    if "/" in name:
        return next(filter(None, map(_unfit, name.split("/"))), None)
    if not name.strip():
        return "it is empty"
    if found := next((char for char in name if char in FORBIDDEN or char < " " or "\ud800" <= char <= "\udfff"), None):
        return f"it holds {found!r}"
    if name == "*" or name.startswith("@") or name[1:2] == ":":  # lists, registered functions, drives of Windows
        return f"it begins with {name[:2]!r}"
    if name.lower() in RESERVED:  # some file systems do not tell cases apart
        return f"the pipeline has its own {name.lower()!r}"
    if len(os.fsencode(name)) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    return None


def check_place(path: str | Path, *, folder: bool = False) -> None:
    """Raise OSError, with a message that names the path, if no file (or no folder) can be written there."""
    path = Path(path)
    if folder:
        blocking: Path | None = path if path.exists() and not path.is_dir() else None
    elif path.is_dir():
        raise _cannot_write(path, errno.EISDIR, "it is a folder; give the name of a file")
    else:
        blocking = None
    nearest = next((parent for parent in path.parents if parent.exists()), None)
    if blocking is None and nearest is not None and not nearest.is_dir():
        blocking = nearest
    if blocking is not None:
        which = "it" if blocking == path else blocking
        raise _cannot_write(path, errno.ENOTDIR, f"{which} is a file, and a folder is needed there")
    target = path if folder and path.exists() else nearest
    if target is not None and not os.access(target, os.W_OK):
        raise _cannot_write(path, errno.EACCES, f"{target} may not be written to")


def _cannot_write(path: Path, number: int, reason: str) -> OSError:
    return OSError(number, f"Cannot write {path}: {reason}")


@contextmanager
def naming(path: Path, part: Path | None = None) -> Iterator[None]:
    """Have errors of writing `path`, by way of `part` if that is given, name it; those of other files stay."""
    try:
        yield
    except OSError as error:
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        own = [name for name in names if part is None or name.startswith(str(part))]
        number = error.errno
        if number is None or (not own and (names or number not in (errno.ENOSPC, errno.EDQUOT, errno.EIO))):
            raise
        inside = own[0].removeprefix(f"{part}{os.sep}") if own and part is not None else ""
        reason = "no space is left on the disk" if number == errno.ENOSPC else os.strerror(number).lower()
        raise _cannot_write(path if inside.startswith(str(part)) else path / inside, number, reason) from error


def copy_entries(source: Path, target: Path) -> None:
    """Copy what is in a folder into another; stops at the first error, as shutil.copytree does not."""
    target.mkdir(exist_ok=True)
    for entry in sorted(source.rglob("*")):
        copy = target / entry.relative_to(source)
        if entry.is_dir():
            copy.mkdir()
        else:
            shutil.copy2(entry, copy)


@contextmanager
def replace_file(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it replaces `path` if the block ends well, else it is removed.

    Links are followed to the file that they lead to. Raises OSError that names `path` where it cannot be written. What
    is no regular file, such as a pipe, stays.
    """
    path = Path(path)
    check_place(path)
    if path.exists() and not path.is_file():
        yield path
        return
    target = Path(os.path.realpath(path))
    with naming(path):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
    part = Path(name)
    try:
        with naming(path, part):
            yield part
            os.chmod(part, 0o666 & ~get_umask())
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def get_umask() -> int:
    """The rights that new files of this process do not get."""
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
