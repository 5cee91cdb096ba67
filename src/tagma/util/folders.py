"""Folders that are saved whole or not at all, also against `kill -9`, and what is found of a save that was killed.

Beside the folder, where that can be written, the new one is made complete, with those files of the old one that it does
not replace; then both are exchanged in one step. Where the system has no such step there are two renames, and between
them the new folder stands beside, marked as complete: a reader puts it in place.

Where it cannot be written beside, as in volumes and mount points, the new content is staged in a folder within. Then a
journal is written, the content is put in place file by file, and the journal is removed. A reader that finds a journal
ends this work; where it may not write it reads the staged content, which stays whole meanwhile.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from tagma.errors import Errors
from tagma.util.paths import check_place, get_umask, naming

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["recover", "replace_dir", "settle"]

MARK = ".tagma-complete"  # in a folder beside that is complete
JOURNAL = ".tagma-journal"  # in a folder that is being changed: the name of the staged content, and the end of a line
STAGED = ".saving."  # how names of staged folders begin
MANY = 1000  # entries of others in a folder, from which on it is not made anew with all of them
# What systems answer where a folder cannot be made beside another, or not be renamed.
CANNOT = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EXDEV, errno.EBUSY}


class BrokenJournalError(OSError):
    """A journal that names no staged content (E4050)."""


@contextmanager
def replace_dir(path: str | Path) -> Iterator[Path]:
    """Yield a new folder; if the block ends well, its entries replace those of the same name in `path`, all at once.

    Entries that the new folder lacks stay, so that other files kept there are not lost. Links are followed to the
    folder that they lead to. Raises OSError that names `path` where it cannot be written.
    """
    path = Path(path)
    check_place(path, folder=True)
    target = _real(path)
    with naming(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            settle(target)
        except BrokenJournalError:  # what it was about is replaced now
            (target / JOURNAL).unlink()
        _remove_leftovers(target)
        part = _new_folder(target)
    try:
        with naming(path, part), _held(part):
            yield part
            _put(part, target)
    finally:
        if _staged(target) != part:  # what a journal names is the saved folder
            shutil.rmtree(part, ignore_errors=True)


def settle(path: str | Path) -> Path:
    """End what a killed save has left undone in a folder. Returns the folder to read: `path`, unless it is read-only.

    Where there is nothing to end this looks at two names and changes nothing.
    """
    target = _real(Path(path))
    if not target.exists():
        for part in _complete(target):
            try:
                _take_place(part, target)
            except OSError as error:
                if error.errno not in CANNOT:
                    raise
                return part
    if (staged := _staged(target)) is not None:
        try:
            _put_in_place(staged, target)
        except OSError as error:
            if error.errno not in CANNOT:
                raise
            return staged
    return Path(path)


def recover(path: str | Path) -> None:
    """Take over the latest complete folder that a killed save has left beside `path`, and remove what else it left."""
    target = _real(Path(path))
    settle(target)
    latest = next(filter(_is_leftover, _complete(target)), None)
    if latest is not None:
        _exchange(latest, target)
    _remove_leftovers(target)


# Beside


def _real(path: Path) -> Path:
    """The path without links, whether it exists or not."""
    return Path(os.path.realpath(path))


def _new_folder(target: Path) -> Path:
    """A new folder beside the target, or within where that must be."""
    if not target.exists() or not (os.path.ismount(target) or _is_here(target)):
        try:
            return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
        except OSError as error:
            if error.errno not in CANNOT or not target.exists():
                raise
    return Path(tempfile.mkdtemp(prefix=STAGED, suffix=".part", dir=target))


def _is_here(folder: Path) -> bool:
    """Whether the working directory is in a folder; it would stay in the old one when that is exchanged."""
    try:
        return Path.cwd().is_relative_to(folder)
    except FileNotFoundError:
        return False


def _put(part: Path, target: Path) -> None:
    """Put a folder that is written completely in the place of the target, in the first way that is possible."""
    if part.parent == target:
        _write_journal(part, target)
    elif not target.exists():
        os.chmod(part, 0o777 & ~get_umask())
        (part / MARK).touch()
        _take_place(part, target)
    elif _takes_after(part, target) and _link_others(target, part):
        (part / MARK).touch()
        if not _exchange(part, target):
            _put_within(part, target)
    else:
        _put_within(part, target)


def _put_within(part: Path, target: Path) -> None:
    """Copy a folder from beside the target, which could not be exchanged, into it."""
    staged = target / f"{STAGED}{secrets.token_hex(4)}.part"  # as mkdtemp names them
    try:
        shutil.copytree(part, staged, symlinks=True, ignore=shutil.ignore_patterns(MARK))
        _write_journal(staged, target)
    finally:
        if _staged(target) != staged:
            shutil.rmtree(staged, ignore_errors=True)


def _takes_after(part: Path, target: Path) -> bool:
    """Give a new folder owner, group and rights of the old one; False if that is not allowed."""
    old, new = target.stat(), part.stat()
    try:
        if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
            os.chown(part, old.st_uid, old.st_gid)
        shutil.copymode(target, part)
    except OSError:
        return False
    return True


def _take_place(part: Path, target: Path) -> None:
    """Rename a complete folder to where none is. If another process was faster, that is as well."""
    try:
        os.rename(part, target)
    except FileNotFoundError:
        if not target.exists():
            raise
    (target / MARK).unlink(missing_ok=True)


def _link_others(old: Path, new: Path) -> bool:
    """Give the new folder the entries of the old one that it lacks. False, with nothing done, if that is too much."""
    own = {MARK, JOURNAL, *os.listdir(new)}
    others = [entry for entry in old.iterdir() if entry.name not in own and not _is_staged_name(entry.name)]
    if _is_too_much(others):
        return False
    try:
        for entry in others:
            _link_tree(entry, new / entry.name)
    except OSError:  # no hard links here, files of another user, another file system below, sockets …
        for entry in others:
            _remove(new / entry.name)
        return False
    return True


def _is_too_much(entries: list[Path]) -> bool:
    count = len(entries)
    for entry in entries:
        for _, folders, files in os.walk(entry):
            count += len(folders) + len(files)
            if count > MANY:
                return True
    return count > MANY


def _link_tree(source: Path, target: Path) -> None:
    """The same files under another name; folders and links are made anew."""
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.is_dir():
        target.mkdir()
        for entry in source.iterdir():
            _link_tree(entry, target / entry.name)
        shutil.copystat(source, target)
    else:
        os.link(source, target)


def _exchange(part: Path, target: Path) -> bool:
    """Exchange a complete folder with the target, in one step or two, and remove the old one. False if not possible."""
    try:
        if not _swap(part, target):
            _rename_twice(part, target)
    except OSError as error:
        if error.errno not in CANNOT:
            raise
        return False
    (target / MARK).unlink(missing_ok=True)
    shutil.rmtree(part, ignore_errors=True)
    return True


def _rename_twice(part: Path, target: Path) -> None:
    old = part.with_suffix(".old")
    os.rename(target, old)
    try:
        _take_place(part, target)
    except OSError:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two names in one step. False if the system, or the file system, has none; OSError for other reasons."""
    call = _exchange_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


