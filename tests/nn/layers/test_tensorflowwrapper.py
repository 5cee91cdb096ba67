"""Models of Keras among native layers: gradients through both worlds, nestings of arrays, training, bytes."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tagma.nn
from tagma.nn import (
    Adam,
    ArgsKwargs,
    Linear,
    Maxout,
    Model,
    Relu,
    TensorFlowWrapper,
    chain,
    concatenate,
    enable_tensorflow,
    residual,
    tensorflow2xp,
    with_array,
    xp2tensorflow,
)
from tagma.testing import check_gradients

from ..shims.test_tensorflow import own_class, perceptron

# Keras itself has the deprecated form.
pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


@pytest.fixture(autouse=True, scope="module")
def tensorflow() -> None:
    """TensorFlow is switched on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enable_tensorflow()


def _wide(dtype: str = "float32", **options: Any) -> Model[Any, Any]:
    return TensorFlowWrapper(perceptron(4, 4, dtype), **options)


def test_a_model_in_the_middle_has_right_gradients() -> None:
    """Backprop through native layers, a model, and native layers again is the numerical derivative of the graph."""
    model: Model = chain(
        Maxout(4, 4, nP=2), concatenate(residual(_wide("float64")), Linear(3, 4)), Linear(2, 7)
    ).initialize()
    check_gradients(model, X)


def test_two_nodes_share_a_model() -> None:
    """Gradients of both places add up, and an update moves the variables once."""
    inner = _wide("float64")
    model: Model = chain(inner, Linear(4, 4), inner).initialize()
    check_gradients(model, X)


def test_lists_reach_a_model() -> None:
    """The rows of lists with an empty item are seen at once."""
    lists = [X, X[:0], X[:2]]
    check_gradients(with_array(_wide("float64")).initialize(lists), lists)


# -- What goes in and comes out


def _function(function: Callable[..., Any], **inputs: Any) -> Model[Any, Any]:
    """A graph of Keras with these inputs, of width 4."""
    import tensorflow as tf

    named = {name: tf.keras.layers.Input((4,), name=name) for name in inputs}
    return TensorFlowWrapper(tf.keras.Model(list(named.values()), function(**named)))


def test_several_inputs_and_outputs() -> None:
    """ArgsKwargs whose argument is a list are the inputs of a graph; outputs keep their nesting."""
    model = _function(lambda a, b: {"sum": a + 2 * b, "twice": 2 * a}, a=4, b=4)
    Y, backprop = model.begin_update(ArgsKwargs(([X, X],), {}))
    assert np.allclose(Y["sum"], 3 * X)
    ones = np.ones_like(X)
    dX = backprop({"sum": ones, "twice": None})
    assert [float(part.flat[0]) for part in dX.args[0]] == [1.0, 2.0]
    Y, backprop = model.begin_update(ArgsKwargs(([X, X],), {}))
    assert [float(part.flat[0]) for part in backprop({"sum": ones, "twice": ones}).args[0]] == [3.0, 2.0]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (X, np.ndarray),
        ((X, X), tuple),
        ([X, X], tuple),
        ({"a": X, "b": X}, dict),
        (ArgsKwargs((X,), {"b": X}), ArgsKwargs),
    ],
    ids=["array", "tuple", "list", "dict", "ArgsKwargs"],
)
def test_nestings_of_inputs(data: Any, kind: type) -> None:
    """They reach the `call` of a class as its arguments, and gradients come back in the same nesting."""
    import tensorflow as tf

    class Sum(tf.keras.Model):  # type: ignore[misc]
        def call(self, a: Any, b: Any = None) -> Any:
            return 1.5 * a if b is None else 1.5 * a + 2 * b

        def get_config(self) -> dict[str, Any]:
            return {}

    Y, backprop = TensorFlowWrapper(Sum()).begin_update(data)
    dX = backprop(np.ones_like(X))
    assert isinstance(dX, kind)
    parts = [dX] if kind is np.ndarray else list(getattr(dX, "values", lambda: dX)())
    assert np.allclose(Y, X * (1.5 if len(parts) == 1 else 3.5))
    assert [float(part.flat[0]) for part in parts] == [1.5, 2.0][: len(parts)]


