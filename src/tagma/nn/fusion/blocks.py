"""Feed-forward and window blocks as one compiled pass, and the dropout of every pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import float32_like, rows_a_part
from ..backends.passes import BlockPass, Twister
from ..gradients import gradient_arrays
from ..model import Model
from .patterns import Block, can_fuse, find_block, find_window_block

__all__ = [
    "Backprop",
    "draw_dropout",
    "run_block",
    "run_feed_forward",
    "run_window_block",
]

Backprop = Callable[[np.ndarray], np.ndarray]


def run_feed_forward(model: Model[Any, Any], X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the chain node `model` if it is a feed-forward block on float32 rows, else None."""
    if not can_fuse(X, model, np.float32) or (block := find_block(model)) is None:
        return None
    return run_block(block, X, is_train)


def run_window_block(model: Model[Any, Any], X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the residual node `model` if it wraps expand_window and a feed-forward block, else None."""
    if not can_fuse(X, model, np.float32) or (found := find_window_block(model)) is None:
        return None
    window, block = found
    return run_block(block, X, is_train, window=window, residual=True)


def run_block(
    block: Block, X: np.ndarray, is_train: bool, *, window: int = 0, residual: bool = False
) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of a block over float32 rows (n, nI / (2 window + 1)); None if plain nodes must take this input."""
    params = block.params()
    rate = block.dropout_rate(is_train)
    if params is None or rate >= 1.0:
        return None
    W, bias, G, b = params
    nO, nP, nI = W.shape
    n, width = X.shape
    if n == 0 or nP > 255 or nI != width * (2 * window + 1) or (residual and nO != width):
        return None
    X = np.ascontiguousarray(X)
    dropout = draw_dropout((n, nO), rate)
    rows = rows_a_part(n, nO * nP * nI)
    run = BlockPass(X, W.reshape(nO * nP, nI), bias.reshape(-1), G, b, nO, window, residual, rows)
    with blas():
        Y = run.forward(is_train, *dropout)

    def backprop(dY: np.ndarray) -> np.ndarray:
        if not is_train:  # nothing was kept for the way back
            again = run_block(Block(block.maxout, block.norm, None), X, True, window=window, residual=residual)
            assert again is not None, "what could be predicted can be trained"
            return again[1](dY)
        dY = float32_like(dY, (n, nO))
        with gradient_arrays(*block.parameters()) as (dW, dbias, dG, db), blas():
            dX: np.ndarray = run.backward(dY, dW.reshape(nO * nP, nI), dbias.reshape(-1), dG, db)
        return dX

    return Y, backprop


Dropout = tuple[np.ndarray | None, float, float, Twister | None]


def draw_dropout(shape: tuple[int, int], rate: float) -> Dropout:
    """(keep, scale, rate, twister) for kernels that drop values of (n, width) out, with the draws of
    `Ops.get_dropout_mask`. keep is uint8, None at rate 0; they fill it from the twister, unless that is None because
    NumPy's global generator is of another kind: then it is filled already."""
    if not rate:
        return None, 1.0, 0.0, None
    keep = np.empty(shape, dtype=np.uint8)
    twister = Twister.current()
    if twister is None:
        np.greater_equal(np.random.uniform(0.0, 1.0, shape), rate, out=keep, casting="unsafe")
    return keep, 1.0 / (1.0 - rate), rate, twister
