"""A model of Keras in a shim: updates, other values, copies, bytes and what is refused."""

from __future__ import annotations

import copy
import io
import json
import pickle
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma.nn
from tagma.nn import SGD, Adam, ArgsKwargs, TensorFlowShim, keras_model_fns, keras_subclass, maybe_handshake_model
from tagma.nn.packing import encode

# Keras itself has the deprecated form.
pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


@pytest.fixture(autouse=True, scope="module")
def tensorflow() -> None:
    """TensorFlow is switched on, which warns that it is deprecated, as the contract has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tagma.nn.enable_tensorflow()


def perceptron(nI: int = 3, nO: int = 2, dtype: str = "float32", seed: int = 0) -> Any:
    """Two dense layers."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(seed)
    layers = tf.keras.layers
    first = layers.Dense(4, activation="tanh", dtype=dtype)
    return tf.keras.Sequential([layers.Input((nI,), dtype=dtype), first, layers.Dense(nO, dtype=dtype)])


def own_class(name: str) -> Any:
    """A class of models of one's own, registered under a name."""
    import tensorflow as tf

    @keras_subclass(name, X=X, Y=X[:, :2], input_shape=(5, 3))
    class Own(tf.keras.Model):  # type: ignore[misc]
        def __init__(self, width: int = 4, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.first = tf.keras.layers.Dense(width, activation="tanh")
            self.last = tf.keras.layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.last(self.first(inputs))

    return Own


def _inputs() -> ArgsKwargs:
    import tensorflow as tf

    return ArgsKwargs((tf.convert_to_tensor(X),), {})


def _step(shim: TensorFlowShim) -> ArgsKwargs:
    """One pass forth and back, whose gradients stay."""
    output, backprop = shim.begin_update(_inputs())
    d_inputs: ArgsKwargs = backprop(output)
    return d_inputs


def _values(shim: TensorFlowShim) -> list[np.ndarray]:
    return [variable.numpy() for variable in shim._model.weights]


def _equal(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs))


# -- Running and training


def test_each_mode_is_told_to_the_model() -> None:
    """Dropout and statistics of batches are at work in training alone; the backprop of a prediction does nothing."""
    import tensorflow as tf

    norm = tf.keras.layers.BatchNormalization(momentum=0.5)
    shim = TensorFlowShim(tf.keras.Sequential([tf.keras.layers.Input((3,)), norm, tf.keras.layers.Dropout(0.5)]))
    before = _values(shim)
    output, backprop = shim(_inputs(), is_train=False)
    assert np.allclose(output, X, atol=1e-2)
    assert backprop(output) is output
    assert _equal(_values(shim), before)
    output, _ = shim(_inputs(), is_train=True)
    assert (np.asarray(output) == 0).any()
    assert not _equal(_values(shim), before)


def test_all_variables_are_one_vector() -> None:
    """What the optimizer makes of values and gradients, end to end, is what the model has; frozen ones are left out."""
    import tensorflow as tf

    shim = TensorFlowShim(perceptron())
    shim._model.layers[0].trainable = False
    frozen = _values(shim)[:2]
    _step(shim)
    calls = []

    def optimizer(key: Any, values: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        calls.append((key, values.copy(), gradient.copy()))
        return values - gradient, gradient

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(shim._model(X) ** 2) / 2
    wanted = np.concatenate([np.ravel(g) for g in tape.gradient(loss, shim._model.trainable_variables)])
    shim.finish_update(optimizer)
    ((key, values, gradient),) = calls
    assert key == (shim.id, "tensorflow-shim")
    np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-6)
    assert _equal(_values(shim)[:2], frozen)
    assert np.array_equal(np.concatenate([value.ravel() for value in _values(shim)[2:]]), values - gradient)
    assert shim.gradients is None
    with pytest.raises(ValueError, match="no gradients to update the TensorFlow model with"):
        shim.finish_update(optimizer)


