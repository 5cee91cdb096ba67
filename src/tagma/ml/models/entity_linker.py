"""Entity linkers: where in the space of a knowledge base's vectors the context of an entity lies.

docs ─┬─ tok2vec ── (n_tokens, width) ─┬─ mean of each context ── residual(Maxout) ── Linear ──▶ (n_entities, nO)
      └─ span_maker ── (n_entities, 2) ┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagma.ml.extract_spans import extract_spans
from tagma.ml.models._refs import with_refs
from tagma.ml.span_maker import build_span_maker
from tagma.nn import Linear, Maxout, Model, chain, list2ragged, reduce_mean, residual, tuplify
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["build_nel_encoder"]


@registry.architectures("spacy.EntityLinker.v2")
def build_nel_encoder(tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None) -> Model[list[Doc], Floats2d]:
    """A vector for the context of each entity, to be compared with the vectors of a knowledge base.

    tok2vec    Any embedding network.
    nO         Width of the knowledge base's vectors; taken from it if None.
    Refs: "tok2vec", "output_layer".
    """
    tokens: Model[Any, Any] = chain(tok2vec, list2ragged())
    contexts: Model[Any, Any] = chain(chain(tuplify(tokens, build_span_maker()), extract_spans()), reduce_mean())
    model = _encoder(contexts, tok2vec, nO)
    model.attrs["include_span_maker"] = True
    return model


@registry.architectures("spacy-legacy.EntityLinker.v1")
def build_nel_encoder_v1(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None
) -> Model[list[Doc], Floats2d]:
    """As version 2, with a vector for each doc: the component makes docs of the contexts."""
    contexts: Model[Any, Any] = chain(chain(tok2vec, list2ragged()), reduce_mean())
    return _encoder(contexts, tok2vec, nO)


def _encoder(contexts: Model[Any, Any], tok2vec: Model[Any, Any], nO: int | None) -> Model[list[Doc], Floats2d]:
    width = tok2vec.maybe_get_dim("nO")
    output = Linear(nO, width)
    hidden: Model[Floats2d, Floats2d] = residual(Maxout(width, width, nP=2, dropout=0.0))
    return with_refs(chain(chain(contexts, hidden), output), tok2vec=tok2vec, output_layer=output)
