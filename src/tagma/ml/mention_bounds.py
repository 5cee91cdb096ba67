"""Where mentions begin and end, from their heads: scores of every word in the head's sentence.

    for each head and each word w of its sentence:  o = network(head, word, distance)      three layers, 256 the second
    over the words of the sentence:                 two convolutions  ──▶  score as first, score as last word

The first layer is a sum of products that are made once for each word. In prediction heads are taken some at a time.
A batch of sentences is padded to the longest of its doc, and convolutions see one vector in the place of all padding,
as in spacy-experimental, whose names the parameters have.

Dobrovolskii 2021, https://aclanthology.org/2021.emnlp-main.605
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.errors import Warnings, warn_user
from tagma.gold.clusters import clusters_of
from tagma.nn import Model, Ops, glorot_uniform_init
from tagma.tokens.columns import gather

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["HeadDataProvider", "bound_shapes", "find_bounds", "new_bound_parameters", "width_of_bounds"]

Arrays = dict[str, Any]

MIDDLE = 256  # width of the second layer
DROPOUT = 0.3  # behind the first two, in training
PAIRS_AT_A_TIME = 16384
SIDES = 2  # first word, last word
WARN_FROM = 500  # words that a head is compared with because its doc has no sentences


# -- What is known of the docs


def HeadDataProvider(prefix: str) -> Model[list[Doc], tuple[list[Any], list[Any]]]:
    """Docs to, for each, the number of the sentence of each token, and the heads: first tokens of clusters' spans."""
    return Model("HeadDataProvider", forward, attrs={"prefix": prefix})


def forward(
    model: Model[list[Doc], tuple[list[Any], list[Any]]], docs: Sequence[Doc], is_train: bool
) -> tuple[tuple[list[Any], list[Any]], Callable[[Any], list[Any]]]:
    sentences, heads = [], []
    for doc in docs:
        sentences.append(_sentence_numbers(doc))
        found = []
        for spans in clusters_of(doc, model.attrs["prefix"]).values():
            found += [span.start for span in spans]
            if longer := next((span for span in spans if len(span) > 1), None):
                warn_user(Warnings.W4154.format(prefix=model.attrs["prefix"], text=longer.text, n=len(longer)))
        if len(found) and sentences[-1][-1] == sentences[-1][0] and len(doc) >= WARN_FROM:
            warn_user(Warnings.W4150.format(n=len(doc)))
        heads.append(np.array(found, dtype="int64"))
    return (sentences, heads), lambda dY: []


def _sentence_numbers(doc: Doc) -> Any:
    """Int64 (n_tokens,): the same for all tokens of a sentence; of the whole doc where no sentence is known."""
    starts = gather([doc], ["SENT_START"])[0][:, 0].astype("int64") == 1
    return np.cumsum(starts)


# -- Parameters


def bound_shapes(
    nI: int,
    *,
    hidden_size: int,
    distance_embedding_size: int,
    conv_channels: int,
    window_size: int,
    max_distance: int,
    **_: Any,
) -> dict[str, tuple[int, ...]]:
    """The parameters' shapes, in their order in the file, from the width of the input."""
    kernel = 2 * window_size + 1
    return {
        "ffnn.0.weight": (hidden_size, 2 * nI + distance_embedding_size),
        "ffnn.0.bias": (hidden_size,),
        "ffnn.3.weight": (MIDDLE, hidden_size),
        "ffnn.3.bias": (MIDDLE,),
        "ffnn.6.weight": (distance_embedding_size, MIDDLE),
        "ffnn.6.bias": (distance_embedding_size,),
        "conv.0.weight": (conv_channels, distance_embedding_size, kernel),
        "conv.0.bias": (conv_channels,),
        "conv.1.weight": (SIDES, conv_channels, kernel),
        "conv.1.bias": (SIDES,),
        "emb.weight": (max_distance, distance_embedding_size),
    }


def width_of_bounds(arrays: Arrays) -> int:
    """The width of the input that a state is for. Raises ValueError for a state of another kind."""
    weight, distances = arrays.get("ffnn.0.weight"), arrays.get("emb.weight")
    if weight is None or distances is None or weight.ndim != 2 or distances.ndim != 2:
        raise ValueError(f"the saved state is not that of a span resolver: it has {sorted(arrays)}")
    return int(weight.shape[1] - distances.shape[1]) // 2


