"""Predictions of an embedding and the encoder behind it, with what depends on the word alone kept from call to call.

    keys ── tables, block ──▶ x ── W₋₁, W₀, W₁ ──▶ products          once for each distinct row of keys (a word)
    products added up by position, block, further window layers      for each token

The first window layer's matrix product of a window is the sum of one product for each place in it, and each depends on
the word there alone. Words are kept with their vector and these products in a `WordCache`, one for each network.

It lasts as long as nobody can have written to the parameters: none was set or handed out (`ParamServer.touched`), and
nobody but the nodes holds one of the arrays (`Weights.are_held`). While somebody does, words are kept for one call.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import matmul_into, rows_a_part
from ..backends.passes import (
    BlockPass,
    TablesPass,
    encode_words,
    find_rows,
    held_by,
    keep_rows,
    pieces_of,
    unique_rows,
)
from ..model import Model
from ..types import ArrayList, get_array_module
from .patterns import Words, can_fuse, find_words

__all__ = ["WordCache", "flatten", "kept_words", "run_words"]

BYTES, WORDS = 16 << 20, 8192  # kept for one network at most
PIECE = 512  # rows that go through all layers together
PARTS_A_CHUNK = 8  # parts that are worked on beside each other, and whose new words are made together

Key = tuple[int, str]


def run_words(model: Model[Any, Any], X: Any) -> ArrayList[Any] | None:
    """Prediction of the chain node `model` if it is an embedding by hash tables with an encoder of padded window blocks
    behind it, else None: one float32 array (n, width) for each item of X."""
    if (words := find_words(model)) is None or not isinstance(X, list | tuple) or not len(X):
        return None
    try:
        items = words.extractor.predict(X)
    except (AttributeError, TypeError, ValueError):
        return None  # the plain nodes raise it again, and say where in the network
    if not isinstance(items, list | tuple) or not len(items):
        return None
    keys, lengths = flatten(items)
    if not can_fuse(keys, model, np.uint64) or not len(keys) or max(words.tables.columns) >= keys.shape[1]:
        return None
    layers = words.further_layers()
    cache = None if layers is None else cache_of(model, words, keys.shape[1])
    if layers is None or cache is None:
        return None
    return ArrayList.from_flat(_encode(cache, layers, words.window, np.ascontiguousarray(keys), lengths), lengths)


def kept_words(model: Model[Any, Any]) -> int:
    """How many words are kept for a network, the chain of embedding and encoder."""
    cache = _caches.get(model)
    return 0 if cache is None else cache.store.count


def flatten(items: Any) -> tuple[Any, np.ndarray]:
    """The rows of all items, and the number of rows of each."""
    if isinstance(items, ArrayList) and items.intact():
        return items.flat, items.lengths
    lengths = np.asarray([len(item) for item in items], dtype=np.int32)
    return get_array_module(items[0]).concatenate(items), lengths


def _encode(
    cache: WordCache, layers: list[tuple[Any, ...]], window: int, keys: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Vectors (n, width) of the rows of all sequences, chunk by chunk."""
    n, reach = len(keys), window * (1 + len(layers))
    pieces, parts = pieces_of(lengths, PIECE, reach - window)
    Y = np.empty((n, cache.weights.width), dtype=np.float32)
    layers = [(None, *cache.weights.first), *layers]
    step = cache.parts_a_chunk
    with blas():
        for part in range(0, len(parts) - 1, step):
            chunk = parts[part : part + step + 1]
            lo, hi = max(0, int(pieces[chunk[0], 0]) - reach), min(n, int(pieces[chunk[-1] - 1, 1]) + reach)
            kept, words = cache.words_of(keys[lo:hi])
            encode_words(Y, kept, words, lo, pieces, chunk, layers, window)
    return Y


