"""Apple's GPU: arrays stay with NumPy, wrapped PyTorch models run on the `mps` device."""

from __future__ import annotations

from ..config import registry
from .numpy_ops import NumpyOps


@registry.ops("MPSOps")
class MPSOps(NumpyOps):
    """NumpyOps under another name, by which PyTorch wrappers choose their device."""

    name = "mps"
