"""Actions in a process of their own that is killed before its n-th change of the file system."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from tagma.util import folders

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "swap"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def killed_at(n: int, action: Callable[[], Any]) -> bool:
    """Run the action in a new process, which is killed with SIGKILL at change `n`; False if it ended before that."""
    process = os.fork()
    if process == 0:
        _announce_swaps()
        _count_down(n)
        try:
            action()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    status = os.waitpid(process, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the action failed"
    return False


def in_a_process(action: Callable[[], Any]) -> None:
    """Run the action in a new process to its end."""
    assert not killed_at(sys.maxsize, action)


def changes_of(action: Callable[[], Any]) -> int:
    """How many changes of the file system the action makes; it runs in a new process."""
    reading, writing = os.pipe()

    def counted() -> None:
        count = 0

        def note() -> None:
            nonlocal count
            count += 1

        _at_changes(note)
        action()
        os.write(writing, str(count).encode())

    in_a_process(counted)
    os.close(writing)
    with os.fdopen(reading) as file:
        return int(file.read())


def moments(n: int, every: int) -> list[int]:
    """Every so many of n changes, and the last ones, when what was written is put in place."""
    return sorted({*range(1, n, every), *range(max(1, n - 2), n + 1)})


def _count_down(n: int) -> None:
    left = n

    def note() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _at_changes(note)


def _at_changes(note: Callable[[], None]) -> None:
    """Call a function before each change of the file system, compiled modules aside, as long as this process lives."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if args and "__pycache__" in str(args[0]):
            return
        if event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & WRITING):
            note()

    sys.addaudithook(hook)


def _announce_swaps() -> None:
    """Audit the call that exchanges two names, which is the C library's, so that Python does not announce it."""
    swap = folders._exchange_call()
    if swap is not None:

        def announced(one: bytes, other: bytes) -> int:
            sys.audit("swap")
            return swap(one, other)

        patch.object(folders, "_exchange_call", lambda: announced).start()


def _refuse(number: int) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise OSError(number, os.strerror(number), str(args[0]) if args else None)

    return refuse


@contextmanager
def refused(number: int, *names: str) -> Iterator[None]:
    """Functions of `os` fail as a file system lets them."""
    patches = [patch.object(os, name, _refuse(number)) for name in names]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def read_only() -> Any:
    """Nothing can be changed."""
    names = ("rename", "replace", "mkdir", "link", "symlink", "unlink", "remove", "rmdir", "chmod")
    return refused(errno.EROFS, *names)


@contextmanager
def parent_is_read_only(target: os.PathLike[str]) -> Iterator[None]:
    """A folder in which one can write, but not beside it."""
    make = folders.tempfile.mkdtemp

    def mkdtemp(*args: Any, **kwargs: Any) -> str:
        if os.path.realpath(kwargs["dir"]) != os.path.realpath(target):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(kwargs["dir"]))
        return make(*args, **kwargs)

    with patch.object(folders.tempfile, "mkdtemp", mkdtemp):
        yield


@contextmanager
def no_swap() -> Iterator[None]:
    """A system without a call that exchanges two names."""
    with patch.object(folders, "_exchange_call", lambda: None):
        yield


@contextmanager
def way_of(name: str, target: os.PathLike[str]) -> Iterator[None]:
    """How a folder is replaced: "swap", "renames", "within", or "copies" within where there are no hard links."""
    if name == "renames":
        with no_swap():
            yield
    elif name == "within":
        with parent_is_read_only(target):
            yield
    elif name == "copies":
        with parent_is_read_only(target), refused(errno.EPERM, "link"):
            yield
    else:
        yield
