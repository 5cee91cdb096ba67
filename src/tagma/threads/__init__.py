"""One setting for every thread: `TAGMA_NUM_THREADS`, or `set_num_threads(n)`.

Work is cut into parts whose bounds depend on the data alone and each part writes its own rows, so results are the same
for any number of threads. BLAS itself is kept at one thread while tagma computes; the parts run beside each other.

If this module is imported before NumPy, BLAS is started without a thread pool of its own. If NumPy came first, its
pool sleeps while tagma computes: it is set to one thread and back.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from tagma.threads import _pool

__all__ = ["get_num_threads", "parallel", "set_num_threads", "single_threaded_blas"]

MAX_DEFAULT = 8
BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS")


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _initial_num_threads() -> int:
    value = os.environ.get("TAGMA_NUM_THREADS", "").strip()
    if not value:
        return max(1, min(_available_cores(), MAX_DEFAULT))
    if not value.isdigit() or int(value) < 1:
        raise ValueError(f"TAGMA_NUM_THREADS is {value!r}; set it to a whole number of at least 1, or unset it")
    return int(value)


def _start_numpy_without_a_pool() -> bool:
    """Import NumPy so that its BLAS makes no threads; False if NumPy was there already."""
    if "numpy" in sys.modules:
        return False
    unset = [name for name in BLAS_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        import numpy  # noqa: F401
    finally:
        for name in unset:
            del os.environ[name]
    return "OPENBLAS_NUM_THREADS" in unset


# Names of functions that tell and set the number of threads: OpenBLAS in its builds, MKL, BLIS, FlexiBLAS.
BLAS_FUNCTIONS = [
    *(
        (f"{prefix}openblas_get_num_threads{suffix}", f"{prefix}openblas_set_num_threads{suffix}")
        for prefix in ("scipy_", "")
        for suffix in ("64_", "_64", "")
    ),
    ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
    ("bli_thread_get_num_threads", "bli_thread_set_num_threads"),
    ("flexiblas_get_num_threads", "flexiblas_set_num_threads"),
]


def _find_blas() -> list[tuple[int, int]]:
    """Addresses of these functions in the BLAS libraries that are loaded."""
    import ctypes

    from threadpoolctl import ThreadpoolController

    found: list[tuple[int, int]] = []
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        for names in BLAS_FUNCTIONS:
            functions: list[Any] = [getattr(library.dynlib, name, None) for name in names]
            if all(functions):
                get, set_to = (ctypes.cast(function, ctypes.c_void_p).value or 0 for function in functions)
                found.append((get, set_to))
                break
    return found


single_threaded_blas = _pool.BlasSwitch(None if _start_numpy_without_a_pool() else _find_blas)
_num_threads = _initial_num_threads()
_pool.resize(_num_threads - 1)


def get_num_threads() -> int:
    """Threads that tagma may use at once in this process, the caller's included."""
    return _num_threads


def set_num_threads(n: int) -> None:
    """Use at most `n` threads from now on, in PyTorch too if it is loaded.

    Raises ValueError unless n is a whole number of at least 1.
    """
    global _num_threads
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"set_num_threads({n!r}): give a whole number of at least 1")
    _num_threads = n
    _pool.resize(n - 1)
    if (torch := sys.modules.get("torch")) is not None:
        # A forked worker must run one: PyTorch's own threads did not come along, and it would wait for them.
        torch.set_num_threads(n)


def parallel(run: Callable[[int], object], parts: int) -> None:
    """Call run(0) … run(parts - 1), beside each other where threads are free. Raises what a part raised.

    Worth it from about 20 µs a part on. `run` must release the GIL for most of its time and must not depend on order.
    From within a part, and while another thread's parts run, all of them run in the caller's thread.
    """
    with single_threaded_blas:
        if parts == 1 or _num_threads == 1:
            for part in range(parts):
                run(part)
        else:
            _pool.run(run, parts)


def _after_fork() -> None:
    """A forked child has none of its parent's threads."""
    _pool.forget()
    single_threaded_blas.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
