"""Backends: which one computes, and how to choose it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..config import registry
from ._gpu_memory import (
    context_pools,
    set_gpu_allocator,
    use_pytorch_for_gpu_memory,
    use_tensorflow_for_gpu_memory,
)
from ._param_server import ParamServer
from .cupy_ops import CupyOps
from .mps_ops import MPSOps
from .numpy_ops import NumpyOps
from .ops import Ops

context_ops: ContextVar[Ops | None] = ContextVar("context_ops", default=None)
# What this thread used last: differs from the context variable if a task was started elsewhere.
_thread_ops = threading.local()


def get_ops(name: str, **kwargs: Any) -> Ops:
    """A new backend instance by name: "cpu" (the best one for this machine), "numpy", "cupy", "mps" or your own.

    Raises ValueError for an unknown name.
    """
    by_name = {cls.name: cls for cls in registry.ops.get_all().values()}
    if name == "cpu":
        cls = by_name.get("bigendian") or by_name.get("apple") or by_name["numpy"]
    elif name in by_name:
        cls = by_name[name]
    else:
        raise ValueError(f"unknown backend {name!r}: choose one of {sorted({'cpu', *by_name})}")
    return cls(**kwargs)


def get_array_ops(arr: Any) -> Ops:
    """A backend that can compute with an array: CupyOps if it lies on a CUDA device, NumpyOps otherwise."""
    from ..util import is_cupy_array

    return CupyOps() if is_cupy_array(arr) else NumpyOps()


def get_current_ops() -> Ops:
    """The backend of this context; the CPU backend is chosen, and kept, where none was set."""
    ops = context_ops.get()
    if ops is None:
        ops = get_ops("cpu")
        set_current_ops(ops)
    return ops


def set_current_ops(ops: Ops) -> None:
    """Make `ops` the backend of this context."""
    context_ops.set(ops)
    _thread_ops.ops = ops


@contextmanager
def use_ops(name: str, **kwargs: Any) -> Iterator[None]:
    """Use another backend within a `with` block; the previous one comes back, also after an error."""
    previous = get_current_ops()
    set_current_ops(get_ops(name, **kwargs))
    try:
        yield
    finally:
        set_current_ops(previous)


def contextvars_eq_thread_ops() -> bool:
    """Whether the context's backend is of the same type as the one this thread used last."""
    return type(context_ops.get()) is type(getattr(_thread_ops, "ops", None))


__all__ = [
    "CupyOps",
    "MPSOps",
    "NumpyOps",
    "Ops",
    "ParamServer",
    "context_pools",
    "contextvars_eq_thread_ops",
    "get_array_ops",
    "get_current_ops",
    "get_ops",
    "set_current_ops",
    "set_gpu_allocator",
    "use_ops",
    "use_pytorch_for_gpu_memory",
    "use_tensorflow_for_gpu_memory",
]
