"""Predictions of an embedding and the encoder behind it, with what depends on the word alone kept from call to call.

    keys ── tables, block ──▶ x ── W₋₁, W₀, W₁ ──▶ products          once for each distinct row of keys (a word)
    products added up by position, block, further window layers      for each token

The first window layer's matrix product of a window is the sum of one product for each place in it, and each depends on
the word there alone. Words are kept with their vector and these products in a `WordCache`, one for each network.

It lasts as long as nobody can have written to the parameters, see `kept`. While somebody may, words are kept for one
call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backends.blas import blas
from ..backends.numpy_ops import rows_a_part
from ..backends.passes import (
    Panels,
    TablesPass,
    encode_words,
    find_rows,
    keep_rows,
    pieces_of,
    unique_rows,
)
from ..model import Model
from ..types import ArrayList, get_array_module
from .kept import Kept, Recipe
from .patterns import Words, can_fuse, find_words, has_fusion

__all__ = ["WordCache", "flatten", "kept_words", "run_words"]

BYTES, WORDS = 16 << 20, 8192  # kept for one network at most
PIECE = 512  # rows that go through all layers together
PARTS_A_CHUNK = 8  # parts that are worked on beside each other, and whose new words are made together


def run_words(model: Model[Any, Any], X: Any) -> ArrayList[Any] | None:
    """Prediction of the chain node `model` if it is an embedding by hash tables with an encoder of padded window blocks
    behind it, else None: one float32 array (n, width) for each item of X."""
    if not isinstance(X, list | tuple) or not len(X) or not has_fusion(model):
        return None
    if (network := _networks.get(model, _recipe)) is None:
        return None
    words = network.words
    try:
        items = words.extractor.predict(X)
    except (AttributeError, TypeError, ValueError):
        return None  # the plain nodes raise it again, and say where in the network
    if not isinstance(items, list | tuple) or not len(items):
        return None
    keys, lengths = flatten(items)
    if not can_fuse(keys, model, np.uint64) or not len(keys) or max(words.tables.columns) >= keys.shape[1]:
        return None
    cache = network.cache_for(keys.shape[1])
    return ArrayList.from_flat(_encode(cache, words, np.ascontiguousarray(keys), lengths), lengths)


def kept_words(model: Model[Any, Any]) -> int:
    """How many words are kept for a network, the chain of embedding and encoder."""
    network = _networks.find(model)
    return 0 if network is None or network.cache is None else network.cache.store.count


def flatten(items: Any) -> tuple[Any, np.ndarray]:
    """The rows of all items, and the number of rows of each."""
    if isinstance(items, ArrayList) and items.intact():
        return items.flat, items.lengths
    lengths = np.asarray([len(item) for item in items], dtype=np.int32)
    return get_array_module(items[0]).concatenate(items), lengths


def _encode(cache: WordCache, words: Words, keys: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Vectors (n, width) of the rows of all sequences, chunk by chunk."""
    n, reach = len(keys), words.reach
    pieces, parts = pieces_of(lengths, PIECE, reach - words.window)
    Y = np.empty((n, cache.weights.width), dtype=np.float32)
    step = cache.parts_a_chunk
    with blas():
        for part in range(0, len(parts) - 1, step):
            chunk = parts[part : part + step + 1]
            lo, hi = max(0, int(pieces[chunk[0], 0]) - reach), min(n, int(pieces[chunk[-1] - 1, 1]) + reach)
            kept, places = cache.words_of(keys[lo:hi])
            encode_words(Y, kept, places, lo, pieces, chunk, cache.weights.layers, words.window)
    return Y