def new_bound_parameters(ops: Ops, shapes: dict[str, tuple[int, ...]]) -> Arrays:
    """Parameters to begin with: weights drawn by Glorot's rule, distances from a normal distribution, biases zero."""
    made: Arrays = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            made[name] = ops.alloc_f(shape)
        elif name == "emb.weight":
            made[name] = ops.asarray_f(ops.xp.random.normal(size=shape))
        else:
            made[name] = glorot_uniform_init(ops, (shape[0], int(np.prod(shape[1:])))).reshape(shape)
    return made


# -- Scores


def find_bounds(
    ops: Ops, params: Arrays, inputs: tuple[Any, dict[str, Any]], is_train: bool
) -> tuple[Any, Callable[[Any], tuple[Any, Arrays]]]:
    """Scores (n_heads, words of the longest doc, 2) of each word as first and as last of each head's mention.

    inputs    (vectors of the words of each doc, (sentences, heads)), see `HeadDataProvider`, and the settings

    Words of other sentences, and beyond the doc, have the score -inf; in prediction also first words behind the head,
    and last words before it. The callback gives the gradient of the input, and those of the parameters.
    """
    (Xs, (sentences, heads)), settings = inputs
    xp, lengths = ops.xp, [len(X) for X in Xs]
    X = xp.concatenate(Xs)
    layout = _Layout.of(lengths, sentences, heads, settings)
    scores = xp.full((len(layout.heads), max(lengths, default=0), SIDES), -xp.inf, dtype=X.dtype)
    by_word = _products(ops, params, X)
    if is_train:
        place = layout.place()
        result, run_back = _score(ops, params, by_word, layout, settings["window_size"], DROPOUT)
        scores[place] = result

        def backprop(d_scores: Any) -> tuple[Any, Arrays]:
            d_by_word, gradients = run_back(xp.ascontiguousarray(d_scores[place]))
            dX = _backprop_products(ops, params, X, d_by_word, gradients)
            ends = np.cumsum(lengths).tolist()
            return ([dX[end - n : end] for end, n in zip(ends, lengths, strict=True)], None), gradients

        return scores, backprop
    for part in layout.parts():
        place = part.place()
        scores[place] = _score(ops, params, by_word, part, settings["window_size"], 0.0)[0]
        places = xp.arange(scores.shape[1])
        own = ops.asarray_i(part.heads - part.starts)[:, None]
        block = scores[part.first : part.first + len(part.heads)]
        block[:, :, 0][places > own] = -xp.inf
        block[:, :, 1][places < own] = -xp.inf

    def no_way_back(d_scores: Any) -> Any:
        raise AssertionError("span_resolver: there is no way back from a prediction; call begin_update")

    return scores, no_way_back


