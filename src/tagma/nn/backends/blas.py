"""Finds the matrix product of the BLAS library that NumPy has loaded, for compiled code to call without the GIL."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache

import tagma.nn.backends._kernels as _kernels
from tagma.threads import single_threaded_blas

__all__ = ["blas", "find_sgemm"]

# Names of the same function in builds with 64-bit integers, which come first, and with 32-bit integers.
WIDE_NAMES = ("scipy_cblas_sgemm64_", "cblas_sgemm64_", "cblas_sgemm_64")
NAMES = ("scipy_cblas_sgemm", "cblas_sgemm")
ACCELERATE = "/System/Library/Frameworks/Accelerate.framework/Accelerate"


def _libraries() -> Iterator[ctypes.CDLL]:
    from threadpoolctl import ThreadpoolController

    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        if library.internal_api in ("openblas", "mkl"):
            yield library.dynlib
    if sys.platform == "darwin":
        yield ctypes.CDLL(ACCELERATE)


@cache
def find_sgemm() -> str | None:
    """Let compiled code use the matrix product of NumPy's BLAS; its name, None if there is none with a known name."""
    for library in _libraries():
        for name in (*WIDE_NAMES, *NAMES):
            if function := getattr(library, name, None):
                _kernels.use_sgemm(ctypes.cast(function, ctypes.c_void_p).value, name in WIDE_NAMES)
                return name
    return None


def blas() -> AbstractContextManager[None]:
    """A context in which compiled code multiplies, BLAS being held at one thread; the library is sought once. Where
    there is none with a known name, the (slower) loops of csrc/kernels_blas.c multiply."""
    find_sgemm()
    return single_threaded_blas
