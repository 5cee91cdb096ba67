"""Modules of PyTorch as layers: arrays become tensors that share their memory, and come back the same way.

    wrapped = PyTorchWrapper(torch.nn.Sequential(...))      arrays in, arrays out
    PyTorchRNNWrapper(torch.nn.LSTM(...))                   Padded in, Padded out

What goes into a module and what comes out of it is up to two functions:

    convert_inputs(model, X, is_train) -> (ArgsKwargs for the module, gradients of these -> dX)
    convert_outputs(model, (X, output of the module), is_train) -> (Y, dY -> ArgsKwargs for torch.autograd.backward)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, Unpack

from ..arrays import convert_recursive, is_torch_array, is_xp_array, pair_recursive
from ..config import registry
from ..exchange import torch2xp, xp2torch
from ..model import Model
from ..shims import PyTorchGradScaler, PyTorchShim
from ..types import ArgsKwargs, Padded
from ._wrapping import ConvertInputs, ConvertOutputs, as_arguments, forward, wrapping_node

__all__ = ["PyTorchRNNWrapper", "PyTorchWrapper", "PyTorchWrapper_v2", "PyTorchWrapper_v3"]


class SavingOptions(TypedDict, total=False):
    """Settings that the peer's wrappers lack, so that configs have them only where they are given; see PyTorchShim."""

    serialize: str
    use_averages: bool


class Options(SavingOptions, total=False):
    """Settings that later versions of the wrapper name."""

    mixed_precision: bool
    grad_scaler: PyTorchGradScaler | None
    device: Any


@registry.layers("PyTorchRNNWrapper.v1")
def PyTorchRNNWrapper(
    pytorch_model: Any, convert_inputs: ConvertInputs | None = None, convert_outputs: ConvertOutputs | None = None
) -> Model[Padded, Padded]:
    """Wrap a module of `torch.nn.LSTM`'s kind: (data, state) → (output, state), states None and dropped.

    Padded (steps, sequences, width) → Padded. Padding is part of what the module sees.
    """
    return PyTorchWrapper(pytorch_model, convert_inputs or convert_rnn_inputs, convert_outputs or convert_rnn_outputs)


@registry.layers("PyTorchWrapper.v1")
def PyTorchWrapper(
    pytorch_model: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    **options: Unpack[Options],
) -> Model[Any, Any]:
    """Wrap a `torch.nn.Module`. `options`: those of PyTorchShim but `config`, `optimizer` and functions for bytes."""
    return PyTorchWrapper_v3(pytorch_model, convert_inputs, convert_outputs, **options)


@registry.layers("PyTorchWrapper.v2")
def PyTorchWrapper_v2(
    pytorch_model: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    mixed_precision: bool = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
    **options: Unpack[SavingOptions],
) -> Model[Any, Any]:
    """Wrap a `torch.nn.Module`, with mixed precision and a device of its own; see PyTorchShim."""
    return PyTorchWrapper_v3(
        pytorch_model, convert_inputs, convert_outputs, mixed_precision, grad_scaler, device, **options
    )


@registry.layers("PyTorchWrapper.v3")
def PyTorchWrapper_v3(
    pytorch_model: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    mixed_precision: bool = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
    serialize_model: Callable[[Any], bytes] | None = None,
    deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
    **options: Unpack[SavingOptions],
) -> Model[Any, Any]:
    """Wrap a `torch.nn.Module`, with functions that turn it into bytes and back; see PyTorchShim.

    The default functions take and give arrays in any nesting of lists, tuples, dicts and ArgsKwargs. A list or tuple is
    taken as the arguments of the module, a dict as arguments by name. Gradients come back in the same shape, as zeros
    for integers.
    """
    shim = PyTorchShim(
        pytorch_model,
        mixed_precision=mixed_precision,
        grad_scaler=grad_scaler,
        device=device,
        serialize_model=serialize_model,
        deserialize_model=deserialize_model,
        **options,
    )
    return pytorch_node("pytorch", shim, convert_inputs, convert_outputs)


def pytorch_node(
    name: str, shim: PyTorchShim, convert_inputs: ConvertInputs | None, convert_outputs: ConvertOutputs | None
) -> Model[Any, Any]:
    """The node around a shim, with the default functions for those that are None."""
    inputs = convert_inputs or convert_pytorch_default_inputs
    outputs = convert_outputs or convert_pytorch_default_outputs
    return wrapping_node(name, forward, shim, inputs, outputs, dims={"nI": None, "nO": None})


# -- Arrays in any nesting


def convert_pytorch_default_inputs(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """Arrays as tensors on the device of the module; in training, floats ask for gradients."""
    device = _device(model)

    def to_tensor(array: Any) -> Any:
        return xp2torch(array, requires_grad=is_train and array.dtype.kind == "f", device=device)

    def from_tensors(gradients: Any) -> Any:
        return convert_recursive(is_torch_array, lambda tensor: torch2xp(tensor, ops=model.ops), gradients)

    return as_arguments(convert_recursive(is_xp_array, to_tensor, X), from_tensors)


def convert_pytorch_default_outputs(
    model: Model[Any, Any], X_Ytorch: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
    """Tensors as arrays in the same nesting. An output that has no gradient is given None in its place."""
    _, Yt = X_Ytorch
    Y = convert_recursive(is_torch_array, lambda tensor: torch2xp(tensor, ops=model.ops), Yt)

    def to_backward(dY: Any) -> ArgsKwargs:
        pairs = [pair for pair in pair_recursive(is_torch_array, Yt, dY) if pair[0].requires_grad]
        tensors = tuple(tensor for tensor, _ in pairs)
        gradients = tuple(_gradient_of(tensor, gradient) for tensor, gradient in pairs)
        is_single = is_torch_array(Yt) and gradients
        return ArgsKwargs((tensors,), {"grad_tensors": gradients[0] if is_single else gradients})

    return Y, to_backward


def _gradient_of(tensor: Any, gradient: Any) -> Any:
    return xp2torch(gradient, device=tensor.device).to(tensor.dtype)


# -- Sequences


def convert_rnn_inputs(
    model: Model[Padded, Padded], Xp: Padded, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Padded]]:
    """The data of a Padded as a tensor, with a state of None."""
    data = xp2torch(Xp.data, requires_grad=is_train, device=_device(model))

    def to_padded(d_inputs: ArgsKwargs) -> Padded:
        return _with_data(Xp, torch2xp(d_inputs.args[0], ops=model.ops))

    return ArgsKwargs((data, None), {}), to_padded


def convert_rnn_outputs(
    model: Model[Padded, Padded], inputs_outputs: tuple[Padded, Any], is_train: bool
) -> tuple[Padded, Callable[[Padded], ArgsKwargs]]:
    """The output of (output, state) as a Padded of the same sequences."""
    Xp, (Yt, _) = inputs_outputs

    def to_backward(dYp: Padded) -> ArgsKwargs:
        return ArgsKwargs((Yt,), {"grad_tensors": _gradient_of(Yt, dYp.data)})

    return _with_data(Xp, torch2xp(Yt, ops=model.ops)), to_backward


def _with_data(batch: Padded, data: Any) -> Padded:
    return Padded(data, batch.size_at_t, batch.lengths, batch.indices)


def _device(model: Model[Any, Any]) -> Any:
    shim = model.shims[0]
    assert isinstance(shim, PyTorchShim)
    return shim.device
