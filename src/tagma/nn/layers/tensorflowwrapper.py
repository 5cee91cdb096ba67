"""Models of Keras as layers: arrays become tensors of TensorFlow, and come back.

    enable_tensorflow()
    TensorFlowWrapper(tf.keras.Sequential([...]))      arrays in, arrays out

What goes into a model and what comes out of it is up to two functions:

    convert_inputs(model, X, is_train) -> (ArgsKwargs for the model, gradients of these -> dX)
    convert_outputs(model, output of the model, is_train) -> (Y, dY -> gradients in the nesting of the output)
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, TypeVar

from ..arrays import convert_recursive, is_tensorflow_array, is_xp_array
from ..exchange import assert_tensorflow_installed, tensorflow2xp, xp2tensorflow
from ..model import Backprop, Model
from ..shims import TensorFlowShim, keras_model_fns, maybe_handshake_model
from ..types import ArgsKwargs
from ._wrapping import ConvertInputs, ConvertOutputs, as_arguments, run, wrapping_node

__all__ = ["TensorFlowWrapper", "keras_subclass"]

ClassT = TypeVar("ClassT", bound=type)


def TensorFlowWrapper(
    tensorflow_model: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    optimizer: Any = None,
    model_class: type[Model[Any, Any]] = Model,
    model_name: str = "tensorflow",
    *,
    serialize: str = "hdf5",
    trusted: bool = False,
    use_averages: bool = True,
) -> Model[Any, Any]:
    """Wrap a `tf.keras.Model`; the last settings are those of TensorFlowShim. Arrays are nested as for PyTorchWrapper.

    Raises ImportError before `enable_tensorflow()`; ValueError for a model of another kind, and for one of a class of
    one's own without `keras_subclass`.
    """
    assert_tensorflow_installed()
    import tensorflow as tf

    if not isinstance(tensorflow_model, tf.keras.Model):
        raise ValueError(f"TensorFlowWrapper takes a tf.keras.Model, not a {type(tensorflow_model).__name__}")
    shim = TensorFlowShim(
        maybe_handshake_model(tensorflow_model),
        optimizer=optimizer,
        serialize=serialize,
        trusted=trusted,
        use_averages=use_averages,
    )
    inputs = convert_inputs or _convert_inputs
    outputs = convert_outputs or _convert_outputs
    return wrapping_node(model_name, forward, shim, inputs, outputs, model_class=model_class)


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    return run(model, X, is_train, lambda output: output)


def _convert_inputs(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """Arrays as tensors; in training, gradients flow into floats."""

    def to_tensor(array: Any) -> Any:
        return xp2tensorflow(array, requires_grad=is_train and array.dtype.kind == "f")

    def from_tensors(gradients: Any) -> Any:
        return convert_recursive(is_tensorflow_array, lambda tensor: tensorflow2xp(tensor, ops=model.ops), gradients)

    return as_arguments(convert_recursive(is_xp_array, to_tensor, X), from_tensors)


def _convert_outputs(model: Model[Any, Any], Yt: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    """Tensors as arrays in the same nesting. An output that has no gradient is given None in its place."""
    Y = convert_recursive(is_tensorflow_array, lambda tensor: tensorflow2xp(tensor, ops=model.ops), Yt)
    return Y, lambda dY: convert_recursive(is_xp_array, xp2tensorflow, dY)


def keras_subclass(
    name: str, X: Any, Y: Any, input_shape: tuple[int, ...], compile_args: dict[str, Any] | None = None
) -> Callable[[ClassT], ClassT]:
    """Decorate a class of Keras models, so that its models can be saved: by its name and their variables.

    name            what the class is registered under
    X, Y            samples of input and output, with which a model is run once
    input_shape     the shape that a model is built with, the number of rows included
    compile_args    arguments for `compile`; default: optimizer "adam", loss "mse"
    Making a model raises ValueError if its arguments cannot be written as JSON.
    """
    compiled_with = {"optimizer": "adam", "loss": "mse", **(compile_args or {})}
    samples = {"catalogue_name": name, "eg_x": X, "eg_y": Y, "eg_shape": input_shape, "eg_compile": compiled_with}

    def decorate(cls: ClassT) -> ClassT:
        make = cls.__init__  # type: ignore[misc]  # of a class that is known when it is decorated

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            make(self, *args, **kwargs)
            try:
                json.dumps([args, kwargs])
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"{cls.__name__} is made with arguments that cannot be written as JSON, but its models are saved "
                    f"with them: {error}"
                ) from error
            self.eg_args = ArgsKwargs(args, kwargs)

        for key, value in samples.items():
            setattr(cls, key, property(functools.partial(_sample, value)))
        cls.__init__ = __init__  # type: ignore[misc]  # as above
        keras_model_fns(name)(cls)
        return cls

    return decorate


def _sample(value: Any, model: Any) -> Any:
    """What a property of a decorated class has."""
    return value