def test_own_conversions() -> None:
    """Functions of the contract's signature decide what the model sees and what the layer returns."""

    def convert_inputs(model: Model, X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
        return ArgsKwargs((xp2tensorflow(X["data"], is_train),), {}), lambda d: {"data": tensorflow2xp(d.args[0])}

    def convert_outputs(model: Model, Y: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        return {"out": tensorflow2xp(Y)}, lambda dY: xp2tensorflow(dY["out"])

    model = _wide(convert_inputs=convert_inputs, convert_outputs=convert_outputs)
    plain = _wide()
    Y, backprop = model.begin_update({"data": X})
    wanted, backprop_plain = plain.begin_update(X)
    assert np.array_equal(Y["out"], wanted)
    assert np.array_equal(backprop({"out": X})["data"], backprop_plain(X))


# -- Training, copies, bytes


def _net(**options: Any) -> Model:
    return chain(Relu(4, 4), _wide(**options), Linear(2, 4))


def _train(model: Model, steps: int = 40) -> tuple[Adam, list[float]]:
    target, optimizer, losses = X[:, :2] - 1, Adam(0.05), []
    for _ in range(steps):
        Y, backprop = model.begin_update(X)
        losses.append(float(((Y - target) ** 2).sum()))
        backprop(2 * (Y - target))
        model.finish_update(optimizer)
    return optimizer, losses


def test_a_mixed_network_trains() -> None:
    """One optimizer moves native and wrapped parameters, the loss falls, and averages are used by both."""
    model = _net().initialize()
    optimizer, losses = _train(model)
    assert losses[-1] < 0.1 * losses[0]
    assert (model.layers[1].shims[0].id, "tensorflow-shim") in optimizer.nr_update
    before = model.predict(X)
    with model.use_params(optimizer.averages):
        assert not np.allclose(model.predict(X), before)
    assert np.array_equal(model.predict(X), before)


@pytest.mark.parametrize("options", [{}, {"serialize": "safetensors"}], ids=["hdf5", "safetensors"])
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
    model.to_cpu()
    assert np.array_equal(model.predict(X), Y)


def test_a_class_of_ones_own_goes_through_bytes() -> None:
    """A decorated class trains, is copied and loaded as a graph of Keras is."""
    own = own_class("in_a_chain.v1")
    model = chain(Linear(3, 4), TensorFlowWrapper(own(width=6))).initialize()
    _train(model, 3)
    Y = model.predict(X)
    loaded = chain(Linear(3, 4), TensorFlowWrapper(own(width=6))).from_bytes(model.to_bytes())
    for twin in (model.copy(), loaded):
        assert np.array_equal(twin.predict(X), Y)


def test_a_failed_load_changes_nothing() -> None:
    """Where the second wrapped model does not fit, the first has what it had before, and is the same object."""
    options = {"serialize": "safetensors"}
    model, other = (chain(_wide(**options), TensorFlowWrapper(perceptron(4, n), **options)) for n in (4, 3))
    _train(chain(model.layers[0], Linear(2, 4)).initialize(), 1)
    before, first = other.predict(X), other.layers[0].shims[0]._model
    with pytest.raises(ValueError, match="not that of this"):
        other.from_bytes(model.to_bytes())
    assert np.array_equal(other.predict(X), before)
    assert other.layers[0].shims[0]._model is first


def test_the_node_is_that_of_the_contract() -> None:
    """Name and class as asked for; functions are not saved."""

    class Own(Model[Any, Any]):
        pass

    model = _wide(model_class=Own, model_name="mine")
    assert (type(model), model.name, len(model.shims)) == (Own, "mine", 1)
    assert _wide().name == "tensorflow"
    assert set(model.attrs) == {"convert_inputs", "convert_outputs"}
    assert model.to_dict()["attrs"] == [{}]


def test_wrong_models_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no model of Keras, what cannot be saved, and a gradient of another shape; TensorFlow that is off."""
    import tensorflow as tf

    with pytest.raises(ValueError, match=r"takes a tf\.keras\.Model, not a Dense"):
        TensorFlowWrapper(tf.keras.layers.Dense(2))
    _, backprop = _wide().begin_update(X)
    with pytest.raises(ValueError, match=r"tensorflow: the output has shape \(5, 4\), but its gradient \(4, 5\)"):
        backprop(X.T)
    monkeypatch.setattr(tagma.nn.compat, "has_tensorflow", False)
    with pytest.raises(ImportError, match=r"call tagma\.nn\.enable_tensorflow\(\) first"):
        TensorFlowWrapper(None)
