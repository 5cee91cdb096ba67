"""What the nodes around models of other frameworks share: how they run, and what an input is taken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays import is_xp_array
from ..errors import DimensionError
from ..model import Backprop, Model
from ..shims import Shim
from ..types import ArgsKwargs

ConvertInputs = Callable[[Model[Any, Any], Any, bool], tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]]
ConvertOutputs = Callable[[Model[Any, Any], Any, bool], tuple[Any, Callable[[Any], Any]]]


def wrapping_node(
    name: str,
    forward: Callable[..., tuple[Any, Backprop]],
    shim: Shim,
    convert_inputs: ConvertInputs,
    convert_outputs: ConvertOutputs,
    *,
    dims: dict[str, int | None] = {},  # noqa: B006 - copied, never changed
    model_class: type[Model[Any, Any]] = Model,
) -> Model[Any, Any]:
    """The node around a shim. The functions become attributes, which are not saved."""
    attrs = {"convert_inputs": convert_inputs, "convert_outputs": convert_outputs}
    return model_class(name, forward, attrs=attrs, shims=[shim], dims=dims)


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    """Run a shim whose `convert_outputs` is given (X, output of the wrapped model)."""
    return run(model, X, is_train, lambda output: (X, output))


def run(model: Model[Any, Any], X: Any, is_train: bool, to_convert: Callable[[Any], Any]) -> tuple[Any, Backprop]:
    """Run a shim between its two functions; `to_convert` makes of its output what the second one is given.

    Raises ValueError for an output that has not the width of the node, and for a gradient of another shape.
    """
    Xt, to_dX = model.attrs["convert_inputs"](model, X, is_train)
    Yt, backprop_wrapped = model.shims[0](Xt, is_train)
    Y, to_dYt = model.attrs["convert_outputs"](model, to_convert(Yt), is_train)
    _check_width(model, Y)
    shape = _shape(Y)

    def backprop(dY: Any) -> Any:
        if shape is not None and _shape(dY) not in (None, shape):
            raise ValueError(f"{model.name}: the output has shape {shape}, but its gradient {_shape(dY)}")
        return to_dX(backprop_wrapped(to_dYt(dY)))

    return Y, backprop


def as_arguments(Xt: Any, from_tensors: Callable[[Any], Any]) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """What a wrapped model is called with, and how gradients of that become gradients of the input.

    A list or tuple is taken as the arguments, a dict as arguments by name; anything else is the one argument.
    """
    if isinstance(Xt, ArgsKwargs):
        return Xt, from_tensors
    if isinstance(Xt, dict):
        return ArgsKwargs((), Xt), lambda d_inputs: from_tensors(d_inputs.kwargs)
    if isinstance(Xt, list | tuple):
        return ArgsKwargs(tuple(Xt), {}), lambda d_inputs: from_tensors(d_inputs.args)
    return ArgsKwargs((Xt,), {}), lambda d_inputs: from_tensors(d_inputs.args[0])


def _check_width(model: Model[Any, Any], Y: Any) -> None:
    width = model.maybe_get_dim("nO")
    if width is not None and is_xp_array(Y) and Y.ndim >= 2 and Y.shape[-1] != width:
        raise DimensionError(
            model.name,
            f"nO is {width}, but the wrapped model gives {Y.shape[-1]}",
            f"Set nO to {Y.shape[-1]}, or wrap a model whose output has {width} columns",
            mark=f"nO is {width}",
        )


def _shape(batch: Any) -> tuple[int, ...] | None:
    """The shape of an array; None for other batches."""
    return tuple(batch.shape) if is_xp_array(batch) else None
