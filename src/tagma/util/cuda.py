"""Copies to a GPU that run beside other work, and a warning about notebooks that use one. All of it needs CuPy."""

from __future__ import annotations

from typing import Any

from tagma.errors import Warnings, warn_user
from tagma.util.objects import is_in_jupyter

__all__ = ["get_async", "get_cuda_stream", "warn_if_jupyter_cupy"]


def get_cuda_stream(require: bool = False, non_blocking: bool = True) -> Any:
    """A new CUDA stream of CuPy; None on the CPU, and without CuPy. `require` changes nothing."""
    from tagma.nn import compat
    from tagma.nn.backends import NumpyOps, get_current_ops

    if not compat.has_cupy or isinstance(get_current_ops(), NumpyOps):
        return None
    from cupy.cuda import Stream

    return Stream(non_blocking=non_blocking)


def get_async(stream: Any, numpy_array: Any) -> Any:
    """A copy of a NumPy array on the GPU, made in a stream; without CuPy the array itself."""
    from tagma.nn import compat

    if not compat.has_cupy:
        return numpy_array
    import cupy

    array = cupy.ndarray(numpy_array.shape, order="C", dtype=numpy_array.dtype)
    array.set(numpy_array, stream=stream)
    return array


def warn_if_jupyter_cupy() -> None:
    """Warn W111 in a notebook with CuPy whose cells do not share the backend that one of them has chosen."""
    from tagma.nn import backends, compat

    if is_in_jupyter() and compat.has_cupy and not backends.contextvars_eq_thread_ops():
        warn_user(Warnings.W111)