@cache
def _exchange_call() -> Callable[[bytes, bytes], int] | None:
    """The system's call that exchanges two names; None where there is none."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            renamex = libc.renamex_np
            renamex.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
            return lambda one, other: renamex(one, other, 2)  # RENAME_SWAP
        renameat2 = libc.renameat2
    except (OSError, TypeError, AttributeError):  # Windows, old C libraries
        return None
    renameat2.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    here = -100  # AT_FDCWD
    return lambda one, other: renameat2(here, one, here, other, 2)  # RENAME_EXCHANGE


# Within


def _staged(target: Path) -> Path | None:
    """The staged content that the journal of a folder names. Raises BrokenJournalError for a journal that names none.

    A journal whose line has no end was never finished: nothing has been put in place yet.
    """
    try:
        name, end, _ = (target / JOURNAL).read_text(encoding="utf8", errors="replace").partition("\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    staged = target / name
    if not end:
        return None
    if not _is_staged_name(name) or Path(name).name != name or staged.is_symlink() or not staged.is_dir():
        if not (target / JOURNAL).exists():  # another process has ended the work meanwhile
            return None
        raise BrokenJournalError(Errors.E4050.format(path=target / JOURNAL, name=name[:80]))
    return staged


def _is_staged_name(name: str) -> bool:
    return re.fullmatch(rf"{re.escape(STAGED)}\w{{8}}\.part(\.\w+)?", name) is not None


def _write_journal(staged: Path, target: Path) -> None:
    """From here on the folder's content is the staged one; put it in place."""
    journal = target / JOURNAL
    settle(target)  # the work of another process
    journal.unlink(missing_ok=True)  # one that was not finished
    with journal.open("x", encoding="utf8") as file:
        file.write(f"{staged.name}\n")
    _put_in_place(staged, target)


