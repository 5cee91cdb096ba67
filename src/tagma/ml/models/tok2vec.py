"""Embedding networks: a vector per token, from the features of the word and from its neighbours.

    docs ── embed ──▶ [(n_tokens, width)] ── encode ──▶ [(n_tokens, width)]

`embed` knows the word alone: hashed attributes, characters, static vectors. `encode` mixes in a window of neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tagma.attrs import intify_attr
from tagma.errors import Errors
from tagma.ml import _character_embed
from tagma.ml.featureextractor import FeatureExtractor
from tagma.ml.models._refs import with_refs
from tagma.ml.staticvectors import StaticVectors, StaticVectors_v1
from tagma.ml.tok2vec_listener import Tok2VecListener
from tagma.nn import (
    HashEmbed,
    Maxout,
    Mish,
    Model,
    PyTorchLSTM,
    chain,
    clone,
    concatenate,
    expand_window,
    list2ragged,
    noop,
    ragged2list,
    residual,
    with_array,
    with_padded,
)
from tagma.nn.types import Floats2d, Ragged
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.tokens import Doc


@registry.architectures("spacy.Tok2VecListener.v1")
def tok2vec_listener_v1(width: int, upstream: str = "*") -> Tok2VecListener:
    """The vectors of a tok2vec component that stands earlier in the pipeline.

    width       Its width.
    upstream    Its name; "*" takes whichever there is.
    """
    return Tok2VecListener(upstream_name=upstream, width=width)


def get_tok2vec_width(model: Model[Any, Any]) -> int | None:
    """Width of the vectors that flow into `model` from its ref "tok2vec", None if it is not known."""
    layer = model
    for ref in ("tok2vec", "listener"):
        if not layer.has_ref(ref):
            return None
        layer = layer.get_ref(ref)
        if layer.has_dim("nO"):
            return layer.get_dim("nO")
    return None


@registry.architectures("spacy.Tok2Vec.v2")
def build_Tok2Vec_model(
    embed: Model[list[Doc], list[Floats2d]], encode: Model[list[Floats2d], list[Floats2d]]
) -> Model[list[Doc], list[Floats2d]]:
    """Put an embedding and an encoding network together. Refs: "embed", "encode"."""
    return _embed_encode(embed, encode, encode)


@registry.architectures("spacy-legacy.Tok2Vec.v1")
def build_Tok2Vec_model_v1(
    embed: Model[list[Doc], list[Floats2d]], encode: Model[Floats2d, Floats2d]
) -> Model[list[Doc], list[Floats2d]]:
    """As version 2, for encoders of version 1: they work on arrays, and say how much padding they need."""
    padded = with_array(encode, pad=encode.attrs.get("receptive_field", 0))
    return _embed_encode(embed, padded, encode)


def _embed_encode(embed: Model[Any, Any], second: Model[Any, Any], encode: Model[Any, Any]) -> Model[Any, Any]:
    model = with_refs(chain(embed, second), embed=embed, encode=encode)
    if (width := encode.maybe_get_dim("nO")) is not None:
        model.set_dim("nO", width)
    return model


@registry.architectures("spacy.HashEmbedCNN.v2")
def build_hash_embed_cnn_tok2vec(
    *,
    width: int,
    depth: int,
    embed_size: int,
    window_size: int,
    maxout_pieces: int,
    subword_features: bool,
    pretrained_vectors: bool | None,
) -> Model[list[Doc], list[Floats2d]]:
    """The standard network: hashed word and subword features, then layers of convolution.

    width               Width throughout; 96, 128 or 300 are usual.
    depth               Convolutions, each over `window_size` tokens on both sides.
    embed_size          Rows of the NORM table; the subword tables have half as many.
    maxout_pieces       Linear pieces per unit; 1 leaves a linear layer with normalization.
    subword_features    Embed PREFIX, SUFFIX and SHAPE besides NORM. Not useful where a word is a character.
    pretrained_vectors  Also use the vocabulary's vectors.
    """
    return _hash_embed_cnn(
        MultiHashEmbed, width, depth, embed_size, window_size, maxout_pieces, subword_features, pretrained_vectors
    )


@registry.architectures("spacy-legacy.HashEmbedCNN.v1")
def build_hash_embed_cnn_tok2vec_v1(
    *,
    width: int,
    depth: int,
    embed_size: int,
    window_size: int,
    maxout_pieces: int,
    subword_features: bool,
    pretrained_vectors: bool | None,
) -> Model[list[Doc], list[Floats2d]]:
    """As version 2, with version 1 of the static vectors."""
    return _hash_embed_cnn(
        MultiHashEmbed_v1, width, depth, embed_size, window_size, maxout_pieces, subword_features, pretrained_vectors
    )


def _hash_embed_cnn(
    embedder: Callable[..., Model[Any, Any]],
    width: int,
    depth: int,
    embed_size: int,
    window_size: int,
    maxout_pieces: int,
    subword_features: bool,
    pretrained_vectors: bool | None,
) -> Model[list[Doc], list[Floats2d]]:
    attrs: list[int | str] = ["NORM"]
    rows = [embed_size]
    if subword_features:
        attrs += ["PREFIX", "SUFFIX", "SHAPE"]
        rows += [embed_size // 2] * 3
    return build_Tok2Vec_model(
        embed=embedder(width=width, attrs=attrs, rows=rows, include_static_vectors=bool(pretrained_vectors)),
        encode=MaxoutWindowEncoder(width=width, window_size=window_size, maxout_pieces=maxout_pieces, depth=depth),
    )


@registry.architectures("spacy.MultiHashEmbed.v2")
def MultiHashEmbed(
    width: int, attrs: list[int | str], rows: list[int], include_static_vectors: bool
) -> Model[list[Doc], list[Floats2d]]:
    """Embed several attributes of each token by hashing, and mix them by a maxout layer.

    width                   Width of each table and of the output.
    attrs                   Attributes, by id or name, one table each.
    rows                    Rows of each table. Few are enough: an id is spread over four of them.
    include_static_vectors  Also use the vocabulary's vectors.
    Raises ValueError unless there are as many rows as attrs.
    """
    return _multi_hash_embed(StaticVectors, width, attrs, rows, include_static_vectors)


@registry.architectures("spacy-legacy.MultiHashEmbed.v1")
def MultiHashEmbed_v1(
    width: int, attrs: list[int | str], rows: list[int], include_static_vectors: bool
) -> Model[list[Doc], list[Floats2d]]:
    """As version 2, with version 1 of the static vectors."""
    return _multi_hash_embed(StaticVectors_v1, width, attrs, rows, include_static_vectors)


def _multi_hash_embed(
    static_vectors: Callable[..., Model[Any, Ragged]],
    width: int,
    attrs: list[int | str],
    rows: list[int],
    include_static_vectors: bool,
) -> Model[list[Doc], list[Floats2d]]:
    if len(rows) != len(attrs):
        raise ValueError(
            f"MultiHashEmbed needs one number of rows for each attribute, but got {len(attrs)} attributes {attrs} "
            f"and {len(rows)} numbers {rows}"
        )
    # Seeds start at 8: trained tables depend on them.
    tables = [HashEmbed(width, n, column=i, seed=8 + i, dropout=0.0) for i, n in enumerate(rows)]
    features: tuple[Model[Any, Any], Model[Any, Any], Model[Any, Any]] = (
        FeatureExtractor(attrs),
        list2ragged(),
        with_array(concatenate(*tables)),
    )
    if not include_static_vectors:
        return chain(*features, _mixer(width, len(rows) * width), ragged2list())
    vectors = static_vectors(width, dropout=0.0)
    return chain(concatenate(chain(*features), vectors), _mixer(width, (len(rows) + 1) * width), ragged2list())


def _mixer(width: int, nI: int) -> Model[Ragged, Ragged]:
    """One layer that brings the concatenated features to the network's width."""
    return with_array(Maxout(width, nI, nP=3, dropout=0.0, normalize=True))


