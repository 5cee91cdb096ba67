"""uniqued: run a layer once for each distinct value of a column, and deal the results out to all rows."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Backprop, Model
from ..types import Floats2d, Ints2d

__all__ = ["uniqued"]


@registry.layers("uniqued.v1")
def uniqued(layer: Model[Ints2d, Floats2d], *, column: int = 0) -> Model[Ints2d, Floats2d]:
    """Save work where rows repeat, as in embedding text. Rows with one key must be equal in all that `layer` reads."""
    return Model(
        f"uniqued({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={"nO": None, "nI": None},
        attrs={"column": column},
    )


def forward(model: Model[Ints2d, Floats2d], X: Ints2d, is_train: bool) -> tuple[Floats2d, Backprop]:
    layer = model._layers[0]
    if X.size < 2:
        return layer(X, is_train)
    ops = model.ops
    keys = X[:, model.attrs["column"]]
    _, first, inverse, counts = ops.xp.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1).astype("int32")
    Y_unique, backprop_layer = layer(ops.as_contig(X[first]), is_train)

    def backprop(dY: Floats2d) -> Any:
        dY_unique = ops.alloc(Y_unique.shape, dtype=dY.dtype)
        ops.scatter_add(dY_unique, inverse, dY)
        dX_unique = backprop_layer(dY_unique)
        return (dX_unique / counts.reshape((-1,) + (1,) * (dX_unique.ndim - 1)))[inverse]

    return Y_unique[inverse], backprop


def init(model: Model[Ints2d, Floats2d], X: Any = None, Y: Any = None) -> None:
    """Initialize the layer, and take over its widths."""
    layer = model.layers[0]
    layer.initialize(X=X, Y=Y)
    for name in ("nI", "nO"):
        if layer.has_dim(name):
            model.set_dim(name, layer.get_dim(name))