@dataclass(slots=True, frozen=True)
class Weights:
    """The parameters that words depend on, as views: their arrays are held by the nodes and, through these, by us.

    tables      (E, seed, column) each
    mixer       W (nO*nP, nI), b (nO*nP), G, b of the block behind them
    products    for each place in the first window, its part of W: (width, nO*nP)
    first       b (nO*nP), G, b of the first window layer
    owners      (arrays of a node, key in them, number of the views here) each
    """

    tables: tuple[tuple[np.ndarray, int, int], ...]
    mixer: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    products: tuple[np.ndarray, ...]
    first: tuple[np.ndarray, np.ndarray, np.ndarray]
    owners: tuple[tuple[dict[Key, Any], Key, int], ...]

    @property
    def width(self) -> int:
        return len(self.first[1])

    @classmethod
    def of(cls, words: Words) -> Weights | None:
        """None if parameters are unset, far away, or odd."""
        nodes = words.parameters()
        if any(node._params.proxy is not None or not node.has_param(name) for node, name in nodes):
            return None
        arrays = [node._params._params[node.id, name] for node, name in nodes]
        if any(type(a) is not np.ndarray or a.dtype != np.float32 or not a.flags.c_contiguous for a in arrays):
            return None
        *tables, W, bias, G, b, W1, bias1, G1, b1 = arrays
        width, places = len(G), 2 * words.window + 1
        if any(E.ndim != 2 or not E.size for E in tables) or W.ndim != 3 or W1.ndim != 3:
            return None
        if W.shape[2] != sum(E.shape[1] for E in tables) or W1.shape[::2] != (width, places * width):
            return None
        for w, c, g, h in (arrays[-8:-4], arrays[-4:]):
            if w.shape[:2] != c.shape or w.shape[:1] != g.shape or g.shape != h.shape:
                return None
        flat = W1.reshape(-1, places * width)
        products = tuple(flat[:, k * width : (k + 1) * width].T for k in range(places))
        del flat
        views = [1] * len(arrays)
        views[-4] = places
        sources = zip(tables, words.tables.nodes, words.tables.columns, strict=True)
        return cls(
            tuple((E[:], node.attrs["seed"], column) for E, node, column in sources),
            (W.reshape(-1, W.shape[2]), bias.reshape(-1), G[:], b[:]),
            products,
            (bias1.reshape(-1), G1[:], b1[:]),
            tuple((node._params._params, (node.id, name), n) for (node, name), n in zip(nodes, views, strict=True)),
        )

    def are_held(self) -> bool:
        """Whether somebody besides the nodes and these views holds one of the arrays, and so may write to it."""
        for arrays, key, views in self.owners:
            array, base = held_by(arrays, key)
            if (array, base) != (views, 0) and (array, base) != (0, views):
                return True
        return False

    def make_words(self, keys: np.ndarray, out: np.ndarray) -> None:
        """out (n, floats of a word) = vectors and products of the rows of keys. BLAS must be held."""
        n, width, parts = len(keys), self.width, rows_a_part(len(keys), 1 << 12)
        embedded = np.empty((n, sum(E.shape[1] for E, _, _ in self.tables)), dtype=np.float32)
        tables = TablesPass(len(self.tables), n)
        for E, seed, column in self.tables:
            tables.add(keys[:, column], seed, E, np.empty((n, 4), dtype=np.int32), None)
        tables.forward(embedded, parts)
        vectors = BlockPass(embedded, *self.mixer, width, 0, False, parts).forward(False, None, 1.0, 0.0, None)
        out[:, :width] = vectors
        at = width
        for W in self.products:
            matmul_into(out[:, at : at + W.shape[1]], vectors, W)
            at += W.shape[1]