@dataclass(slots=True, frozen=True)
class Weights:
    """Parameters as predictions read them. Tables are views, all else is copied.

    tables      (E, seed, column) each
    mixer       the block behind them, and its G, b
    products    what each place in the first window makes of a word, side by side: (places * nO * nP,)
    layers      bias (nO * nP), G, b of the first window layer; the block, G, b of each other
    """

    tables: tuple[tuple[np.ndarray, int, int], ...]
    mixer: tuple[Panels, np.ndarray, np.ndarray]
    products: Panels
    layers: list[tuple[Any, np.ndarray, np.ndarray]]

    @property
    def width(self) -> int:
        return len(self.mixer[1])

    @classmethod
    def of(cls, words: Words, arrays: list[np.ndarray]) -> Weights | None:
        """From the arrays of `Words.parameters`; None if they do not fit each other."""
        n = len(words.tables.nodes)
        tables, blocks = arrays[:n], [arrays[at : at + 4] for at in range(n, len(arrays), 4)]
        width, places = len(blocks[0][2]), 2 * words.window + 1
        if any(E.ndim != 2 or not E.size for E in tables):
            return None
        for at, (W, bias, G, b) in enumerate(blocks):
            inputs = places * width if at else sum(E.shape[1] for E in tables)
            if W.ndim != 3 or W.shape[::2] != (width, inputs) or bias.shape != W.shape[:2] or not W.size:
                return None
            if G.shape != (width,) or b.shape != G.shape:
                return None
        dense = [(_dense(W, bias), G.copy(), b.copy()) for W, bias, G, b in (blocks[0], *blocks[2:])]
        W, bias, G, b = blocks[1]
        flat = W.reshape(-1, places * width)
        by_place = np.concatenate([flat[:, k * width : (k + 1) * width] for k in range(places)])
        sources = zip(tables, words.tables.nodes, words.tables.columns, strict=True)
        return cls(
            tuple((E[:], node.attrs["seed"], column) for E, node, column in sources),
            dense[0],
            Panels(by_place, None, 1),
            [(bias.flatten(), G.copy(), b.copy()), *dense[1:]],
        )

    def make_words(self, keys: np.ndarray, out: np.ndarray) -> None:
        """out (n, floats of a word) = vectors and products of the rows of keys. BLAS must be held."""
        n, width, parts = len(keys), self.width, rows_a_part(len(keys), 1 << 12)
        embedded = np.empty((n, sum(E.shape[1] for E, _, _ in self.tables)), dtype=np.float32)
        tables = TablesPass(len(self.tables), n)
        for E, seed, column in self.tables:
            tables.add(keys[:, column], seed, E, np.empty((n, 4), dtype=np.int32), None)
        tables.forward(embedded, parts)
        vectors = np.empty((n, width), dtype=np.float32)
        block, G, b = self.mixer
        block.predict(embedded, vectors, G, b, parts)
        out[:, :width] = vectors
        self.products.predict(vectors, out[:, width:], None, None, parts)


def _dense(W: np.ndarray, bias: np.ndarray) -> Panels:
    nO, nP, nI = W.shape
    return Panels(W.reshape(nO * nP, nI), bias.reshape(-1), nP)


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
    """The words of a network, as its parameters were when this was made. Any number of threads may ask."""

    def __init__(self, weights: Weights, columns: int, reach: int) -> None:
        floats = weights.width + weights.products.nO
        capacity = max(min(WORDS, BYTES // (4 * floats + 8 * columns)), 2 * (PIECE + 2 * reach))
        self.weights: Weights = weights
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


class Network:
    """A chain of embedding and encoder as predictions run it, and the words that were seen."""

    def __init__(self, words: Words, weights: Weights) -> None:
        self.words: Words = words
        self.weights: Weights = weights
        self.cache: WordCache | None = None

    def cache_for(self, columns: int) -> WordCache:
        """The words that are known by so many columns of keys. Another number, which is rare, begins anew."""
        cache = self.cache
        if cache is None or cache.store.keys.shape[1] != columns:
            cache = self.cache = WordCache(self.weights, columns, self.words.reach)
        return cache


_networks: Kept[Network] = Kept()


def _recipe(model: Model[Any, Any]) -> Recipe[Network] | None:
    words = find_words(model)
    if words is None:
        return None
    apart = {model, *words.extractor.walk()}
    nodes = [node for node in model.walk() if node not in apart]

    def make(arrays: list[np.ndarray]) -> Network | None:
        weights = Weights.of(words, arrays)
        return None if weights is None else Network(words, weights)

    return Recipe(nodes, words.parameters(), make)
