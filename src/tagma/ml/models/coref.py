"""Coreference: which earlier word each word goes back to, and which words around a mention's head belong to it.

docs ── tok2vec ──▶ [(n_tokens, width)] ── LSTM, rough and fine scores ──▶ (n, 1 + K), antecedents (n, K)
docs ── tok2vec, heads in doc.spans ── scores of ends around each head ──▶ (n_heads, n_tokens, 2)

The networks behind tok2vec have the parameters of the modules of PyTorch in spacy-experimental, in its files.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.ml.antecedents import (
    antecedent_shapes,
    find_antecedents,
    new_antecedent_parameters,
    width_of_antecedents,
)
from tagma.ml.mention_bounds import (
    HeadDataProvider,
    bound_shapes,
    find_bounds,
    new_bound_parameters,
    width_of_bounds,
)
from tagma.ml.models._refs import with_refs
from tagma.ml.torch_layout import torch_layout
from tagma.nn import Model, chain, tuplify
from tagma.nn.shims import TorchTwin
from tagma.nn.types import Floats2d, Floats3d, Ints2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc

__all__ = ["build_coref_model", "build_span_resolver"]


@registry.architectures("spacy-experimental.Coref.v1")
def build_coref_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    distance_embedding_size: int,
    hidden_size: int,
    depth: int,
    dropout: float,
    antecedent_limit: int,
    antecedent_batch_size: int,
) -> Model[list[Doc], tuple[Floats2d, Ints2d]]:
    """Scores of antecedents, float32 (n_tokens, 1 + K), the first for none, and which tokens they are, int32 (n, K).

    tok2vec                    Any embedding network.
    distance_embedding_size    Width of the vector that stands for the distance of two tokens.
    hidden_size                Width of the hidden layers over a pair.
    depth                      How many hidden layers there are.
    dropout                    Dropout inside of the network, in training; [training] dropout is that of tok2vec.
    antecedent_limit           K: how many antecedents of each token are left after the rough scores.
    antecedent_batch_size      The most tokens whose pairs are in memory at a time.
    Refs: "coref_clusterer".
    """
    settings: dict[str, Any] = {
        "distance_embedding_size": distance_embedding_size,
        "hidden_size": hidden_size,
        "depth": depth,
        "dropout": dropout,
        "antecedent_limit": antecedent_limit,
        "antecedent_batch_size": antecedent_batch_size,
    }
    shapes = partial(antecedent_shapes, **settings)
    twin = TorchTwin(find_antecedents, shapes, width_of_antecedents, "coreference network")
    clusterer = torch_layout("coref_clusterer", twin, settings, shapes, new_antecedent_parameters)
    return with_refs(chain(tok2vec, clusterer), coref_clusterer=clusterer)


@registry.architectures("spacy-experimental.SpanResolver.v1")
def build_span_resolver(
    tok2vec: Model[list[Doc], list[Floats2d]],
    hidden_size: int,
    distance_embedding_size: int,
    conv_channels: int,
    window_size: int,
    max_distance: int,
    prefix: str,
) -> Model[list[Doc], Floats3d]:
    """Scores of each token as first and as last of each head's mention, float32 (n_heads, n_tokens, 2).

    tok2vec                    Any embedding network.
    hidden_size                Width of the first layer over a head and a token of its sentence.
    distance_embedding_size    Width of the vector that stands for the distance of the two.
    conv_channels              Channels of the convolution over the tokens of the sentence.
    window_size                Tokens on either side that a convolution looks at.
    max_distance               Distances that have a vector of their own; an even number.
    prefix                     Of the groups in `doc.spans` whose spans are the heads.
    Refs: "span_resolver". Raises ValueError E4476 for an odd `max_distance`.
    """
    if max_distance % 2 or max_distance < 2:
        raise ValueError(Errors.E4476.format(max_distance=max_distance))
    settings: dict[str, Any] = {
        "distance_embedding_size": distance_embedding_size,
        "hidden_size": hidden_size,
        "conv_channels": conv_channels,
        "window_size": window_size,
        "max_distance": max_distance,
    }
    shapes = partial(bound_shapes, **settings)
    twin = TorchTwin(find_bounds, shapes, width_of_bounds, "span resolver")
    resolver = torch_layout("span_resolver", twin, settings, shapes, new_bound_parameters)
    heads: Model[list[Doc], Any] = HeadDataProvider(prefix)
    return with_refs(chain(tuplify(tok2vec, heads), resolver), span_resolver=resolver)
