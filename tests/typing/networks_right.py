"""Networks over documents that must type-check, and what is inferred for them. Read in test_typing.py."""

from typing import Any, assert_type

from tagma.ml import (
    CharacterEmbed,
    MaxoutWindowEncoder,
    MishWindowEncoder,
    MultiHashEmbed,
    build_hash_embed_cnn_tok2vec,
    build_tagger_model,
    build_tb_parser_model,
    build_Tok2Vec_model,
    tok2vec_listener_v1,
)
from tagma.ml.featureextractor import FeatureExtractor
from tagma.ml.staticvectors import StaticVectors
from tagma.ml.transition_model import ParserStep
from tagma.nn import (
    Dropout,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    ParametricAttention,
    Relu,
    Softmax,
    chain,
    list2array,
    list2ragged,
    ragged2list,
    reduce_mean,
    reduce_sum,
    residual,
    with_array,
)
from tagma.nn.types import Floats2d, Ints2d, Ragged
from tagma.registries import registry
from tagma.tokens import Doc, Span

# What an architecture gives is known, also behind another layer.
embed = MultiHashEmbed(96, ["NORM"], [2000], False)
assert_type(embed, Model[list[Doc], list[Floats2d]])
assert_type(CharacterEmbed(96, 2000, 64, 8), Model[list[Doc], list[Floats2d]])
assert_type(MaxoutWindowEncoder(96, 1, 3, 4), Model[list[Floats2d], list[Floats2d]])
assert_type(MishWindowEncoder(96, 1, 4), Model[list[Floats2d], list[Floats2d]])
assert_type(build_Tok2Vec_model(embed, MishWindowEncoder(96, 1, 4)), Model[list[Doc], list[Floats2d]])
assert_type(build_tagger_model(embed), Model[list[Doc], list[Floats2d]])
assert_type(build_tagger_model(tok2vec_listener_v1(96)), Model[list[Doc], list[Floats2d]])
assert_type(build_tb_parser_model(embed, "parser", False, 64, 2, True), Model[list[Doc], ParserStep])
assert_type(FeatureExtractor(["NORM"]), Model[list[Doc], list[Ints2d]])
assert_type(StaticVectors(), Model[list[Doc], Ragged])
assert_type(chain(embed, MaxoutWindowEncoder(96, 1, 3, 4)), Model[list[Doc], list[Floats2d]])
assert_type(chain(embed, list2array(), Softmax()), Model[list[Doc], Floats2d])
assert_type(chain(embed, list2ragged(), reduce_mean(), Relu(), Softmax()), Model[list[Doc], Floats2d])
assert_type(chain(StaticVectors(), reduce_mean(), Linear()), Model[list[Doc], Floats2d])


@registry.architectures("chain_model")
def chain_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    layer1: Model[list[Floats2d], Floats2d],
    layer2: Model[Floats2d, Floats2d],
) -> Model[list[Doc], Floats2d]:
    """The architecture that the documentation begins with."""
    model = chain(tok2vec, layer1, layer2)
    assert_type(model, Model[list[Doc], Floats2d])
    return model


# Also where its parts are put together by hand: nothing in between is Any.
features = chain(FeatureExtractor(["NORM"]), list2array(), HashEmbed(96, 2000, column=0))
assert_type(features, Model[list[Doc], Floats2d])
words = chain(StaticVectors(96), with_array(Maxout(96, normalize=True)), ragged2list())
assert_type(words, Model[list[Doc], list[Any]])
encoded = chain(embed, with_array(residual(Maxout(96))), MishWindowEncoder(96, 1, 4))
assert_type(encoded, Model[list[Doc], list[Floats2d]])
assert_type(build_tagger_model(encoded), Model[list[Doc], list[Floats2d]])
assert_type(chain(encoded, with_array(chain(Relu(48), Softmax()))), Model[list[Doc], list[Floats2d]])
assert_type(chain(encoded, list2ragged(), ParametricAttention(), reduce_sum(), Softmax()), Model[list[Doc], Floats2d])


def own_layers(candidates: Model[list[Doc], list[list[tuple[Span, Span]]]], rows: Model[Any, Floats2d]) -> None:
    """Containers of one's own flow through."""
    assert_type(chain(candidates, rows, Softmax()), Model[list[Doc], Floats2d])


def embed_and_tag(width: int) -> Model[list[Doc], list[Floats2d]]:
    """What works on any container gives the one it gets; `>>` is `chain`."""
    layers = chain(Relu(width), Dropout(0.1), Relu(width), Dropout(0.1), Softmax())
    assert_type(layers, Model[Floats2d, Floats2d])
    with Model.define_operators({">>": chain}):
        model = embed >> with_array(layers)
    assert_type(model, Model[list[Doc], list[Floats2d]])
    return model


assert_type(
    build_hash_embed_cnn_tok2vec(
        width=96,
        depth=4,
        embed_size=2000,
        window_size=1,
        maxout_pieces=3,
        subword_features=True,
        pretrained_vectors=None,
    ),
    Model[list[Doc], list[Floats2d]],
)
