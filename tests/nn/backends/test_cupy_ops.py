"""CupyOps beyond the conformance suite, on the stand-in for CuPy: bit-equal hashes, every layer with its gradients,
what is done in place, what goes to CuPy alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma.nn
from tagma.nn import (
    HashEmbed,
    Maxout,
    Mish,
    Model,
    NumpyOps,
    Ops,
    Padded,
    Ragged,
    chain,
    concatenate,
    expand_window,
    list2ragged,
    reduce_max,
    reduce_mean,
    residual,
    with_array,
)
from tagma.nn.backends import CupyOps, get_array_ops

from ..examples import EXAMPLES, Example
from .cupy_on_host import CUPY, CupyOpsOnHost, DeviceArray

HOST, PLAIN = CupyOpsOnHost(), Ops()


def floats(*shape: int, seed: int = 0, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is the imported CuPy."""
    monkeypatch.setitem(sys.modules, "cupy", CUPY)
    monkeypatch.setattr(CupyOps, "xp", CUPY)


def test_hashes_are_bit_equal() -> None:
    """Every key's rows are those of the CPU: saved tables depend on them."""
    keys = np.random.default_rng(3).integers(0, 2**64, size=500, dtype="uint64")
    keys[:3] = 0, 1, 2**64 - 1
    for seed in (0, 8, 42, 2**32 - 1):
        hashes = HOST.to_numpy(HOST.hash(HOST.asarray(keys), seed))
        assert hashes.dtype == np.uint32
        np.testing.assert_array_equal(hashes, NumpyOps().hash(keys, seed))
    for n in (0, 1, 2, 7, 500, 501):
        found = HOST.to_numpy(HOST.ngrams(n, HOST.asarray(keys)))
        assert found.dtype == np.uint64
        np.testing.assert_array_equal(found, PLAIN.ngrams(n, keys))
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match="seed"):
            HOST.hash(HOST.asarray(keys), seed)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", ["rows", "strided"])
@pytest.mark.parametrize("name", ["swish", "mish", "sigmoid", "clipped_linear", "gelu"])
def test_in_place(name: str, layout: str, dtype: str) -> None:
    """The argument itself is written to and returned, also where its values do not lie beside each other."""
    wide = floats(5, 8, dtype=dtype)
    X = HOST.asarray(wide)[:, ::2] if layout == "strided" else HOST.asarray(wide[:, ::2].copy())
    Y = getattr(HOST, name)(X, inplace=True)
    assert Y is X
    np.testing.assert_allclose(Y.get(), getattr(PLAIN, name)(wide[:, ::2].copy()), rtol=1e-5, atol=1e-6)


def test_gradients_in_place() -> None:
    """They take the place of dY; that of sigmoid the place of Y."""
    dY, X = HOST.asarray(floats(4, 3)), HOST.asarray(floats(4, 3, seed=1))
    expected = PLAIN.backprop_mish(dY.get(), X.get())
    assert HOST.backprop_mish(dY, X, inplace=True) is dY
    np.testing.assert_allclose(dY.get(), expected, rtol=1e-5, atol=1e-6)
    expected = PLAIN.backprop_sigmoid(dY.get(), X.get())
    assert HOST.backprop_sigmoid(dY, X, inplace=True) is X
    np.testing.assert_allclose(X.get(), expected, rtol=1e-5, atol=1e-6)


def test_other_types_go_to_cupy_alone() -> None:
    """float16 keeps its type, and has the numbers of the plain operations."""
    X = floats(4, 6).astype("float16")
    for name in ("mish", "gelu", "sigmoid"):
        Y = getattr(HOST, name)(HOST.asarray(X))
        assert Y.dtype == np.float16
        np.testing.assert_allclose(Y.get(), getattr(PLAIN, name)(X), rtol=1e-3)
    sums = HOST.reduce_sum(HOST.asarray(X), HOST.asarray([1, 3]))
    np.testing.assert_array_equal(sums.get(), PLAIN.reduce_sum(X, np.array([1, 3])))


def test_rows_outside_of_a_table() -> None:
    """They are refused before a kernel reads or writes there; scatter_add skips negative rows, as on the CPU."""
    table = HOST.asarray(floats(4, 3))
    for rows in ([[0, 4]], [[-1, 0]]):
        with pytest.raises(IndexError, match="table of 4 rows"):
            HOST.gather_add(table, HOST.asarray(rows))
    with pytest.raises(IndexError, match="row 4"):
        HOST.scatter_add(table, HOST.asarray([4]), HOST.asarray(floats(1, 3)))
    before = table.get()
    HOST.scatter_add(table, HOST.asarray([-1, 2, 2]), HOST.asarray(np.ones((3, 3), dtype="float32")))
    np.testing.assert_allclose(table.get() - before, [[0] * 3, [0] * 3, [2] * 3, [0] * 3], rtol=1e-6)


def test_lengths_that_do_not_fit() -> None:
    """No kernel reads beyond the rows that there are."""
    X = HOST.asarray(floats(4, 3))
    for call in (HOST.reduce_sum, HOST.reduce_mean, HOST.reduce_max):
        with pytest.raises(IndexError, match="there are 4, but lengths for 5"):
            call(X, HOST.asarray([2, 3]))
    with pytest.raises(ValueError, match="-1"):
        HOST.reduce_sum(X, HOST.asarray([5, -1]))
    with pytest.raises(ValueError, match="broadcast"):
        HOST.softmax_sequences(X, HOST.asarray([2, 3]))
    with pytest.raises(ValueError, match="counts"):
        HOST.softmax_sequences(X, HOST.asarray([5, -1]))
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        HOST.backprop_reduce_max(X, HOST.asarray(np.zeros((4, 3), dtype="int32")), HOST.asarray([1, 1, 1]))
    with pytest.raises(IndexError, match="piece"):
        HOST.backprop_maxout(X, HOST.asarray(np.full((4, 3), 2, dtype="int32")), 2)


