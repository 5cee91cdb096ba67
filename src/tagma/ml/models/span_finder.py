"""Span finders: for each token, how probable it is that a span begins and that one ends with it.

docs ── tok2vec ──▶ [(n_tokens, width)] ── scorer ──▶ (n_tokens, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tagma.ml.models._refs import with_refs
from tagma.nn import Model, chain, with_array
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["build_finder_model", "flattener"]


@registry.architectures("spacy.SpanFinder.v1")
def build_finder_model(
    tok2vec: Model[list[Doc], list[Floats2d]], scorer: Model[Floats2d, Floats2d]
) -> Model[list[Doc], Floats2d]:
    """Score tokens as first and as last of a span: float32 (n_tokens, 2), over the tokens of all docs.

    tok2vec    Any embedding network.
    scorer     A layer with two outputs between 0 and 1.
    Refs: "tok2vec", "scorer", "logistic_layer" (the scorer over lists of arrays).
    """
    logistic_layer: Model[list[Floats2d], list[Floats2d]] = with_array(scorer)
    model = chain(tok2vec, logistic_layer, flattener())
    return with_refs(model, tok2vec=tok2vec, scorer=scorer, logistic_layer=logistic_layer)


def flattener() -> Model[list[Floats2d], Floats2d]:
    """The arrays of a list as one, end to end."""
    return Model("Flattener", _flatten)


def _flatten(
    model: Model[list[Floats2d], Floats2d], Xs: Sequence[Floats2d], is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], list[Floats2d]]]:
    ops = model.ops
    lengths = ops.asarray1i([len(X) for X in Xs])
    return ops.flatten(Xs), lambda dY: ops.unflatten(dY, lengths)
