"""Taggers: a distribution over labels for each token.

docs ── tok2vec ──▶ [(n_tokens, width)] ── Softmax ──▶ [(n_tokens, nO)]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagma.ml.models._refs import with_refs
from tagma.nn import Model, Softmax_v2, chain, with_array, zero_init
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc


@registry.architectures("spacy.Tagger.v2")
def build_tagger_model(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None, normalize: bool = False
) -> Model[list[Doc], list[Floats2d]]:
    """Tag tokens by a linear layer with softmax over their vectors.

    tok2vec      Any embedding network.
    nO           Number of labels; taken from the data if None.
    normalize    Give probabilities when predicting, too. Without it predictions are the scores before the softmax,
                 whose maximum is the same; training always normalizes.
    Refs: "tok2vec", "softmax", "output_layer".
    """
    # Zero weights: all labels start equally likely, whatever the vectors are.
    output = Softmax_v2(nO, tok2vec.maybe_get_dim("nO"), init_W=zero_init, normalize_outputs=normalize)
    network = chain(tok2vec, with_array(output))
    return with_refs(network, tok2vec=tok2vec, softmax=output, output_layer=output)


@registry.architectures("spacy-legacy.Tagger.v1")
def build_tagger_model_v1(
    tok2vec: Model[list[Doc], list[Floats2d]], nO: int | None = None
) -> Model[list[Doc], list[Floats2d]]:
    """As version 2 with `normalize` on."""
    return build_tagger_model(tok2vec, nO, normalize=True)
