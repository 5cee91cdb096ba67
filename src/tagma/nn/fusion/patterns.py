"""What is recognised: kinds of layers, and the shapes of graph that fast paths take.

feed-forward block   [dropout ∘] layernorm ∘ maxout                                   in chain
window block         x + [dropout ∘] layernorm ∘ maxout ∘ expand_window(x)            in residual
hash tables          concatenate(hashembed ∘ column, …) on one (n, columns) array     in concatenate
words                an embedding by hash tables and one block, then window blocks    in chain
best label           a network with a linear layer and softmax at its end             in best_labels
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, TypeVar

import numpy as np

from ..backends import NumpyOps
from ..model import Model

__all__ = [
    "Block",
    "Kind",
    "Tables",
    "Words",
    "can_fuse",
    "find_block",
    "find_embedding",
    "find_output",
    "find_tables",
    "find_window_block",
    "find_words",
    "fusion",
    "has_fusion",
    "is_a",
    "kind",
]

ForwardT = TypeVar("ForwardT", bound=Callable[..., Any])
Kind = Literal[
    "array_getitem",
    "chain",
    "concatenate",
    "dropout",
    "expand_window",
    "hashembed",
    "layernorm",
    "list2ragged",
    "maxout",
    "ragged2list",
    "residual",
    "softmax",
    "with_array",
]

_enabled: ContextVar[bool] = ContextVar("tagma_fusion", default=True)
_forwards: dict[Kind, Callable[..., Any]] = {}


@contextmanager
def fusion(enabled: bool) -> Iterator[None]:
    """Switch fast paths on or off inside a with-block, for this thread or task."""
    token = _enabled.set(enabled)
    try:
        yield
    finally:
        _enabled.reset(token)


def can_fuse(X: object, model: Model[Any, Any], dtype: type) -> TypeGuard[np.ndarray]:
    """Whether fast paths are on and can take this node and batch."""
    return type(X) is np.ndarray and X.dtype == dtype and X.ndim == 2 and has_fusion(model)


def has_fusion(model: Model[Any, Any]) -> bool:
    """Whether fast paths are on and can take this node."""
    return type(model.ops) is NumpyOps and _enabled.get()


def kind(name: Kind) -> Callable[[ForwardT], ForwardT]:
    """Mark the forward function of a kind of layer, so that its nodes are recognised."""

    def mark(forward: ForwardT) -> ForwardT:
        _forwards[name] = forward
        return forward

    return mark


def is_a(node: Model[Any, Any], name: Kind) -> bool:
    """Whether a node is of a kind. One whose forward was replaced or wrapped is of none."""
    return node._func is _forwards.get(name)


@dataclass(slots=True, frozen=True)
class Block:
    """maxout and layernorm nodes, with the dropout node behind them (or None)."""

    maxout: Model[Any, Any]
    norm: Model[Any, Any]
    dropout: Model[Any, Any] | None

    def dropout_rate(self, is_train: bool) -> float:
        if self.dropout is None or not is_train or not self.dropout.attrs["is_enabled"]:
            return 0.0
        return float(self.dropout.attrs["dropout_rate"])

    def parameters(self) -> list[tuple[Model[Any, Any], str]]:
        """The nodes and names of W, b, G, b."""
        return [(self.maxout, "W"), (self.maxout, "b"), (self.norm, "G"), (self.norm, "b")]

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


def find_block(model: Model[Any, Any]) -> Block | None:
    """The feed-forward block that a chain node is, if it is one."""
    layers = model.layers
    if not is_a(model, "chain") or len(layers) != 2:
        return None
    first, last = layers
    drop = None
    if is_a(last, "dropout"):
        drop = last
        if not is_a(first, "chain") or len(first.layers) != 2:
            return None
        first, last = first.layers
    if not is_a(first, "maxout") or not is_a(last, "layernorm"):
        return None
    return Block(first, last, drop)


def find_window_block(model: Model[Any, Any]) -> tuple[int, Block] | None:
    """The size of the window and the block behind it, if a residual node wraps these."""
    inner = model.layers[0]
    if not is_a(inner, "chain") or len(inner.layers) != 2:
        return None
    window, rest = inner.layers
    if not is_a(window, "expand_window") or (block := find_block(rest)) is None:
        return None
    return int(window.attrs["window_size"]), block


@dataclass(slots=True, frozen=True)
class Tables:
    """Hash-embedding nodes and the column of the keys that each reads."""

    nodes: tuple[Model[Any, Any], ...]
    columns: tuple[int, ...]


def find_tables(model: Model[Any, Any]) -> Tables | None:
    """The hash tables that a concatenate node, or a single table's chain, holds."""
    parts = model.layers if is_a(model, "concatenate") else [model]
    nodes, columns = [], []
    for part in parts:
        found = _find_table(part)
        if found is None:
            return None
        nodes.append(found[0])
        columns.append(found[1])
    return Tables(tuple(nodes), tuple(columns))


