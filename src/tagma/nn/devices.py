"""Devices: which one computes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import compat
from .backends import CupyOps, MPSOps, get_ops, set_current_ops

__all__ = [
    "gpu_is_available",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "use_nvtx_range",
]


def gpu_is_available() -> bool:
    """Whether some GPU can be used: CUDA through CuPy, or Apple's through PyTorch."""
    return bool(compat.has_gpu)


def require_cpu() -> bool:
    """Compute on the CPU from now on."""
    set_current_ops(get_ops("cpu"))
    return True


def require_gpu(gpu_id: int = 0) -> bool:
    """Compute on a GPU from now on. Raises ValueError, saying what is missing, if that cannot be."""
    if not gpu_is_available():
        raise ValueError(f"no GPU: {_reason_for_no_gpu()}")
    if compat.has_cupy_gpu:
        set_active_gpu(gpu_id)
    set_current_ops(CupyOps() if compat.has_cupy_gpu else MPSOps())
    return True


def _reason_for_no_gpu() -> str:
    if sys.platform == "darwin" and not compat.has_torch_mps:
        return "on macOS, PyTorch with MPS support is needed: pip install torch"
    if sys.platform != "darwin" and not compat.has_cupy:
        return "CuPy is not installed; pip install cupy-cuda12x (or the build for your CUDA version)"
    return "none was detected"


def prefer_gpu(gpu_id: int = 0) -> bool:
    """Compute on a GPU from now on if there is one; whether there is."""
    return gpu_is_available() and require_gpu(gpu_id)


def set_active_gpu(gpu_id: int) -> Any:
    """Make a CUDA device the current one, for CuPy and PyTorch, and return CuPy's device. Raises ValueError without."""
    if not compat.has_cupy_gpu:
        raise ValueError("no CUDA GPU was detected, so none can be made the active one")
    import cupy

    active = cupy.cuda.Device(gpu_id)
    active.use()
    if compat.has_torch_cuda_gpu:
        from torch.cuda import set_device

        set_device(gpu_id)
    return active


@contextmanager
def use_nvtx_range(message: str, id_color: int = -1) -> Iterator[None]:
    """Mark a block for NVIDIA's profiler; does nothing without CuPy."""
    if not compat.has_cupy:
        yield
        return
    from cupy.cuda import nvtx

    nvtx.RangePush(message, id_color)
    try:
        yield
    finally:
        nvtx.RangePop()
