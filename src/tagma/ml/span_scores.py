"""SpanScores: the root of span categorizers, a chain that predicts as many spans at a time as it has memory for.

    (docs, Ragged int32 (n_spans, 2) by doc) ──▶ float32 (n_spans, nO)

The vectors of tokens are made once for all docs. What follows is made for one part of the spans after the other, so
that memory for their rows does not grow with the number of spans. In training all are there at once. Rows, pools and
hidden layer of spans run as one where `mean_max` can take them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.ml.mean_max import run_mean_max
from tagma.nn import Model
from tagma.nn.layers.chain import forward as run_chain
from tagma.nn.layers.chain import init as init_chain
from tagma.nn.types import Floats2d, Ragged

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["ROWS_AT_A_TIME", "SpanScores"]

DocsSpans = tuple["list[Doc]", Ragged]
# Rows of spans in memory at a time: a span of three tokens has three. A longer span is a part by itself.
ROWS_AT_A_TIME = 4096


def SpanScores(
    vectors: Model[DocsSpans, tuple[Ragged, Ragged]],
    extract: Model[tuple[Ragged, Ragged], Ragged],
    reducer: Model[Ragged, Floats2d],
    scorer: Model[Floats2d, Floats2d],
) -> Model[DocsSpans, Floats2d]:
    """The chain of these layers. The first gives the vectors of all tokens, with the spans as they are."""
    layers = (vectors, extract, reducer, scorer)
    name = ">>".join(layer.name for layer in layers)
    return Model(name, forward, init=init_chain, dims={"nO": scorer.maybe_get_dim("nO")}, layers=layers)


def forward(
    model: Model[DocsSpans, Floats2d], X: DocsSpans, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    """The scores of all spans, float32 (n_spans, nO)."""
    if len(X[1].rows) == 0:
        return run_chain(model, X, is_train)
    if is_train:
        return _train(model, X)
    return _predict(model, X), lambda dY: run_chain(model, X, is_train)[1](dY)


def _train(model: Model[DocsSpans, Floats2d], X: DocsSpans) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    vectors, extract, reducer, scorer = model.layers
    (tokens, spans), backprop_vectors = vectors.begin_update(X)
    if (fused := run_mean_max(extract, reducer, tokens, spans, True)) is not None:
        pooled, backprop_tokens = fused
    else:
        rows, backprop_rows = extract.begin_update((tokens, spans))
        pooled, backprop_pooled = reducer.begin_update(rows)

        def backprop_tokens(d_pooled: Floats2d) -> Any:
            return backprop_rows(backprop_pooled(d_pooled))[0].dataXd

    scores, backprop_scores = scorer.begin_update(pooled)

    def backprop(d_scores: Floats2d) -> Any:
        d_tokens = backprop_tokens(backprop_scores(d_scores))
        return backprop_vectors((Ragged(d_tokens, tokens.lengths), spans))

    return scores, backprop


def _predict(model: Model[DocsSpans, Floats2d], X: DocsSpans) -> Floats2d:
    vectors, extract, reducer, scorer = model.layers
    tokens, spans = vectors.predict(X)
    found = []
    for part in _parts(model, spans):
        fused = run_mean_max(extract, reducer, tokens, part, False)
        pooled = reducer.predict(extract.predict((tokens, part))) if fused is None else fused[0]
        found.append(scorer.predict(pooled))
    scores: Floats2d = found[0] if len(found) == 1 else model.ops.xp.concatenate(found)
    return scores


def _parts(model: Model[Any, Any], spans: Ragged) -> Iterator[Ragged]:
    """The spans cut into Ragged of at most ROWS_AT_A_TIME rows of tokens, all with one length for each doc."""
    ops, borders = model.ops, spans.rows
    sizes = ops.to_numpy(borders[:, 1] - borders[:, 0]).astype("int64")
    number = (np.cumsum(sizes) - 1) // ROWS_AT_A_TIME  # of the part that each span is in, by its last row
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(sizes)]
    if len(cuts) == 2:
        yield spans
        return
    ends_of_docs = np.cumsum([0, *ops.to_numpy(spans.lengths).tolist()])
    for low, high in pairwise(cuts):
        lengths = np.diff(np.clip(ends_of_docs, low, high))
        yield Ragged(borders[low:high], ops.asarray1i(lengths))