def _find_table(model: Model[Any, Any]) -> tuple[Model[Any, Any], int] | None:
    if not is_a(model, "chain") or len(model.layers) != 2:
        return None
    getitem, table = model.layers
    if not is_a(getitem, "array_getitem") or not is_a(table, "hashembed"):
        return None
    index = getitem.attrs["index"]
    # attributes that come back from a file are lists, and slices are not saved: both forms occur
    if not isinstance(index, (tuple, list)) or len(index) != 2 or index[0] != slice(0, None):
        return None
    if not isinstance(index[1], int) or index[1] < 0:
        return None
    return table, index[1]


def find_embedding(parent: Model[Any, Any], tables: Model[Any, Any]) -> tuple[Tables, Block] | None:
    """Hash tables and the block behind them, if a chain has them as with_array(tables), with_array(block)."""
    at = parent.layers.index(tables) + 1
    if at >= len(parent.layers) or not is_a(parent.layers[at], "with_array"):
        return None
    found, block = find_tables(tables.layers[0]), find_block(parent.layers[at].layers[0])
    return None if found is None or block is None else (found, block)


@dataclass(slots=True, frozen=True)
class Words:
    """An embedding (extractor of keys, hash tables, a block behind them) and the blocks of an encoder."""

    extractor: Model[Any, Any]
    tables: Tables
    mixer: Block
    window: int
    blocks: tuple[Block, ...]

    @property
    def reach(self) -> int:
        """Rows on either side that a row depends on."""
        return self.window * len(self.blocks)

    def parameters(self) -> list[tuple[Model[Any, Any], str]]:
        """Each table's E, and W, b, G, b of the block behind them and of each window block."""
        dense = [pair for block in (self.mixer, *self.blocks) for pair in block.parameters()]
        return [*((node, "E") for node in self.tables.nodes), *dense]


def find_words(model: Model[Any, Any]) -> Words | None:
    """The embedding and the encoder that a chain node is, if sequences do not see each other in the encoder."""
    if not is_a(model, "chain") or len(model.layers) != 2:
        return None
    embed, encode = model.layers
    if not is_a(embed, "chain") or len(embed.layers) != 5 or not is_a(encode, "with_array"):
        return None
    extractor, to_ragged, tables, _, to_list = embed.layers
    if not is_a(to_ragged, "list2ragged") or not is_a(to_list, "ragged2list") or not is_a(tables, "with_array"):
        return None
    if (found := find_embedding(embed, tables)) is None:
        return None
    inner = encode.layers[0]
    windows = [_find_residual(node) for node in (inner.layers if is_a(inner, "chain") else [inner])]
    if not windows or None in windows:
        return None
    sizes, blocks = zip(*filter(None, windows), strict=True)
    if len(set(sizes)) > 1 or encode.attrs["pad"] < sizes[0] * len(blocks):
        return None
    return Words(extractor, *found, sizes[0], blocks)


def _find_residual(node: Model[Any, Any]) -> tuple[int, Block] | None:
    return find_window_block(node) if is_a(node, "residual") else None


def find_output(model: Model[Any, Any]) -> Model[Any, Any] | None:
    """The softmax node at the end of a chain of a network and with_array(softmax)."""
    if not is_a(model, "chain") or len(model.layers) != 2:
        return None
    last = model.layers[1]
    if not is_a(last, "with_array") or not is_a(last.layers[0], "softmax"):
        return None
    return last.layers[0] if last.layers[0].attrs["softmax_temperature"] > 0 else None
