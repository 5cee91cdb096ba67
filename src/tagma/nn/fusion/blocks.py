"""Feed-forward and window blocks as one compiled pass, and what every pass needs: gradients to add to, dropout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import rows_a_part
from ..backends.passes import BlockPass, Twister
from ..model import Model
from .patterns import Block, can_fuse, find_block, find_window_block

__all__ = [
    "Backprop",
    "draw_dropout",
    "float32_like",
    "gradient_arrays",
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
    run = BlockPass(X, W.reshape(nO * nP, nI), bias.reshape(-1), G, b, window, residual, rows)
    Y = np.empty((n, nO), dtype=np.float32)
    which = Xhat = rstd = cols = None
    if is_train:
        which, Xhat = np.empty((n, nO), dtype=np.uint8), np.empty((n, nO), dtype=np.float32)
        rstd = np.empty(n, dtype=np.float32)
        cols = np.empty((n, nI), dtype=np.float32) if window else None
    with blas():
        run.forward(Y, cols, which, Xhat, rstd, *dropout)

    def backprop(dY: np.ndarray) -> np.ndarray:
        if not is_train:  # nothing was kept for the way back
            again = run_block(Block(block.maxout, block.norm, None), X, True, window=window, residual=residual)
            assert again is not None, "what could be predicted can be trained"
            return again[1](dY)
        dY = float32_like(dY, (n, nO))
        dX = np.empty((n, width), dtype=np.float32)
        dcols = np.empty((n, nI), dtype=np.float32) if window else dX
        scratch = np.empty((n, run.scratch_width), dtype=np.float32)
        sums = np.empty((-(-n // rows), nO * (nP + 3)), dtype=np.float32)
        with gradient_arrays(*block.parameters()) as (dW, dbias, dG, db), blas():
            run.backward(dY, dX, dW.reshape(nO * nP, nI), dbias.reshape(-1), dG, db, scratch, dcols, sums)
        return dX

    return Y, backprop


@contextmanager
def gradient_arrays(*params: tuple[Model[Any, Any], str]) -> Iterator[list[np.ndarray]]:
    """Float32 arrays like the parameters, which kernels add their gradients to: the stored ones where that can be,
    else zeros, which are added when the context ends."""
    arrays, new = [], []
    for model, name in params:
        like = model.get_param(name)
        grad = model.get_grad(name) if model.has_grad(name) else None
        if grad is None or grad.dtype != np.float32 or grad.shape != like.shape or not grad.flags.carray:
            grad = np.zeros(like.shape, dtype=np.float32)
            new.append((model, name, grad))
        arrays.append(grad)
    yield arrays
    for model, name, grad in new:
        model.inc_grad(name, grad)


def float32_like(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient as kernels take it. Raises ValueError if the output had another shape."""
    if dY.shape != shape:
        raise ValueError(f"the gradient has shape {dY.shape}, but the output had shape {shape}")
    return np.ascontiguousarray(dY, dtype=np.float32)


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
