"""extract_spans: the vectors of spans, out of those of their docs' tokens.

    (Ragged (n_tokens, width) by doc, Ragged int32 (n_spans, 2) by doc) ──▶ Ragged (rows of all spans, width) by span

A row of the second says where a span of its doc begins, and behind which token it ends. Spans may overlap: a token's
gradient is the sum over all spans that it is in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tagma.nn import Model, Ops
from tagma.nn.types import Ints1d, Ragged
from tagma.registries import registry

__all__ = ["extract_spans", "forward", "init", "span_borders", "span_rows"]

SourceSpans = tuple[Ragged, Ragged]


@registry.layers("spacy.extract_spans.v1")
def extract_spans() -> Model[SourceSpans, Ragged]:
    """Take the rows of spans out of the rows of docs."""
    return Model("extract_spans", forward, init=init)


def forward(
    model: Model[SourceSpans, Ragged], source_spans: SourceSpans, is_train: bool
) -> tuple[Ragged, Callable[[Ragged], SourceSpans]]:
    """The rows of the spans. The gradient of the spans' borders is the borders, unchanged: nothing comes of it."""
    ops = model.ops
    X, spans = source_spans
    rows, lengths = span_rows(ops, spans, X.lengths)
    shape = X.dataXd.shape
    Y = Ragged(X.dataXd[rows], lengths)

    def backprop(dY: Ragged) -> SourceSpans:
        dX = ops.alloc(shape, dtype="float32")
        if len(rows):
            ops.scatter_add(dX, rows, dY.dataXd)
        return Ragged(dX, X.lengths), spans

    return Y, backprop


def init(model: Model[SourceSpans, Ragged], X: Any = None, Y: Any = None) -> None:
    """Nothing to initialize."""


def span_borders(ops: Ops, spans: Ragged, doc_lengths: Ints1d) -> tuple[Ints1d, Ints1d]:
    """First rows of the spans among those of all docs, and the rows behind their last: int64 (n_spans,), on the CPU.

    spans          int32 (n_spans, 2), start and end within the doc, by doc
    doc_lengths    int32 (n_docs,), tokens of each doc
    """
    borders, lengths = ops.to_numpy(spans.rows).astype("int64", copy=False), ops.to_numpy(doc_lengths)
    before = np.repeat(np.cumsum(lengths, dtype="int64") - lengths, ops.to_numpy(spans.lengths))
    return before + borders[:, 0], before + borders[:, 1]


def span_rows(ops: Ops, spans: Ragged, doc_lengths: Ints1d) -> tuple[Ints1d, Ints1d]:
    """The rows of the spans among those of all docs, span after span, and the number of each span's rows."""
    starts, ends = span_borders(ops, spans, doc_lengths)
    lengths = ends - starts
    behind = np.cumsum(lengths)
    total = int(behind[-1]) if len(behind) else 0
    rows = np.arange(total) + np.repeat(starts - behind + lengths, lengths)
    return ops.asarray1i(rows), ops.asarray1i(lengths)
