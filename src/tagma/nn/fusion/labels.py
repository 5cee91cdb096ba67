"""The best label of each row, for networks that end with a linear layer and softmax: scores of a part at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import rows_a_part
from ..backends.passes import Panels
from ..model import Model
from ..types import ArrayList, Floats2d
from .kept import Kept, Recipe
from .patterns import can_fuse, find_output, has_fusion
from .words import flatten

__all__ = ["best_labels"]


def best_labels(model: Model[Any, list[Floats2d]], X: Any) -> ArrayList[Any]:
    """The column of the largest output of each row, the first of equal ones: int64 (n,) on the CPU for each item of X.

    Where a network ends with with_array(softmax) its outputs are not kept, and compared before the softmax.
    """
    if (best := _best_scores(model, X)) is not None:
        return best
    rows, lengths = flatten(model.predict(X))
    return ArrayList.from_flat(model.ops.to_numpy(rows.argmax(axis=1)), lengths)


_layers: Kept[Panels] = Kept()


def _best_scores(model: Model[Any, Any], X: Any) -> ArrayList[Any] | None:
    """The same if `model` is a chain of a network and with_array(softmax), on lists of float32 arrays, else None."""
    if not has_fusion(model) or (layer := _layers.get(model, _recipe)) is None:
        return None
    try:
        items = model.layers[0].predict(X)
    except (AttributeError, TypeError, ValueError):
        return None  # the plain nodes raise it again, and say where in the network
    if not isinstance(items, list | tuple) or not len(items):
        return None
    rows, lengths = flatten(items)
    if not can_fuse(rows, model, np.float32) or rows.shape[1] != layer.nI or not len(rows):
        return None
    best = np.empty(len(rows), dtype=np.int64)
    with blas():
        layer.best(best, np.ascontiguousarray(rows), rows_a_part(len(rows), layer.nI * layer.nO))
    return ArrayList.from_flat(best, lengths)


def _recipe(model: Model[Any, Any]) -> Recipe[Panels] | None:
    output = find_output(model)
    if output is None or not has_fusion(output):
        return None
    return Recipe([model.layers[1], output], [(output, "W"), (output, "b")], _make_layer)


def _make_layer(arrays: list[np.ndarray]) -> Panels | None:
    W, b = arrays
    return Panels(W, b, 1) if W.ndim == 2 and W.size and b.shape == W.shape[:1] else None
