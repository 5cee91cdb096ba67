"""The best label of each row, for networks that end with a linear layer and softmax: scores of a part at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import rows_a_part
from ..backends.passes import best_columns
from ..model import Model
from ..types import ArrayList
from .patterns import can_fuse, find_output
from .words import flatten

__all__ = ["run_best_labels"]


def run_best_labels(model: Model[Any, Any], X: Any) -> ArrayList[Any] | None:
    """The column of the largest score of each row, int64 (n,) for each item of X, if `model` is a chain that ends with
    with_array(softmax) on lists of float32 arrays, else None. Of equal scores before the softmax the first one wins."""
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
        best_columns(best, rows, np.ascontiguousarray(W), np.ascontiguousarray(b), rows_a_part(len(rows), W.size))
    return ArrayList.from_flat(best, lengths)