def test_gradients_add_up_until_the_update() -> None:
    """Two passes before an update have the gradient of their sum."""
    once, twice = TensorFlowShim(perceptron()), TensorFlowShim(perceptron())
    _step(once)
    _step(twice)
    _step(twice)
    once.finish_update(SGD(0.02, grad_clip=0.0))
    twice.finish_update(SGD(0.01, grad_clip=0.0))
    for one, other in zip(_values(once), _values(twice), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_lookups_have_gradients() -> None:
    """A table has gradients for the rows looked up, ids have zeros; a model without variables is no matter."""
    import tensorflow as tf

    shim = TensorFlowShim(
        tf.keras.Sequential([tf.keras.layers.Input((1,), dtype="int32"), tf.keras.layers.Embedding(4, 2)])
    )
    ids = tf.constant([[1], [2], [2]])
    before = _values(shim)[0]
    output, backprop = shim.begin_update(ArgsKwargs((ids,), {}))
    d_ids = backprop(tf.ones_like(output)).args[0]
    assert (d_ids.dtype, d_ids.numpy().any()) == (ids.dtype, False)
    shim.finish_update(SGD(1.0, grad_clip=0.0))
    assert (before - _values(shim)[0]).round(5).tolist() == [[0, 0], [1, 1], [2, 2], [0, 0]]
    empty = TensorFlowShim(tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.ReLU()]))
    _step(empty)
    empty.finish_update(SGD(1.0))
    assert empty.gradients is None


def test_other_values_are_used_within_a_block() -> None:
    """Averages under the key of the vector, and values under the peer's text keys; the old values come back."""
    shim, optimizer = TensorFlowShim(perceptron()), Adam(0.1)
    for _ in range(3):
        _step(shim)
        shim.finish_update(optimizer)
    before = _values(shim)
    with shim.use_params(optimizer.averages):
        found = np.concatenate([value.ravel() for value in _values(shim)])
        assert np.array_equal(found, optimizer.averages[shim.id, "tensorflow-shim"])
        assert not _equal(_values(shim), before)
    assert _equal(_values(shim), before)
    path = shim._model.weights[1].path
    with shim.use_params({f"tensorflow_{shim.id}_{path}": np.full(4, 3.0), "other": None}):
        assert (_values(shim)[1] == 3.0).all()
    with pytest.raises(KeyError, match="of the body"), shim.use_params(optimizer.averages):
        raise KeyError("of the body")
    assert _equal(_values(shim), before)
    for wrong in ({f"tensorflow_{shim.id}_{path}": np.ones(5)}, {(shim.id, "tensorflow-shim"): np.ones(5)}):
        with pytest.raises(ValueError, match=r"has shape \(5,\)|have shape \(5,\)"), shim.use_params(wrong):
            pass
    shim.use_averages = False
    with shim.use_params(optimizer.averages):
        assert _equal(_values(shim), before)


def test_the_summary_is_that_of_keras() -> None:
    """As text the shim is a table of the layers."""
    assert "dense" in str(TensorFlowShim(perceptron()))


