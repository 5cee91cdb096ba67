"""TensorFlowShim: a model of Keras inside a node. TensorFlow must be switched on with `enable_tensorflow` before.

What a saved model consists of, and what of it is refused, stands below the class.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import convert_recursive, is_tensorflow_array, iterate_recursive, pair_recursive, to_numpy
from ..config import Registry
from ..exchange import assert_tensorflow_installed, tensorflow2xp
from ..packing import decode, encode
from ..types import ArgsKwargs
from .shim import Shim
from .states import as_vector, check_choice, check_state, from_safetensors, from_vector, is_safetensors, to_safetensors

__all__ = ["TensorFlowShim", "keras_model_fns", "maybe_handshake_model"]

keras_model_fns = Registry("keras", groups=("tagma_keras", "thinc_keras"))
"""Classes of Keras models by name, as `keras_subclass` registers them."""

_FORMATS = ("hdf5", "safetensors")


class TensorFlowShim(Shim):
    """A model of Keras: run, differentiated, updated as one vector of variables, moved, saved.

    model           a `tf.keras.Model` that has its variables
    serialize       "hdf5", the whole model, or "safetensors", its variables by number; either is read
    trusted         load files with Lambda layers or own code too, which run what is in them
    use_averages    whether `use_params` takes the averages of an optimizer, whose key is (id, "tensorflow-shim")
    Raises ImportError before `enable_tensorflow()`, ValueError for an unknown `serialize` or a model that computes with
    another framework.
    """

    gradients: list[Any] | None
    """One for each trainable variable, added up since the last update; None if there are none."""

    def __init__(
        self,
        model: Any,
        config: dict[str, Any] | None = None,
        optimizer: Any = None,
        *,
        serialize: str = "hdf5",
        trusted: bool = False,
        use_averages: bool = True,
    ) -> None:
        assert_tensorflow_installed()
        import tensorflow as tf

        super().__init__(model, config, optimizer)
        check_choice("serialize", serialize, _FORMATS)
        if (computes_with := tf.keras.config.backend()) != "tensorflow":
            raise ValueError(
                f"Keras computes with {computes_with} here: set the environment variable KERAS_BACKEND=tensorflow"
            )
        self.gradients = None
        self.use_averages: bool = use_averages
        self._serialize = serialize
        self._trusted = trusted

    def __str__(self) -> str:
        """The summary that Keras makes of the model."""
        lines: list[str] = []
        self._model.summary(print_fn=lambda line, **_: lines.append(line))
        return "\n".join(lines)

    # -- Running

    def __call__(self, X: ArgsKwargs, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run `model(*args, **kwargs)`: (its output as it is, backprop).

        `backprop` takes gradients in the nesting of the output, None for parts that have none, adds to `gradients` and
        returns the inputs with gradients in the place of tensors, zeros for integers. That of a prediction returns what
        it is given. A second call of the same `backprop` is an error of TensorFlow.
        """
        if is_train:
            return self.begin_update(X)
        return self.predict(X), lambda d_output: d_output

    def predict(self, X: ArgsKwargs) -> Any:
        """The output of the model in its mode for prediction."""
        return self._model(*X.args, **{"training": False, **X.kwargs})

    def begin_update(self, X: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """(output, backprop) in training mode; see `__call__`."""
        import tensorflow as tf

        inputs = [tensor for tensor in iterate_recursive(is_tensorflow_array, X) if tensor.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            output = self._model(*X.args, **{"training": True, **X.kwargs})
        variables = list(self._model.trainable_variables)

        def backprop(d_output: Any) -> ArgsKwargs:
            pairs = pair_recursive(is_tensorflow_array, output, d_output)
            floats = [(tensor, gradient) for tensor, gradient in pairs if tensor.dtype.is_floating]
            gradients = tape.gradient(
                [tensor for tensor, _ in floats],
                [*inputs, *variables],
                output_gradients=[tf.cast(gradient, tensor.dtype) for tensor, gradient in floats],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
            self._add(dense[len(inputs) :])
            of_input = {id(tensor): gradient for tensor, gradient in zip(inputs, dense, strict=False)}

            def gradient(tensor: Any) -> Any:
                return of_input[id(tensor)] if id(tensor) in of_input else tf.zeros_like(tensor)

            d_inputs: ArgsKwargs = convert_recursive(is_tensorflow_array, gradient, X)
            return d_inputs

        return output, backprop

    def _add(self, gradients: list[Any]) -> None:
        if self.gradients is None:
            self.gradients = gradients
        else:
            self.gradients = [old + new for old, new in zip(self.gradients, gradients, strict=True)]

    # -- Training

    def finish_update(self, optimizer: Any) -> None:
        """Let the optimizer change all trainable variables as one vector, under (id, "tensorflow-shim").

        Raises ValueError if nothing was differentiated since the last time.
        """
        if self.gradients is None:
            raise ValueError("there are no gradients to update the TensorFlow model with: call backprop first")
        variables = list(self._model.trainable_variables)
        if variables:
            values = as_vector([tensorflow2xp(_tensor(variable)) for variable in variables])
            gradients = as_vector([tensorflow2xp(gradient) for gradient in self.gradients])
            vector, _ = optimizer((self.id, "tensorflow-shim"), values, gradients)
            _assign(variables, self._parts(vector))
        self.gradients = None

    def _parts(self, vector: Any) -> list[Any]:
        """What a vector holds for each trainable variable. Raises ValueError if it has another length."""
        return from_vector(vector, [tuple(v.shape) for v in self._model.trainable_variables], self._model.name)

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
        """Use other values within a `with` block: the vector under (id, "tensorflow-shim"), and over that those under
        "tensorflow_<id>_<path of the variable>". Raises ValueError where a shape differs.
        """
        chosen: dict[str, Any] = {}
        vector = params.get((self.id, "tensorflow-shim")) if self.use_averages else None
        if vector is not None:
            paths = [variable.path for variable in self._model.trainable_variables]
            chosen |= dict(zip(paths, self._parts(vector), strict=True))
        for variable in self._model.weights:
            value = params.get(f"tensorflow_{self.id}_{variable.path}")
            if value is not None:
                chosen[variable.path] = value
        variables = [variable for variable in self._model.weights if variable.path in chosen]
        check_state(chosen, {v.path: tuple(v.shape) for v in variables}, self._model.name)
        before = [variable.numpy() for variable in variables]
        try:
            _assign(variables, [chosen[variable.path] for variable in variables])
            yield
        finally:
            _assign(variables, before)

    # -- Copies, devices, bytes

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: Keras does it for models with a config, classes of one's own are made anew."""
        state = dict(vars(self))
        if not _has_config(self._model):
            _require_decorated(self._model)
            values = [variable.numpy() for variable in self._model.weights]
            state["_model"] = (self._model.catalogue_name, self._model.eg_args, values)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if isinstance(self._model, tuple):
            name, made_with, values = self._model
            make = keras_model_fns.get(name)
            self._model = maybe_handshake_model(make(*made_with.args, **made_with.kwargs))
            _assign(self._model.weights, values)

    def remember(self) -> Callable[[], None]:
        """See Shim. The model stays the same object."""
        model, config, values = self._model, dict(self.cfg), [variable.numpy() for variable in self._model.weights]

        def bring_back() -> None:
            _assign(model.weights, values)
            self._model, self.cfg = model, config

        return bring_back

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move to "cpu" or to "gpu" number `device_id`. Raises ValueError for another device."""
        import tensorflow as tf

        if device_type not in ("cpu", "gpu"):
            raise ValueError(f"unknown device {device_type!r}: choose 'cpu' or 'gpu'")
        with tf.device("/CPU:0" if device_type == "cpu" else f"/GPU:{device_id}"):
            self._model = copy.deepcopy(self)._model

    def to_bytes(self) -> Any:
        """The whole model as Keras writes it to HDF5, or its variables as safetensors.

        Of a class with `keras_subclass` (the name it is registered under, values of its variables), which is what the
        peer has there. Raises ValueError for another class of one's own without a config.
        """
        if self._serialize == "safetensors":
            return to_safetensors({str(i): variable.numpy() for i, variable in enumerate(self._model.weights)})
        if _has_config(self._model):
            return _as_hdf5(self._model)
        _require_decorated(self._model)
        return self._model.catalogue_name, [variable.numpy() for variable in self._model.weights]

    def to_disk(self, path: Path | str) -> None:
        """Write `to_bytes` to a file, packed if these are no bytes."""
        data = self.to_bytes()
        Path(path).write_bytes(data if isinstance(data, bytes) else encode(data))

    def from_bytes(self, data: Any) -> TensorFlowShim:
        """Load what `to_bytes` made, in either format; which one it is, is seen from the data.

        HDF5 has a whole model, which takes the place of this one. Raises ValueError for damaged data, for variables of
        another model and, unless `trusted`, for a model with Lambda layers or own code.
        """
        if isinstance(data, bytes) and data.startswith(_HDF5):
            self._model = _read_hdf5(data, self._trusted)
        elif isinstance(data, bytes) and is_safetensors(data):
            self._set(from_safetensors(data, "TensorFlow"))
        else:
            name, values = _read_pair(data)
            own = getattr(self._model, "catalogue_name", None)
            if name != own:
                held = own or self._model.name
                raise ValueError(f"the saved state is that of {name!r}, but this shim holds {held!r}")
            self._set({str(i): value for i, value in enumerate(values)})
        return self

    def _set(self, values: dict[str, Any]) -> None:
        """Values by the number of the variable, since Keras counts names on from model to model."""
        variables = list(self._model.weights)
        check_state(values, {str(i): tuple(variable.shape) for i, variable in enumerate(variables)}, self._model.name)
        _assign(variables, [values[str(i)] for i in range(len(variables))])


# -- Variables


def _tensor(variable: Any) -> Any:
    """The value of a variable of Keras as a tensor."""
    import tensorflow as tf

    return tf.convert_to_tensor(variable)


def _assign(variables: Any, values: list[Any]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(to_numpy(value))


# -- Classes of one's own


def maybe_handshake_model(keras_model: Any) -> Any:
    """The model; one of a class with `keras_subclass` is compiled, built, and run once, so that it has its variables.

    Raises ValueError for a class of one's own that has neither that nor a config.
    """
    if _has_config(keras_model):
        return keras_model
    import tensorflow as tf

    _require_decorated(keras_model)
    keras_model.compile(**keras_model.eg_compile)
    if type(keras_model).build is not tf.keras.Model.build:  # others are built when they run
        keras_model.build(keras_model.eg_shape)
    keras_model.predict(keras_model.eg_x, verbose=0)
    return keras_model


def _has_config(model: Any) -> bool:
    """Whether a model says itself what it consists of; Keras only guesses for a class of one's own."""
    import tensorflow as tf

    return type(model).get_config is not tf.keras.Model.get_config


def _require_decorated(model: Any) -> None:
    if not all(
        hasattr(model, name) for name in ("catalogue_name", "eg_x", "eg_y", "eg_shape", "eg_compile", "eg_args")
    ):
        raise ValueError(
            f"{type(model).__name__} is a class of its own, which Keras cannot save: decorate it with "
            "tagma.nn.keras_subclass, or give it get_config"
        )


# -- Whole models as HDF5

_HDF5 = b"\x89HDF\r\n\x1a\n"
# The parts of Keras that configs name, and what they name beside the classes in these.
_KERAS_PARTS = ("constraints", "initializers", "layers", "models", "regularizers")
_KERAS_NAMES = ("Functional", "__keras_tensor__", "__tuple__")
# What runs code of the file, or of another one that it names.
_RUNS_CODE = ("FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper", "__lambda__", "function")


def _as_hdf5(model: Any) -> bytes:
    """The whole model as Keras writes it to HDF5, which it can only do to a path."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder, _without_advice():
        path = Path(folder) / "model.h5"
        tf.keras.models.save_model(model, str(path), include_optimizer=False)
        return path.read_bytes()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keras warns of HDF5, which is the contract's format, each time."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read_hdf5(data: bytes, trusted: bool) -> Any:
    """The model in a file. Raises ValueError for damaged data and, unless `trusted`, for code of one's own."""
    import tensorflow as tf

    config = _checked_config(data)
    if not trusted:
        _refuse_code(config)
    handled = sys.exception()
    with tempfile.TemporaryDirectory() as folder, _without_advice():
        path = Path(folder) / "model.h5"
        path.write_bytes(data)
        try:
            return tf.keras.models.load_model(str(path), compile=False, safe_mode=not trusted)
        except Exception as error:  # what is raised for damaged bytes is up to three libraries
            raise ValueError(f"the saved Keras model cannot be read: {_reason(error, handled)}") from error


def _reason(error: BaseException, handled: BaseException | None) -> str:
    """The first line of the error from which others came, each of which would show the whole config.

    handled    what the caller was about when Keras was called, which is no part of it
    """
    while error.__context__ not in (None, handled):
        error = error.__context__
    return str(error).partition("\n")[0][:300]


def _checked_config(data: bytes) -> Any:
    """What the model in a file consists of. Raises ValueError for damaged data, and for arrays larger than the file."""
    import h5py

    sizes: list[int] = []
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            file.visititems(lambda _, part: sizes.append(part.nbytes) if isinstance(part, h5py.Dataset) else None)
            config = json.loads(file.attrs["model_config"])
    except Exception as error:  # HDF5 has errors of its own, which differ by what is wrong
        raise ValueError(f"the saved Keras model cannot be read: {error}") from error
    if sum(sizes) > len(data):  # Keras does not compress
        raise ValueError(
            f"the saved Keras model cannot be read: its arrays take {sum(sizes)} bytes, but the file has {len(data)}"
        )
    return config


def _refuse_code(config: Any) -> None:
    """Raises ValueError if a config, or a part of it, names a Lambda layer or something that is not part of Keras."""
    if isinstance(config, list):
        for part in config:
            _refuse_code(part)
    elif isinstance(config, dict):
        if "class_name" in config and not _is_of_keras(config):
            raise ValueError(
                f"the saved Keras model has {_shown(config)}, which is code of its own: load it with trusted=True if "
                "you know where it comes from"
            )
        for part in config.values():
            _refuse_code(part)


def _is_of_keras(config: dict[str, Any]) -> bool:
    """Whether what a block of a config names is part of Keras and runs no code of one's own."""
    import tensorflow as tf

    name, module = config["class_name"], config.get("module")
    if not isinstance(name, str) or name in _RUNS_CODE or config.get("registered_name") not in (None, name):
        return False
    if module not in (None, "keras", *(f"keras.{part}" for part in _KERAS_PARTS)):
        return False
    homes = [tf.keras, *(getattr(tf.keras, part) for part in _KERAS_PARTS)]
    return name in _KERAS_NAMES or any(isinstance(getattr(home, name, None), type) for home in homes)


def _shown(config: dict[str, Any]) -> str:
    parts = config.get("config")
    name = parts.get("name") if isinstance(parts, dict) else None
    return f"a {config['class_name']}" + (f" named {name!r}" if name else "")


def _read_pair(data: Any) -> tuple[str, list[Any]]:
    """(registered name, values of the variables) of a class of one's own. Raises ValueError for anything else."""
    pair = decode(data, "the saved Keras model") if isinstance(data, bytes) else data
    is_pair = isinstance(pair, list | tuple) and len(pair) == 2
    if not is_pair or not isinstance(pair[0], str) or not isinstance(pair[1], list | tuple):
        raise ValueError(
            "this is no saved Keras model: it must be a file of HDF5 or safetensors, or [registered name, [arrays]]"
        )
    if not all(isinstance(value, np.ndarray | np.generic) for value in pair[1]):
        raise ValueError(f"this is no saved Keras model: some of the values of {pair[0]!r} are no arrays")
    return pair[0], list(pair[1])