class WordStore:
    """Rows of keys, and what is kept of each: float32 (capacity, floats of a word). Rows are only ever added."""

    def __init__(self, capacity: int, columns: int, floats: int) -> None:
        self.keys: np.ndarray = np.empty((capacity, columns), dtype=np.uint64)
        self.kept: np.ndarray = np.empty((capacity, floats), dtype=np.float32)
        self.uses: np.ndarray = np.zeros(capacity, dtype=np.int32)  # chunks of text in which a word occurred
        self.slots: np.ndarray = np.full(1 << (2 * capacity - 1).bit_length(), -1, dtype=np.int32)
        self.count: int = 0

    @property
    def room(self) -> int:
        return len(self.keys) - self.count

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The place of each row, int32; -1 if it is not here."""
        places = np.empty(len(keys), dtype=np.int32)
        find_rows(places, keys, self.keys, self.slots)
        self.uses[places[places >= 0]] += 1  # keys are distinct
        return places

    def take(self, n: int) -> int:
        """The first of n rows that are the caller's to fill."""
        self.count += n
        return self.count - n

    def add(self, keys: np.ndarray, at: int) -> None:
        """Let the rows from `at` on, which are filled, be found by their keys."""
        self.keys[at : at + len(keys)] = keys
        self.uses[at : at + len(keys)] = 1
        keep_rows(self.slots, self.keys, at, at + len(keys))

    def renewed(self) -> WordStore:
        """A new store with the words that were used most, and more than once: half of the capacity at most."""
        capacity, columns = self.keys.shape
        best = np.argsort(-self.uses[: self.count], kind="stable")[: capacity // 2]
        best = np.sort(best[self.uses[best] > 1])
        store, n = WordStore(capacity, columns, self.kept.shape[1]), len(best)
        store.kept[:n] = self.kept[best]
        store.take(n)
        store.add(self.keys[best], 0)
        store.uses[:n] = self.uses[best] // 2  # what was frequent long ago gives way
        return store


class WordCache:
    """The words of a network, as its parameters were when this was made. Any number of threads may ask.

    stamp      of the network, see `Words.stamp`
    """

    def __init__(self, stamp: tuple[Any, ...], weights: Weights, columns: int, reach: int) -> None:
        floats = weights.width + sum(W.shape[1] for W in weights.products)
        capacity = max(min(WORDS, BYTES // (4 * floats + 8 * columns)), 2 * (PIECE + 2 * reach))
        self.stamp = stamp
        self.weights = weights
        self.parts_a_chunk: int = min(PARTS_A_CHUNK, max(1, capacity // (2 * PIECE)))
        self.store: WordStore = WordStore(capacity, columns, floats)
        self._lock = threading.Lock()

    def words_of(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(kept, words): kept[words[i]] is what is known of the word keys[i]. New words are made and kept.

        Threads that find the same word new each make it, and the first one's is found from then on. A store that is
        full is left to those who still read it.
        """
        first, inverse = unique_rows(keys)
        distinct = keys[first]
        with self._lock:
            store, places = self.store, self.store.find(distinct)
            missing = np.flatnonzero(places < 0)
            if len(missing) > store.room:
                store = self.store = store.renewed()
                places = store.find(distinct)
                missing = np.flatnonzero(places < 0)
            if len(missing) > store.room:
                store = self.store = WordStore(len(store.keys), store.keys.shape[1], store.kept.shape[1])
                places, missing = store.find(distinct), np.arange(len(distinct))
            at = store.take(len(missing))
        if len(missing):
            new = distinct[missing]
            self.weights.make_words(new, store.kept[at : at + len(missing)])
            with self._lock:
                store.add(new, at)
            places[missing] = np.arange(at, at + len(missing), dtype=np.int32)
        return store.kept, places[inverse]


_caches: WeakKeyDictionary[Model[Any, Any], WordCache] = WeakKeyDictionary()
_lock = threading.Lock()


def cache_of(model: Model[Any, Any], words: Words, columns: int) -> WordCache | None:
    """The cache of a network, made anew unless its parameters are certainly those that it was made with. It is kept
    only if nobody else holds their arrays. None if the parameters are unset or odd."""
    with _lock:
        stamp = words.stamp()
        cache = _caches.get(model)
        if cache is not None and cache.stamp == (*stamp, columns) and not cache.weights.are_held():
            return cache
        del cache
        _caches.pop(model, None)  # whose views would count
        weights = Weights.of(words)
        if weights is None:
            return None
        made = WordCache((*stamp, columns), weights, columns, words.reach)
        if not weights.are_held():
            _caches[model] = made
        return made


def _forget() -> None:
    """In a forked child, in which another thread may have held a lock."""
    global _lock
    _lock = threading.Lock()
    _caches.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
