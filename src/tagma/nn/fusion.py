"""Fast paths that run several nodes of a graph at once. The graph, its parameters, its random draws and its results
(float32, 1e-5) are those of the plain nodes; tests/nn/test_fusion.py runs both.

Three shapes are recognised, wherever they occur (by the nodes' forward functions, so replaced callbacks are honoured):

    feed-forward block   [dropout ∘] layernorm ∘ maxout                                   in chain
    window block         x + [dropout ∘] layernorm ∘ maxout ∘ expand_window(x)            in residual
    hash tables          concatenate(hashembed ∘ column, …) on one (n, columns) array     in concatenate
                         and, followed by a feed-forward block, in chain: then tables and block run once for each
                         distinct row of the batch, about every second word in running text

Layers call `run_*` with their input first; None means: run the plain nodes. Only NumpyOps and float32 are taken.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import TypeGuard

import numpy as np

from tagma.nn.backends import _kernels
from tagma.nn.backends.blas import blas
from tagma.nn.backends.numpy_ops import NumpyOps, rows_a_part
from tagma.nn.model import Model
from tagma.nn.types import Ragged

__all__ = ["fusion", "run_embedding", "run_feed_forward", "run_hash_tables", "run_window_block"]

_enabled: ContextVar[bool] = ContextVar("tagma_fusion", default=True)

Backprop = Callable[[np.ndarray], np.ndarray]


@contextmanager
def fusion(enabled: bool) -> Iterator[None]:
    """Switch fast paths on or off inside a with-block, for this thread or task."""
    token = _enabled.set(enabled)
    try:
        yield
    finally:
        _enabled.reset(token)


@contextmanager
def _gradients(*params: tuple[Model, str]) -> Iterator[list[np.ndarray]]:
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


def _float32_like(dY: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient as kernels take it. Raises ValueError if the output had another shape."""
    if dY.shape != shape:
        raise ValueError(f"the gradient has shape {dY.shape}, but the output had shape {shape}")
    return np.ascontiguousarray(dY, dtype=np.float32)


Dropout = tuple[np.ndarray | None, float, float, "_kernels.Twister | None"]


def _dropout(shape: tuple[int, int], rate: float) -> Dropout:
    """(keep, scale, rate, twister) for kernels that drop values of (n, width) out, with the draws of
    `Ops.get_dropout_mask`. keep is uint8, None at rate 0; they fill it from the twister, unless that is None because
    NumPy's global generator is of another kind: then it is filled already."""
    if not rate:
        return None, 1.0, 0.0, None
    keep = np.empty(shape, dtype=np.uint8)
    twister = _kernels.Twister.current()
    if twister is None:
        np.greater_equal(np.random.uniform(0.0, 1.0, shape), rate, out=keep, casting="unsafe")
    return keep, 1.0 / (1.0 - rate), rate, twister


@cache
def _known_forwards() -> SimpleNamespace:
    """Forward functions by layer file. Looked up late, since the layers themselves ask this module."""
    names = [
        "array_getitem",
        "chain",
        "concatenate",
        "dropout",
        "expand_window",
        "hashembed",
        "layernorm",
        "maxout",
        "with_array",
    ]
    return SimpleNamespace(**{name: import_module(f"tagma.nn.layers.{name}").forward for name in names})


