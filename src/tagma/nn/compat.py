"""Which optional frameworks are there. Looking does not import them: PyTorch alone takes seconds."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

has_cupy: bool = find_spec("cupy") is not None
has_torch: bool = find_spec("torch") is not None
has_jax: bool = find_spec("jax") is not None
has_os_signpost: bool = find_spec("os_signpost") is not None
# TensorFlow and MXNet count only after enable_tensorflow() and enable_mxnet().
has_tensorflow: bool = False
has_tensorflow_gpu: bool = False
has_mxnet: bool = False


@cache
def _cupy_gpu() -> bool:
    if not has_cupy:
        return False
    import cupy

    try:
        return bool(cupy.cuda.runtime.getDeviceCount() > 0)
    except cupy.cuda.runtime.CUDARuntimeError:
        return False


@cache
def _torch_fact(name: str) -> Any:
    """A fact about PyTorch that needs it imported; False (or None) without it."""
    if not has_torch:
        return None if name == "torch_version" else False
    import torch

    if name == "torch_version":
        from packaging.version import Version

        return Version(torch.__version__)
    if name in ("has_torch_cuda_gpu", "has_torch_amp"):
        return torch.cuda.is_available() if name == "has_torch_cuda_gpu" else hasattr(torch.cuda, "amp")
    has_mps = hasattr(torch, "has_mps") or hasattr(torch.backends, "mps")
    return has_mps and (name == "has_torch_mps" or torch.backends.mps.is_available())


_LAZY = ("torch_version", "has_torch_cuda_gpu", "has_torch_amp", "has_torch_mps", "has_torch_mps_gpu")


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return _torch_fact(name)
    if name == "has_torch_gpu":
        return bool(_torch_fact("has_torch_cuda_gpu") or _torch_fact("has_torch_mps_gpu"))
    if name == "has_cupy_gpu":
        return _cupy_gpu()
    if name == "has_gpu":
        return bool(_cupy_gpu() or _torch_fact("has_torch_mps_gpu"))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def enable_tensorflow() -> None:
    """Switch TensorFlow support on. Raises ImportError if it is not installed."""
    global has_tensorflow, has_tensorflow_gpu
    warnings.warn("TensorFlow support is deprecated: PyTorch wrappers stay", DeprecationWarning, stacklevel=2)
    tensorflow = import_module("tensorflow")
    has_tensorflow = True
    has_tensorflow_gpu = len(tensorflow.config.list_physical_devices("GPU")) > 0


def enable_mxnet() -> None:
    """Switch MXNet support on. Raises ImportError if it is not installed."""
    global has_mxnet
    warnings.warn("MXNet support is deprecated: PyTorch wrappers stay", DeprecationWarning, stacklevel=2)
    import_module("mxnet")
    has_mxnet = True
