"""The kernels of `cuda/`: their text, and launching one. CuPy compiles a file when one of its kernels is first used.

A file is compiled once for each float type. `cuda/prelude.cuh` stands before each; nothing else is included, so that
NVRTC, nvcc and an ordinary C++ compiler all take the same text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["FILES", "REAL", "launch", "source"]

FOLDER = Path(__file__).parent / "cuda"
FILES = ("activations", "adam", "lstm", "pieces", "segments", "tables", "windows")
REAL = {np.dtype("float32"): "float", np.dtype("float64"): "double"}
"""What a file can be compiled for: dtype of the arrays → C type."""

THREADS = 128  # of a block
MAX_BLOCKS = 1 << 16  # more items than threads are shared out in the kernel's loop


def source(file: str) -> str:
    """The text of a file of kernels, whole. It is compiled with REAL defined as one of the values of `REAL`."""
    return "\n".join((FOLDER / name).read_text(encoding="utf8") for name in ("prelude.cuh", f"{file}.cu"))


@cache
def _kernel(xp: Any, name: str, dtype: np.dtype[Any]) -> Any:
    file, _, function = name.partition(".")
    return _module(xp, file, dtype).get_function(function)


@cache
def _module(xp: Any, file: str, dtype: np.dtype[Any]) -> Any:
    return xp.RawModule(code=source(file), options=("-std=c++14", f"-DREAL={REAL[dtype]}"))


def launch(xp: Any, name: str, dtype: Any, items: int, *args: Any) -> None:
    """Run kernel `name`, "file.function", compiled for `dtype`, over a number of items.

    args    in the order of the kernel's parameters: contiguous arrays for pointers, int for isize, float for real,
            NumPy scalars for parameters of their own type

    No item, no launch: a grid without blocks is an error of CUDA.
    """
    if items:
        dtype = np.dtype(dtype)
        typed = tuple(
            np.int64(arg) if type(arg) is int else dtype.type(arg) if type(arg) is float else arg for arg in args
        )
        blocks = min(-(-items // THREADS), MAX_BLOCKS)
        _kernel(xp, name, dtype)((blocks,), (THREADS,), typed)