def _put_in_place(staged: Path, target: Path) -> None:
    """Put each entry of the staged content where it belongs, and remove the journal. May be done again, and by two."""
    try:
        for entry in sorted(staged.iterdir()):
            _put_entry(entry, target / entry.name, staged)
    except FileNotFoundError:
        if _staged(target) is not None:
            raise  # else another process has ended the same work
    (target / JOURNAL).unlink(missing_ok=True)
    with suppress(OSError):  # in one step, so that another process finds all of it or nothing
        staged.rename(f"{staged}.gone")
    for name in os.listdir(target):
        if name.startswith(f"{staged.name}."):
            _remove(target / name)


def _put_entry(source: Path, target: Path, staged: Path) -> None:
    """Files of a folder that the new one lacks are removed, for an entry is of a pipeline as a whole."""
    if not stat.S_ISDIR(source.lstat().st_mode):
        _put_file(source, target, staged)
        return
    if target.is_symlink() or target.is_file():
        with suppress(FileNotFoundError, IsADirectoryError):
            target.unlink()
    target.mkdir(exist_ok=True)
    names = os.listdir(source)
    for name in sorted(names):
        _put_entry(source / name, target / name, staged)
    for name in set(os.listdir(target)).difference(names):
        _remove(target / name)


def _put_file(source: Path, target: Path, staged: Path) -> None:
    """The same file, or a copy of it, in one step."""
    beside = Path(f"{staged}.{secrets.token_hex(4)}")
    try:
        try:
            _link_tree(source, beside)
        except OSError:  # no hard links here
            shutil.copy2(source, beside, follow_symlinks=False)
        if target.is_dir() and not target.is_symlink():
            with suppress(FileNotFoundError, NotADirectoryError):
                shutil.rmtree(target)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)  # also there after replacing a file by itself


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# What killed saves leave


@contextmanager
def _held(part: Path) -> Iterator[None]:
    """Lock a folder while it is written, so that others see that it is no leftover."""
    if fcntl is None:
        yield
        return
    handle = os.open(part, os.O_RDONLY)
    try:
        with suppress(OSError):  # file systems without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _is_leftover(part: Path) -> bool:
    """Whether nobody writes a folder any more. Where folders cannot be locked, nobody knows."""
    if fcntl is None:
        return False
    try:
        handle = os.open(part, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _parts(target: Path, *endings: str) -> list[Path]:
    """Folders that saves of the target have made beside it."""
    try:
        names = os.listdir(target.parent)
    except OSError:
        return []
    of_target = re.compile(rf"\.{re.escape(target.name)}\.\w{{8}}(?:{'|'.join(endings)})")  # as mkdtemp names them
    return [target.parent / name for name in names if of_target.fullmatch(name)]


def _complete(target: Path) -> list[Path]:
    """Complete folders beside the target, the latest first."""
    marks = [mark for part in _parts(target, r"\.part") if (mark := part / MARK).exists()]
    return [mark.parent for mark in sorted(marks, key=lambda mark: mark.stat().st_mtime, reverse=True)]


def _remove_leftovers(target: Path) -> None:
    """Remove unfinished and old folders that nobody writes."""
    left = _parts(target, r"\.part")
    if target.is_dir():
        left += _parts(target, r"\.old")
        left += [target / name for name in os.listdir(target) if _is_staged_name(name)]
        (target / MARK).unlink(missing_ok=True)
    for part in left:
        if _is_leftover(part):
            _remove(part)
