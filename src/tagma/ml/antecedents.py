"""Antecedents of words: which earlier word each word of a doc goes back to.

    X (n, nI) ── LSTM ──▶ words (n, nI) ── rough score of every pair ──▶ the best K earlier words of each word
                                        └─ fine score of those pairs ──▶ scores (n, 1 + K)

The rough score of words i and j is bilinear, (W·wᵢ + b)·wⱼ; the fine one is that of a network over both, their product
and their distance (see `pair_scores`). Their sum is the score; the first column stands for "no antecedent". Rough
scores are made for some rows of a doc at a time, and fine ones for some pairs, so that memory grows with the words of
a batch times K, and never with their square.

Dobrovolskii 2021, https://aclanthology.org/2021.emnlp-main.605, with the LSTM and the names of spacy-experimental.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tagma.ml.pair_scores import score_pairs
from tagma.nn import Ops, glorot_uniform_init

__all__ = [
    "NO_ANTECEDENT",
    "antecedent_shapes",
    "find_antecedents",
    "new_antecedent_parameters",
    "width_of_antecedents",
]

Arrays = dict[str, Any]

NO_ANTECEDENT = 1e-7  # its score
BUCKETS = 9  # of distances
ROWS_AT_A_TIME = 512  # words whose rough scores are in memory at a time
GATES = 4
# The gates of PyTorch's LSTM (input, forget, candidate, output) in the order they have here, and the other way round.
GATE_ORDER = (1, 0, 3, 2)


def antecedent_shapes(
    nI: int, *, distance_embedding_size: int, hidden_size: int, depth: int, **_: Any
) -> dict[str, tuple[int, ...]]:
    """The parameters' shapes, in their order in the file, from the width of the input."""
    pair = 3 * nI + distance_embedding_size
    shapes: dict[str, tuple[int, ...]] = {"pairwise.distance_emb.weight": (BUCKETS, distance_embedding_size)}
    for layer in range(depth):
        shapes[f"ana_scorer.hidden.{3 * layer}.weight"] = (hidden_size, hidden_size if layer else pair)
        shapes[f"ana_scorer.hidden.{3 * layer}.bias"] = (hidden_size,)
    shapes["ana_scorer.out.weight"] = (1, hidden_size if depth else pair)
    shapes["ana_scorer.out.bias"] = (1,)
    for kind in ("ih", "hh"):
        shapes[f"lstm.weight_{kind}_l0"] = (GATES * nI, nI)
    for kind in ("ih", "hh"):
        shapes[f"lstm.bias_{kind}_l0"] = (GATES * nI,)
    shapes["rough_scorer.bilinear.weight"] = (nI, nI)
    shapes["rough_scorer.bilinear.bias"] = (nI,)
    return shapes


def width_of_antecedents(arrays: Arrays) -> int:
    """The width of the input that a state is for. Raises ValueError for a state of another kind."""
    weight = arrays.get("rough_scorer.bilinear.weight")
    if weight is None or weight.ndim != 2:
        raise ValueError(f"the saved state is not that of a coreference network: it has {sorted(arrays)}")
    return int(weight.shape[1])


