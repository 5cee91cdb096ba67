"""The output of a transformer for a batch of docs as one array of rows, and the views of it that docs get.

Rows lie doc by doc: for each doc n_spans × n_pieces of them, n_pieces that of its longest span. So what a doc sees does
not depend on the docs beside it, and `last_hidden_state` of a doc is a view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.ml.transformer.data import HIDDEN, FullTransformerBatch, ModelOutput, TransformerData, WordpieceBatch
from tagma.ml.transformer.pieces import Pieces
from tagma.nn.types import Floats2d, Ints1d, Ragged, get_array_module

if TYPE_CHECKING:
    from tagma.tokens import Span

__all__ = ["DocList", "Layout", "RowBatch", "flat_rows"]

# Axes over pieces of what a model can give besides; all other arrays have one row for each span.
PIECE_AXES = {HIDDEN: (0,), "hidden_states": (0,), "attentions": (1, 2)}


@dataclass
class Layout:
    """Where the spans of a batch lie in its rows.

    n_spans     int64 (n_docs,), spans of each doc
    longest     int64 (n_docs,), pieces of its longest span
    n_tokens    int64 (n_docs,)
    """

    n_spans: Ints1d
    longest: Ints1d
    n_tokens: Ints1d

    @classmethod
    def of(cls, n_spans: Sequence[int], lengths: Ints1d, n_tokens: Sequence[int]) -> Layout:
        """Of docs with so many spans, which have so many pieces each."""
        spans = np.asarray(n_spans, dtype="int64")
        longest = np.zeros(len(spans), dtype="int64")
        np.maximum.at(longest, np.repeat(np.arange(len(spans)), spans), lengths)
        return cls(spans, longest, np.asarray(n_tokens, dtype="int64"))

    @cached_property
    def row_starts(self) -> Ints1d:
        """int64 (n_docs + 1,), first row of each doc, and the number of all."""
        return _starts(self.n_spans * self.longest)

    @cached_property
    def span_starts(self) -> Ints1d:
        """int64 (n_docs + 1,), first span of each doc, and the number of all."""
        return _starts(self.n_spans)

    @cached_property
    def token_starts(self) -> Ints1d:
        """int64 (n_docs + 1,), first token of each doc, and the number of all."""
        return _starts(self.n_tokens)

    @cached_property
    def rows_of_spans(self) -> Ints1d:
        """int64 (n_spans,), first row of each span."""
        within = np.arange(int(self.n_spans.sum())) - np.repeat(self.span_starts[:-1], self.n_spans)
        first: Ints1d = np.repeat(self.row_starts[:-1], self.n_spans) + within * np.repeat(self.longest, self.n_spans)
        return first


def _starts(sizes: Ints1d) -> Ints1d:
    starts = np.zeros(len(sizes) + 1, dtype="int64")
    np.cumsum(sizes, out=starts[1:])
    return starts


class RowBatch(FullTransformerBatch):
    """A batch as one array of rows.

    rows         float32 (n_rows, width); padding is 0
    row_align    Ragged of int32: for each token the rows of its pieces
    extras       what the model gives besides, by name: for each span an array, or a list of them
    """

    def __init__(
        self,
        spans: list[list[Span]],
        pieces: Pieces,
        layout: Layout,
        rows: Floats2d,
        row_align: Ragged,
        extras: dict[str, list[Any]],
    ) -> None:
        self.spans = spans
        self.pieces: Pieces = pieces
        self.layout: Layout = layout
        self.rows: Floats2d = rows
        self.row_align: Ragged = row_align
        self.extras: dict[str, list[Any]] = extras
        self.cached_doc_data = None

    @cached_property
    def wordpieces(self) -> WordpieceBatch:  # type: ignore[override]  # made when asked for
        """All spans in pieces, padded to the longest of the batch."""
        return self.pieces.batch(range(len(self.pieces.lengths)))

    @cached_property
    def model_output(self) -> ModelOutput:
        """The arrays of the model over all spans, padded to the longest of the batch, as PyTorch tensors."""
        from tagma.nn.exchange import xp2torch

        everything = range(len(self.pieces.lengths))
        hidden = [self.rows[row : row + n] for row, n in zip(*self._spans_of_rows(), strict=True)]
        arrays = {HIDDEN: _padded(hidden, PIECE_AXES[HIDDEN]), **self.extras_of(everything)}
        return ModelOutput({name: _deep(xp2torch, array) for name, array in arrays.items()})

    @cached_property
    def align(self) -> Ragged:  # type: ignore[override]  # made when asked for
        """For each token the rows of `last_hidden_state`, with its first two axes as one."""
        longest = int(self.pieces.lengths.max(initial=0))
        span = np.searchsorted(self.layout.rows_of_spans, self.row_align.dataXd, side="right") - 1
        places = span * longest + self.row_align.dataXd - self.layout.rows_of_spans[span]
        return Ragged(places.astype("int32"), self.row_align.lengths)

    def _spans_of_rows(self) -> tuple[list[int], list[int]]:
        return self.layout.rows_of_spans.tolist(), self.pieces.lengths.tolist()

    def extras_of(self, spans: Iterable[int]) -> dict[str, Any]:
        """What the model gives besides for some spans, padded to the longest of them."""
        chosen = list(spans)
        found: dict[str, Any] = {}
        for name, values in self.extras.items() if chosen else ():
            axes = PIECE_AXES.get(name, ())
            parts = [values[i] for i in chosen]
            if isinstance(parts[0], list):
                found[name] = [_padded(list(layer), axes) for layer in zip(*parts, strict=True)]
            else:
                found[name] = _padded(parts, axes)
        return found

    def split_by_doc(self) -> list[TransformerData]:
        """What is said of each doc, as views of the rows."""
        return DocList(DocView(self, i) for i in range(len(self.layout.n_spans)))

    def with_rows(self, rows: Floats2d) -> RowBatch:
        """The same batch with other rows, such as gradients."""
        return RowBatch(self.spans, self.pieces, self.layout, rows, self.row_align, {})

    def unsplit_by_doc(self, arrays: Sequence[Sequence[Any]]) -> FullTransformerBatch:
        """The same batch with other vectors, given doc by doc, such as gradients."""
        parts = [each[0].reshape((-1, each[0].shape[-1])) for each in arrays if len(each) and each[0].size]
        return self.with_rows(get_array_module(parts[0]).concatenate(parts))


class DocView(TransformerData):
    """What a batch says of one of its docs, made when it is asked for."""

    def __init__(self, batch: RowBatch, index: int) -> None:
        self.batch: RowBatch = batch
        self.index: int = index

    def _slice(self, starts: Ints1d) -> slice:
        return slice(int(starts[self.index]), int(starts[self.index + 1]))

    @cached_property
    def wordpieces(self) -> WordpieceBatch:  # type: ignore[override]  # made when asked for
        """The doc's spans in pieces."""
        span = self._slice(self.batch.layout.span_starts)
        return self.batch.pieces.batch(range(span.start, span.stop))

    @cached_property
    def model_output(self) -> ModelOutput:  # type: ignore[override]  # made when asked for
        """Arrays of the model for this doc."""
        span, layout = self._slice(self.batch.layout.span_starts), self.batch.layout
        shape = (int(layout.n_spans[self.index]), int(layout.longest[self.index]), self.batch.rows.shape[1])
        hidden = self.batch.rows[self._slice(layout.row_starts)].reshape(shape)
        return ModelOutput({HIDDEN: hidden, **self.batch.extras_of(range(span.start, span.stop))})

    @cached_property
    def align(self) -> Ragged:  # type: ignore[override]  # made when asked for
        """For each token the rows of its pieces."""
        rows = self.batch.row_align[self._slice(self.batch.layout.token_starts)]
        return Ragged(rows.dataXd - int(self.batch.layout.row_starts[self.index]), rows.lengths)


