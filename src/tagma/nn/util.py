"""Widths, one-hot labels, array kinds, devices and data validation: what several layers need and none owns."""

from __future__ import annotations

import functools
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from . import compat
from .types import ArgsKwargs, FloatsXd, IntsXd, Padded, Ragged, get_array_module

PartialT = TypeVar("PartialT")

DATA_VALIDATION: ContextVar[bool] = ContextVar("DATA_VALIDATION", default=False)


def get_width(X: Any, *, dim: int = -1) -> int:
    """The size of the last axis (or of axis `dim`) of a batch.

    Arrays of one axis: their maximum + 1, as they hold class ids; of none: 0. Ragged and Padded: that of their data.
    Lists and tuples: that of the first item; 0 if empty. Raises ValueError for anything else.
    """
    if isinstance(X, Ragged | Padded):
        return get_width(X.data, dim=dim)
    if isinstance(X, list | tuple):
        return get_width(X[0], dim=dim) if X else 0
    shape = getattr(X, "shape", None)
    if not isinstance(shape, tuple):
        raise ValueError(f"cannot tell the width of a {type(X).__name__}: expected an array, Ragged, Padded or a list")
    if len(shape) == 0:
        return 0
    if len(shape) == 1:
        return int(X.max()) + 1 if shape[0] else 0
    return shape[dim]


def to_categorical(Y: IntsXd, n_classes: int | None = None, *, label_smoothing: float = 0.0) -> FloatsXd:
    """One-hot float32 rows of the class ids Y: (…,) → (…, n_classes).

    n_classes          default: max(Y) + 1
    label_smoothing    0 ≤ ε < (n−1)/n: the class gets 1−ε, each other one ε/(n−1)
    Raises ValueError for a bad ε or no classes, IndexError for a label out of range.
    """
    xp = get_array_module(Y)
    n = int(xp.max(Y)) + 1 if n_classes is None else n_classes
    if label_smoothing < 0.0:
        raise ValueError(f"label_smoothing must be at least 0, but is {label_smoothing}")
    if n == 0:
        raise ValueError("n_classes must be at least 1, but is 0")
    if label_smoothing:
        if n == 1:
            raise ValueError("label_smoothing needs at least two classes, but there is one")
        if label_smoothing >= (n - 1) / n:
            raise ValueError(
                f"label_smoothing must be below (n - 1)/n = {(n - 1) / n:.4g} for {n} classes, but is {label_smoothing}"
            )
    rows = xp.full((n, n), label_smoothing / (n - 1) if n > 1 else 0.0, dtype="float32")
    xp.fill_diagonal(rows, 1.0 - label_smoothing)
    return rows[Y]


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


def to_numpy(data: Any) -> Any:
    """`data` as a NumPy array: unchanged, copied from the GPU, or made from a sequence."""
    if isinstance(data, np.ndarray):
        return data
    return data.get() if is_cupy_array(data) else np.array(data)


def copy_array(dst: Any, src: Any) -> None:
    """Copy the values of `src` into `dst`, from the CPU or a GPU to either."""
    if isinstance(dst, np.ndarray) and is_cupy_array(src):
        dst[:] = src.get()
    elif is_cupy_array(dst) and isinstance(src, np.ndarray):
        dst.set(src)
    else:
        get_array_module(dst).copyto(dst, src)


def partial(func: Callable[..., PartialT], *args: Any, **kwargs: Any) -> Callable[..., PartialT]:
    """`functools.partial` that keeps the docstring."""
    bound = functools.partial(func, *args, **kwargs)
    bound.__doc__ = func.__doc__
    return bound


# -- What an object is


def is_numpy_array(obj: Any) -> bool:
    return isinstance(obj, np.ndarray)


def is_cupy_array(obj: Any) -> bool:
    cupy = sys.modules.get("cupy")
    return cupy is not None and isinstance(obj, cupy.ndarray)


def is_xp_array(obj: Any) -> bool:
    """Whether `obj` is a NumPy or CuPy array."""
    return isinstance(obj, np.ndarray) or is_cupy_array(obj)


