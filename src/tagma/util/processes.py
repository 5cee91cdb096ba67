"""Running other programs."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Any

from tagma.errors import Errors

__all__ = ["CommandError", "run_command", "split_command"]


def split_command(command: str) -> list[str]:
    """A command line as a list, by the rules of this platform's shell."""
    return shlex.split(command, posix=not sys.platform.startswith("win"))


class CommandError(subprocess.SubprocessError):
    """A program that ran and failed: its command line, and as `ret` its status and output."""

    def __init__(self, command: str, ret: subprocess.CompletedProcess[str]) -> None:
        super().__init__(f"{command!r} failed with status {ret.returncode}:\n{ret.stdout}")
        self.command = command
        self.ret = ret


def run_command(
    command: str | list[str], *, stdin: Any = None, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command, without a shell.

    capture    keep its output; a failure then raises CommandError, a subprocess.SubprocessError
    Without `capture` a failure exits with the command's status. Raises FileNotFoundError E970 if there is no program.
    """
    words = split_command(command) if isinstance(command, str) else command
    ended = _run(words, stdin, capture)
    if ended.returncode and capture:
        raise CommandError(command if isinstance(command, str) else " ".join(command), ended)
    if ended.returncode:
        sys.exit(ended.returncode)
    return ended


def _run(words: list[str], stdin: Any, capture: bool) -> subprocess.CompletedProcess[str]:
    """The program after it has ended, however it ended; what it wrote to stderr is part of a kept output."""
    kept: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if capture else {}
    try:
        return subprocess.run(words, input=stdin, encoding="utf8", **kept)
    except FileNotFoundError:
        raise FileNotFoundError(Errors.E970.format(str_command=" ".join(words), tool=words[0])) from None
