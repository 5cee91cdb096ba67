"""span_maker: where the context of each entity begins and ends, in sentences.

    docs ──▶ Ragged int32 (n_entities, 2): start and end within the doc, by doc

The context of an entity is its sentence, with `n_sents` sentences before and behind it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.nn import Model
from tagma.nn.types import Ragged

if TYPE_CHECKING:
    from tagma.tokens import Doc, Span

__all__ = ["build_span_maker", "context_windows", "span_maker_forward"]


def build_span_maker(n_sents: int = 0) -> Model[list[Doc], Ragged]:
    """A layer without parameters that says where the entities of docs have their context.

    n_sents    Sentences before and behind that of the entity.
    """
    return Model("span_maker", forward=span_maker_forward, attrs={"n_sents": n_sents})


def span_maker_forward(
    model: Model[list[Doc], Ragged], docs: Sequence[Doc], is_train: bool
) -> tuple[Ragged, Callable[[Ragged], list[Any]]]:
    """The windows of all entities. Nothing comes back: they do not depend on parameters.

    A doc without sentence boundaries is one sentence, and marked as such. Raises RuntimeError E030 for an entity that
    is in no sentence, as a hook of the doc may have it.
    """
    ops, n_sents = model.ops, model.attrs["n_sents"]
    windows = []
    for doc in docs:
        if not doc.has_annotation("SENT_START"):
            for token in doc:
                token.is_sent_start = token.i == 0
        windows.append(ops.asarray2i(context_windows(doc, doc.ents, n_sents) or ops.alloc2i(0, 2)))
    lengths = ops.asarray1i([len(window) for window in windows])
    return Ragged(ops.flatten(windows), lengths), lambda d_windows: []


def context_windows(doc: Doc, spans: Iterable[Span], n_sents: int) -> list[tuple[int, int]]:
    """Start and end of the sentence in which each span begins, with `n_sents` sentences before and behind it.

    Raises ValueError E030 where the doc has no sentence boundaries, RuntimeError E030 for a span in no sentence.
    """
    spans = list(spans)
    if not spans:
        return []
    sents = list(doc.sents)
    starts, last = [sent.start for sent in sents], len(sents) - 1
    windows = []
    for span in spans:
        i = bisect_right(starts, span.start) - 1
        if i < 0 or span.start >= sents[i].end:
            raise RuntimeError(Errors.E030)
        windows.append((sents[max(i - n_sents, 0)].start, sents[min(i + n_sents, last)].end))
    return windows
