"""with_cpu: run a layer on the CPU within a model on the GPU."""

from __future__ import annotations

import sys
from typing import Any, TypeVar

from ..arrays import convert_recursive, is_cupy_array, is_xp_array, to_numpy
from ..backends import Ops
from ..config import registry
from ..model import Backprop, Model

__all__ = ["with_cpu"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")


@registry.layers("with_cpu.v1")
def with_cpu(layer: Model[InT, OutT], ops: Ops) -> Model[InT, OutT]:
    """Copy the input to the CPU, run `layer` there, and copy the result to the device of `ops`."""
    layer.to_cpu()
    return Model(
        f"with_cpu({layer.name})",
        forward,
        init=init,
        layers=[layer],
        ops=ops,
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    Y, backprop_layer = model._layers[0](_to_cpu(X), is_train)

    def backprop(dY: Any) -> Any:
        return _to_device(model.ops, backprop_layer(_to_cpu(dY)))

    return _to_device(model.ops, Y), backprop


def _to_cpu(X: Any) -> Any:
    if "cupy" not in sys.modules:  # all arrays are on the CPU, and what there is may be a long list of docs
        return X
    return convert_recursive(is_cupy_array, to_numpy, X)


def _to_device(ops: Ops, X: Any) -> Any:
    if ops.device_type == "cpu" and "cupy" not in sys.modules:
        return X
    return convert_recursive(is_xp_array, ops.asarray, X)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer on the CPU's copy of the samples."""
    model.layers[0].initialize(X=_to_cpu(X), Y=_to_cpu(Y))
