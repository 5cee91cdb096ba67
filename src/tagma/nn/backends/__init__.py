"""Backends: what arrays are computed with.

Read `ops` first: every operation in plain NumPy, with its contract (`_array_ops`, `_sequence_ops` and `_activation_ops`
are its parts); then `numpy_ops`, which hands the hot ones to `_kernels.pyx`, the loops in `csrc/`. `cupy_ops` and
`mps_ops` are for GPUs; the kernels of `cupy_ops` are in `cuda/`, launched by `_cuda`. `_current` chooses among them,
`_param_server` keeps the parameters of a node.

Lies below models and layers; knows arrays, not nodes. Layers reach arrays through `model.ops` alone.
"""

from ._current import (
    context_ops,
    contextvars_eq_thread_ops,
    get_array_ops,
    get_current_ops,
    get_ops,
    set_current_ops,
    use_ops,
)
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

__all__ = [
    "CupyOps",
    "MPSOps",
    "NumpyOps",
    "Ops",
    "ParamServer",
    "context_ops",
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
