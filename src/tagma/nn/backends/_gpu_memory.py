"""Let CuPy take GPU memory from PyTorch or TensorFlow, so that two pools do not compete for one device."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ._current import get_current_ops
from .cupy_ops import CUDA_DEVICES, CupyOps

context_pools: ContextVar[dict[str, Any]] = ContextVar("context_pools", default={})  # noqa: B039 - replaced, never changed


def set_gpu_allocator(allocator: str) -> None:
    """Use "pytorch" or "tensorflow" for the GPU memory of CuPy.

    Raises ValueError for another name, and what `use_pytorch_for_gpu_memory` and `use_tensorflow_for_gpu_memory` raise.
    """
    if allocator == "pytorch":
        use_pytorch_for_gpu_memory()
    elif allocator == "tensorflow":
        use_tensorflow_for_gpu_memory()
    else:
        raise ValueError(f"unknown GPU allocator {allocator!r}: choose 'pytorch' or 'tensorflow'")


def use_pytorch_for_gpu_memory() -> None:
    """CuPy asks PyTorch for its memory from now on; nothing changes while the backend of this context is no CupyOps.

    Raises ImportError without PyTorch, ValueError if PyTorch cannot reach a CUDA device.
    """
    try:
        import torch
    except ImportError:
        raise ImportError("use_pytorch_for_gpu_memory needs PyTorch (the module 'torch'): pip install torch") from None
    if not isinstance(get_current_ops(), CupyOps):
        return
    if not torch.cuda.is_available():
        raise ValueError(
            f"use_pytorch_for_gpu_memory needs a CUDA device, and PyTorch {torch.__version__} finds none: "
            "torch.cuda.is_available() is False; install the build of PyTorch for your CUDA version"
        )
    cupy = _cupy("use_pytorch_for_gpu_memory")

    def allocate(size: int) -> Any:
        # One spare byte: CuPy may ask for nothing, and an empty storage has no address.
        storage = torch.empty(size + 1, dtype=torch.uint8, device=f"cuda:{cupy.cuda.runtime.getDevice()}")
        memory = cupy.cuda.memory.UnownedMemory(storage.data_ptr(), size, storage)
        return cupy.cuda.memory.MemoryPointer(memory, 0)

    _use_pool(cupy, "pytorch", allocate)


def use_tensorflow_for_gpu_memory() -> None:
    """CuPy asks TensorFlow for its memory from now on.

    Raises ImportError without TensorFlow or CuPy, ValueError if TensorFlow cannot reach a GPU.
    """
    try:
        import tensorflow as tf
    except ImportError:
        raise ImportError(
            "use_tensorflow_for_gpu_memory needs TensorFlow (the module 'tensorflow'): pip install tensorflow"
        ) from None
    if not tf.config.list_physical_devices("GPU"):
        raise ValueError(
            f"use_tensorflow_for_gpu_memory needs a GPU, and TensorFlow {tf.__version__} finds none: "
            "tf.config.list_physical_devices('GPU') is empty"
        )
    cupy = _cupy("use_tensorflow_for_gpu_memory")

    def allocate(size: int) -> Any:
        device = cupy.cuda.runtime.getDevice()
        with tf.device(f"/GPU:{device}"):
            tensor = tf.zeros((size + 1,), dtype=tf.uint8)
        array = cupy.from_dlpack(_Exported(tf.experimental.dlpack.to_dlpack(tensor), device))
        memory = cupy.cuda.memory.UnownedMemory(array.data.ptr, size, array)
        return cupy.cuda.memory.MemoryPointer(memory, 0)

    _use_pool(cupy, "tensorflow", allocate)


class _Exported:
    """A DLPack capsule of CUDA memory in the form that `from_dlpack` takes: TensorFlow gives the bare capsule."""

    def __init__(self, capsule: Any, device: int) -> None:
        self._capsule, self._device = capsule, device

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CUDA_DEVICES[0], self._device


def _cupy(wanted_by: str) -> Any:
    try:
        import cupy
    except ImportError:
        raise ImportError(
            f"{wanted_by} needs CuPy (the module 'cupy'): pip install cupy-cuda12x (or the build for your CUDA version)"
        ) from None
    return cupy


def _use_pool(cupy: Any, name: str, allocate: Any) -> None:
    pools = context_pools.get()
    if name not in pools:
        pools = {**pools, name: cupy.cuda.MemoryPool(allocator=allocate)}
        context_pools.set(pools)
    cupy.cuda.set_allocator(pools[name].malloc)
