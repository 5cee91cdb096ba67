"""Fine scores of pairs of words: a network over both words, their product and their distance.

    hᵢⱼ = bend(Wa·wᵢ + Wb·wⱼ + Wc·(wᵢ ∘ wⱼ) + Wd·distance + b)        bend: leaky rectifier, then dropout
    hᵢⱼ = bend(W·hᵢⱼ + b), `depth` - 1 times
    score = v·hᵢⱼ + c

A word is in many pairs, so Wa·w and Wb·w are made once for each word; only the product of two words is multiplied for
each pair. Hidden layers are made for some pairs at a time, and once more on the way back, so that they are never all
in memory. Which units are dropped is a function of a seed, the pair and the unit, so that it is the same both times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tagma.ml import _pairs
from tagma.nn import NumpyOps, Ops
from tagma.nn.backends._kernels import Panels
from tagma.nn.backends.blas import blas

__all__ = ["score_pairs"]

Arrays = dict[str, Any]
Pairs = tuple[Any, Any, Any]  # for each pair the rows of the later and the earlier word, and the number of the distance

PAIRS_AT_A_TIME = 4096
SLOPE = 0.01  # of the leaky rectifier below zero


def score_pairs(
    ops: Ops, params: Arrays, words: Any, pairs: Pairs, depth: int, rate: float, most: int
) -> tuple[Any, Callable[[Any], tuple[Any, Arrays]]]:
    """The scores of the pairs, and the callback that gives the gradients of the words and of the parameters.

    rate    probability of dropout in hidden layers and distances
    most    limit of the pairs that are scored at a time
    """
    network = _Network(ops, params, words, depth, rate)
    blocks = list(_blocks(len(pairs[0]), min(most, PAIRS_AT_A_TIME)))
    scores = ops.xp.empty(len(pairs[0]), dtype=words.dtype)
    if network.panels is not None and depth == 1:
        network.score_all(pairs, scores)
    else:
        for block in blocks:
            layers = network.hidden(_part(pairs, block), block.start)[1]
            scores[block] = network.score_hidden(layers)

    def backprop(d_scores: Any) -> tuple[Any, Arrays]:
        back = _WayBack(network)
        for block in blocks:
            back.add(_part(pairs, block), block.start, d_scores[block])
        return back.finish()

    return scores, backprop


def _part(pairs: Pairs, block: slice) -> Pairs:
    later, earlier, distance = pairs
    return later[block], earlier[block], distance[block]


def _blocks(n: int, size: int) -> Iterator[slice]:
    for low in range(0, n, size):
        yield slice(low, min(n, low + size))


class _Network:
    """The parameters, what they make of each word and each distance, and the layers.

    by_later, by_earlier    Wa·w and Wb·w of each word
    by_distance             Wd·distance + b of each distance
    """

    def __init__(self, ops: Ops, params: Arrays, words: Any, depth: int, rate: float) -> None:
        self.ops, self.params, self.words, self.depth, self.rate = ops, params, words, depth, rate
        width = words.shape[1]
        self.first: str = "ana_scorer.hidden.0" if depth else "ana_scorer.out"
        W = params[f"{self.first}.weight"]
        self.cuts: list[slice] = [*(slice(i * width, (i + 1) * width) for i in range(3)), slice(3 * width, None)]
        later, earlier, self.of_product, self.of_distance = (ops.xp.ascontiguousarray(W[:, cut]) for cut in self.cuts)
        self.of_later, self.of_earlier = later, earlier
        self.by_later: Any = ops.gemm(words, later, trans2=True)
        self.by_earlier: Any = ops.gemm(words, earlier, trans2=True)
        # One mask for all pairs: distances are few.
        distances = params["pairwise.distance_emb.weight"]
        self.distance_mask: Any = ops.get_dropout_mask(distances.shape, rate).astype(words.dtype) if rate else None
        self.distances: Any = distances if self.distance_mask is None else distances * self.distance_mask
        self.by_distance: Any = ops.gemm(self.distances, self.of_distance, trans2=True) + params[f"{self.first}.bias"]
        self.seed: int = int(np.random.randint(1 << 32, dtype=np.uint32)) if rate else 0
        compiled = type(ops) is NumpyOps and words.dtype == np.float32 and depth > 0
        self.panels: Panels | None = Panels(self.of_product, None, 1) if compiled else None

    def score_all(self, pairs: Pairs, scores: Any) -> None:
        """Scores of all pairs, by one hidden layer in compiled code. Raises MemoryError."""
        w, b = self.params["ana_scorer.out.weight"][0], float(self.params["ana_scorer.out.bias"][0])
        with blas():
            done = _pairs.scores(scores, *self._sums(pairs), w, b, SLOPE, self.rate, self._seed(0))
        if not done:
            raise MemoryError

    def _sums(self, pairs: Pairs) -> tuple[Any, Any, Any, Any, Any, Any, Any, Panels]:
        assert self.panels is not None
        return self.words, self.by_later, self.by_earlier, self.by_distance, *pairs, self.panels

    def _seed(self, layer: int) -> int:
        return (self.seed + layer) & 0xFFFFFFFF

    def score_hidden(self, layers: list[Any]) -> Any:
        """Scores from the hidden layers."""
        if not self.depth:
            return layers[-1][:, 0]
        return layers[-1] @ self.params["ana_scorer.out.weight"][0] + self.params["ana_scorer.out.bias"]

    def hidden(self, pairs: Pairs, first_pair: int) -> tuple[Any, list[Any]]:
        """Products of both words, and the hidden layers of some pairs, each behind bend and dropout."""
        later, earlier, distance = pairs
        if self.panels is not None:
            product, H = (
                np.empty((len(later), self.words.shape[1]), "f4"),
                np.empty((len(later), len(self.of_product)), "f4"),
            )
            with blas():
                done = _pairs.hidden(product, H, *self._sums(pairs), SLOPE, self.rate, self._seed(0), first_pair)
            if not done:
                raise MemoryError
        else:
            product = self.words[later] * self.words[earlier]
            H = self.ops.gemm(product, self.of_product, trans2=True)
            H += self.by_later[later]
            H += self.by_earlier[earlier]
            H += self.by_distance[distance]
            if self.depth:
                self._bend(H, first_pair, 0)
        layers = [H]
        for layer in range(1, self.depth):
            name = f"ana_scorer.hidden.{3 * layer}"
            H = self.ops.gemm(layers[-1], self.params[f"{name}.weight"], trans2=True)
            bias = self.params[f"{name}.bias"]
            if self.panels is not None:
                _pairs.bend(H, bias, SLOPE, self.rate, self._seed(layer), first_pair)
            else:
                H += bias
                self._bend(H, first_pair, layer)
            layers.append(H)
        return product, layers

    def _bend(self, H: Any, first_pair: int, layer: int) -> None:
        xp = self.ops.xp
        H *= xp.where(H > 0, 1.0, SLOPE).astype(H.dtype)
        if self.rate:
            H *= kept_units(xp, H.shape, self._seed(layer), first_pair, self.rate) * (1.0 / (1.0 - self.rate))

    def bend_back(self, dH: Any, H: Any) -> None:
        """Make the gradient of a layer's output that of its input. A unit that is 0 was dropped."""
        scale = 1.0 / (1.0 - self.rate)
        if self.panels is not None:
            _pairs.bend_back(dH, H, SLOPE, scale)
            return
        dH *= self.ops.xp.where(H > 0, scale, self.ops.xp.where(H < 0, SLOPE * scale, 0.0)).astype(dH.dtype)


