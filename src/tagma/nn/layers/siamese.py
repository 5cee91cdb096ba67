"""siamese: compare two inputs by what one shared layer makes of them. Bromley et al. 1993."""

from __future__ import annotations

from typing import Any, TypeVar

from ..config import registry
from ..model import Backprop, Model
from ._init import take_dim, take_width

__all__ = ["siamese"]

LayerT = TypeVar("LayerT")
SimT = TypeVar("SimT")
OutT = TypeVar("OutT")


@registry.layers("siamese.v1")
def siamese(
    layer: Model[LayerT, SimT], similarity: Model[tuple[SimT, SimT], OutT]
) -> Model[tuple[LayerT, LayerT], OutT]:
    """Run `layer` on both inputs, then `similarity`. Raises ValueError unless nI and nO are set."""
    return Model(
        f"siamese({layer.name}, {similarity.name})",
        forward,
        init=init,
        layers=[layer, similarity],
        dims={"nI": layer.get_dim("nI"), "nO": similarity.get_dim("nO")},
    )


def forward(model: Model[Any, Any], X1_X2: tuple[Any, Any], is_train: bool) -> tuple[Any, Backprop]:
    layer, similarity = model._layers
    V1, backprop_first = layer(X1_X2[0], is_train)
    V2, backprop_second = layer(X1_X2[1], is_train)
    Y, backprop_similarity = similarity((V1, V2), is_train)

    def backprop(dY: Any) -> tuple[Any, Any]:
        dV1, dV2 = backprop_similarity(dY)
        return backprop_first(dV1), backprop_second(dV2)

    return Y, backprop


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    """Widths from the samples; the similarity sees what the layer makes of the pair."""
    layer, similarity = model.layers
    first, second = (None, None) if X is None else X
    take_width("nI", second, model)
    layer.initialize(X=first)
    similarity.initialize(X=None if X is None else (layer.predict(first), layer.predict(second)))
    take_dim(model, "nO", similarity)