@registry.architectures("spacy.CharacterEmbed.v2")
def CharacterEmbed(
    width: int,
    rows: int,
    nM: int,
    nC: int,
    include_static_vectors: bool = False,
    feature: int | str = "LOWER",
) -> Model[list[Doc], list[Floats2d]]:
    """Embed the first and last bytes of each token, beside one hashed attribute, and mix them by a maxout layer.

    width      Width of the output and of the attribute's table.
    rows       Rows of that table.
    nM, nC     Width of one byte's vector; bytes per token, half from each end.
    feature    The hashed attribute, by id or name.
    Raises ValueError E911 for an unknown attribute.
    """
    return _character_embed_model(StaticVectors, width, rows, nM, nC, include_static_vectors, feature)


@registry.architectures("spacy-legacy.CharacterEmbed.v1")
def CharacterEmbed_v1(
    width: int,
    rows: int,
    nM: int,
    nC: int,
    include_static_vectors: bool = False,
    feature: int | str = "LOWER",
) -> Model[list[Doc], list[Floats2d]]:
    """As version 2, with version 1 of the static vectors."""
    return _character_embed_model(StaticVectors_v1, width, rows, nM, nC, include_static_vectors, feature)


def _character_embed_model(
    static_vectors: Callable[..., Model[Any, Ragged]],
    width: int,
    rows: int,
    nM: int,
    nC: int,
    include_static_vectors: bool,
    feature: int | str,
) -> Model[list[Doc], list[Floats2d]]:
    attr = intify_attr(feature)
    if attr is None:
        raise ValueError(Errors.E911.format(feat=feature))
    parts: list[Model[Any, Any]] = [
        chain(_character_embed.CharacterEmbed(nM=nM, nC=nC), list2ragged()),
        chain(
            FeatureExtractor([attr]),
            list2ragged(),
            with_array(HashEmbed(nO=width, nV=rows, column=0, seed=5)),
        ),
    ]
    nI = nM * nC + width
    if include_static_vectors:
        parts.append(static_vectors(width, dropout=0.0))
        nI += width
    return chain(concatenate(*parts), _mixer(width, nI), ragged2list())


