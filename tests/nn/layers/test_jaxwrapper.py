"""Functions of JAX among native layers: gradients through both worlds, nestings of arrays, padding, training, bytes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.nn import (
    Adam,
    ArgsKwargs,
    JAXWrapper,
    Linear,
    Maxout,
    Model,
    Ragged,
    Relu,
    chain,
    concatenate,
    list2ragged,
    ragged2list,
    registry,
    residual,
    with_array,
)
from tagma.testing import check_gradients, check_layer

from ..shims.test_jax import perceptron

pytestmark = pytest.mark.jax

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
TUPLES = [
    (X, np.ndarray),
    ((X, X), tuple),
    ([X, X], tuple),
    ({"a": X, "b": X}, dict),
    (ArgsKwargs((X,), {"b": X}), ArgsKwargs),
]


@pytest.fixture
def in_64_bits() -> Iterator[None]:
    """JAX computes with 64 bits, so that differences can be compared."""
    import jax

    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def _values(dtype: str = "float32", nO: int = 4) -> Any:
    rng = np.random.default_rng(1)
    first = {"W": rng.normal(size=(4, 6)).astype(dtype), "b": np.zeros(6, dtype)}
    return {"layers": [first, {"W": rng.normal(size=(6, nO)).astype(dtype)}], "scale": np.ones((), dtype)}


@pytest.mark.usefixtures("in_64_bits")
@pytest.mark.parametrize("options", [{}, {"jit": False}, {"pad_rows": True}], ids=["jit", "plain", "padded"])
def test_a_function_in_the_middle_has_right_gradients(options: dict[str, Any]) -> None:
    """Backprop through native layers, a function, and native layers again is the numerical derivative of the graph."""
    wrapped = JAXWrapper(perceptron, _values("float64"), **options)
    model: Model = chain(Maxout(4, 4, nP=2), concatenate(residual(wrapped), Linear(3, 4)), Linear(2, 7)).initialize()
    check_gradients(model, X)


@pytest.mark.usefixtures("in_64_bits")
def test_two_nodes_share_a_function() -> None:
    """Gradients of both places add up, and an update moves the parameters once."""
    inner = JAXWrapper(perceptron, _values("float64"))
    model: Model = chain(inner, Linear(4, 4), inner).initialize()
    check_gradients(model, X)
    optimizer, _ = _train(model, 1)
    assert set(optimizer.nr_update.values()) == {1}


@pytest.mark.usefixtures("in_64_bits")
def test_other_containers_reach_a_function() -> None:
    """Lists with an empty item, and lists that become a Ragged, whose rows the function sees."""
    lists = [X, X[:0], X[:2]]
    check_gradients(with_array(JAXWrapper(perceptron, _values("float64"))).initialize(lists), lists)
    model: Model = chain(list2ragged(), with_array(JAXWrapper(perceptron, _values("float64"))), ragged2list())
    check_gradients(model.initialize(lists), lists)


def test_a_layer_like_any_other() -> None:
    """It passes what every layer must."""
    check_layer(lambda: JAXWrapper(perceptron, _values()), X)


# -- What goes in and comes out


@pytest.mark.parametrize(("data", "kind"), TUPLES, ids=["array", "tuple", "list", "dict", "ArgsKwargs"])
def test_nestings_of_inputs(data: Any, kind: type) -> None:
    """They reach the function as its arguments, and gradients come back in the same nesting."""

    def apply(scale: Any, a: Any, b: Any = 0) -> Any:
        return a * scale + 2 * b

    Y, backprop = JAXWrapper(apply, 1.5).begin_update(data)
    dX = backprop(np.ones_like(X))
    assert isinstance(dX, kind)
    parts = [dX] if kind is np.ndarray else list(getattr(dX, "values", lambda: dX)())
    assert np.allclose(Y, X * (1.5 if len(parts) == 1 else 3.5))
    assert [float(part.flat[0]) for part in parts] == [1.5, 2.0][: len(parts)]


def test_several_outputs() -> None:
    """Outputs keep their nesting; each has its gradient, or None where nothing depends on it."""
    model = JAXWrapper(lambda scale, a: {"twice": 2 * a, "more": [a * scale, a > 0]}, 1.5)
    Y, backprop = model.begin_update(X)
    assert np.array_equal(Y["twice"], 2 * X)
    ones = np.ones_like(X)
    assert (backprop({"twice": ones, "more": [ones, None]}) == 3.5).all()
    assert (backprop({"twice": ones}) == 2.0).all()


def test_own_conversions() -> None:
    """Functions of the other wrappers' signatures decide what the function sees and what the layer returns."""
    import jax

    def convert_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
        return ArgsKwargs((jax.numpy.asarray(X["data"]),), {}), lambda d: {"data": np.array(d.args[0])}

    def convert_outputs(model: Model, X_Y: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        X, Y = X_Y
        assert set(X) == {"data"}
        return {"out": np.array(Y)}, lambda dY: jax.numpy.asarray(dY["out"])

    model = JAXWrapper(lambda scale, a: a * scale, 1.5, convert_inputs, convert_outputs)
    Y, backprop = model.begin_update({"data": X})
    assert np.allclose(Y["out"], 1.5 * X)
    assert np.allclose(backprop({"out": X})["data"], 1.5 * X)


def test_padding_compiles_few_shapes() -> None:
    """Batches of 1 to 40 rows are compiled for three shapes, and are those without padding."""
    traced = []

    def apply(params: Any, x: Any) -> Any:
        traced.append(x.shape)
        return perceptron(params, x)

    padded, plain = JAXWrapper(apply, _values(), pad_rows=True), JAXWrapper(perceptron, _values(), jit=False)
    for rows in (0, 1, 15, 16, 17, 32, 33, 40):
        batch = np.resize(X, (rows, 4))
        Y, backprop = padded.begin_update(batch)
        wanted, backprop_plain = plain.begin_update(batch)
        np.testing.assert_allclose(Y, wanted, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(backprop(Y), backprop_plain(wanted), rtol=1e-4, atol=1e-5)
        assert padded.predict(batch).shape == (rows, 4)
    assert set(traced) == {(16, 4), (32, 4), (64, 4)}
    assert len(traced) == 6  # once to predict, once to train


def test_padding_divides_by_no_zero() -> None:
    """A function that divides by the length of a row has numbers as gradients, also for a batch without rows."""

    def apply(params: Any, x: Any) -> Any:
        return x * params / (x * x).sum(axis=1, keepdims=True)

    model = JAXWrapper(apply, np.ones(4, "float32"), pad_rows=True)
    for batch in (X, X[:0]):
        Y, backprop = model.begin_update(batch)
        assert np.isfinite(backprop(Y)).all()
    model.finish_update(Adam(0.1))
    assert np.isfinite(model.shims[0].params).all()


# -- Training, copies, bytes


def _net(**options: Any) -> Model:
    return chain(Relu(4, 4), JAXWrapper(perceptron, _values(), **options), Linear(2, 4))


def _train(model: Model, steps: int = 40) -> tuple[Adam, list[float]]:
    target, optimizer, losses = X[:, :2] - 1, Adam(0.05), []
    for _ in range(steps):
        Y, backprop = model.begin_update(X)
        losses.append(float(((Y[:, :2] - target) ** 2).sum()))
        dY = np.zeros_like(Y)
        dY[:, :2] = 2 * (Y[:, :2] - target)
        backprop(dY)
        model.finish_update(optimizer)
    return optimizer, losses


def test_a_mixed_network_trains() -> None:
    """One optimizer moves native and wrapped parameters, the loss falls, and averages are used by both."""
    model = _net().initialize()
    optimizer, losses = _train(model)
    assert losses[-1] < 0.1 * losses[0]
    shim = model.layers[1].shims[0]
    names = {name for key, name in optimizer.nr_update if key == shim.id}
    assert names == {"layers/0/W", "layers/0/b", "layers/1/W", "scale"}
    before = model.predict(X)
    with model.use_params(optimizer.averages):
        assert not np.allclose(model.predict(X), before)
    assert np.array_equal(model.predict(X), before)


@pytest.mark.parametrize("options", [{}, {"serialize": "safetensors"}], ids=["msgpack", "safetensors"])
def test_copies_and_bytes_predict_the_same(options: dict[str, Any]) -> None:
    """A copy, a pickle and a model loaded from bytes into fresh layers predict bit for bit what the original does."""
    model = _net(**options).initialize()
    _train(model, 3)
    Y = model.predict(X)
    loaded = _net().from_bytes(model.to_bytes())
    for twin in (model.copy(), pickle.loads(pickle.dumps(model)), loaded):
        assert np.array_equal(twin.predict(X), Y)
        _train(twin, 1)
        assert np.array_equal(model.predict(X), Y)
    assert _net().can_from_bytes(model.to_bytes())


def test_files(tmp_path: Path) -> None:
    """A model on disk is loaded into a fresh one; moving to the CPU changes nothing."""
    model = _net().initialize()
    model.to_disk(tmp_path / "model")
    twin = _net().from_disk(tmp_path / "model")
    twin.to_cpu()
    assert np.array_equal(model.predict(X), twin.predict(X))


def test_configs_name_the_wrapper() -> None:
    """A config's block names the function and what makes the parameters."""

    @registry.layers("jax_apply_for_this_test.v1")
    def make() -> Any:
        return perceptron

    @registry.initializers("jax_values_for_this_test.v1")
    def make_values() -> Any:
        return _values()

    block = {
        "@layers": "JAXWrapper.v1",
        "apply": {"@layers": "jax_apply_for_this_test.v1"},
        "params": {"@initializers": "jax_values_for_this_test.v1"},
        "pad_rows": True,
    }
    model = registry.resolve({"model": block})["model"]
    assert (model.name, model.dim_names, set(model.attrs)) == (
        "jax",
        ("nI", "nO"),
        {"convert_inputs", "convert_outputs"},
    )
    assert model.shims[0].pad_rows


# -- What is refused


def test_wrong_inputs_are_named() -> None:
    """Other batches, text, hashes, different numbers of rows; a function that gives other rows, or another width."""
    model = JAXWrapper(perceptron, _values())
    with pytest.raises(ValueError, match="got a Ragged: wrap the layer in with_array"):
        model.predict(Ragged(X, np.array([5])))
    with pytest.raises(ValueError, match="got a str"):
        model.predict([X, "text"])
    with pytest.raises(ValueError, match="too large for uint32"):
        model.predict(np.array([1 << 40], dtype="uint64"))
    summed = JAXWrapper(lambda params, *arrays: sum(array.sum(axis=0) for array in arrays), {}, pad_rows=True)
    with pytest.raises(ValueError, match=r"one number of rows, but got \[2, 5\]"):
        summed.predict([X, X[:2]])
    with pytest.raises(
        ValueError, match=r"a row for each row, but of 16 rows this one makes an output of shape \(4,\)"
    ):
        summed.predict(X)
    model.set_dim("nO", 3)
    with pytest.raises(ValueError, match="nO is 3, but the wrapped model gives 4"):
        model.predict(X)


def test_a_gradient_of_another_shape() -> None:
    """It is refused before JAX sees it, naming both shapes."""
    _, backprop = JAXWrapper(perceptron, _values()).begin_update(X)
    with pytest.raises(ValueError, match=r"jax: the output has shape \(5, 4\), but its gradient \(4, 5\)"):
        backprop(X.T)


def test_a_failed_load_changes_nothing() -> None:
    """Where the second wrapped function does not fit, the first has what it had before."""
    model, other = (chain(JAXWrapper(perceptron, _values()), JAXWrapper(perceptron, _values(nO=n))) for n in (4, 3))
    _train(model, 1)
    before = other.to_bytes()
    with pytest.raises(ValueError, match="not that of this JAX module"):
        other.from_bytes(model.to_bytes())
    assert other.to_bytes() == before