class Tensor:
    """What CupyOps sees of a framework's tensor in main memory."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.array.__dlpack_device__()

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)


def test_tensors_of_the_cpu_are_copied() -> None:
    """CuPy takes tensors of the GPU alone."""
    X = floats(2, 3)
    assert isinstance(HOST.asarray(Tensor(X)), DeviceArray)
    np.testing.assert_array_equal(HOST.asarray(Tensor(X)).get(), X)
    with pytest.raises(ValueError, match="NumPy array"):
        HOST.gemm(X, X)


def test_the_stand_in_is_as_strict_as_cupy() -> None:
    """Arrays of NumPy do not mix with those of the device: what passes here does not copy unseen there."""
    with pytest.raises(TypeError, match="array of NumPy"):
        HOST.asarray(floats(2)) + floats(2)
    with pytest.raises(TypeError, match="array of NumPy"):
        CUPY.concatenate(floats(2, 2))
    with pytest.raises(ValueError, match="repeats"):
        CUPY.repeat(HOST.asarray([1]), HOST.asarray([2]))


def arrays(value: Any) -> list[Any]:
    """Every array in a batch or a result."""
    if isinstance(value, Ragged):
        return [value.dataXd, value.lengths]
    if isinstance(value, Padded):
        return [value.data, value.size_at_t, value.lengths, value.indices]
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays(item)]
    return [value] if isinstance(value, np.ndarray) else []


def like(value: Any, make: Callable[[Any], Any]) -> Any:
    """The same batch of other arrays: of what `make` gives for each."""
    if isinstance(value, Ragged | Padded):
        return type(value)(*map(make, arrays(value)))
    if isinstance(value, list | tuple):
        items = [like(item, make) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return make(value) if isinstance(value, np.ndarray) else value


def step(model: Model[Any, Any], ops: Ops, X: Any) -> list[Any]:
    """The arrays of the output, of the input's gradient and of the parameters' for a gradient like the output."""
    for node in model.walk():
        node.ops = ops
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, ops.asarray(node.get_param(name)))
    Y, backprop = model.begin_update(like(X, ops.asarray))
    dX = backprop(like(Y, lambda array: array.copy()))
    gradients = [node.get_grad(name) for node in model.walk() for name in node.grad_names]
    return arrays([Y, dX, gradients])


def check_on_device(build: Callable[[], Model[Any, Any]], X: Any) -> None:
    """The same on the device as on the CPU, and all of it on the device."""
    expected = step(build(), NumpyOps(), X)
    for found, array in zip(step(build(), HOST, X), expected, strict=True):
        assert isinstance(found, DeviceArray)
        assert found.dtype == array.dtype
        np.testing.assert_allclose(found.get(), array, rtol=2e-4, atol=1e-5)


@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_layer_is_the_same_on_the_device(example: Example) -> None:
    """Output and gradients equal those of the CPU, for a batch of some rows and for one of none."""
    for n in (5, 0) if example.empty else (5,):
        check_on_device(lambda: example.initialized(tagma.nn, 5), example.batch(tagma.nn, n))


@pytest.mark.usefixtures("cupy")
def test_a_network_is_the_same_on_the_device() -> None:
    """Hash tables, window blocks of Maxout and Mish, and two poolings: what pipelines are made of."""

    def encoder() -> Model[Any, Any]:
        tables = concatenate(HashEmbed(6, 50, seed=1, column=0), HashEmbed(6, 40, seed=2, column=1))
        block = residual(chain(expand_window(1), Maxout(12, nP=3, normalize=True)))
        vectors = chain(tables, Maxout(12, nP=2), block, Mish(12, 12))
        model = chain(with_array(vectors), list2ragged(), concatenate(reduce_mean(), reduce_max()))
        np.random.seed(0)
        return model.initialize(X=keys)

    keys = [np.random.default_rng(n).integers(0, 2**64, size=(n, 2), dtype="uint64") for n in (3, 1, 6)]
    check_on_device(encoder, keys)


@pytest.mark.usefixtures("cupy")
def test_padded_batches() -> None:
    """Sequences to Padded, padded arrays and back."""
    lists = [floats(n, 3, seed=n) for n in (2, 4, 0, 1)]
    moved = [HOST.asarray(x) for x in lists]
    padded, expected = HOST.list2padded(moved), PLAIN.list2padded(lists)
    assert isinstance(padded, Padded)
    for name in ("data", "size_at_t", "lengths", "indices"):
        np.testing.assert_array_equal(getattr(padded, name).get(), getattr(expected, name))
    for a, b in zip(HOST.padded2list(padded), lists, strict=True):
        np.testing.assert_array_equal(a.get(), b)
    np.testing.assert_array_equal(HOST.pad(moved, 3).get(), PLAIN.pad(lists, 3))
    with pytest.raises(ValueError, match="broadcast"):
        HOST.insert_into((4, 3, 3), moved)
    with pytest.raises(IndexError, match="out of bounds"):
        HOST.insert_into((3, 4, 3), moved)


@pytest.mark.usefixtures("cupy")
def test_arrays_know_their_backend() -> None:
    """An array of the device is computed with by CupyOps."""
    assert type(get_array_ops(HOST.asarray([1.0]))) is CupyOps
    assert type(get_array_ops(np.ones(1))) is NumpyOps
