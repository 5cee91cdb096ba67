"""What a tok2vec network is pretrained on: hidden words, told from those around them.

docs ── hide words ── tok2vec ──▶ [(n_tokens, width)] ── list2array ── Maxout, LayerNorm ── output ──▶ (n_tokens, nO)

The output is a word's vector (Linear) or its characters (MultiSoftmax). Only the weights of tok2vec are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.ml.cloze import BYTES, build_masked_language_model, get_characters_loss, get_vectors_loss
from tagma.ml.models._refs import with_refs
from tagma.nn import (
    CosineDistance,
    L2Distance,
    LayerNorm,
    Linear,
    Maxout,
    Model,
    MultiSoftmax,
    Softmax,
    chain,
    list2array,
    zero_init,
)
from tagma.nn.types import Floats2d
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.vocab import Vocab

Tok2Vec = Model[Any, Any]  # from list[Doc] to list[Floats2d]
Pretrained = Model[Any, Any]  # from list[Doc] to Floats2d
Objective = Callable[["Vocab", Tok2Vec], Pretrained]


@registry.architectures("spacy.PretrainVectors.v1")
def create_pretrain_vectors(maxout_pieces: int, hidden_size: int, loss: str) -> Objective:
    """Guess the vector of a hidden word.

    maxout_pieces    Pieces of the hidden layer.
    hidden_size      Its width.
    loss             Distance of guess and vector: "cosine" or "L2".
    The function that is returned raises ValueError: E875 for a vocabulary without vectors, E906 for another loss.
    """

    def create_vectors_objective(vocab: Vocab, tok2vec: Tok2Vec) -> Pretrained:
        distance: CosineDistance | L2Distance
        if not vocab.vectors.shape[1]:
            raise ValueError(Errors.E875)
        if loss == "cosine":
            distance = CosineDistance(normalize=True, ignore_zeros=True)
        elif loss == "L2":
            distance = L2Distance(normalize=True)
        else:
            raise ValueError(Errors.E906.format(found=loss, supported="'cosine' or 'L2'"))
        model = build_cloze_multi_task_model(vocab, tok2vec, maxout_pieces, hidden_size)
        model.attrs["loss"] = partial(get_vectors_loss, distance=distance)
        return model

    return create_vectors_objective


@registry.architectures("spacy.PretrainCharacters.v1")
def create_pretrain_characters(maxout_pieces: int, hidden_size: int, n_characters: int) -> Objective:
    """Guess the first and last characters of a hidden word.

    maxout_pieces    Pieces of the hidden layer.
    hidden_size      Its width.
    n_characters     Bytes to guess: first, last, second, last but one, …
    """

    def create_characters_objective(vocab: Vocab, tok2vec: Tok2Vec) -> Pretrained:
        model = build_cloze_characters_multi_task_model(vocab, tok2vec, maxout_pieces, hidden_size, n_characters)
        model.attrs["loss"] = partial(get_characters_loss, nr_char=n_characters)
        return model

    return create_characters_objective


def build_cloze_multi_task_model(vocab: Vocab, tok2vec: Tok2Vec, maxout_pieces: int, hidden_size: int) -> Pretrained:
    """Guess a vector as wide as those of `vocab`. Refs: "tok2vec", "output_layer", "wrapped"."""
    output = chain(
        list2array(),
        Maxout(hidden_size, tok2vec.maybe_get_dim("nO"), nP=maxout_pieces, normalize=True, dropout=0.0),
        Linear(vocab.vectors.shape[1], hidden_size, init_W=zero_init),
    )
    return _masked(vocab, tok2vec, output)


def build_cloze_characters_multi_task_model(
    vocab: Vocab, tok2vec: Tok2Vec, maxout_pieces: int, hidden_size: int, nr_char: int
) -> Pretrained:
    """Guess `nr_char` bytes, a distribution for each. Refs: "tok2vec", "output_layer", "wrapped"."""
    output = chain(
        list2array(),
        Maxout(hidden_size, tok2vec.maybe_get_dim("nO"), nP=maxout_pieces),
        LayerNorm(hidden_size),
        MultiSoftmax((BYTES,) * nr_char, hidden_size),
    )
    return _masked(vocab, tok2vec, output)


def build_multi_task_model(
    tok2vec: Tok2Vec, maxout_pieces: int, token_vector_width: int, nO: int | None = None
) -> Model[Any, Floats2d]:
    """A distribution over `nO` classes on vectors in one array, by a hidden layer of twice their width.

    tok2vec    From anything to Floats2d (n, token_vector_width).
    Refs: "tok2vec", "output_layer".
    """
    hidden = token_vector_width * 2
    output = Softmax(nO, hidden)
    network = chain(
        tok2vec, Maxout(hidden, token_vector_width, nP=maxout_pieces, dropout=0.0), LayerNorm(hidden), output
    )
    return with_refs(network, tok2vec=tok2vec, output_layer=output)


def _masked(vocab: Vocab, tok2vec: Tok2Vec, output: Model[Any, Any]) -> Pretrained:
    model = build_masked_language_model(vocab, chain(tok2vec, output))
    return with_refs(model, tok2vec=tok2vec, output_layer=output)
