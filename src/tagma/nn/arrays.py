"""Batches of whatever kind: their width, what kind of array they are, copies, one-hot rows, nested containers."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import compat
from .types import ArgsKwargs, FloatsXd, IntsXd, Padded, Ragged, get_array_module

__all__ = [
    "ArrayInfo",
    "convert_recursive",
    "copy_array",
    "get_array_module",
    "get_width",
    "is_cupy_array",
    "is_jax_array",
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
    "pair_recursive",
    "to_categorical",
    "to_numpy",
]


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


def is_jax_array(obj: Any) -> bool:
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(obj, jax.Array)


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


def pair_recursive(is_match: Callable[[Any], bool], obj: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of a matching item of `obj` and what stands in its place in `other`, which may have None for a part.

    Goes through the same containers. Raises ValueError where lists differ in length.
    """
    if other is None:
        return
    if is_match(obj):
        yield obj, other
    elif isinstance(obj, ArgsKwargs | dict):
        others = dict(other.items())
        for key, value in obj.items():
            yield from pair_recursive(is_match, value, others.get(key))
    elif isinstance(obj, list | tuple):
        for value, partner in zip(obj, other, strict=True):
            yield from pair_recursive(is_match, value, partner)
