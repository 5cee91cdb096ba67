"""Arrays as tensors of other frameworks and back, and what is said where a framework is missing or off."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import tagma.nn
from tagma.nn import compat, exchange
from tagma.nn.arrays import is_jax_array, is_tensorflow_array

X = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.mark.parametrize(
    ("package", "check", "flag"),
    [
        ("torch", exchange.assert_pytorch_installed, "has_torch"),
        ("jax", exchange.assert_jax_installed, "has_jax"),
        ("tensorflow", exchange.assert_tensorflow_installed, "has_tensorflow"),
        ("mxnet", exchange.assert_mxnet_installed, "has_mxnet"),
    ],
)
def test_a_missing_framework_is_named(
    package: str, check: Callable[[], None], flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error has the command that installs it."""
    monkeypatch.setitem(vars(compat), flag, False)
    monkeypatch.setattr(exchange, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=f"pip install {package}"):
        check()


@pytest.mark.parametrize("package", ["tensorflow", "mxnet"])
def test_a_framework_that_is_off_says_how_to_switch_it_on(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow and MXNet count only after they were asked for, as the contract has it."""
    monkeypatch.setitem(vars(compat), f"has_{package}", False)
    monkeypatch.setattr(exchange, "find_spec", lambda name: object())
    with pytest.raises(ImportError, match=rf"call tagma\.nn\.enable_{package}\(\) first"):
        getattr(exchange, f"xp2{package}")(X)
    with pytest.raises(ImportError, match=rf"call tagma\.nn\.enable_{package}\(\) first"):
        getattr(exchange, f"{package}2xp")(X)


def test_frameworks_are_imported_only_when_used() -> None:
    """All layers and shims can be imported and looked up without any framework."""
    code = (
        "import sys, tagma.nn, tagma.nn.layers, tagma.nn.shims, tagma.nn.exchange\n"
        "for name in ('JAXWrapper.v1', 'MXNetWrapper.v1', 'PyTorchWrapper.v1'):\n"
        "    tagma.nn.registry.layers.get(name)\n"
        "tagma.nn.TensorFlowWrapper, tagma.nn.keras_model_fns; tagma.nn.Linear(2, 2).initialize().to_bytes()\n"
        "print([name for name in ('jax', 'mxnet', 'tensorflow', 'keras', 'torch', 'h5py') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


# -- TensorFlow


@pytest.fixture
def tensorflow() -> Any:
    """TensorFlow, switched on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tagma.nn.enable_tensorflow()
    return import_module("tensorflow")


@pytest.mark.tensorflow
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint64", "bool"])
def test_tensorflow_keeps_values(tensorflow: Any, dtype: str) -> None:
    """Arrays of any kind, read-only and turned ones too, come back as they were, in memory of their own."""
    array = X.astype(dtype)
    array.flags.writeable = False
    for given in (array, array[:, ::-1], array[:0]):
        tensor = exchange.xp2tensorflow(given)
        assert is_tensorflow_array(tensor)
        back = exchange.tensorflow2xp(tensor)
        assert (back.dtype, back.tolist()) == (given.dtype, given.tolist())
        assert back.flags.writeable
        assert not np.shares_memory(back, given)


@pytest.mark.tensorflow
def test_gradients_of_tensorflow_flow_where_asked(tensorflow: Any) -> None:
    """Without a flag none flows; a variable is trainable if gradients are asked for."""
    assert not exchange.xp2tensorflow(X, as_variable=True).trainable
    assert exchange.xp2tensorflow(X, requires_grad=True, as_variable=True).trainable
    tensor = exchange.xp2tensorflow(X, requires_grad=True)
    with tensorflow.GradientTape() as tape:
        tape.watch(tensor)
        total = tensorflow.reduce_sum(tensor * tensor)
    assert tape.gradient(total, tensor).numpy().tolist() == (2 * X).tolist()
    half = tensorflow.cast(exchange.xp2tensorflow(X), tensorflow.bfloat16)
    assert exchange.tensorflow2xp(half).dtype == np.float32


# -- JAX


@pytest.mark.jax
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint64", "bool"])
def test_jax_keeps_values(dtype: str) -> None:
    """Arrays come back as they were but for their width, in memory of their own."""
    array = X.astype(dtype)
    array.flags.writeable = False
    for given in (array, array[:, ::-1], array[:0]):
        there = exchange.xp2jax(given)
        assert is_jax_array(there)
        back = exchange.jax2xp(there)
        assert (back.dtype.kind, back.tolist()) == (given.dtype.kind, given.tolist())
        assert back.flags.writeable
        assert not np.shares_memory(back, np.asarray(there))


@pytest.mark.jax
def test_what_is_given_to_jax_is_a_copy() -> None:
    """Changing an array afterwards changes nothing that JAX has, also where its memory is aligned."""
    memory = np.zeros(4096, dtype="float32")
    start = -memory.ctypes.data % 64 // 4
    array = memory[start : start + 1024]
    there = exchange.xp2jax(array)
    array += 1
    assert not np.asarray(there).any()


@pytest.mark.jax
def test_integers_that_jax_would_cut() -> None:
    """Hashes of 64 bits are refused while JAX computes with 32; halves become whole."""
    import jax

    with pytest.raises(ValueError, match=r"uint64 array are too large for uint32.*jax_enable_x64"):
        exchange.xp2jax(np.array([1 << 40], dtype="uint64"))
    with pytest.raises(ValueError, match="int64 array are too large for int32"):
        exchange.xp2jax(np.array([-(1 << 31) - 1]))
    assert exchange.jax2xp(exchange.xp2jax(np.array([-(1 << 31)]))).tolist() == [-(1 << 31)]
    half = jax.numpy.asarray(X, dtype="bfloat16")
    assert exchange.jax2xp(half).dtype == np.float32
