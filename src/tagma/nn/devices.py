"""Devices: which one computes, and how arrays go to PyTorch and come back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import compat
from .arrays import is_torch_cuda_array
from .backends import CupyOps, MPSOps, NumpyOps, get_current_ops, get_ops, set_current_ops

__all__ = [
    "assert_pytorch_installed",
    "get_torch_default_device",
    "gpu_is_available",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "torch2xp",
    "use_nvtx_range",
    "xp2torch",
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


def assert_pytorch_installed() -> None:
    """Raises ImportError without PyTorch."""
    if not compat.has_torch:
        raise ImportError("PyTorch is needed here: pip install torch")


def get_torch_default_device() -> Any:
    """The PyTorch device that goes with the current backend. Raises ValueError without PyTorch."""
    if not compat.has_torch:
        raise ValueError("there is no default PyTorch device: PyTorch is not installed; pip install torch")
    import torch

    ops = get_current_ops()
    if isinstance(ops, CupyOps):
        return torch.device(f"cuda:{torch.cuda.current_device()}")
    return torch.device("mps" if isinstance(ops, MPSOps) else "cpu")


def xp2torch(xp_tensor: Any, requires_grad: bool = False, device: Any = None) -> Any:
    """An array as a PyTorch tensor on `device` (default: the current one); shares memory where it can."""
    assert_pytorch_installed()
    import torch

    if isinstance(xp_tensor, np.ndarray):
        can_share = xp_tensor.flags.writeable and min(xp_tensor.strides, default=0) >= 0
        tensor = torch.from_numpy(xp_tensor if can_share else xp_tensor.copy())
    else:
        tensor = torch.from_dlpack(xp_tensor)
    tensor = tensor.to(get_torch_default_device() if device is None else device)
    return tensor.requires_grad_() if requires_grad else tensor


def torch2xp(torch_tensor: Any, *, ops: Any = None) -> Any:
    """A PyTorch tensor as an array: of CuPy if it is on a GPU or `ops` is CupyOps, else of NumPy.

    Shares memory where it can; bfloat16, which arrays have not, becomes float32.
    """
    assert_pytorch_installed()
    import torch

    tensor = torch_tensor.detach()
    if tensor.dtype is torch.bfloat16:
        tensor = tensor.float()
    if is_torch_cuda_array(tensor) and not isinstance(ops, NumpyOps):
        import cupy

        return cupy.from_dlpack(tensor)
    if isinstance(ops, CupyOps):
        return ops.asarray(tensor.cpu().numpy())
    return tensor.cpu().numpy()


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
