"""Span categorizers: scores of labels for each of the spans that a suggester proposes.

docs, spans ── tok2vec ── rows of each span ── reducer ──▶ (n_spans, width) ── scorer ──▶ (n_spans, nO)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.ml.extract_spans import extract_spans
from tagma.ml.models._refs import with_refs
from tagma.ml.span_scores import SpanScores
from tagma.nn import (
    Linear,
    Logistic,
    Maxout,
    Model,
    chain,
    concatenate,
    glorot_uniform_init,
    list2ragged,
    reduce_first,
    reduce_last,
    reduce_max,
    reduce_mean,
    with_getitem,
)
from tagma.nn.types import Floats2d, Ragged
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["build_linear_logistic", "build_mean_max_reducer", "build_spancat_model"]


@registry.architectures("spacy.SpanCategorizer.v1")
def build_spancat_model(
    tok2vec: Model[list[Doc], list[Floats2d]], reducer: Model[Ragged, Floats2d], scorer: Model[Floats2d, Floats2d]
) -> Model[tuple[list[Doc], Ragged], Floats2d]:
    """Score spans by the vectors of their tokens. Input: docs, and int32 (n_spans, 2) of start and end, by doc.

    tok2vec    Any embedding network.
    reducer    From the vectors of a span's tokens to one vector for the span.
    scorer     From the vectors of spans to scores: a probability for each label where it is `LinearLogistic`, a
               distribution over labels where it is `Softmax`.
    Refs: "tok2vec", "reducer", "scorer".
    """
    vectors: Model[Any, Any] = with_getitem(0, chain(tok2vec, list2ragged()))
    model = SpanScores(vectors, extract_spans(), reducer, scorer)
    return with_refs(model, tok2vec=tok2vec, reducer=reducer, scorer=scorer)


@registry.layers("spacy.mean_max_reducer.v1")
def build_mean_max_reducer(hidden_size: int) -> Model[Ragged, Floats2d]:
    """One vector for each sequence: a hidden layer over its last and first row, the mean, and the largest values.

    hidden_size    Width of that layer.
    """
    pools: Model[Ragged, Floats2d] = concatenate(reduce_last(), reduce_first(), reduce_mean(), reduce_max())
    return chain(pools, Maxout(nO=hidden_size, normalize=True, dropout=0.0))


@registry.layers("spacy.LinearLogistic.v1")
def build_linear_logistic(nO: int | None = None, nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """Independent probabilities: a linear layer, then the logistic function.

    nO, nI    Widths of output and input; taken from the data if None.
    """
    return chain(Linear(nO, nI, init_W=glorot_uniform_init), Logistic())
