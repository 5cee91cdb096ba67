"""One seed for every generator of random numbers that is in use."""

from __future__ import annotations

import random

import numpy as np

from . import compat

__all__ = ["fix_random_seed"]


def fix_random_seed(seed: int = 0) -> None:
    """Seed `random`, `numpy.random` and, where they are in use, CuPy and PyTorch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if compat.has_torch:  # imported for it, since it draws from a generator of its own later
        import torch

        torch.manual_seed(seed)  # on every device
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    if compat.has_cupy_gpu:
        import cupy

        cupy.random.seed(seed)