def new_antecedent_parameters(ops: Ops, shapes: dict[str, tuple[int, ...]]) -> Arrays:
    """Parameters to begin with: weights drawn by Glorot's rule, distances from a normal distribution, biases zero."""
    made: Arrays = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            made[name] = ops.alloc_f(shape)
        elif name.endswith("distance_emb.weight"):
            made[name] = ops.asarray_f(ops.xp.random.normal(size=shape))
        elif name == "lstm.weight_ih_l0" or name == "lstm.weight_hh_l0":
            gate = (shape[0] // GATES, shape[1])
            made[name] = ops.xp.concatenate([glorot_uniform_init(ops, gate) for _ in range(GATES)])
        else:
            made[name] = glorot_uniform_init(ops, shape)
    return made


def find_antecedents(
    ops: Ops, params: Arrays, inputs: tuple[Sequence[Any], dict[str, Any]], is_train: bool
) -> tuple[tuple[Any, Any], Callable[[Any], tuple[list[Any], Arrays]]]:
    """Scores (n, 1 + K) and antecedents int32 (n, K) of all words of a batch, doc after doc.

    inputs    vectors of the words of each doc, float (n_words, nI), and the settings of the network

    K is `antecedent_limit`, or the length of the longest doc if that is less. Antecedents are places within the doc;
    those that are none (a word does not go back to itself or a later one) have the score -inf. The callback takes the
    gradient of the scores and gives that of the vectors, by doc, and those of the parameters.
    """
    Xs, settings = inputs
    xp = ops.xp
    lengths = [len(X) for X in Xs]
    rate = settings["dropout"] if is_train else 0.0
    words, backprop_words = _encode(ops, params, xp.concatenate(Xs), lengths, rate)
    starts = np.repeat(np.cumsum([0, *lengths[:-1]]), lengths)
    K = min(settings["antecedent_limit"], max(lengths, default=0))
    rough, antecedents, backprop_rough = _score_roughly(ops, params, words, lengths, K, rate)
    known = rough > -xp.inf
    rows, columns = xp.nonzero(known)
    others = (antecedents[rows, columns] + ops.asarray_i(starts)[rows]).astype("int32")
    rows32 = rows.astype("int32")
    pairs_at_a_time = settings["antecedent_batch_size"] * max(K, 1)
    fine, backprop_fine = score_pairs(
        ops, params, words, (rows32, others, _buckets(xp, rows32 - others)), settings["depth"], rate, pairs_at_a_time
    )
    scores = xp.empty((len(words), K + 1), dtype=words.dtype)
    scores[:, 0] = NO_ANTECEDENT
    scores[:, 1:] = rough
    scores[rows, columns + 1] += fine

    def backprop(d_scores: Any) -> tuple[list[Any], Arrays]:
        d_pairs = xp.where(known, d_scores[:, 1:], 0.0)
        d_words, gradients = backprop_fine(d_pairs[rows, columns])
        d_words += backprop_rough(d_pairs, gradients)
        dX = backprop_words(d_words, gradients)
        return _split(dX, lengths), gradients

    return (scores, antecedents), backprop


def _buckets(xp: Any, distances: Any) -> Any:
    """The number of each distance (from 1): up to 4 one each, then by powers of two, the last from 64 on."""
    logs = xp.floor(xp.log2(distances.astype("float64"))).astype("int64")
    return xp.where(distances < 5, distances - 1, xp.minimum(logs, 6) + 2).astype("int32")


def _split(X: Any, lengths: Sequence[int]) -> list[Any]:
    ends = np.cumsum(lengths).tolist()
    return [X[end - length : end] for end, length in zip(ends, lengths, strict=True)]


# -- The words


def _encode(
    ops: Ops, params: Arrays, X: Any, lengths: Sequence[int], rate: float
) -> tuple[Any, Callable[[Any, Arrays], Any]]:
    """The LSTM over each doc from its first word on, and dropout. The callback adds the gradients of its parameters."""
    xp, nH = ops.xp, X.shape[1]
    # Rows by time, those of longer docs first: the order that recurrent kernels take them in.
    rank = np.empty(len(lengths), dtype="int64")
    rank[np.argsort([-length for length in lengths], kind="stable")] = np.arange(len(lengths))
    time = np.concatenate([np.arange(length) for length in lengths]) if lengths else np.zeros(0, dtype="int64")
    order = np.lexsort((np.repeat(rank, lengths), time))
    sizes = np.bincount(time)
    there = ops.asarray_i(order)
    names = [f"lstm.{what}_{kind}_l0" for kind in ("ih", "hh") for what in ("weight", "bias")]
    flat = xp.concatenate([_other_gates(params[name]).reshape(-1) for name in names])
    start = xp.zeros((1, 1, nH), dtype=X.dtype)
    H, state = ops.lstm_forward_training(flat, start, start, xp.ascontiguousarray(X[there]), sizes)
    words = xp.empty_like(H)
    words[there] = H
    words, backprop_dropout = _drop(ops, words, rate)

    def backprop(d_words: Any, gradients: Arrays) -> Any:
        dX_by_time, d_flat = ops.backprop_lstm(
            xp.ascontiguousarray(backprop_dropout(d_words)[there]), sizes, flat, state
        )
        at = 0
        for name in names:
            size = params[name].size
            gradients[name] = _other_gates(d_flat[at : at + size].reshape(params[name].shape))
            at += size
        dX = xp.empty_like(dX_by_time)
        dX[there] = dX_by_time
        return dX

    return words, backprop


def _other_gates(array: Any) -> Any:
    """The parameters of the four gates in the other order."""
    return array.reshape(GATES, -1)[list(GATE_ORDER)].reshape(array.shape)


def _drop(ops: Ops, X: Any, rate: float) -> tuple[Any, Callable[[Any], Any]]:
    """Dropout, and its way back."""
    if rate <= 0:
        return X, lambda dX: dX
    mask = ops.get_dropout_mask(X.shape, rate)
    return X * mask, lambda dX: dX * mask


# -- Rough scores


def _score_roughly(
    ops: Ops, params: Arrays, words: Any, lengths: Sequence[int], K: int, rate: float
) -> tuple[Any, Any, Callable[[Any, Arrays], Any]]:
    """The K best rough scores of each word, (n, K), -inf where there are less; and whose they are, in rising order."""
    xp = ops.xp
    W, b = params["rough_scorer.bilinear.weight"], params["rough_scorer.bilinear.bias"]
    asking, backprop_dropout = _drop(ops, ops.gemm(words, W, trans2=True) + b, rate)
    rough = xp.full((len(words), K), -xp.inf, dtype=words.dtype)
    antecedents = xp.zeros((len(words), K), dtype="int32")
    for start, low, high in _row_blocks(lengths):
        before = high - start  # words of the doc that any of these rows can go back to, and some that they cannot
        scores = ops.gemm(asking[low:high], words[start:high], trans2=True)
        places = xp.arange(before, dtype="int32")
        scores[places[None, :] >= xp.arange(low - start, before)[:, None]] = -xp.inf
        kept = min(K, before)
        if before > K:
            chosen = xp.sort(xp.argpartition(scores, before - K, axis=1)[:, before - K :], axis=1)
        else:
            chosen = xp.broadcast_to(places, scores.shape)
        rough[low:high, :kept] = xp.take_along_axis(scores, chosen, axis=1)
        antecedents[low:high, :kept] = chosen

    def backprop(d_rough: Any, gradients: Arrays) -> Any:
        d_words, d_asking = xp.zeros_like(words), xp.empty_like(words)
        for start, low, high in _row_blocks(lengths):
            before = high - start
            d_scores = xp.zeros((high - low, before + 1), dtype=words.dtype)
            columns = xp.where(rough[low:high] > -xp.inf, antecedents[low:high], before)
            d_scores[xp.arange(high - low)[:, None], columns] = d_rough[low:high]
            d_scores = xp.ascontiguousarray(d_scores[:, :before])
            d_asking[low:high] = ops.gemm(d_scores, words[start:high])
            d_words[start:high] += ops.gemm(d_scores, asking[low:high], trans1=True)
        d_asking = backprop_dropout(d_asking)
        gradients["rough_scorer.bilinear.weight"] = ops.gemm(d_asking, words, trans1=True)
        gradients["rough_scorer.bilinear.bias"] = d_asking.sum(axis=0)
        d_words += ops.gemm(d_asking, W)
        return d_words

    return rough, antecedents, backprop


def _row_blocks(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first row of the doc, first row, row behind the last) of each block of rows, none across docs."""
    start = 0
    for length in lengths:
        for low in range(0, length, ROWS_AT_A_TIME):
            yield start, start + low, start + min(length, low + ROWS_AT_A_TIME)
        start += length
