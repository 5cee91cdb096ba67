"""Running other programs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any

from tagma.errors import Errors

__all__ = ["run_command", "split_command"]


def split_command(command: str) -> list[str]:
    """A command line as a list, by the rules of this platform's shell."""
    return shlex.split(command, posix=not sys.platform.startswith("win"))


def run_command(
    command: str | list[str], *, stdin: Any = None, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command, without a shell.

    capture    keep its output; a failure then raises subprocess.SubprocessError, with `ret` and `command`
    Without `capture` a failure exits with the command's status. Raises FileNotFoundError E970 if there is no program.
    """
    arguments = split_command(command) if isinstance(command, str) else command
    shown = command if isinstance(command, str) else " ".join(command)
    try:
        done = subprocess.run(
            arguments,
            env=os.environ.copy(),
            input=stdin,
            encoding="utf8",
            check=False,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.STDOUT if capture else None,
        )
    except FileNotFoundError:
        raise FileNotFoundError(Errors.E970.format(str_command=shown, tool=arguments[0])) from None
    if done.returncode != 0 and capture:
        error = subprocess.SubprocessError(f"{shown!r} failed with status {done.returncode}:\n{done.stdout}")
        error.ret = done  # type: ignore[attr-defined]
        error.command = shown  # type: ignore[attr-defined]
        raise error
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done
