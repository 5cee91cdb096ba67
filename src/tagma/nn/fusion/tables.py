"""Hash tables side by side as one compiled pass, and tables with a feed-forward block behind them.

Tables and block run once for each distinct row of the batch, about every second word in running text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends.numpy_ops import float32_like, rows_a_part
from ..backends.passes import TablesPass, collect_rows, expand_rows, unique_rows
from ..gradients import gradient_arrays
from ..model import Model
from ..types import Ragged
from .blocks import Backprop, draw_dropout, run_block
from .patterns import Block, Tables, can_fuse, find_embedding, find_tables, is_a

__all__ = ["run_embedding", "run_hash_tables"]


def run_hash_tables(model: Model[Any, Any], X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the concatenate node `model` if it joins hash tables over uint64 keys (n, columns), else None."""
    if not can_fuse(X, model, np.uint64) or (tables := find_tables(model)) is None:
        return None
    found = _run_tables(tables, X, is_train)
    if found is None:
        return None
    Y, add_gradients = found

    def backprop(dY: np.ndarray) -> np.ndarray:
        add_gradients(dY)
        return np.zeros_like(X)

    return Y, backprop


def run_embedding(
    parent: Model[Any, Any], tables: Model[Any, Any], X: object, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], Ragged]] | None:
    """Forward pass of the child `tables` of the chain `parent` and of the child behind it, if they are
    with_array(hash tables) and with_array(feed-forward block) and X is Ragged keys, else None."""
    if not is_a(tables, "with_array") or type(X) is not Ragged or not can_fuse(X.data, tables, np.uint64):
        return None
    if (found := find_embedding(parent, tables)) is None:
        return None
    if (fused := _run_tables_and_block(*found, X.data, is_train)) is None:
        return None
    Y, backprop_rows = fused

    def backprop(dY: Ragged) -> Ragged:
        return Ragged(backprop_rows(dY.data), dY.lengths)

    return Ragged(Y, X.lengths), backprop


def _run_tables(
    tables: Tables, X: np.ndarray, is_train: bool
) -> tuple[np.ndarray, Callable[[np.ndarray], None]] | None:
    """Rows of all tables side by side: uint64 keys (n, columns) to float32 (n, sum of widths).

    The callback adds to the tables' gradients and returns nothing: keys have no gradient.
    """
    if not len(X):
        return None
    if max(tables.columns) >= X.shape[1]:
        return None
    if not all(node.has_param("E") for node in tables.nodes):
        return None
    arrays = [node.get_param("E") for node in tables.nodes]
    if any(E.dtype != np.float32 or not E.flags.c_contiguous for E in arrays):
        return None
    X = np.ascontiguousarray(X)
    n = len(X)
    scales: list[np.ndarray | None] = []
    for node, E in zip(tables.nodes, arrays, strict=True):
        rate = node.attrs.get("dropout_rate", 0.0) if is_train else 0.0
        scales.append(node.ops.get_dropout_mask((E.shape[1],), rate) if rate else None)
    out = np.empty((n, sum(E.shape[1] for E in arrays)), dtype=np.float32)
    run = TablesPass(len(arrays), n)
    for node, E, column, scale in zip(tables.nodes, arrays, tables.columns, scales, strict=True):
        run.add(X[:, column], node.attrs["seed"], E, np.empty((n, 4), dtype=np.int32), scale)
    run.forward(out, rows_a_part(n, 24 * out.shape[1]))

    def backprop(dY: np.ndarray) -> None:
        dY = float32_like(dY, out.shape)
        with gradient_arrays(*((node, "E") for node in tables.nodes)) as gradients:
            run.backward(gradients, dY)

    return out, backprop


def _run_tables_and_block(
    tables: Tables, block: Block, X: np.ndarray, is_train: bool
) -> tuple[np.ndarray, Backprop] | None:
    """Tables, then a feed-forward block, computed for the distinct rows of X and dealt out to the batch."""
    rate = block.dropout_rate(is_train)
    if not len(X) or rate >= 1.0 or block.params() is None:
        return None
    X = np.ascontiguousarray(X)
    first, inverse = unique_rows(X)
    embedded = _run_tables(tables, X[first], is_train)
    if embedded is None:
        return None
    mixed = run_block(Block(block.maxout, block.norm, None), embedded[0], is_train)
    if mixed is None:
        return None
    backprop_tables, (rows, backprop_block) = embedded[1], mixed
    n, nO = len(X), rows.shape[1]
    dropout = draw_dropout((n, nO), rate)
    Y = np.empty((n, nO), dtype=np.float32)
    expand_rows(Y, rows, inverse, *dropout, rows_a_part(n, 8 * nO))

    def backprop(dY: np.ndarray) -> np.ndarray:
        drows = np.zeros(rows.shape, dtype=np.float32)
        collect_rows(drows, float32_like(dY, (n, nO)), inverse, dropout[0], dropout[1])
        backprop_tables(backprop_block(drows))
        return np.zeros_like(X)

    return Y, backprop
