"""Networks over documents that do not fit: each line that ends in "# wrong", no other. Read as networks_right.py is."""

from tagma.ml import (
    CharacterEmbed,
    MaxoutWindowEncoder,
    MultiHashEmbed,
    build_tagger_model,
    build_tb_parser_model,
    build_Tok2Vec_model,
)
from tagma.ml.featureextractor import FeatureExtractor
from tagma.ml.staticvectors import StaticVectors
from tagma.nn import (
    Linear,
    Model,
    Relu,
    Softmax,
    add,
    chain,
    concatenate,
    list2array,
    list2ragged,
    reduce_mean,
    with_array,
)
from tagma.nn.types import Floats1d, Floats2d, Ints2d, Ragged
from tagma.tokens import Doc

embed = MultiHashEmbed(96, ["NORM"], [2000], False)
encode = MaxoutWindowEncoder(96, 1, 3, 4)

chain(embed, Softmax())  # wrong
chain(embed, reduce_mean())  # wrong
chain(StaticVectors(), encode)  # wrong
chain(StaticVectors(), Linear(), Linear(), Linear())  # wrong
chain(FeatureExtractor(["NORM"]), encode)  # wrong
chain(encode, embed)  # wrong
chain(embed, list2ragged(), Softmax())  # wrong
build_tagger_model(encode)  # wrong
build_tagger_model(chain(embed, list2array(), Softmax()))  # wrong
build_tagger_model(build_tb_parser_model(embed, "parser", False, 64, 2, True))  # wrong
build_Tok2Vec_model(encode, embed)  # wrong
build_tb_parser_model(StaticVectors(), "parser", False, 64, 2, True)  # wrong
build_tb_parser_model(embed, "tagger", False, 64, 2, True)  # wrong
CharacterEmbed("96", 2000, 64, 8)  # wrong
concatenate(embed, StaticVectors())  # wrong
add(encode, embed)  # wrong
embed.predict(Doc)  # wrong
chain(embed, with_array(Relu()), Softmax())  # wrong
chain(embed, with_array(Relu()), reduce_mean())  # wrong
chain(embed, list2array(), encode)  # wrong
chain(FeatureExtractor(["NORM"]), list2array(), Relu())  # wrong
chain(StaticVectors(), with_array(Relu()), encode)  # wrong
build_tagger_model(chain(embed, list2ragged(), with_array(Relu())))  # wrong
embed >> Softmax()  # wrong


def tagger(width: int) -> Model[list[Doc], list[Floats2d]]:
    """A classifier's network is no tagger's."""
    return chain(embed, list2array(), Relu(width), Softmax())  # wrong


def own(ids: Model[list[Doc], list[Ints2d]], vector: Model[Ragged, Floats1d], rows: Model[Floats2d, Floats2d]) -> None:
    """Rank and kind of arrays are told apart."""
    chain(ids, encode)  # wrong
    chain(vector, rows)  # wrong
    chain(rows, rows, rows, vector)  # wrong