@registry.architectures("spacy.MaxoutWindowEncoder.v2")
def MaxoutWindowEncoder(
    width: int, window_size: int, maxout_pieces: int, depth: int
) -> Model[list[Floats2d], list[Floats2d]]:
    """To each token's vector, layer by layer, add what normalized maxout units make of the window around it.

    width            Width of input and output.
    window_size      Neighbours on each side that one layer sees.
    maxout_pieces    Linear pieces per unit.
    depth            Number of layers.
    Docs of a batch are kept apart by `window_size · depth` rows of padding, which run through the layers like tokens.
    Raises ValueError unless depth is at least 1.
    """
    return with_array(_maxout_blocks(width, window_size, maxout_pieces, depth), pad=window_size * depth)


@registry.architectures("spacy-legacy.MaxoutWindowEncoder.v1")
def MaxoutWindowEncoder_v1(width: int, window_size: int, maxout_pieces: int, depth: int) -> Model[Floats2d, Floats2d]:
    """The layers of version 2 as a network from array to array; attr "receptive_field" says the padding it needs."""
    model = _maxout_blocks(width, window_size, maxout_pieces, depth)
    model.attrs["receptive_field"] = window_size * depth
    return model


def _maxout_blocks(width: int, window_size: int, maxout_pieces: int, depth: int) -> Model[Floats2d, Floats2d]:
    nI = width * (2 * window_size + 1)
    core = Maxout(nO=width, nI=nI, nP=maxout_pieces, dropout=0.0, normalize=True)
    return _residual_blocks(width, window_size, core, depth)


@registry.architectures("spacy.MishWindowEncoder.v2")
def MishWindowEncoder(width: int, window_size: int, depth: int) -> Model[list[Floats2d], list[Floats2d]]:
    """To each token's vector, layer by layer, add what a normalized Mish layer makes of the window around it.

    Arguments as for `MaxoutWindowEncoder`. There is no padding, so the window of a doc's first and last tokens reaches
    into its neighbours in the batch: trained weights are used to that, it stays so.
    """
    return with_array(_mish_blocks(width, window_size, depth))


@registry.architectures("spacy-legacy.MishWindowEncoder.v1")
def MishWindowEncoder_v1(width: int, window_size: int, depth: int) -> Model[Floats2d, Floats2d]:
    """The layers of version 2 as a network from array to array."""
    return _mish_blocks(width, window_size, depth)


@registry.architectures("spacy.TorchBiLSTMEncoder.v1")
def BiLSTMEncoder(width: int, depth: int, dropout: float) -> Model[list[Floats2d], list[Floats2d]]:
    """Run an LSTM of PyTorch over each doc in both directions: a token's vector depends on the whole doc.

    width      Width of input and output, half of it for each direction; take an even one.
    depth      Number of layers; 0 leaves the vectors as they are.
    dropout    Rate between the layers when training, so of no effect for a single one.
    Shorter docs of a batch are padded by zeros, in which the way from the right begins: trained weights are used to
    that, it stays so.
    Raises ImportError without PyTorch, which nothing else here needs. `load_pytorch_lstm` of `tagma.nn.layers.lstm`
    gives trained weights to an LSTM that does without.
    """
    if depth == 0:
        return noop()
    return with_padded(PyTorchLSTM(width, width, bi=True, depth=depth, dropout=dropout))


def _mish_blocks(width: int, window_size: int, depth: int) -> Model[Floats2d, Floats2d]:
    nI = width * (2 * window_size + 1)
    return _residual_blocks(width, window_size, Mish(nO=width, nI=nI, dropout=0.0, normalize=True), depth)


def _residual_blocks(
    width: int, window_size: int, core: Model[Floats2d, Floats2d], depth: int
) -> Model[Floats2d, Floats2d]:
    if depth < 1:
        raise ValueError(f"an encoder needs at least one layer, but depth is {depth}")
    model = clone(residual(chain(expand_window(window_size=window_size), core)), depth)
    model.set_dim("nO", width)
    return model
