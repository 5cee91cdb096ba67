"""resizable: a container whose layer can be exchanged for a wider one that keeps what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d

__all__ = ["resizable"]

InT = TypeVar("InT")
OutT = TypeVar("OutT")
LayerT = Model[Floats2d, Floats2d]


@registry.layers("resizable.v1")
def resizable(layer: Model[InT, OutT], resize_layer: Callable[..., Any]) -> Model[InT, OutT]:
    """Run `layer`; `resize_layer(layer, new_nO)` makes the wider one for `resize_model`."""
    return Model(
        f"resizable({layer.name})",
        forward,
        init=init,
        layers=[layer],
        attrs={"resize_layer": resize_layer},
        dims={name: layer.maybe_get_dim(name) for name in layer.dim_names},
    )


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    return model._layers[0](X, is_train)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer."""
    model.layers[0].initialize(X=X, Y=Y)


def resize_model(model: Model[InT, OutT], new_nO: int) -> Model[InT, OutT]:
    """Exchange the layer of a resizable node for one of width `new_nO`."""
    model.layers[0] = model.attrs["resize_layer"](model.layers[0], new_nO)
    return model


def resize_linear_weighted(layer: LayerT, new_nO: int, *, fill_defaults: dict[str, float] | None = None) -> LayerT:
    """A copy of a layer with parameters of nO rows or parts, widened to `new_nO`.

    New rows hold fill_defaults[param], or 0. Without an nO yet it is set on the layer itself; without an nI yet, or
    with the same nO, the layer itself is returned. Raises AssertionError for layers with children, references or shims,
    ValueError for fewer rows.
    """
    if layer.layers or layer.ref_names or layer.shims:
        raise AssertionError(f"cannot resize {layer.name}: it has children, references or shims of its own")
    old_nO = layer.maybe_get_dim("nO")
    if old_nO is not None and new_nO < old_nO:
        raise ValueError(f"cannot shrink {layer.name} from nO={old_nO} to {new_nO}: what was learnt would be lost")
    unset = not any(map(layer.has_param, layer.param_names))
    if None in (layer.has_dim("nO"), layer.has_dim("nI")) or (unset and not layer.has_dim("nI")):
        layer.set_dim("nO", new_nO, force=True)  # not initialized yet: nO is only a setting
    if new_nO == layer.get_dim("nO"):
        return layer
    wider: LayerT = Model(
        layer.name,
        layer._func,
        init=layer.init,
        dims={**layer._dims, "nO": new_nO},
        params=dict.fromkeys(layer.param_names),
        axes=layer.axes,
        attrs=layer.attrs,
        ops=layer.ops,
    )
    wider.initialize()
    for name in filter(layer.has_param, layer.param_names):
        rows, old = cast(Any, wider.get_param(name)), cast(Any, layer.get_param(name))
        rows[: len(old)] = old  # of nO rows, or, as those of SparseLinear, of nO parts of equal length
        rows[len(old) :] = 0.0 if fill_defaults is None else fill_defaults.get(name, 0.0)
    return wider
