"""Blocks of MXNet as layers: arrays become tensors of MXNet, and come back.

    enable_mxnet()
    MXNetWrapper(mxnet.gluon.nn.Dense(4))      arrays in, arrays out

The two functions between arrays and tensors are those of `pytorchwrapper`, but that gradients go to
`mxnet.autograd.backward`, as `head_grads`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays import convert_recursive, is_mxnet_array, is_xp_array, pair_recursive
from ..config import registry
from ..exchange import mxnet2xp, xp2mxnet
from ..model import Model
from ..shims import MXNetShim
from ..types import ArgsKwargs
from ._wrapping import ConvertInputs, ConvertOutputs, as_arguments, forward, wrapping_node

__all__ = ["MXNetWrapper"]


@registry.layers("MXNetWrapper.v1")
def MXNetWrapper(
    mxnet_model: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    model_class: type[Model[Any, Any]] = Model,
    model_name: str = "mxnet",
) -> Model[Any, Any]:
    """Wrap a `mxnet.gluon.Block`; see MXNetShim. Arrays may be nested as for PyTorchWrapper.

    Raises ImportError before `enable_mxnet()`, ValueError for a model of another kind.
    """
    inputs = convert_inputs or convert_mxnet_default_inputs
    outputs = convert_outputs or convert_mxnet_default_outputs
    return wrapping_node(model_name, forward, MXNetShim(mxnet_model), inputs, outputs, model_class=model_class)


def convert_mxnet_default_inputs(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """Arrays as tensors; in training, floats keep a gradient."""

    def to_tensor(array: Any) -> Any:
        return xp2mxnet(array, requires_grad=is_train and array.dtype.kind == "f")

    def from_tensors(gradients: Any) -> Any:
        return convert_recursive(is_mxnet_array, lambda tensor: mxnet2xp(tensor, ops=model.ops), gradients)

    return as_arguments(convert_recursive(is_xp_array, to_tensor, X), from_tensors)


def convert_mxnet_default_outputs(
    model: Model[Any, Any], X_Ymxnet: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
    """Tensors as arrays in the same nesting. An output that has no gradient is given None in its place."""
    _, Yt = X_Ymxnet
    Y = convert_recursive(is_mxnet_array, lambda tensor: mxnet2xp(tensor, ops=model.ops), Yt)

    def to_backward(dY: Any) -> ArgsKwargs:
        pairs = list(pair_recursive(is_mxnet_array, Yt, dY))
        return ArgsKwargs(
            ([tensor for tensor, _ in pairs],), {"head_grads": [xp2mxnet(gradient) for _, gradient in pairs]}
        )

    return Y, to_backward
