"""Builds with one copy of the hot loops: what the macros of csrc/dispatch.h and TAGMA_CLONE say. `make test-clones`
makes and compares them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GCC = "g++" if sys.platform == "linux" and platform.machine() == "x86_64" and shutil.which("g++") else None


def preprocessed(*flags: str) -> subprocess.CompletedProcess[str]:
    """A function marked with TAGMA_CLONES, as the compiler sees it."""
    header = ROOT / "src" / "tagma" / "csrc" / "dispatch.h"
    command = [GCC or "c++", "-E", "-x", "c", *flags, "-include", str(header), "-"]
    return subprocess.run(command, input="TAGMA_CLONES void f(void);", capture_output=True, text=True, check=False)


@pytest.mark.skipif(GCC is None, reason="several kinds of loops need GCC on x86-64 Linux")
@pytest.mark.parametrize(
    ("flags", "attribute"),
    [
        ((), 'target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")'),
        (("-DTAGMA_CLONE_V3",), 'target("arch=x86-64-v3")'),
        (("-DTAGMA_CLONE_V4",), 'target("arch=x86-64-v4")'),
        (("-DTAGMA_CLONE_DEFAULT",), ""),
    ],
)
def test_loops_of_a_build(flags: tuple[str, ...], attribute: str) -> None:
    """Without a choice all three, else the chosen one alone."""
    done = preprocessed(*flags)
    assert done.returncode == 0
    marked = f"__attribute__(({attribute}))" if attribute else ""
    assert "".join(done.stdout.splitlines()[-1].split()) == "".join(f"{marked}void f(void);".split())


def test_loops_that_cannot_be_compiled() -> None:
    """Where the compiler has no such target, asking for one is an error and no other build."""
    done = preprocessed("-DTAGMA_CLONE_V3", "-D__clang__")
    assert done.returncode != 0
    assert "need GCC 11" in done.stderr


def test_a_clone_that_is_none() -> None:
    """The build stops at a name that it does not know."""
    environment = {**os.environ, "TAGMA_CLONE": "v5", "TAGMA_ONLY": "none"}
    command = [sys.executable, "setup.py", "--quiet", "build_ext"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TAGMA_CLONE is 'v5'; set it to default, v3 or v4" in done.stderr