@pytest.mark.parametrize("make", [perceptron, lambda: maybe_handshake_model(own_class("copied.v1")(width=6))])
@pytest.mark.parametrize("twin_of", [TensorFlowShim.copy, copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
def test_a_copy_is_independent(make: Callable[[], Any], twin_of: Callable[[TensorFlowShim], TensorFlowShim]) -> None:
    """Copies and pickles hold a model of their own with the same values and gradients; `copy` has a new id."""
    shim = TensorFlowShim(make(), {"a": 1})
    _step(shim)
    before = _values(shim)
    twin = twin_of(shim)
    assert twin.cfg == {"a": 1}
    assert (twin.id != shim.id) == (twin_of is TensorFlowShim.copy)
    assert _equal(_values(twin), before)
    twin.finish_update(SGD(1.0))
    assert not _equal(_values(twin), before)
    assert _equal(_values(shim), before)
    assert len(shim.gradients or ()) == 4


def test_keras_on_another_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that compute with JAX or PyTorch leave no trace on TensorFlow's tape, so they are refused."""
    import tensorflow as tf

    model = perceptron()
    monkeypatch.setattr(tf.keras.config, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="Keras computes with jax here"):
        TensorFlowShim(model)


def test_devices() -> None:
    """A model that is moved predicts the same; there are "cpu" and "gpu"."""
    shim = TensorFlowShim(perceptron())
    before = shim.predict(_inputs()).numpy()
    shim.to_device("cpu", -1)
    assert np.array_equal(shim.predict(_inputs()), before)
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        shim.to_device("tpu", 0)


# -- Bytes


def test_whole_models_are_hdf5(tmp_path: Path) -> None:
    """The file is what Keras writes, has the model whole, and comes out the same again; also from disk."""
    import tensorflow as tf

    shim = TensorFlowShim(perceptron())
    data = shim.to_bytes()
    (tmp_path / "model.h5").write_bytes(data)
    loaded = tf.keras.models.load_model(str(tmp_path / "model.h5"), compile=False)
    assert _equal([weight.numpy() for weight in loaded.weights], _values(shim))
    other = TensorFlowShim(perceptron(nO=5))
    assert other.from_bytes(data) is other
    assert _equal(_values(other), _values(shim))
    assert other.to_bytes() == data
    shim.to_disk(tmp_path / "shim")
    assert _equal(_values(TensorFlowShim(perceptron(seed=2)).from_disk(tmp_path / "shim")), _values(shim))


def test_safetensors_are_written_and_read_by_content() -> None:
    """Variables by number, whatever Keras calls them; either shim reads what the other wrote."""
    safe, plain = TensorFlowShim(perceptron(), serialize="safetensors"), TensorFlowShim(perceptron(seed=2))
    data = safe.to_bytes()
    assert data[8:9] == b"{"
    assert _equal(_values(plain.from_bytes(data)), _values(safe))
    assert safe.from_bytes(plain.to_bytes()).to_bytes() == data
    with pytest.raises(ValueError, match="not that of this"):
        TensorFlowShim(perceptron(nO=5)).from_bytes(data)
    with pytest.raises(ValueError, match="'hdf5', 'safetensors', but is 'pickle'"):
        TensorFlowShim(perceptron(), serialize="pickle")


def test_classes_of_ones_own(tmp_path: Path) -> None:
    """Their bytes are the registered name and the values; the class is made anew from its arguments."""
    own = own_class("own.v1")
    assert keras_model_fns.get("own.v1") is own
    model = maybe_handshake_model(own(width=6))
    assert (model.eg_args, model.eg_shape, model.catalogue_name) == (ArgsKwargs((), {"width": 6}), (5, 3), "own.v1")
    assert model.eg_compile == {"optimizer": "adam", "loss": "mse"}
    assert model.eg_y.shape == (5, 2)
    shim, other = TensorFlowShim(model), TensorFlowShim(maybe_handshake_model(own(width=6)))
    name, values = shim.to_bytes()
    assert (name, len(values)) == ("own.v1", 4)
    assert _equal(_values(other.from_bytes([name, values])), _values(shim))
    shim.to_disk(tmp_path / "shim")
    other = TensorFlowShim(maybe_handshake_model(own(width=6)))
    assert _equal(_values(other.from_disk(tmp_path / "shim")), _values(shim))
    with pytest.raises(ValueError, match="not that of this"):
        TensorFlowShim(maybe_handshake_model(own(width=4))).from_bytes([name, values])
    with pytest.raises(ValueError, match=r"that of 'own\.v1', but this shim holds 'sequential"):
        TensorFlowShim(perceptron()).from_bytes([name, values])


def test_which_classes_can_be_saved() -> None:
    """One without the decorator and arguments that JSON has not are refused with the way out; `build` is called."""
    import tensorflow as tf

    class Bare(tf.keras.Model):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(ValueError, match=r"Bare is a class of its own.*keras_subclass"):
        maybe_handshake_model(Bare())
    with pytest.raises(ValueError, match=r"Bare is a class of its own.*keras_subclass"):
        TensorFlowShim(Bare()).to_bytes()

    @keras_subclass("of_an_array.v1", X=X, Y=X, input_shape=(5, 3), compile_args={"loss": "mae"})
    class OfArray(tf.keras.Model):  # type: ignore[misc]
        def __init__(self, table: Any) -> None:
            super().__init__()
            self.layer = tf.keras.layers.Dense(len(table))
            self.shapes: list[Any] = []

        def build(self, input_shape: Any) -> None:
            self.shapes.append(tuple(input_shape))
            self.layer.build(input_shape)

        def call(self, inputs: Any) -> Any:
            return self.layer(inputs)

    with pytest.raises(ValueError, match="OfArray is made with arguments that cannot be written as JSON"):
        OfArray(X)
    model = maybe_handshake_model(OfArray([1, 2]))
    assert model.eg_compile == {"optimizer": "adam", "loss": "mae"}
    assert model.shapes[0] == (5, 3)
    functional = perceptron()
    assert maybe_handshake_model(functional) is functional


def _with_code(kind: str) -> Any:
    """A model with code of its own."""
    import tensorflow as tf

    layers = tf.keras.layers

    @tf.keras.utils.register_keras_serializable("tests")
    class Twice(layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return 2 * inputs

    @tf.keras.utils.register_keras_serializable("tests")
    def twice(inputs: Any) -> Any:
        return 2 * inputs

    layer = {
        "Lambda": lambda: layers.Lambda(lambda inputs: 2 * inputs),
        "wrapped": lambda: layers.TimeDistributed(layers.Lambda(lambda inputs: 2 * inputs)),
        "layer": Twice,
        "function": lambda: layers.Dense(2, activation=twice),
    }[kind]()
    return tf.keras.Sequential([layers.Input((2, 3)), layer])


@pytest.mark.parametrize("kind", ["Lambda", "wrapped", "layer", "function"])
def test_code_in_files_is_refused(kind: str) -> None:
    """Unless the caller trusts it, nothing of the file is run, and the model stays the same."""
    import tensorflow as tf

    maker = TensorFlowShim(_with_code(kind))
    data = maker.to_bytes()
    shim = TensorFlowShim(perceptron())
    model = shim._model
    with pytest.raises(ValueError, match="code of its own: load it with trusted=True"):
        shim.from_bytes(data)
    assert shim._model is model
    trusting = TensorFlowShim(perceptron(), trusted=True).from_bytes(data)
    given = ArgsKwargs((tf.ones((1, 2, 3)),), {})
    assert np.array_equal(trusting.predict(given), maker.predict(given))


def test_arrays_larger_than_the_file_are_refused() -> None:
    """An array that takes gigabytes, of which nothing is stored, is refused before it is read."""
    import h5py

    shim = TensorFlowShim(perceptron())
    file_ = io.BytesIO(shim.to_bytes())
    with h5py.File(file_, "r+") as file:
        file.create_dataset("large", (10**5, 10**5), dtype="f4", chunks=(1000, 1000), compression="gzip")
    with pytest.raises(ValueError, match=r"its arrays take 400000\d+ bytes, but the file has \d{5}$"):
        shim.from_bytes(file_.getvalue())


def _renamed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The file with another config of its first dense layer."""
    import h5py

    file_ = io.BytesIO(data)
    with h5py.File(file_, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config["config"]["layers"][1])
        file.attrs["model_config"] = json.dumps(config)
    return file_.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda layer: layer.update(class_name="TorchModuleWrapper"),
        lambda layer: layer.update(module="os", class_name="system"),
        lambda layer: layer.update(module="keras.utils", class_name="get_file"),
        lambda layer: layer.update(registered_name="package>Dense"),
        lambda layer: layer.update(class_name=["Dense"]),
        lambda layer: layer["config"].update(kernel_initializer={"class_name": "Lambda", "config": {}}),
    ],
)
def test_names_that_are_not_of_keras_are_refused(change: Callable[[dict[str, Any]], None]) -> None:
    """Whatever a config names that is no layer, initializer, regularizer or constraint of Keras is code of its own."""
    shim = TensorFlowShim(perceptron())
    with pytest.raises(ValueError, match="code of its own"):
        shim.from_bytes(_renamed(shim.to_bytes(), change))


def test_parts_of_keras_are_read() -> None:
    """Regularizers, constraints, wrappers around layers and graphs that branch are no code of one's own."""
    import tensorflow as tf

    layers = tf.keras.layers
    start = layers.Input((None, 4))
    dense = layers.Dense(6, activation="gelu", kernel_regularizer="l2", kernel_constraint="max_norm", dtype="float64")
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(start)
    end = layers.Add()([dense(both), layers.LayerNormalization()(both)])
    shim = TensorFlowShim(tf.keras.Model(start, end))
    given = ArgsKwargs((tf.ones((2, 5, 4)),), {})
    twin = TensorFlowShim(perceptron()).from_bytes(shim.to_bytes())
    assert np.array_equal(twin.predict(given), shim.predict(given))


def test_other_data_is_refused() -> None:
    """Pickles, maps, pairs that are none, and files that are cut."""
    shim = TensorFlowShim(perceptron())
    before, data = _values(shim), shim.to_bytes()
    for other in (b"", pickle.dumps({"a": 1}), encode({"config": {}}), [1, 2], ["name"], None, "text"):
        with pytest.raises(ValueError, match="saved Keras model"):
            shim.from_bytes(other)
    with pytest.raises(ValueError, match="some of the values of 'a' are no arrays"):
        shim.from_bytes(["a", ["text"]])
    for length in (8, 100, len(data) // 2):
        with pytest.raises(ValueError, match="saved Keras model cannot be read"):
            shim.from_bytes(data[:length])
    assert _equal(_values(shim), before)


def test_flipped_bytes_are_survived() -> None:
    """A file with one altered byte is read or is a ValueError, whichever byte it is."""
    data = TensorFlowShim(perceptron()).to_bytes()
    shim = TensorFlowShim(perceptron(seed=2))
    rng = np.random.default_rng(0)
    for place in rng.choice(len(data), 60, replace=False):
        altered = bytearray(data)
        altered[place] ^= 1 << rng.integers(8)
        with suppress(ValueError):
            shim.from_bytes(bytes(altered))
        assert shim._model.weights