@dataclass(slots=True, frozen=True)
class Block:
    """maxout and layernorm nodes, with the dropout node behind them (or None)."""

    maxout: Model
    norm: Model
    dropout: Model | None

    def dropout_rate(self, is_train: bool) -> float:
        if self.dropout is None or not is_train or not self.dropout.attrs["is_enabled"]:
            return 0.0
        return float(self.dropout.attrs["dropout_rate"])

    def params(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        """W, b, G, b as float32 arrays that fit each other; None if they are unset or odd."""
        if not (self.maxout.has_param("W") and self.norm.has_param("G")):
            return None
        W, bias = self.maxout.get_param("W"), self.maxout.get_param("b")
        G, b = self.norm.get_param("G"), self.norm.get_param("b")
        for array in (W, bias, G, b):
            if array.dtype != np.float32 or not array.flags.c_contiguous:
                return None
        if W.ndim != 3 or bias.shape != W.shape[:2] or G.shape != (W.shape[0],) or b.shape != G.shape:
            return None
        return W, bias, G, b


def _find_block(model: Model) -> Block | None:
    known = _known_forwards()
    layers = model.layers
    if model._func is not known.chain or len(layers) != 2:
        return None
    first, last = layers
    drop = None
    if last._func is known.dropout:
        drop = last
        if first._func is not known.chain or len(first.layers) != 2:
            return None
        first, last = first.layers
    if first._func is not known.maxout or last._func is not known.layernorm:
        return None
    return Block(first, last, drop)


def _can_fuse(X: object, model: Model, dtype: type) -> TypeGuard[np.ndarray]:
    """Whether fast paths are on and can take this node and batch."""
    return type(X) is np.ndarray and X.dtype == dtype and X.ndim == 2 and type(model.ops) is NumpyOps and _enabled.get()


def run_feed_forward(model: Model, X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the chain node `model` if it is a feed-forward block on float32 rows, else None."""
    if not _can_fuse(X, model, np.float32) or (block := _find_block(model)) is None:
        return None
    return _run_block(block, X, is_train)


def run_window_block(model: Model, X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the residual node `model` if it wraps expand_window and a feed-forward block, else None."""
    if not _can_fuse(X, model, np.float32):
        return None
    known = _known_forwards()
    inner = model.layers[0]
    if inner._func is not known.chain or len(inner.layers) != 2:
        return None
    window, rest = inner.layers
    if window._func is not known.expand_window or (block := _find_block(rest)) is None:
        return None
    return _run_block(block, X, is_train, window=int(window.attrs["window_size"]), residual=True)


def _run_block(
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
    dropout = _dropout((n, nO), rate)
    rows = rows_a_part(n, nO * nP * nI)
    run = _kernels.BlockPass(X, W.reshape(nO * nP, nI), bias.reshape(-1), G, b, window, residual, rows)
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
            again = _run_block(Block(block.maxout, block.norm, None), X, True, window=window, residual=residual)
            assert again is not None, "what could be predicted can be trained"
            return again[1](dY)
        dY = _float32_like(dY, (n, nO))
        dX = np.empty((n, width), dtype=np.float32)
        dcols = np.empty((n, nI), dtype=np.float32) if window else dX
        scratch = np.empty((n, run.scratch_width), dtype=np.float32)
        sums = np.empty((-(-n // rows), nO * (nP + 3)), dtype=np.float32)
        params = (block.maxout, "W"), (block.maxout, "b"), (block.norm, "G"), (block.norm, "b")
        with _gradients(*params) as (dW, dbias, dG, db), blas():
            run.backward(dY, dX, dW.reshape(nO * nP, nI), dbias.reshape(-1), dG, db, scratch, dcols, sums)
        return dX

    return Y, backprop


@dataclass(slots=True, frozen=True)
class Tables:
    """Hash-embedding nodes and the column of the keys that each reads."""

    nodes: tuple[Model, ...]
    columns: tuple[int, ...]


def run_hash_tables(model: Model, X: object, is_train: bool) -> tuple[np.ndarray, Backprop] | None:
    """Forward pass of the concatenate node `model` if it joins hash tables over uint64 keys (n, columns), else None."""
    if not _can_fuse(X, model, np.uint64) or (tables := _find_tables(model)) is None:
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
    parent: Model, tables: Model, X: object, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], Ragged]] | None:
    """Forward pass of the child `tables` of the chain `parent` and of the child behind it, if they are
    with_array(hash tables) and with_array(feed-forward block) and X is Ragged keys, else None."""
    known = _known_forwards()
    if tables._func is not known.with_array or type(X) is not Ragged or not _can_fuse(X.data, tables, np.uint64):
        return None
    at = parent.layers.index(tables) + 1
    if at >= len(parent.layers) or parent.layers[at]._func is not known.with_array:
        return None
    found_tables = _find_tables(tables.layers[0])
    block = _find_block(parent.layers[at].layers[0])
    if found_tables is None or block is None:
        return None
    fused = _run_tables_and_block(found_tables, block, X.data, is_train)
    if fused is None:
        return None
    Y, backprop_rows = fused

    def backprop(dY: Ragged) -> Ragged:
        return Ragged(backprop_rows(dY.data), dY.lengths)

    return Ragged(Y, X.lengths), backprop


def _find_tables(model: Model) -> Tables | None:
    """The hash tables that a concatenate node, or a single table's chain, holds."""
    parts = model.layers if model._func is _known_forwards().concatenate else [model]
    nodes, columns = [], []
    for part in parts:
        found = _find_table(part)
        if found is None:
            return None
        nodes.append(found[0])
        columns.append(found[1])
    return Tables(tuple(nodes), tuple(columns))


def _find_table(model: Model) -> tuple[Model, int] | None:
    known = _known_forwards()
    if model._func is not known.chain or len(model.layers) != 2:
        return None
    getitem, table = model.layers
    if getitem._func is not known.array_getitem or table._func is not known.hashembed:
        return None
    index = getitem.attrs["index"]
    # attributes that come back from a file are lists, and slices are not saved: both forms occur
    if not isinstance(index, (tuple, list)) or len(index) != 2 or index[0] != slice(0, None):
        return None
    if not isinstance(index[1], int) or index[1] < 0:
        return None
    return table, index[1]


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
    run = _kernels.TablesPass(len(arrays), n)
    for node, E, column, scale in zip(tables.nodes, arrays, tables.columns, scales, strict=True):
        run.add(X[:, column], node.attrs["seed"], E, np.empty((n, 4), dtype=np.int32), scale)
    run.forward(out, rows_a_part(n, 24 * out.shape[1]))

    def backprop(dY: np.ndarray) -> None:
        dY = _float32_like(dY, out.shape)
        with _gradients(*((node, "E") for node in tables.nodes)) as gradients:
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
    first, inverse = _kernels.unique_rows(X)
    embedded = _run_tables(tables, X[first], is_train)
    if embedded is None:
        return None
    mixed = _run_block(Block(block.maxout, block.norm, None), embedded[0], is_train)
    if mixed is None:
        return None
    backprop_tables, (rows, backprop_block) = embedded[1], mixed
    n, nO = len(X), rows.shape[1]
    dropout = _dropout((n, nO), rate)
    Y = np.empty((n, nO), dtype=np.float32)
    _kernels.expand_rows(Y, rows, inverse, *dropout, rows_a_part(n, 8 * nO))

    def backprop(dY: np.ndarray) -> np.ndarray:
        drows = np.zeros(rows.shape, dtype=np.float32)
        _kernels.collect_rows(drows, _float32_like(dY, (n, nO)), inverse, dropout[0], dropout[1])
        backprop_tables(backprop_block(drows))
        return np.zeros_like(X)

    return Y, backprop