@dataclass(frozen=True)
class _Layout:
    """Heads, the sentence of each, and how the words of sentences are laid out; rows of words are of the whole batch.

    first       number of the first head among all
    heads       row of each
    starts      first row of the doc of each
    sentence    first row of the sentence of each
    sizes       words of that sentence
    longest     words of the longest sentence with a head in the doc
    reach       half of the distances that have a vector of their own
    """

    first: int
    heads: Any
    starts: Any
    sentence: Any
    sizes: Any
    longest: Any
    reach: int

    @classmethod
    def of(
        cls, lengths: Sequence[int], sentences: Sequence[Any], heads: Sequence[Any], settings: dict[str, Any]
    ) -> _Layout:
        """The layout of a batch."""
        found: list[list[Any]] = [[np.zeros(0, dtype="int64")] for _ in range(5)]
        start = 0
        for length, numbers, own in zip(lengths, sentences, heads, strict=True):
            if len(own):
                numbers = np.asarray(numbers)
                low = np.searchsorted(numbers, numbers[own], side="left")
                sizes = np.searchsorted(numbers, numbers[own], side="right") - low
                rows = start + own, np.full(len(own), start), start + low, sizes, np.full(len(own), sizes.max())
                for parts, part in zip(found, rows, strict=True):
                    parts.append(part)
            start += length
        heads_at, starts, sentence, sizes, longest = map(np.concatenate, found)
        return cls(0, heads_at, starts, sentence, sizes, longest, (settings["max_distance"] - 2) // 2)

    def parts(self) -> Iterator[_Layout]:
        """The heads, some at a time."""
        number = np.cumsum(self.sizes) // PAIRS_AT_A_TIME
        cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(self.heads)]
        for low, high in pairwise(cuts):
            columns = (self.heads, self.starts, self.sentence, self.sizes, self.longest)
            heads, starts, sentence, sizes, longest = (column[low:high] for column in columns)
            yield _Layout(self.first + low, heads, starts, sentence, sizes, longest, self.reach)

    def pairs(self) -> tuple[Any, Any, Any]:
        """Row of the head, row of the word, and number of the distance, for each word of each head's sentence."""
        inside = _ranges(self.sizes)
        heads, words = np.repeat(self.heads, self.sizes), np.repeat(self.sentence, self.sizes) + inside
        distances = heads - words + self.reach
        distances[(distances < 0) | (distances > 2 * self.reach)] = 2 * self.reach + 1
        return heads, words, distances

    def place(self) -> tuple[Any, Any]:
        """Number of the head, and place of the word in its doc, of each pair."""
        numbers = np.repeat(np.arange(self.first, self.first + len(self.heads)), self.sizes)
        return numbers, np.repeat(self.sentence - self.starts, self.sizes) + _ranges(self.sizes)

    def windows(self, window: int) -> tuple[Any, Any]:
        """What both convolutions read, by row: n + 1 stands for nothing.

        The first reads the words' rows, n of which there are, and padding, whose row is n, for the words of the
        sentence and `window` more; the second reads the rows of the first, for the words.
        """
        sizes, longest, n = self.sizes, self.longest, int(self.sizes.sum())
        firsts = np.cumsum(sizes) - sizes
        wide = np.minimum(sizes + window, longest)
        offsets = np.arange(-window, window + 1)
        place = _ranges(wide)[:, None] + offsets
        size, most, first = (np.repeat(column, wide)[:, None] for column in (sizes, longest, firsts))
        one = np.where(place < size, first + place, n)
        one[(place < 0) | (place >= most)] = n + 1
        place = _ranges(sizes)[:, None] + offsets
        most, first = (np.repeat(column, sizes)[:, None] for column in (longest, np.cumsum(wide) - wide))
        two = first + place
        two[(place < 0) | (place >= most)] = int(wide.sum())
        return one, two


def _ranges(sizes: Any) -> Any:
    """0, 1 … for each size, end to end."""
    ends = np.cumsum(sizes)
    return np.arange(int(sizes.sum())) - np.repeat(ends - sizes, sizes)


def _cuts(params: Arrays, nI: int) -> tuple[Any, Any, Any]:
    """The first layer's weights for the head, for the word, and for the distance."""
    W = params["ffnn.0.weight"]
    return W[:, :nI], W[:, nI : 2 * nI], W[:, 2 * nI :]


def _products(ops: Ops, params: Arrays, X: Any) -> tuple[Any, Any, Any]:
    """The first layer's products: of each word as head, of each as word, and of each distance, with the bias."""
    head, word, distance = (ops.xp.ascontiguousarray(part) for part in _cuts(params, X.shape[1]))
    by_distance = ops.gemm(params["emb.weight"], distance, trans2=True) + params["ffnn.0.bias"]
    return ops.gemm(X, head, trans2=True), ops.gemm(X, word, trans2=True), by_distance


def _backprop_products(ops: Ops, params: Arrays, X: Any, d_by_word: tuple[Any, Any, Any], gradients: Arrays) -> Any:
    """The gradient of the words; adds those of the first layer, whose bias has one from padding already."""
    head, word, distance = (ops.xp.ascontiguousarray(part) for part in _cuts(params, X.shape[1]))
    d_head, d_word, d_distance = d_by_word
    parts = [
        ops.gemm(d_head, X, trans1=True),
        ops.gemm(d_word, X, trans1=True),
        ops.gemm(d_distance, params["emb.weight"], trans1=True),
    ]
    gradients["ffnn.0.weight"] = ops.xp.concatenate(parts, axis=1)
    gradients["ffnn.0.bias"] += d_distance.sum(axis=0)
    gradients["emb.weight"] = ops.gemm(d_distance, distance)
    dX = ops.gemm(d_head, head)
    dX += ops.gemm(d_word, word)
    return dX