def is_torch_array(obj: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(obj, torch.Tensor)


def is_torch_cuda_array(obj: Any) -> bool:
    return is_torch_array(obj) and bool(obj.is_cuda)


def is_torch_mps_array(obj: Any) -> bool:
    return is_torch_array(obj) and obj.device.type == "mps"


def is_torch_gpu_array(obj: Any) -> bool:
    return is_torch_cuda_array(obj) or is_torch_mps_array(obj)


def is_tensorflow_array(obj: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return compat.has_tensorflow and tensorflow is not None and isinstance(obj, tensorflow.Tensor)


def is_tensorflow_gpu_array(obj: Any) -> bool:
    return is_tensorflow_array(obj) and "GPU:" in obj.device


def is_mxnet_array(obj: Any) -> bool:
    mxnet = sys.modules.get("mxnet")
    return compat.has_mxnet and mxnet is not None and isinstance(obj, mxnet.nd.NDArray)


def is_mxnet_gpu_array(obj: Any) -> bool:
    return is_mxnet_array(obj) and obj.context.device_type != "cpu"


# -- Nested containers


def convert_recursive(is_match: Callable[[Any], bool], convert_item: Callable[[Any], Any], obj: Any) -> Any:
    """`obj` with every matching item converted, through lists, tuples, dicts (keys and values) and ArgsKwargs."""
    if is_match(obj):
        return convert_item(obj)
    convert = functools.partial(convert_recursive, is_match, convert_item)
    if isinstance(obj, ArgsKwargs):
        return ArgsKwargs(tuple(convert(x) for x in obj.args), {k: convert(v) for k, v in obj.kwargs.items()})
    if isinstance(obj, dict):
        return {convert(key): convert(value) for key, value in obj.items()}
    if isinstance(obj, list):
        return [convert(item) for item in obj]
    if isinstance(obj, tuple):
        return tuple(convert(item) for item in obj)
    return obj


def iterate_recursive(is_match: Callable[[Any], bool], obj: Any) -> Iterator[Any]:
    """Every matching item of `obj`, through the same containers as `convert_recursive`."""
    if is_match(obj):
        yield obj
        return
    children: Sequence[Any] = ()
    if isinstance(obj, ArgsKwargs):
        children = [*obj.args, *obj.kwargs.values()]
    elif isinstance(obj, dict):
        children = [part for item in obj.items() for part in item]
    elif isinstance(obj, list | tuple):
        children = obj
    for child in children:
        yield from iterate_recursive(is_match, child)


# -- Devices


def gpu_is_available() -> bool:
    """Whether some GPU can be used: CUDA through CuPy, or Apple's through PyTorch."""
    return bool(compat.has_gpu)


def require_cpu() -> bool:
    """Compute on the CPU from now on."""
    from .backends import get_ops, set_current_ops

    set_current_ops(get_ops("cpu"))
    return True


def require_gpu(gpu_id: int = 0) -> bool:
    """Compute on a GPU from now on. Raises ValueError, saying what is missing, if that cannot be."""
    from .backends import CupyOps, MPSOps, set_current_ops

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

    from .backends import CupyOps, MPSOps, get_current_ops

    ops = get_current_ops()
    if isinstance(ops, CupyOps):
        return torch.device(f"cuda:{torch.cuda.current_device()}")
    return torch.device("mps" if isinstance(ops, MPSOps) else "cpu")


def xp2torch(xp_tensor: Any, requires_grad: bool = False, device: Any = None) -> Any:
    """An array as a PyTorch tensor on `device` (default: the current one); shares memory where it can."""
    assert_pytorch_installed()
    import torch

    if isinstance(xp_tensor, np.ndarray):
        tensor = torch.from_numpy(xp_tensor if xp_tensor.flags.writeable else xp_tensor.copy())
    else:
        tensor = torch.from_dlpack(xp_tensor)
    tensor = tensor.to(get_torch_default_device() if device is None else device)
    return tensor.requires_grad_() if requires_grad else tensor


def torch2xp(torch_tensor: Any, *, ops: Any = None) -> Any:
    """A PyTorch tensor as an array: of CuPy if it is on a GPU or `ops` is CupyOps, else of NumPy."""
    assert_pytorch_installed()
    from .backends import CupyOps, NumpyOps

    tensor = torch_tensor.detach()
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


@contextmanager
def make_tempfile(mode: str = "r") -> Iterator[Any]:
    """An open temporary file that is removed afterwards, also on Windows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.touch()
        with path.open(mode) as file_:
            yield file_


# -- Data validation


@dataclass
class ArrayInfo:
    """Shape and dtype of an array, to be compared with another's."""

    shape: tuple[int, ...]
    dtype: Any

    @classmethod
    def from_array(cls, arr: Any) -> ArrayInfo:
        """Note shape and dtype of `arr`."""
        return cls(shape=arr.shape, dtype=arr.dtype)

    def check_consistency(self, arr: Any) -> None:
        """Raises ValueError if `arr` has another shape or dtype."""
        if arr.shape != self.shape:
            raise ValueError(f"the gradient has shape {arr.shape}, but the output had shape {self.shape}")
        if arr.dtype != self.dtype:
            raise ValueError(f"the gradient has dtype {arr.dtype}, but the output had dtype {self.dtype}")


class DataValidationError(ValueError):
    """Sample data that do not fit what a layer's forward declares."""

    def __init__(self, name: str, X: Any, Y: Any, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        self.name, self.X, self.Y, self.errors = name, X, Y, list(errors)
        lines = [f"checking the samples of {name} (X: {type(X).__name__}, Y: {type(Y).__name__}) found"]
        for error in self.errors:
            place = ".".join(map(str, error.get("loc", ())))
            lines.append(f"    {place}: {error.get('msg', '')}")
        super().__init__("\n".join(lines))


@contextmanager
def data_validation(validation: bool) -> Iterator[None]:
    """Switch the validation of sample data in `Model.initialize` on or off within a `with` block."""
    token = DATA_VALIDATION.set(validation)
    try:
        yield
    finally:
        DATA_VALIDATION.reset(token)


def validate_fwd_input_output(name: str, func: Callable[..., Any], X: Any, Y: Any) -> None:
    """Check sample input and output against the annotations of a forward function. Raises DataValidationError."""
    from ._validation import check_forward

    check_forward(name, func, X, Y)


__all__ = [
    "ArrayInfo",
    "DataValidationError",
    "convert_recursive",
    "copy_array",
    "data_validation",
    "fix_random_seed",
    "get_array_module",
    "get_torch_default_device",
    "get_width",
    "gpu_is_available",
    "is_cupy_array",
    "is_mxnet_array",
    "is_mxnet_gpu_array",
    "is_numpy_array",
    "is_tensorflow_array",
    "is_tensorflow_gpu_array",
    "is_torch_array",
    "is_torch_cuda_array",
    "is_torch_gpu_array",
    "is_torch_mps_array",
    "is_xp_array",
    "iterate_recursive",
    "make_tempfile",
    "partial",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "set_active_gpu",
    "to_categorical",
    "to_numpy",
    "torch2xp",
    "use_nvtx_range",
    "validate_fwd_input_output",
    "xp2torch",
]
