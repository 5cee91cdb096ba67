"""Arrays as tensors of PyTorch, TensorFlow, MXNet and JAX, and back. A framework is imported when it is asked for.

TensorFlow and MXNet must be switched on before, by `enable_tensorflow` and `enable_mxnet`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from . import compat
from .arrays import is_cupy_array, is_mxnet_gpu_array, is_tensorflow_gpu_array, is_torch_cuda_array
from .backends import CupyOps, MPSOps, NumpyOps, get_current_ops

__all__ = [
    "assert_jax_installed",
    "assert_mxnet_installed",
    "assert_pytorch_installed",
    "assert_tensorflow_installed",
    "get_jax_default_device",
    "get_torch_default_device",
    "jax2xp",
    "mxnet2xp",
    "tensorflow2xp",
    "torch2xp",
    "xp2jax",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
]


def assert_pytorch_installed() -> None:
    """Raises ImportError without PyTorch."""
    if not compat.has_torch:
        raise ImportError("PyTorch is needed here: pip install torch")


def assert_tensorflow_installed() -> None:
    """Raises ImportError without TensorFlow, and before `enable_tensorflow()`."""
    if not compat.has_tensorflow:
        _raise_not_enabled("TensorFlow", "tensorflow")


def assert_mxnet_installed() -> None:
    """Raises ImportError without MXNet, and before `enable_mxnet()`."""
    if not compat.has_mxnet:
        _raise_not_enabled("MXNet", "mxnet")


def assert_jax_installed() -> None:
    """Raises ImportError without JAX."""
    if not compat.has_jax:
        raise ImportError("JAX is needed here: pip install jax")


def _raise_not_enabled(framework: str, package: str) -> None:
    if find_spec(package) is None:
        raise ImportError(f"{framework} is needed here: pip install {package}, and call tagma.nn.enable_{package}()")
    raise ImportError(f"{framework} is installed, but not switched on: call tagma.nn.enable_{package}() first")


# -- PyTorch


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


# -- TensorFlow


def xp2tensorflow(xp_tensor: Any, requires_grad: bool = False, as_variable: bool = False) -> Any:
    """An array as a TensorFlow tensor; one of CuPy stays where it is and shares its memory, one of NumPy is copied.

    requires_grad    whether gradients flow into it
    as_variable      give a `tf.Variable`, which is trainable if `requires_grad`
    """
    assert_tensorflow_installed()
    import tensorflow as tf

    if is_cupy_array(xp_tensor):
        tensor = tf.experimental.dlpack.from_dlpack(xp_tensor.__dlpack__())
    else:
        tensor = tf.convert_to_tensor(xp_tensor)
    with tf.device(tensor.device):
        if as_variable:
            return tf.Variable(tensor, trainable=requires_grad)
        return tensor if requires_grad else tf.stop_gradient(tensor)


def tensorflow2xp(tf_tensor: Any, *, ops: Any = None) -> Any:
    """A TensorFlow tensor as an array: of CuPy if it is on a GPU or `ops` is CupyOps, else of NumPy.

    bfloat16, which arrays have not, becomes float32.
    """
    assert_tensorflow_installed()
    import tensorflow as tf

    tensor = tf.cast(tf_tensor, tf.float32) if tf_tensor.dtype == tf.bfloat16 else tf_tensor
    if is_tensorflow_gpu_array(tensor) and not isinstance(ops, NumpyOps):
        import cupy

        return cupy.from_dlpack(tf.experimental.dlpack.to_dlpack(tensor))
    return ops.asarray(tensor.numpy()) if isinstance(ops, CupyOps) else tensor.numpy()


# -- MXNet


def xp2mxnet(xp_tensor: Any, requires_grad: bool = False) -> Any:
    """An array as an MXNet tensor, whose gradient is kept if `requires_grad`.

    One of CuPy stays where it is and shares its memory; one of NumPy is copied, since MXNet would lock it otherwise.
    """
    assert_mxnet_installed()
    import mxnet as mx

    if is_cupy_array(xp_tensor):
        tensor = mx.nd.from_dlpack(xp_tensor.toDlpack())
    else:
        tensor = mx.nd.from_numpy(np.ascontiguousarray(xp_tensor), zero_copy=False)
    if requires_grad:
        tensor.attach_grad()
    return tensor


def mxnet2xp(mx_tensor: Any, *, ops: Any = None) -> Any:
    """An MXNet tensor as an array: of CuPy if it is on a GPU or `ops` is CupyOps, else of NumPy."""
    assert_mxnet_installed()
    if is_mxnet_gpu_array(mx_tensor) and not isinstance(ops, NumpyOps):
        import cupy

        return cupy.from_dlpack(mx_tensor.to_dlpack_for_write())
    return ops.asarray(mx_tensor.asnumpy()) if isinstance(ops, CupyOps) else mx_tensor.asnumpy()


# -- JAX


def get_jax_default_device() -> Any:
    """The JAX device that goes with the current backend. Raises ImportError without JAX."""
    assert_jax_installed()
    import jax

    if isinstance(get_current_ops(), CupyOps):
        import cupy

        return jax.devices("gpu")[cupy.cuda.Device().id]
    return jax.devices("cpu")[0]


def xp2jax(xp_tensor: Any, device: Any = None) -> Any:
    """An array as one of JAX on `device` (default: the current one); it is copied.

    Where JAX computes in 32 bits, which it does unless `jax_enable_x64` is set, float64 becomes float32 and long
    integers become short ones. Raises ValueError for integers that are too large for that.
    """
    assert_jax_installed()
    import jax

    target = get_jax_default_device() if device is None else device
    if is_cupy_array(xp_tensor):
        return jax.device_put(jax.numpy.from_dlpack(xp_tensor, copy=True), target)
    array = np.asarray(xp_tensor)
    dtype = jax.dtypes.canonicalize_dtype(array.dtype)
    if array.dtype.kind in "iu" and dtype != array.dtype and array.size:
        limits = np.iinfo(dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise ValueError(
                f"the integers of this {array.dtype} array are too large for {dtype}, with which JAX computes: "
                'call jax.config.update("jax_enable_x64", True), or give it smaller ones'
            )
    return jax.device_put(np.array(array, dtype=dtype), target)


def jax2xp(jax_array: Any, *, ops: Any = None) -> Any:
    """An array of JAX as one of CuPy if it is on a GPU or `ops` is CupyOps, else of NumPy; it is copied.

    bfloat16, which arrays have not, becomes float32.
    """
    assert_jax_installed()
    array = jax_array.astype("float32") if jax_array.dtype == "bfloat16" else jax_array
    is_on_gpu = any(device.platform == "gpu" for device in array.devices())
    if isinstance(ops, CupyOps) or (is_on_gpu and not isinstance(ops, NumpyOps)):
        import cupy

        return cupy.from_dlpack(array).copy() if is_on_gpu else cupy.asarray(np.asarray(array))
    return np.array(array)
