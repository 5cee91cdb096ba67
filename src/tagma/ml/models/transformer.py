"""Pretrained transformers as networks: shared by a component, listened to, or within one network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tagma.ml.models._refs import with_refs
from tagma.ml.transformer.data import FullTransformerBatch
from tagma.ml.transformer.model import TransformerModel
from tagma.ml.transformer.pooling import TransformerListener, split_trf_batch, trfs2arrays
from tagma.nn import Model, chain
from tagma.nn.types import Floats2d, Ragged
from tagma.registries import registry
from tagma.tokens import Doc, Span

__all__ = [
    "create_TransformerModel_v1",
    "create_TransformerModel_v2",
    "create_TransformerModel_v3",
    "transformer_listener_tok2vec_v1",
    "transformer_tok2vec_v1",
    "transformer_tok2vec_v2",
    "transformer_tok2vec_v3",
]

SpanGetter: TypeAlias = Callable[[list[Doc]], list[list[Span]]]
Network: TypeAlias = Model[list[Doc], FullTransformerBatch]
Tok2VecNetwork: TypeAlias = Model[list[Doc], list[Floats2d]]


@registry.architectures("spacy-transformers.TransformerModel.v3")
def create_TransformerModel_v3(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any] = {},  # noqa: B006 - read, never changed
    transformer_config: dict[str, Any] = {},  # noqa: B006
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] = {},  # noqa: B006
) -> Network:
    """A pretrained transformer; see TransformerModel. Raises ImportError E4450."""
    return TransformerModel(name, get_spans, tokenizer_config, transformer_config, mixed_precision, grad_scaler_config)


@registry.architectures("spacy-transformers.TransformerModel.v2")
def create_TransformerModel_v2(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any] = {},  # noqa: B006
    transformer_config: dict[str, Any] = {},  # noqa: B006
) -> Network:
    """The same without half precision."""
    return TransformerModel(name, get_spans, tokenizer_config, transformer_config)


@registry.architectures("spacy-transformers.TransformerModel.v1")
def create_TransformerModel_v1(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any] = {},  # noqa: B006
) -> Network:
    """The same without settings of the model."""
    return TransformerModel(name, get_spans, tokenizer_config)


@registry.architectures("spacy-transformers.TransformerListener.v1")
def transformer_listener_tok2vec_v1(
    pooling: Model[Ragged, Floats2d], grad_factor: float = 1.0, upstream: str = "*"
) -> Tok2VecNetwork:
    """Docs to one vector a token, from the transformer component of the name `upstream`, or any.

    pooling        how the vectors of a token's pieces become one
    grad_factor    what the gradient for the transformer is multiplied by; 0 freezes it with respect to this network
    """
    listener = TransformerListener(upstream)
    return with_refs(chain(listener, trfs2arrays(pooling, grad_factor)), listener=listener)


@registry.architectures("spacy-transformers.Tok2VecTransformer.v3")
def transformer_tok2vec_v3(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any],
    pooling: Model[Ragged, Floats2d],
    grad_factor: float = 1.0,
    transformer_config: dict[str, Any] = {},  # noqa: B006
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] = {},  # noqa: B006
) -> Tok2VecNetwork:
    """A transformer of this network's own: what replacing a listener leads to."""
    model = TransformerModel(name, get_spans, tokenizer_config, transformer_config, mixed_precision, grad_scaler_config)
    return chain(chain(model, split_trf_batch()), trfs2arrays(pooling, grad_factor))


@registry.architectures("spacy-transformers.Tok2VecTransformer.v2")
def transformer_tok2vec_v2(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any],
    pooling: Model[Ragged, Floats2d],
    grad_factor: float = 1.0,
    transformer_config: dict[str, Any] = {},  # noqa: B006
) -> Tok2VecNetwork:
    """The same in one chain, without half precision."""
    model = TransformerModel(name, get_spans, tokenizer_config, transformer_config)
    return chain(model, split_trf_batch(), trfs2arrays(pooling, grad_factor))


@registry.architectures("spacy-transformers.Tok2VecTransformer.v1")
def transformer_tok2vec_v1(
    name: str,
    get_spans: SpanGetter,
    tokenizer_config: dict[str, Any],
    pooling: Model[Ragged, Floats2d],
    grad_factor: float = 1.0,
) -> Tok2VecNetwork:
    """The same without settings of the model."""
    return chain(
        TransformerModel(name, get_spans, tokenizer_config), split_trf_batch(), trfs2arrays(pooling, grad_factor)
    )
