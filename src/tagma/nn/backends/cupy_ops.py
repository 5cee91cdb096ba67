"""The GPU backend: the plain operations on CuPy arrays. CuPy is imported when the first instance is made."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import registry
from ..types import DeviceTypes
from ._array_ops import DType
from .ops import Ops


@registry.ops("CupyOps")
class CupyOps(Ops):
    """Operations on a CUDA device. Raises ValueError when made without CuPy."""

    name = "cupy"
    xp: Any = None

    def __init__(self, device_type: DeviceTypes = "gpu", device_id: int = 0, **kwargs: Any) -> None:
        super().__init__(device_type, device_id)
        try:
            import cupy
        except ImportError:
            raise ValueError(
                "CupyOps needs CuPy: pip install cupy-cuda12x (or the build for your CUDA version)"
            ) from None
        type(self).xp = cupy

    def asarray(self, data: Any, *, dtype: DType | None = None) -> Any:
        """As `Ops.asarray`; tensors on the GPU are taken over without a copy."""
        if not isinstance(data, self.xp.ndarray | np.ndarray) and hasattr(data, "__dlpack__"):
            data = self.xp.from_dlpack(data.detach() if hasattr(data, "detach") else data)
        return self.xp.asarray(data, dtype=dtype)

    def to_numpy(self, data: Any, *, byte_order: str | None = None) -> Any:
        """As `Ops.to_numpy`, copied from the device."""
        return super().to_numpy(data.get() if isinstance(data, self.xp.ndarray) else data, byte_order=byte_order)

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        """As `Ops.gemm`. Raises ValueError for NumPy arrays, which would be copied at every call."""
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
            raise ValueError("CupyOps.gemm got a NumPy array: move it to the GPU first, with ops.asarray")
        return super().gemm(x, y, out, trans1, trans2)
