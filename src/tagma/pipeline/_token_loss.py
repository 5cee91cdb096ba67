"""Categorical cross-entropy over the tokens of a batch, on one flat array.

    G[i] = (P[i] − T[i]) · m[i]        loss = Σ G²        P probabilities float32 (n, K)

T is one-hot in the gold label, or smoothed: 1 − ε there, ε / (K − 1) elsewhere. A token without gold has m = 0. A token
of which only a wrong label is known has T = 0, and m = 1 in that label's column alone. G is the gradient for what goes
into the softmax. The same numbers come from `tagma.nn.SequenceCategoricalCrossentropy(normalize=False)`, by document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tagma.nn.types import ArrayList, Floats2d, get_array_module

MISSING = -1


def flatten(arrays: Sequence[Any]) -> tuple[Any, Any]:
    """One array of all rows, and the rows of each: int32 (n_arrays,). Costs nothing for views of one array."""
    if isinstance(arrays, ArrayList) and arrays.intact():
        return arrays.flat, arrays.lengths
    lengths = np.asarray([len(array) for array in arrays], dtype="int32")
    if len(arrays) == 1:
        return arrays[0], lengths
    return get_array_module(arrays[0]).concatenate(list(arrays)), lengths


def cross_entropy(
    scores: Sequence[Floats2d],
    gold: Any,
    *,
    is_negative: Any = None,
    label_smoothing: float = 0.0,
) -> tuple[float, ArrayList[Floats2d]]:
    """Loss and gradient, which is a list of views like `scores`.

    scores         Probabilities, one array (n_tokens, K) per doc.
    gold           int (n_tokens of the batch,), labels' columns; MISSING where there is none.
    is_negative    bool (n_tokens of the batch,), where the gold label is one that the token does not have.
    """
    P, lengths = flatten(scores)
    xp = get_array_module(P)
    G = P.copy()
    n_labels = P.shape[1]
    off = label_smoothing / (n_labels - 1) if label_smoothing and n_labels > 1 else 0.0
    if off:
        G -= xp.float32(off)
    rows = np.flatnonzero(gold != MISSING) if is_negative is None else np.flatnonzero((gold != MISSING) & ~is_negative)
    G[rows, gold[rows]] -= xp.float32(1.0 - label_smoothing - off)
    if len(rows) < len(G):
        if is_negative is not None:
            negative = np.flatnonzero(is_negative)
            kept = P[negative, gold[negative]]
            G[is_negative] = 0
            G[negative, gold[negative]] = kept
        G[gold == MISSING] = 0
    ravelled = G.ravel()
    return float(ravelled @ ravelled), ArrayList.from_flat(G, lengths)


def distribution_loss(scores: Sequence[Floats2d], targets: Sequence[Floats2d]) -> tuple[float, ArrayList[Floats2d]]:
    """As `cross_entropy`, against whole distributions."""
    P, lengths = flatten(scores)
    T, _ = flatten(targets)
    G = P - T
    ravelled = G.ravel()
    return float(ravelled @ ravelled), ArrayList.from_flat(G, lengths)
