"""Rows of spans, their pools and the hidden layer over these, without making the pools of every span.

The hidden layer of `mean_max_reducer` multiplies four pools of a span's rows: W₁·last + W₂·first + W₃·mean + W₄·max.
All but the last term are sums of products of single tokens, of which there are fewer than spans: W₁x, W₂x and W₃x are
made once for each token, and added up for each span. For a span of one token, W₄x is such a product as well. Only the
largest values of longer spans are multiplied for each span.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tagma.ml import _spans
from tagma.ml.extract_spans import forward as extract
from tagma.ml.extract_spans import span_borders
from tagma.nn import Model
from tagma.nn.fusion.patterns import Block, can_fuse, find_block, is_a
from tagma.nn.layers.reduce_first import forward as reduce_first
from tagma.nn.layers.reduce_last import forward as reduce_last
from tagma.nn.layers.reduce_max import forward as reduce_max
from tagma.nn.layers.reduce_mean import forward as reduce_mean
from tagma.nn.types import Floats2d, Ragged

__all__ = ["run_mean_max"]

POOLS = [reduce_last, reduce_first, reduce_mean, reduce_max]
# Where spans are longer in the mean, or fewer than the tokens they are taken from, the plain layers have less to do.
ROWS_A_SPAN = 8


def run_mean_max(
    extractor: Model[Any, Any], reducer: Model[Any, Any], tokens: Ragged, spans: Ragged, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]] | None:
    """What the two layers give, float32 (n_spans, nO), and the callback that gives the gradient of the tokens' rows.

    None if the layers are of other kinds, or it does not pay: then they must run themselves.
    """
    X, block = tokens.rows, _find(extractor, reducer)
    if block is None or not can_fuse(X, reducer, np.float32) or (params := block.params()) is None:
        return None
    W, bias = params[:2]
    starts, ends = span_borders(extractor.ops, spans, tokens.lengths)
    sizes = ends - starts
    low, high = int(starts.min()), int(ends.max())
    if W.shape[2] != 4 * X.shape[1] or W.shape[1] > 255 or sizes.min() < 1:
        return None
    if len(starts) < high - low or sizes.sum() > ROWS_A_SPAN * len(starts):
        return None
    sums = _Sums(block, W, bias, np.ascontiguousarray(X[low:high]), starts - low, ends - low)
    Y, backprop_norm = block.norm(sums.Y, is_train)
    backprop_drop: Callable[[Any], Any] | None = None
    if block.dropout is not None:
        Y, backprop_drop = block.dropout(Y, is_train)

    def backprop(dY: Floats2d) -> Floats2d:
        dX: Floats2d = np.zeros_like(X)
        dX[low:high] = sums.backprop(backprop_norm(dY if backprop_drop is None else backprop_drop(dY)))
        return dX

    return Y, backprop


def _find(extractor: Model[Any, Any], reducer: Model[Any, Any]) -> Block | None:
    """The hidden layer, if these are the layers of a span categorizer by default."""
    if extractor._func is not extract or not is_a(reducer, "chain") or len(reducer.layers) != 2:
        return None
    pools, hidden = reducer.layers
    if not is_a(pools, "concatenate") or [pool._func for pool in pools.layers] != POOLS:
        return None
    return find_block(hidden)


class _Sums:
    """The maxout layer over the pools of spans.

    Y    float32 (n_spans, nO), its output
    """

    def __init__(self, block: Block, W: Any, bias: Any, X: Any, starts: Any, ends: Any) -> None:
        nO, nP, _ = W.shape
        self.maxout, self.ops, self.X, self.starts, self.ends = block.maxout, block.maxout.ops, X, starts, ends
        # the parts of W for the four pools one below the other, and in each the pieces: (4, nP * nO, width)
        parts = W.reshape((nO, nP, 4, X.shape[1])).transpose((2, 1, 0, 3))
        self.W = np.ascontiguousarray(parts).reshape((4, nP * nO, X.shape[1]))
        self.shape = W.shape
        # by where they begin, so that the products of a token are read while they are in the processor's cache
        self.order = np.argsort(starts, kind="stable")
        longer = self.order[(ends - starts)[self.order] > 1]
        self.places = np.full(len(starts), -1, dtype=np.int64)
        self.places[longer] = np.arange(len(longer))
        self.M = np.empty((len(longer), X.shape[1]), dtype=np.float32)
        self.rows = np.empty(self.M.shape, dtype=np.int32)
        _spans.largest(self.M, self.rows, X, starts[longer], ends[longer])
        P = self.ops.gemm(X, self.W.reshape((4 * nO * nP, -1)), trans2=True)
        Q = self.ops.gemm(self.M, self.W[3], trans2=True)
        self.Y = np.empty((len(starts), nO), dtype=np.float32)
        self.which = np.empty(self.Y.shape, dtype=np.uint8)
        by_piece = np.ascontiguousarray(bias.T).reshape(-1)
        if not _spans.combine(self.Y, self.which, P, Q, by_piece, starts, ends, self.order, self.places, nP):
            raise MemoryError

    def backprop(self, dY: Any) -> Any:
        """Add the gradients of W and b to the node's; that of the tokens' rows, float32 (n_tokens, width)."""
        ops, (nO, nP, _), n = self.ops, self.shape, len(self.X)
        dP = np.zeros((n, 4 * nO * nP), dtype=np.float32)
        dQ = np.zeros((len(self.M), nO * nP), dtype=np.float32)
        dbias = np.zeros(nO * nP, dtype=np.float32)
        dY = np.ascontiguousarray(dY, dtype=np.float32)
        _spans.spread(dP, dQ, dbias, dY, self.which, self.starts, self.ends, self.order, self.places, nP)
        dW = ops.gemm(dP, self.X, trans1=True).reshape(self.W.shape)
        dX = ops.gemm(dP, self.W.reshape((4 * nO * nP, -1)))
        if len(dQ):
            dW[3] += ops.gemm(dQ, self.M, trans1=True)
            _spans.spread_largest(dX, ops.gemm(dQ, self.W[3]), self.rows)
        self.maxout.inc_grad("b", np.ascontiguousarray(dbias.reshape((nP, nO)).T))
        parts = dW.reshape((4, nP, nO, -1)).transpose((2, 1, 0, 3))
        self.maxout.inc_grad("W", np.ascontiguousarray(parts).reshape(self.shape))
        return dX
