"""A function of JAX in a shim: parameters of any tree, updates, other parameters, copies, bytes and what is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from tagma.nn import SGD, Adam, ArgsKwargs, JAXShim, xp2jax
from tagma.nn.packing import decode, encode

pytestmark = pytest.mark.jax

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def perceptron(params: Any, x: Any) -> Any:
    """Two dense layers."""
    import jax

    first, last = params["layers"]
    return jax.numpy.tanh(x @ first["W"] + first["b"]) @ last["W"] * params["scale"]


def values(seed: int = 0) -> Any:
    """Its parameters."""
    rng = np.random.default_rng(seed)
    first = {"W": rng.normal(size=(3, 4)).astype("float32"), "b": np.zeros(4, "float32")}
    return {"layers": [first, {"W": rng.normal(size=(4, 2)).astype("float32")}], "scale": 1.5}


PATHS = ["layers/0/W", "layers/0/b", "layers/1/W", "scale"]


def _inputs() -> ArgsKwargs:
    return ArgsKwargs((xp2jax(X),), {})


def _step(shim: JAXShim) -> ArgsKwargs:
    """One pass forth and back, whose gradients stay."""
    output, backprop = shim.begin_update(_inputs())
    d_inputs: ArgsKwargs = backprop(output)
    return d_inputs


def _leaves(shim: JAXShim) -> dict[str, Any]:
    arrays: dict[str, Any] = decode(decode(shim.to_bytes())["state"])
    return arrays


def _same(shim: JAXShim, other: JAXShim) -> bool:
    return bool((shim.predict(_inputs()) == other.predict(_inputs())).all())


def test_the_tree_keeps_its_form() -> None:
    """Parameters come back in the tree they came in, and are named by their path."""
    shim = JAXShim(perceptron, values())
    assert list(_leaves(shim)) == PATHS
    assert shim.params.keys() == {"layers", "scale"}
    assert shim.params["layers"][0]["W"].tolist() == values()["layers"][0]["W"].tolist()
    assert shim.predict(_inputs()).tolist() == perceptron(shim.params, X).tolist()


@pytest.mark.parametrize("jit", [True, False])
def test_each_leaf_is_updated(jit: bool) -> None:
    """What the optimizer makes of value and gradient is what the shim has; keys are (id, path)."""
    import jax

    shim = JAXShim(perceptron, values(), jit=jit)
    before = _leaves(shim)
    wanted = jax.grad(lambda params: (perceptron(params, X) ** 2).sum() / 2)(shim.params)
    _step(shim)
    keys = []

    def optimizer(key: Any, value: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        keys.append(key)
        return value - gradient, gradient

    shim.finish_update(optimizer)
    assert keys == [(shim.id, path) for path in PATHS]
    after = _leaves(shim)
    np.testing.assert_allclose(after["layers/0/W"], before["layers/0/W"] - wanted["layers"][0]["W"], rtol=1e-4)
    np.testing.assert_allclose(after["scale"], before["scale"] - wanted["scale"], rtol=1e-4)
    shim.finish_update(optimizer)
    assert len(keys) == 4  # nothing was differentiated since


def test_gradients_add_up_until_the_update() -> None:
    """Two passes before an update have the gradient of their sum."""
    once, twice = JAXShim(perceptron, values()), JAXShim(perceptron, values())
    _step(once)
    _step(twice)
    _step(twice)
    once.finish_update(SGD(0.02, grad_clip=0.0))
    twice.finish_update(SGD(0.01, grad_clip=0.0))
    for path, value in _leaves(once).items():
        np.testing.assert_allclose(value, _leaves(twice)[path], rtol=1e-5)


def test_odd_leaves() -> None:
    """Integers stay, halves and single numbers are trained, None is no leaf, and what has no part in it stays."""

    def apply(params: Any, x: Any) -> Any:
        return x * params["half"].sum() * params["number"] + params["steps"]

    odd = {
        "half": np.ones(2, "float16"),
        "number": 2,
        "steps": np.int32(3),
        "none": None,
        "idle": np.ones(2, "float32"),
    }
    odd["number"] = 2.0
    shim = JAXShim(apply, odd)
    _step(shim)
    shim.finish_update(SGD(0.1, grad_clip=0.0))
    after = _leaves(shim)
    assert after["half"].dtype == np.float16
    assert (after["half"] != 1).all()
    assert after["number"] != 2
    assert (after["steps"], after["idle"].tolist()) == (3, [1, 1])
    assert shim.params["none"] is None


def test_integers_and_several_outputs() -> None:
    """Ids have zeros as gradient; outputs keep their nesting, and may have None for a part or a gradient less."""

    def apply(params: Any, ids: Any, weights: Any = 1.0) -> Any:
        return {"rows": params[ids] * weights, "ids": ids, "more": [params.sum()]}

    shim = JAXShim(apply, np.ones((4, 2), "float32"))
    ids = xp2jax(np.array([1, 2, 2]))
    output, backprop = shim.begin_update(ArgsKwargs((ids,), {"weights": xp2jax(np.ones((3, 1), "float32"))}))
    assert set(output) == {"rows", "ids", "more"}
    d_inputs = backprop({"rows": output["rows"], "more": [None]})
    assert d_inputs.args[0].dtype == ids.dtype
    assert not d_inputs.args[0].any()
    assert d_inputs.kwargs["weights"].tolist() == [[2], [2], [2]]
    shim.finish_update(SGD(1.0, grad_clip=0.0))
    assert shim.params.tolist() == [[1, 1], [0, 0], [-1, -1], [1, 1]]
    with pytest.raises(ValueError, match=r"output rows has shape \(3, 2\), but its gradient \(3,\)"):
        backprop({"rows": output["ids"]})
    with pytest.raises(ValueError, match="a gradient of columns, which the function does not give"):
        backprop({"columns": output["rows"]})


def test_other_values_are_used_within_a_block() -> None:
    """Averages of the optimizer are used, and the old values come back; a wrong shape is refused."""
    shim, optimizer = JAXShim(perceptron, values()), Adam(0.1)
    for _ in range(3):
        _step(shim)
        shim.finish_update(optimizer)
    before = _leaves(shim)
    with shim.use_params(optimizer.averages):
        assert all(
            np.array_equal(_leaves(shim)[path].ravel(), optimizer.averages[shim.id, path].ravel()) for path in PATHS
        )
        assert not np.array_equal(_leaves(shim)["layers/0/W"], before["layers/0/W"])
    assert all(np.array_equal(value, before[path]) for path, value in _leaves(shim).items())
    with pytest.raises(KeyError, match="of the body"), shim.use_params(optimizer.averages):
        raise KeyError("of the body")
    assert np.array_equal(_leaves(shim)["layers/0/W"], before["layers/0/W"])
    wrong = {(shim.id, "layers/0/b"): np.ones(3, "float32")}
    with pytest.raises(ValueError, match=r"has shape \(4,\), but the value to use \(3,\)"), shim.use_params(wrong):
        pass
    shim.use_averages = False
    with shim.use_params(optimizer.averages):
        assert np.array_equal(_leaves(shim)["layers/0/W"], before["layers/0/W"])


@pytest.mark.parametrize("twin_of", [JAXShim.copy, copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
def test_a_copy_is_independent(twin_of: Callable[[JAXShim], JAXShim]) -> None:
    """Copies and pickles have the same values, and gradients, and parameters of their own; `copy` has a new id."""
    shim = JAXShim(perceptron, values(), {"a": 1})
    _step(shim)
    twin = twin_of(shim)
    assert twin.cfg == {"a": 1}
    assert (twin.id != shim.id) == (twin_of is JAXShim.copy)
    assert _same(shim, twin)
    before = _leaves(shim)
    twin.finish_update(SGD(1.0))
    assert not _same(shim, twin)
    assert all(np.array_equal(value, before[path]) for path, value in _leaves(shim).items())


# -- Bytes


def test_bytes_and_back() -> None:
    """A map of the config and the arrays by path, which come out the same again."""
    shim = JAXShim(perceptron, values(), {"a": 1})
    data = shim.to_bytes()
    assert list(decode(data)) == ["config", "state"]
    other = JAXShim(perceptron, values(seed=2))
    assert other.from_bytes(data) is other
    assert (other.cfg, other.to_bytes()) == ({"a": 1}, data)
    assert _same(shim, other)


def test_safetensors_are_written_and_read_by_content() -> None:
    """Either shim reads what the other wrote, and each writes its own format."""
    safe, plain = JAXShim(perceptron, values(), serialize="safetensors"), JAXShim(perceptron, values(seed=2))
    data = safe.to_bytes()
    assert decode(data)["state"][8:9] == b"{"
    plain.from_bytes(data)
    assert _same(safe, plain)
    assert safe.from_bytes(plain.to_bytes()).to_bytes() == data
    with pytest.raises(ValueError, match="'msgpack', 'safetensors', but is 'pickle'"):
        JAXShim(perceptron, values(), serialize="pickle")


@pytest.mark.parametrize("serialize", ["msgpack", "safetensors"])
def test_halves_are_saved(serialize: str) -> None:
    """bfloat16, which arrays of NumPy have not, is saved as float32 and comes back as it was."""
    import jax

    half = jax.numpy.asarray([1.0, 0.1], dtype="bfloat16")
    shim = JAXShim(lambda params, x: x * params.sum(), half, serialize=serialize)
    twin = JAXShim(lambda params, x: x * params.sum(), half * 0).from_bytes(shim.to_bytes())
    assert twin.params.dtype == "bfloat16"
    assert twin.params.tolist() == half.tolist()


def test_other_data_is_refused() -> None:
    """Parameters of another tree, maps that are none, pickles; and the parameters stay."""
    shim = JAXShim(perceptron, values())
    before = shim.to_bytes()
    other = JAXShim(lambda params, x: x, {"layers": np.ones(2)})
    with pytest.raises(ValueError, match="not that of this JAX module"):
        shim.from_bytes(other.to_bytes())
    for state in (b"", encode([1]), encode({"layers/0/W": 3}), pickle.dumps({"scale": 1})):
        with pytest.raises(ValueError, match="saved state of the JAX module"):
            shim.from_bytes(encode({"config": {}, "state": state}))
    with pytest.raises(ValueError, match="no saved JAX module"):
        shim.from_bytes(encode({"state": b""}))
    assert shim.to_bytes() == before


@pytest.mark.parametrize("serialize", ["msgpack", "safetensors"])
def test_every_flipped_byte_is_survived(serialize: str) -> None:
    """A state with one altered byte is read or is a ValueError, whichever byte it is."""
    data = JAXShim(perceptron, values(), serialize=serialize).to_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(data), 120, replace=False):
        altered = bytearray(data)
        altered[place] ^= 1 << rng.integers(8)
        shim = JAXShim(perceptron, values())
        with suppress(ValueError):
            shim.from_bytes(bytes(altered))
        assert list(_leaves(shim)) == PATHS


# -- What is refused


def test_what_is_no_function_or_parameter() -> None:
    """Something that cannot be called, a leaf of text, two leaves of one path, and a device that is none."""
    with pytest.raises(ValueError, match=r"runs a function apply\(params, X\), but got a dict"):
        JAXShim({}, perceptron)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a/0 is a str"):
        JAXShim(perceptron, {"a": ["text"]})
    with pytest.raises(ValueError, match="the same path"):
        JAXShim(perceptron, {"a": {"b": 1.0}, "a/b": 1.0})
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        JAXShim(perceptron, values()).to_device("tpu", 0)


def test_devices() -> None:
    """The device is that of the parameters, or of the backend where there are none."""
    import jax

    shim = JAXShim(perceptron, values())
    shim.to_device("cpu", -1)
    assert shim.device == jax.devices("cpu")[0] == JAXShim(perceptron, {}).device