class _WayBack:
    """Adds up the gradients of a network, block after block."""

    def __init__(self, network: _Network) -> None:
        self.network = network
        xp = network.ops.xp
        self.by_later, self.by_earlier, self.by_distance, self.words = (
            xp.zeros_like(array) for array in (network.by_later, network.by_earlier, network.by_distance, network.words)
        )
        self.of_product: Any = xp.zeros_like(network.of_product)
        names = [name for name in network.params if name.startswith("ana_scorer.")]
        self.gradients: Arrays = {name: xp.zeros_like(network.params[name]) for name in names}

    def add(self, pairs: Pairs, first_pair: int, d_scores: Any) -> None:
        """Add what some pairs give."""
        network, ops = self.network, self.network.ops
        later, earlier, distance = pairs
        product, layers = network.hidden(pairs, first_pair)
        if network.depth:
            self.gradients["ana_scorer.out.weight"] += d_scores[None, :] @ layers[-1]
            self.gradients["ana_scorer.out.bias"] += d_scores.sum()
            dH = d_scores[:, None] * network.params["ana_scorer.out.weight"]
            network.bend_back(dH, layers[-1])
            for layer in reversed(range(1, network.depth)):
                name = f"ana_scorer.hidden.{3 * layer}"
                self.gradients[f"{name}.weight"] += ops.gemm(dH, layers[layer - 1], trans1=True)
                self.gradients[f"{name}.bias"] += dH.sum(axis=0)
                dH = ops.gemm(dH, network.params[f"{name}.weight"])
                network.bend_back(dH, layers[layer - 1])
        else:
            dH = d_scores[:, None].copy()
        self.of_product += ops.gemm(dH, product, trans1=True)
        d_product = ops.gemm(dH, network.of_product)
        for table, rows, values in (
            (self.by_later, later, dH),
            (self.by_earlier, earlier, dH),
            (self.by_distance, distance, dH),
            (self.words, later, d_product * network.words[earlier]),
            (self.words, earlier, d_product * network.words[later]),
        ):
            ops.scatter_add(table, rows, values)

    def finish(self) -> tuple[Any, Arrays]:
        """The gradients of the words and of the parameters."""
        network, ops, gradients = self.network, self.network.ops, self.gradients
        d_distances = ops.gemm(self.by_distance, network.of_distance)
        mask = network.distance_mask
        gradients["pairwise.distance_emb.weight"] = d_distances if mask is None else d_distances * mask
        parts = [
            ops.gemm(self.by_later, network.words, trans1=True),
            ops.gemm(self.by_earlier, network.words, trans1=True),
            self.of_product,
            ops.gemm(self.by_distance, network.distances, trans1=True),
        ]
        gradients[f"{network.first}.weight"] = ops.xp.concatenate(parts, axis=1)
        gradients[f"{network.first}.bias"] = self.by_distance.sum(axis=0)
        self.words += ops.gemm(self.by_later, network.of_later)
        self.words += ops.gemm(self.by_earlier, network.of_earlier)
        return self.words, gradients


def kept_units(xp: Any, shape: tuple[int, int], seed: int, first_pair: int, rate: float) -> Any:
    """Which units of which pairs are kept, bool (n_pairs, n_units): a hash of seed, pair and unit says so."""
    pairs = xp.arange(first_pair, first_pair + shape[0], dtype="uint32")
    units = xp.arange(shape[1], dtype="uint32")
    drawn = _hash(_hash(pairs + np.uint32(seed))[:, None] + units * np.uint32(0x9E3779B9))
    return drawn >= np.uint32(min(rate, 1.0) * 0xFFFFFFFF)


def _hash(x: Any) -> Any:
    """Mixes the bits of uint32 numbers (the finalizer "lowbias32" of Chris Wellons)."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