class DocList(list[TransformerData]):
    """What is said of each doc of a batch, in order. `rows` is the array that they are views of, if it is known."""

    rows: Floats2d | None = None


def flat_rows(docs: Sequence[TransformerData]) -> tuple[RowBatch, slice] | None:
    """(the batch, which of its docs) if these are consecutive docs of one batch; None otherwise."""
    first = docs[0] if docs else None
    if not isinstance(first, DocView):
        return None
    for i, doc in enumerate(docs, first.index):
        if not isinstance(doc, DocView) or doc.batch is not first.batch or doc.index != i:
            return None
    return first.batch, slice(first.index, first.index + len(docs))


def _padded(parts: list[Any], axes: tuple[int, ...]) -> Any:
    """Arrays one after the other along a new axis, padded with zeros along `axes` to the longest."""
    xp = get_array_module(parts[0])
    if not axes or len({part.shape for part in parts}) == 1:
        return xp.stack(parts)
    shape = [max(part.shape[axis] for part in parts) for axis in range(parts[0].ndim)]
    out = xp.zeros((len(parts), *shape), dtype=parts[0].dtype)
    for i, part in enumerate(parts):
        out[(i, *map(slice, part.shape))] = part
    return out


def _deep(convert: Any, value: Any) -> Any:
    return [convert(part) for part in value] if isinstance(value, list) else convert(value)
