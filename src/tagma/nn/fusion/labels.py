"""The best label of each row, for networks that end with a linear layer and softmax: scores of a part at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import rows_a_part
from ..backends.passes import best_columns
from ..model import Model
from ..types import ArrayList, Floats2d
from .patterns import can_fuse, find_output
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


def _best_scores(model: Model[Any, Any], X: Any) -> ArrayList[Any] | None:
    """The same if `model` is a chain of a network and with_array(softmax), on lists of float32 arrays, else None."""
    if (output := find_output(model)) is None or not (output.has_param("W") and output.has_param("b")):
        return None
    W, b = output.get_param("W"), output.get_param("b")
    if not can_fuse(W, output, np.float32) or type(b) is not np.ndarray or b.dtype != np.float32:
        return None
    try:
        items = model.layers[0].predict(X)
    except (AttributeError, TypeError, ValueError):
        return None  # the plain nodes raise it again, and say where in the network
    if not isinstance(items, list | tuple) or not len(items):
        return None
    rows, lengths = flatten(items)
    fits = can_fuse(rows, model, np.float32) and rows.shape[1:] == W.shape[1:] and b.shape == W.shape[:1]
    if not fits or not W.size or not len(rows):
        return None
    best = np.empty(len(rows), dtype=np.int64)
    with blas():
        best_columns(
            best,
            np.ascontiguousarray(rows),
            np.ascontiguousarray(W),
            np.ascontiguousarray(b),
            rows_a_part(len(rows), W.size),
        )
    return ArrayList.from_flat(best, lengths)