def _score(
    ops: Ops, params: Arrays, by_word: tuple[Any, Any, Any], layout: _Layout, window: int, rate: float
) -> tuple[Any, Callable[[Any], tuple[tuple[Any, Any, Any], Arrays]]]:
    """Scores of all pairs, (n_pairs, 2). The callback gives the gradients of the products, and of the parameters."""
    xp = ops.xp
    rows = [ops.asarray_i(part) for part in layout.pairs()]
    n = len(rows[0])
    # One more row stands for all padding, whose input is zero.
    Z = xp.empty((n + 1, by_word[0].shape[1]), dtype=by_word[0].dtype)
    Z[n] = params["ffnn.0.bias"]
    Z[:n] = by_word[0][rows[0]]
    Z[:n] += by_word[1][rows[1]]
    Z[:n] += by_word[2][rows[2]]
    one, backprop_one = _rectify(ops, Z, rate)
    two, backprop_two = _rectify(ops, ops.gemm(one, params["ffnn.3.weight"], trans2=True) + params["ffnn.3.bias"], rate)
    out = ops.gemm(two, params["ffnn.6.weight"], trans2=True) + params["ffnn.6.bias"]
    windows = [ops.asarray_i(part) for part in layout.windows(window)]
    channels, backprop_first = _convolve(ops, params["conv.0.weight"], params["conv.0.bias"], out, windows[0])
    scores, backprop_second = _convolve(ops, params["conv.1.weight"], params["conv.1.bias"], channels, windows[1])

    def backprop(d_scores: Any) -> tuple[tuple[Any, Any, Any], Arrays]:
        gradients: Arrays = {}
        d_channels, gradients["conv.1.weight"], gradients["conv.1.bias"] = backprop_second(d_scores)
        d_out, gradients["conv.0.weight"], gradients["conv.0.bias"] = backprop_first(d_channels)
        gradients["ffnn.6.weight"] = ops.gemm(d_out, two, trans1=True)
        gradients["ffnn.6.bias"] = d_out.sum(axis=0)
        d_two = backprop_two(ops.gemm(d_out, params["ffnn.6.weight"]))
        gradients["ffnn.3.weight"] = ops.gemm(d_two, one, trans1=True)
        gradients["ffnn.3.bias"] = d_two.sum(axis=0)
        d_one = backprop_one(ops.gemm(d_two, params["ffnn.3.weight"]))
        gradients["ffnn.0.bias"] = d_one[n].copy()
        d_products = [xp.zeros_like(table) for table in by_word]
        for table, row in zip(d_products, rows, strict=True):
            ops.scatter_add(table, row, d_one[:n])
        return (d_products[0], d_products[1], d_products[2]), gradients

    return scores, backprop


def _rectify(ops: Ops, Z: Any, rate: float) -> tuple[Any, Callable[[Any], Any]]:
    """Rectified linear units with dropout; changes Z."""
    ops.xp.maximum(Z, 0, out=Z)
    scale = 1.0
    if rate:
        Z *= ops.get_dropout_mask(Z.shape, rate).astype(Z.dtype)
        scale = 1.0 / (1.0 - rate)
    return Z, lambda dY: dY * ((Z > 0) * scale).astype(Z.dtype)


def _convolve(ops: Ops, W: Any, b: Any, X: Any, windows: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any, Any]]]:
    """A convolution over windows (n, k) of the rows of X, one number beyond which stands for zeros. W: (nO, nI, k)."""
    xp, (nO, nI, k) = ops.xp, W.shape
    padded = xp.concatenate([X, xp.zeros((1, nI), dtype=X.dtype)])
    columns = padded[windows].reshape(len(windows), k * nI)
    flat = xp.ascontiguousarray(W.transpose((0, 2, 1))).reshape(nO, k * nI)

    def backprop(dY: Any) -> tuple[Any, Any, Any]:
        d_columns = ops.gemm(dY, flat).reshape(-1, nI)
        d_padded = xp.zeros_like(padded)
        ops.scatter_add(d_padded, windows.reshape(-1), d_columns)
        dW = ops.gemm(dY, columns, trans1=True).reshape(nO, k, nI).transpose((0, 2, 1))
        return d_padded[:-1], xp.ascontiguousarray(dW), dY.sum(axis=0)

    return ops.gemm(columns, flat, trans2=True) + b, backprop
