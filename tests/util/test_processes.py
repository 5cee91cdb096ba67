"""Running other programs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tagma.util.processes import run_command, split_command

FAIL = [sys.executable, "-c", "print('why'); import sys; sys.exit(3)"]


def test_split() -> None:
    """Quoted parts stay together."""
    assert split_command("a 'b c' --d=1") == ["a", "b c", "--d=1"]


def test_output_is_kept() -> None:
    """Output and input go through, for a list and for a text."""
    done = run_command([sys.executable, "-c", "print(input())"], stdin="hello\n", capture=True)
    assert (done.returncode, done.stdout) == (0, "hello\n")
    assert run_command(f"{sys.executable} -c 'print(7)'", capture=True).stdout == "7\n"


def test_failure_with_output_kept() -> None:
    """The error has status, output, command and result."""
    with pytest.raises(subprocess.SubprocessError, match=r"(?s)status 3.*why") as error:
        run_command(FAIL, capture=True)
    assert error.value.ret.returncode == 3  # type: ignore[attr-defined]
    assert sys.executable in error.value.command  # type: ignore[attr-defined]


def test_failure_ends_the_program() -> None:
    """Without keeping the output a failure exits with the same status."""
    with pytest.raises(SystemExit) as error:
        run_command(FAIL)
    assert error.value.code == 3


def test_unknown_program() -> None:
    """A program that is not there is E970 with its name."""
    with pytest.raises(FileNotFoundError, match=r"\[E970\].*no-such-program"):
        run_command("no-such-program -x")
