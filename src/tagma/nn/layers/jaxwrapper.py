"""Pure functions of JAX as layers: arrays become arrays of JAX, and come back.

    JAXWrapper(apply, params)      apply(params, X) -> Y

The two functions between arrays are those of `pytorchwrapper`, but that the second one makes of dY gradients in the
nesting of the output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import convert_recursive, get_array_module, is_jax_array, is_xp_array, iterate_recursive
from ..config import registry
from ..exchange import jax2xp, xp2jax
from ..model import Model
from ..shims import JAXShim
from ..types import ArgsKwargs
from ._wrapping import ConvertInputs, ConvertOutputs, as_arguments, forward, wrapping_node

__all__ = ["JAXWrapper"]

FEWEST_ROWS = 16  # to which fewer are filled up


@registry.layers("JAXWrapper.v1")
def JAXWrapper(
    apply: Callable[..., Any],
    params: Any,
    convert_inputs: ConvertInputs | None = None,
    convert_outputs: ConvertOutputs | None = None,
    *,
    jit: bool = True,
    pad_rows: bool = False,
    serialize: str = "msgpack",
    use_averages: bool = True,
) -> Model[Any, Any]:
    """Wrap a pure function `apply(params, X) -> Y` with its parameters, a tree of arrays and numbers.

    X and Y are arrays, or lists, tuples and dicts of them. A list or tuple is taken as several arguments, a dict as
    arguments by name. Gradients come back in the same shape, as zeros for integers.

    jit             compile for each shape of X. Batches of text have ever other numbers of rows: see `pad_rows`
    pad_rows        repeat the last row of X up to a power of two of rows, and cut Y to as many rows as X has, so that
                    few shapes are compiled; for functions that take each row by itself
    serialize       "msgpack" or "safetensors"
    use_averages    whether `use_params` takes the averages of an optimizer
    See JAXShim for what is raised; with `pad_rows` a ValueError too where arrays have different numbers of rows.
    """
    inputs, outputs = convert_inputs or _convert_inputs, convert_outputs or _convert_outputs
    shim = JAXShim(apply, params, jit=jit, pad_rows=pad_rows, serialize=serialize, use_averages=use_averages)
    return wrapping_node("jax", forward, shim, inputs, outputs, dims={"nI": None, "nO": None})


def _convert_inputs(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """Arrays and numbers as arrays of JAX on the device of the parameters."""
    shim = _shim(model)
    rows, device = _rows(shim, X), shim.device

    def to_jax(array: Any) -> Any:
        return xp2jax(_filled(array, rows), device)

    def from_jax(gradients: Any) -> Any:
        return convert_recursive(is_jax_array, lambda array: _cut(jax2xp(array, ops=model.ops), rows), gradients)

    return as_arguments(convert_recursive(_is_given, to_jax, X), from_jax)


def _convert_outputs(
    model: Model[Any, Any], X_Yjax: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], Any]]:
    """Arrays of JAX as arrays in the same nesting. An output that has no gradient is given None in its place."""
    import jax

    X, Yt = X_Yjax
    shim = _shim(model)
    rows, device = _rows(shim, X), shim.device
    for array in jax.tree_util.tree_leaves(Yt):
        if rows is not None and array.shape[:1] != (_fill_size(rows),):
            raise ValueError(
                f"pad_rows=True is for functions that give a row for each row, but of {_fill_size(rows)} rows this one "
                f"makes an output of shape {array.shape}"
            )
    Y = jax.tree_util.tree_map(lambda array: _cut(jax2xp(array, ops=model.ops), rows), Yt)

    def to_backward(dY: Any) -> Any:
        return jax.tree_util.tree_map(lambda array: xp2jax(_with_zeros(array, rows), device), dY)

    return Y, to_backward


def _shim(model: Model[Any, Any]) -> JAXShim:
    shim = model.shims[0]
    assert isinstance(shim, JAXShim)
    return shim


def _is_given(item: Any) -> bool:
    """Whether JAX gets a part of the input: an array, or a number."""
    return is_xp_array(item) or isinstance(item, int | float | np.generic)


# -- Rows that fill up a batch


def _rows(shim: JAXShim, X: Any) -> int | None:
    """How many rows the arrays of a batch have, if they are to be filled up. Raises ValueError if they differ."""
    if not shim.pad_rows:
        return None
    found = {len(array) for array in iterate_recursive(is_xp_array, X) if array.ndim}
    if len(found) != 1:
        raise ValueError(f"pad_rows=True takes arrays with one number of rows, but got {sorted(found) or 'none'}")
    return found.pop()


def _fill_size(rows: int) -> int:
    return max(FEWEST_ROWS, 1 << (rows - 1).bit_length())


def _filled(array: Any, rows: int | None) -> Any:
    """An array with its last row repeated up to a power of two; single numbers, or if `rows` is None, as it is.

    Rows of zeros could make a function divide by zero, and what is no number would reach the gradients of parameters.
    """
    if rows is None or not getattr(array, "ndim", 0):
        return array
    filled = get_array_module(array).ones((_fill_size(rows), *array.shape[1:]), dtype=array.dtype)
    filled[:rows] = array
    if rows:
        filled[rows:] = array[-1]
    return filled


def _with_zeros(gradient: Any, rows: int | None) -> Any:
    """The gradient of an output with zeros for the rows that were cut off."""
    filled = _filled(gradient, rows)
    if rows is not None:
        filled[rows:] = 0
    return filled


def _cut(array: Any, rows: int | None) -> Any:
    return array[:rows] if rows is not None and array.ndim else array
