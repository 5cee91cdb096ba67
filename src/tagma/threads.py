"""One setting for every thread: `TAGMA_NUM_THREADS`, or `set_num_threads(n)`.

Work is cut into parts whose bounds depend on the data alone and each part writes its own rows, so results are the same
for any number of threads. BLAS itself is kept at one thread while tagma computes; the parts run beside each other.

If this module is imported before NumPy, BLAS is started without a thread pool of its own. If NumPy came first, its
pool sleeps while tagma computes (threadpoolctl sets it to one thread and back).
"""

import os
import sys
import threading
from collections.abc import Callable
from itertools import count
from queue import SimpleQueue
from typing import Any

__all__ = ["get_num_threads", "parallel", "set_num_threads"]

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


class _Blas:
    """Holds BLAS at one thread while any region runs, and gives it back its own number afterwards."""

    def __init__(self, single: bool) -> None:
        self.single = single
        self.lock = threading.Lock()
        self.users = 0
        self.libraries: list[Any] | None = None
        self.before: list[int] = []

    def __enter__(self) -> None:
        if self.single:
            return
        with self.lock:
            self.users += 1
            if self.users == 1:
                if self.libraries is None:
                    from threadpoolctl import ThreadpoolController

                    self.libraries = ThreadpoolController().select(user_api="blas").lib_controllers
                self.before = [library.get_num_threads() for library in self.libraries]
                for library in self.libraries:
                    library.set_num_threads(1)

    def __exit__(self, *exc: object) -> None:
        if self.single:
            return
        with self.lock:
            self.users -= 1
            if self.users == 0 and self.libraries is not None:
                for library, threads in zip(self.libraries, self.before, strict=True):
                    library.set_num_threads(threads)


class _Task:
    """The parts of one region, handed out in order to whoever is free."""

    def __init__(self, run: Callable[[int], object], parts: int) -> None:
        self.run = run
        self.parts = parts
        self.next = count().__next__
        self.error: BaseException | None = None
        self.done: SimpleQueue[None] = SimpleQueue()

    def work(self) -> None:
        try:
            while self.error is None and (part := self.next()) < self.parts:
                self.run(part)
        except BaseException as error:
            self.error = error


class _Pool:
    """`size` daemon threads that wait for tasks."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()
        for i in range(size):
            threading.Thread(target=self._serve, name=f"tagma-{i + 1}", daemon=True).start()

    def _serve(self) -> None:
        while (task := self.tasks.get()) is not None:
            task.work()
            task.done.put(None)

    def close(self) -> None:
        for _ in range(self.size):
            self.tasks.put(None)


_blas = _Blas(_start_numpy_without_a_pool())
_num_threads = _initial_num_threads()
_pool: _Pool | None = None
_busy = threading.Lock()  # one region at a time uses the pool; others run in their own thread


def get_num_threads() -> int:
    """Threads that tagma may use at once in this process, the caller's included."""
    return _num_threads


def set_num_threads(n: int) -> None:
    """Use at most `n` threads from now on. Raises ValueError unless n is a whole number of at least 1."""
    global _num_threads, _pool
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"set_num_threads({n!r}): give a whole number of at least 1")
    with _busy:
        _num_threads = n
        if _pool is not None:
            _pool.close()
            _pool = None


def parallel(run: Callable[[int], object], parts: int) -> None:
    """Call run(0) … run(parts - 1), beside each other where threads are free. Raises what a part raised.

    Worth it from about 100 µs a part on. `run` must release the GIL for most of its time and must not depend on order.
    """
    global _pool
    with _blas:
        if parts == 1 or _num_threads == 1 or not _busy.acquire(blocking=False):
            for part in range(parts):
                run(part)
            return
        try:
            if _pool is None:
                _pool = _Pool(_num_threads - 1)
            task = _Task(run, parts)
            helpers = min(_pool.size, parts - 1)
            for _ in range(helpers):
                _pool.tasks.put(task)
            task.work()
            for _ in range(helpers):
                task.done.get()
        finally:
            _busy.release()
        if task.error is not None:
            raise task.error


def _after_fork() -> None:
    """A forked child has none of its parent's threads."""
    global _pool, _busy
    _pool = None
    _busy = threading.Lock()
    _blas.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
