"""Which stretches of docs a transformer reads, and what is done with its output besides: functions that configs name.

A span getter takes docs and gives a list of spans for each. Spans may overlap, and may leave tokens out, which then
have no vectors. An annotation setter takes docs and the batch that was made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from tagma.errors import Errors
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.ml.transformer.data import FullTransformerBatch
    from tagma.tokens import Doc, Span

__all__ = [
    "configure_get_doc_spans",
    "configure_get_sent_spans",
    "configure_null_annotation_setter",
    "configure_strided_spans",
    "null_annotation_setter",
]

SpanGetter: TypeAlias = "Callable[[list[Doc]], list[list[Span]]]"
AnnotationSetter: TypeAlias = "Callable[[list[Doc], FullTransformerBatch], object]"


@registry.span_getters("spacy-transformers.strided_spans.v1")
def configure_strided_spans(window: int, stride: int) -> SpanGetter:
    """Windows of `window` tokens, one every `stride`; where they overlap, tokens have pieces of both.

    Raises ValueError E4444 unless 1 ≤ stride ≤ window.
    """
    for name, value, known in (("window", window, "at least 1"), ("stride", stride, f"1 to window, {window}")):
        if value < 1 or (name == "stride" and value > window):
            raise ValueError(Errors.E4444.format(setting=f"{name} of strided_spans", value=value, known=known))
    return partial(get_strided_spans, window=window, stride=stride)


def get_strided_spans(docs: Iterable[Doc], window: int, stride: int) -> list[list[Span]]:
    """Windows over each doc: as many as begin before its end, up to the first that reaches it."""
    return [[doc[start : start + window] for start in _starts(len(doc), window, stride)] for doc in docs]


def _starts(n: int, window: int, stride: int) -> range:
    needed = 1 if n <= window else 1 + -(-(n - window) // stride)
    return range(0, stride * needed if n else 0, stride)


@registry.span_getters("spacy-transformers.sent_spans.v1")
def configure_get_sent_spans() -> SpanGetter:
    """The sentences. Needs their starts, which a component before must set: E030 otherwise."""
    return get_sent_spans


def get_sent_spans(docs: Iterable[Doc]) -> list[list[Span]]:
    """The sentences of each doc."""
    return [list(doc.sents) for doc in docs]


@registry.span_getters("spacy-transformers.doc_spans.v1")
def configure_get_doc_spans() -> SpanGetter:
    """Each doc as a whole: for short texts."""
    return get_doc_spans


def get_doc_spans(docs: Iterable[Doc]) -> list[list[Span]]:
    """Each doc as one span."""
    return [[doc[:]] for doc in docs]


@registry.annotation_setters("spacy-transformers.null_annotation_setter.v1")
def configure_null_annotation_setter() -> AnnotationSetter:
    """Nothing besides `doc._.trf_data`."""
    return null_annotation_setter


def null_annotation_setter(docs: list[Doc], trf_data: FullTransformerBatch) -> None:
    """Sets nothing."""
