"""Let CuPy take GPU memory from PyTorch or TensorFlow, so that two pools do not compete for one device."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ._current import get_current_ops
from .cupy_ops import CupyOps

context_pools: ContextVar[dict[str, Any]] = ContextVar("context_pools", default={})  # noqa: B039 - replaced, never changed


def set_gpu_allocator(allocator: str) -> None:
    """Use "pytorch" or "tensorflow" for the GPU memory of CuPy. Raises ValueError for another name."""
    if allocator == "pytorch":
        use_pytorch_for_gpu_memory()
    elif allocator == "tensorflow":
        use_tensorflow_for_gpu_memory()
    else:
        raise ValueError(f"unknown GPU allocator {allocator!r}: choose 'pytorch' or 'tensorflow'")


def use_pytorch_for_gpu_memory() -> None:
    """CuPy asks PyTorch for its memory from now on, if that computes on CUDA. Raises ImportError without PyTorch."""
    try:
        import torch
    except ImportError:
        raise ImportError("use_pytorch_for_gpu_memory needs PyTorch: pip install torch") from None
    if not isinstance(get_current_ops(), CupyOps):
        return
    import cupy

    def allocate(size: int) -> Any:
        # One spare byte: CuPy may ask for nothing, and an empty storage has no address.
        storage = torch.empty(size + 1, dtype=torch.uint8, device="cuda")
        memory = cupy.cuda.memory.UnownedMemory(storage.data_ptr(), size, storage)
        return cupy.cuda.memory.MemoryPointer(memory, 0)

    _use_pool("pytorch", allocate)


def use_tensorflow_for_gpu_memory() -> None:
    """CuPy asks TensorFlow for its memory from now on. Raises ImportError where TensorFlow is missing."""
    try:
        import tensorflow as tf
    except ImportError:
        raise ImportError("use_tensorflow_for_gpu_memory needs TensorFlow: pip install tensorflow") from None
    import cupy

    def allocate(size: int) -> Any:
        with tf.device("/GPU:0"):
            tensor = tf.zeros((size + 1,), dtype=tf.uint8)
        array = cupy.from_dlpack(tf.experimental.dlpack.to_dlpack(tensor))
        memory = cupy.cuda.memory.UnownedMemory(array.data.ptr, size, array)
        return cupy.cuda.memory.MemoryPointer(memory, 0)

    _use_pool("tensorflow", allocate)


def _use_pool(name: str, allocate: Any) -> None:
    import cupy

    pools = context_pools.get()
    if name not in pools:
        pools = {**pools, name: cupy.cuda.MemoryPool(allocator=allocate)}
        context_pools.set(pools)
    cupy.cuda.set_allocator(pools[name].malloc)
