"""Suggesters: the spans of a doc that are worth a label, proposed before anything is known about them.

    (docs, *, ops=None) ──▶ Ragged int32 (n_spans, 2): start and end within the doc, by doc

A config makes one by a function of `@misc`:

    [components.spancat.suggester]
    @misc = "spacy.ngram_suggester.v1"
    sizes = [1,2,3]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from tagma.errors import Errors
from tagma.nn import Ops, get_current_ops
from tagma.nn.types import Ragged
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.tokens.columns import lengths_of

__all__ = [
    "Suggester",
    "build_ngram_range_suggester",
    "build_ngram_suggester",
    "build_preset_spans_suggester",
    "ngram_suggester",
    "preset_spans_suggester",
]


@runtime_checkable
class Suggester(Protocol):
    """Proposes spans of docs."""

    def __call__(self, docs: Iterable[Doc], *, ops: Ops | None = None) -> Ragged:
        """Start and end of each span within its doc, int32 (n_spans, 2), by doc; arrays of `ops`."""


@registry.misc("spacy.ngram_suggester.v1")
def build_ngram_suggester(sizes: list[int]) -> Suggester:
    """All spans of these sizes, in tokens. Raises ValueError E4230 for none, and for sizes below 1."""
    if not sizes or min(sizes) < 1:
        raise ValueError(Errors.E4230.format(sizes=sizes))
    return partial(ngram_suggester, sizes=sizes)


@registry.misc("spacy.ngram_range_suggester.v1")
def build_ngram_range_suggester(min_size: int, max_size: int) -> Suggester:
    """All spans of min_size to max_size tokens, both included. Raises ValueError E4230 if these are none."""
    return build_ngram_suggester(list(range(min_size, max_size + 1)))


@registry.misc("spacy.preset_spans_suggester.v1")
def build_preset_spans_suggester(spans_key: str) -> Suggester:
    """The spans that another component has put into `doc.spans[spans_key]`."""
    return partial(preset_spans_suggester, spans_key=spans_key)


def ngram_suggester(docs: Iterable[Doc], sizes: Sequence[int], *, ops: Ops | None = None) -> Ragged:
    """All spans of these sizes: those of a doc's first size, in order, then those of the next."""
    lengths = lengths_of(docs)
    sizes_of_docs = np.tile(np.asarray(sizes, dtype="int32"), len(lengths))
    counts = np.maximum(np.repeat(lengths, len(sizes)) - sizes_of_docs + 1, 0)
    ends = np.cumsum(counts)
    starts = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
    spans = np.stack([starts, starts + np.repeat(sizes_of_docs, counts)], axis=1)
    return _ragged(ops, spans, counts.reshape((len(lengths), len(sizes))).sum(axis=1))


def preset_spans_suggester(docs: Iterable[Doc], spans_key: str, *, ops: Ops | None = None) -> Ragged:
    """The spans of a group of each doc. Raises KeyError E4231 for a doc that has no such group."""
    spans: list[tuple[int, int]] = []
    lengths = []
    for doc in docs:
        if spans_key not in doc.spans:
            raise KeyError(Errors.E4231.format(key=spans_key, groups=list(doc.spans)))
        group = doc.spans[spans_key]
        spans.extend((span.start, span.end) for span in group)
        lengths.append(len(group))
    return _ragged(ops, np.array(spans).reshape((-1, 2)), np.array(lengths))


def _ragged(ops: Ops | None, spans: np.ndarray, lengths: np.ndarray) -> Ragged:
    ops = get_current_ops() if ops is None else ops
    return Ragged(ops.asarray(spans, dtype="int32"), ops.asarray1i(lengths))
