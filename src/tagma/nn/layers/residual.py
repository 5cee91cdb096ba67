"""residual: Y = X + layer(X). He et al. 2016, https://arxiv.org/abs/1512.03385"""

from __future__ import annotations

from typing import Any, TypeVar, overload

from .. import fusion
from ..config import registry
from ..errors import DimensionError
from ..model import Backprop, Model, SameModel
from ..types import Padded, Ragged
from ._gradients import add_batches
from ._init import take_dim

__all__ = ["residual"]

InT = TypeVar("InT")


@overload
def residual(layer: SameModel) -> SameModel: ...
@overload
def residual(layer: Model[InT, InT]) -> Model[InT, InT]: ...
@registry.layers("residual.v1")
def residual(layer: Model[InT, InT]) -> Model[InT, InT]:
    """Add the input to the output of `layer`: arrays, lists of arrays, Ragged, Padded, all of the input's width."""
    return Model(
        f"residual({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={"nO": layer.maybe_get_dim("nO"), "nI": layer.maybe_get_dim("nI")},
    )


@fusion.kind("residual")
def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Backprop]:
    if (fused := fusion.run_window_block(model, X, is_train)) is not None:
        return fused
    Y, backprop_layer = model._layers[0](X, is_train)

    def backprop(dY: Any) -> Any:
        return add_batches(dY, backprop_layer(dY))

    try:
        return add_batches(X, Y), backprop
    except ValueError as error:
        widths = [x.data.shape[-1] if isinstance(x, Ragged | Padded) else getattr(x, "shape", "?") for x in (X, Y)]
        raise DimensionError(
            model.name,
            f"the layer turned an input of shape {widths[0]} into {widths[1]}, which cannot be added to it",
            "A residual layer needs nO equal to nI",
        ) from error


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer; if it has no width yet, Y tells it one, or X, to which its output is added."""
    layer = model.layers[0]
    told = X if Y is None else Y
    layer.initialize(X=X, Y=told if layer.has_dim("nO") is None else None)
    for dim in model.dim_names:
        take_dim(model, dim, layer)
