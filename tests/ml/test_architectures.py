"""The architectures: their nodes are those of the peer, one by one, and weights go from spaCy to tagma and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma.ml
from tagma.attrs import NORM
from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.nn import Dropout, Model, Relu, Softmax, chain, fix_random_seed, with_array
from tagma.nn.fusion import fusion
from tagma.nn.fusion.words import kept_words
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab

CNN: dict[str, Any] = {
    "width": 8,
    "depth": 2,
    "embed_size": 40,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
    "pretrained_vectors": None,
}


def arch(name: str, *args: Any, **kwargs: Any) -> Model[Any, Any]:
    """An architecture by name."""
    return registry.get("architectures", f"spacy.{name}")(*args, **kwargs)


def layer(name: str, *args: Any, **kwargs: Any) -> Model[Any, Any]:
    """A layer by name."""
    return registry.get("layers", f"spacy.{name}")(*args, **kwargs)


def embed(version: str = "v2", vectors: bool = False, rows: tuple[int, ...] = (40, 20)) -> Model[Any, Any]:
    """Hashed NORM and SHAPE."""
    attrs = ["NORM", "SHAPE"][: len(rows)]
    return arch(f"MultiHashEmbed.{version}", width=8, attrs=attrs, rows=list(rows), include_static_vectors=vectors)


def chars(version: str = "v2", vectors: bool = False) -> Model[Any, Any]:
    """Five bytes a word."""
    return arch(f"CharacterEmbed.{version}", width=8, rows=40, nM=4, nC=5, include_static_vectors=vectors)


def maxout(version: str = "v2", depth: int = 2, window_size: int = 1) -> Model[Any, Any]:
    """Maxout encoder."""
    return arch(f"MaxoutWindowEncoder.{version}", width=8, window_size=window_size, maxout_pieces=3, depth=depth)


def mish(version: str = "v2") -> Model[Any, Any]:
    """Mish encoder."""
    return arch(f"MishWindowEncoder.{version}", width=8, window_size=1, depth=2)


def cnn(version: str = "v2", **changes: Any) -> Model[Any, Any]:
    """The standard network, small."""
    return arch(f"HashEmbedCNN.{version}", **{**CNN, **changes})


def listener() -> Model[Any, Any]:
    """A listener of width 8."""
    return arch("Tok2VecListener.v1", width=8)


def parser(version: str, state_type: str, upper: bool, extra: bool, nO: int | None = None) -> Model[Any, Any]:
    """A transition-based parser over a listener, six wide."""
    return arch(f"TransitionBasedParser.{version}", listener(), state_type, extra, 6, 2, upper, nO=nO)


GRAPHS = {
    "MultiHashEmbed.v2": lambda: embed(),
    "MultiHashEmbed.v2 one table": lambda: embed(rows=(40,)),
    "MultiHashEmbed.v2 vectors": lambda: embed(vectors=True),
    "MultiHashEmbed.v1": lambda: embed("v1"),
    "MultiHashEmbed.v1 vectors": lambda: embed("v1", vectors=True),
    "CharacterEmbed.v2": lambda: chars(),
    "CharacterEmbed.v2 vectors": lambda: chars(vectors=True),
    "CharacterEmbed.v1": lambda: chars("v1"),
    "CharacterEmbed.v1 vectors": lambda: chars("v1", vectors=True),
    "MaxoutWindowEncoder.v2": lambda: maxout(),
    "MaxoutWindowEncoder.v2 depth 1": lambda: maxout(depth=1, window_size=2),
    "MaxoutWindowEncoder.v1": lambda: maxout("v1"),
    "MishWindowEncoder.v2": lambda: mish(),
    "MishWindowEncoder.v1": lambda: mish("v1"),
    "HashEmbedCNN.v2": lambda: cnn(depth=4),
    "HashEmbedCNN.v2 words only": lambda: cnn(subword_features=False, maxout_pieces=1),
    "HashEmbedCNN.v2 vectors": lambda: cnn(pretrained_vectors=True),
    "HashEmbedCNN.v1": lambda: cnn("v1"),
    "Tok2Vec.v2": lambda: arch("Tok2Vec.v2", embed(), maxout()),
    "Tok2Vec.v2 mish": lambda: arch("Tok2Vec.v2", embed(), mish()),
    "Tok2Vec.v1": lambda: arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
    "Tok2Vec.v1 mish": lambda: arch("Tok2Vec.v1", embed("v1"), mish("v1")),
    "Tok2VecListener.v1": lambda: listener(),
    "Tagger.v2": lambda: arch("Tagger.v2", listener(), nO=5),
    "Tagger.v2 cnn": lambda: arch("Tagger.v2", cnn()),
    "Tagger.v1": lambda: arch("Tagger.v1", listener()),
    "TransitionBasedParser.v2 parser True False": lambda: parser("v2", "parser", True, False, 5),
    "TransitionBasedParser.v2 parser False True": lambda: parser("v2", "parser", False, True, 5),
    "TransitionBasedParser.v2 ner True True": lambda: parser("v2", "ner", True, True),
    "TransitionBasedParser.v2 ner False False": lambda: parser("v2", "ner", False, False),
    "TransitionBasedParser.v1 parser True True": lambda: parser("v1", "parser", True, True, 5),
    "TransitionBasedParser.v1 ner False True": lambda: parser("v1", "ner", False, True),
    "PrecomputableAffine.v1": lambda: layer("PrecomputableAffine.v1", nO=5, nI=6, nF=3, nP=2),
    "FeatureExtractor.v1": lambda: layer("FeatureExtractor.v1", ["NORM", "SHAPE"]),
    "CharEmbed.v1": lambda: layer("CharEmbed.v1", nM=4, nC=5),
    "StaticVectors.v2": lambda: layer("StaticVectors.v2"),
}

MODELS = {
    "Tagger.v2 cnn": lambda: arch("Tagger.v2", cnn(), nO=5),
    "Tagger.v1 cnn.v1": lambda: arch("Tagger.v1", cnn("v1"), nO=5),
    "Tagger.v2 normalize": lambda: arch(
        "Tagger.v2", cnn(subword_features=False, maxout_pieces=1, depth=1, window_size=2), nO=5, normalize=True
    ),
    "Tok2Vec.v2 characters": lambda: arch("Tok2Vec.v2", chars(), maxout()),
    "Tok2Vec.v2 mish": lambda: arch("Tok2Vec.v2", embed(), mish()),
    "Tok2Vec.v1": lambda: arch("Tok2Vec.v1", embed("v1"), maxout("v1")),
    "Tok2Vec.v1 mish": lambda: arch("Tok2Vec.v1", embed("v1"), mish("v1")),
    "HashEmbedCNN.v2 vectors": lambda: cnn(pretrained_vectors=True),
    "HashEmbedCNN.v1 vectors": lambda: cnn("v1", pretrained_vectors=True),
}


def graph(model: Model[Any, Any]) -> list[dict[str, Any]]:
    """All nodes, breadth-first, as JSON has them."""
    nodes = list(model.walk())
    place = {node.id: i for i, node in enumerate(nodes)}
    return [
        {
            "name": node.name,
            "dims": {name: node.maybe_get_dim(name) for name in node.dim_names},
            "params": dict.fromkeys(node.param_names),
            "attrs": {name: _plain(value) for name, value in node.attrs.items()},
            "refs": {name: place[node.get_ref(name).id] for name in node.ref_names},
            "layers": [place[child.id] for child in node.layers],
        }
        for node in nodes
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else type(value).__name__


EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "spacy" / "graphs.json").read_text())


@pytest.mark.parametrize("name", sorted(GRAPHS))
def test_graph_is_the_peers(name: str) -> None:
    """Names, dims, parameters, attributes, references and order of nodes equal what spaCy printed."""
    nodes = json.loads(json.dumps(graph(GRAPHS[name]())))
    assert len(nodes) == len(EXPECTED[name])
    for i, (node, expected) in enumerate(zip(nodes, EXPECTED[name], strict=True)):
        assert node == expected, f"node {i} of {name}"


def test_all_printed_graphs_are_compared() -> None:
    """No printed graph is left out of the comparison."""
    assert set(EXPECTED) == set(GRAPHS)


def test_legacy_names() -> None:
    """Architectures of version 1 have both prefixes, and are the same function under both."""
    for name in ("Tagger.v1", "Tok2Vec.v1", "HashEmbedCNN.v1", "MultiHashEmbed.v1", "CharacterEmbed.v1"):
        assert registry.get("architectures", f"spacy.{name}") is registry.get("architectures", f"spacy-legacy.{name}")


def test_documented_aliases() -> None:
    """FeatureExtractor and StaticVectors are found among the architectures as among the layers."""
    for name in ("spacy.FeatureExtractor.v1", "spacy.StaticVectors.v2"):
        assert registry.get("architectures", name) is registry.get("layers", name)


def test_rows_and_attrs_must_match() -> None:
    """One table too few is refused, and the message has both numbers."""
    with pytest.raises(ValueError, match=r"2 attributes .* 1 numbers"):
        arch("MultiHashEmbed.v2", width=8, attrs=["NORM", "SHAPE"], rows=[10], include_static_vectors=False)


def test_unknown_feature() -> None:
    """CharacterEmbed refuses an attribute that does not exist, by name."""
    with pytest.raises(ValueError, match=r"E911.*NO_SUCH"):
        arch("CharacterEmbed.v2", width=8, rows=10, nM=4, nC=4, include_static_vectors=False, feature="NO_SUCH")


def test_width_reaches_the_root() -> None:
    """A tok2vec model knows its width before it is initialized."""
    assert arch("Tok2Vec.v2", embed(), arch("MishWindowEncoder.v2", width=8, window_size=1, depth=3)).get_dim("nO") == 8


def load(name: str, models: dict[str, Any], docs: list[Doc]) -> Any:
    """The model with the weights that spaCy wrote."""
    model = MODELS[name]()
    model.from_bytes(models["models"][name]["model"])
    return model


@pytest.fixture
def filled(vocab: Vocab, models: dict[str, Any]) -> Vocab:
    """The vocabulary with the word vectors of the fixture."""
    for word, vector in models["vectors"].items():
        vocab.set_vector(word, np.asarray(vector, dtype="f"))
    return vocab


@pytest.mark.parametrize("name", sorted(MODELS))
def test_same_predictions(name: str, models: dict[str, Any], docs: list[Doc], filled: Vocab) -> None:
    """A model with spaCy's weights predicts what spaCy predicted."""
    outputs = load(name, models, docs).predict(docs)
    expected = models["models"][name]["outputs"]
    assert [Y.shape for Y in outputs] == [E.shape for E in expected]
    for Y, E in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(Y, E, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_training_forward_is_the_same(name: str, models: dict[str, Any], docs: list[Doc], filled: Vocab) -> None:
    """Without dropout, the forward pass of training gives the predictions too (probabilities, for a tagger)."""
    model = load(name, models, docs)
    outputs, _ = model.begin_update(docs)
    for Y, E in zip(outputs, models["models"][name]["outputs"], strict=True):
        if "softmax" in model.name:
            E = np.exp(E - E.max(axis=1, keepdims=True)) if name == "Tagger.v2 cnn" else E
            E = E / E.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(Y, E, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_same_bytes(name: str, models: dict[str, Any], docs: list[Doc], filled: Vocab) -> None:
    """What was read from spaCy is written byte for byte as spaCy wrote it."""
    assert load(name, models, docs).to_bytes() == models["models"][name]["model"]


def test_batch_of_one_is_the_batch(models: dict[str, Any], docs: list[Doc], filled: Vocab) -> None:
    """Padding keeps docs apart: each doc alone gets the vectors that it gets among others."""
    model = load("Tok2Vec.v2 characters", models, docs)
    for doc, expected in zip(docs, models["models"]["Tok2Vec.v2 characters"]["outputs"], strict=True):
        np.testing.assert_allclose(model.predict([doc])[0], expected, atol=1e-5, rtol=1e-5)


def test_other_architecture_is_refused(models: dict[str, Any], docs: list[Doc]) -> None:
    """Weights of another tree of nodes are refused."""
    with pytest.raises(ValueError, match=r"(?i)structure|nodes"):
        MODELS["Tok2Vec.v2 mish"]().from_bytes(models["models"]["Tagger.v2 cnn"]["model"])


@pytest.mark.parametrize("depth", [0, -1])
@pytest.mark.parametrize("name", ["spacy.MaxoutWindowEncoder.v2", "spacy.MishWindowEncoder.v2"])
def test_an_encoder_has_layers(name: str, depth: int) -> None:
    """An encoder without layers is refused, with the number that was given."""
    settings = {"width": 8, "window_size": 1, "depth": depth}
    if "Maxout" in name:
        settings["maxout_pieces"] = 2
    with pytest.raises(ValueError, match=f"depth is {depth}"):
        registry.architectures.get(name)(**settings)


def test_every_file_is_in_the_table() -> None:
    """A file that registers something is named in the room's table, so that registries import it."""
    room = Path(tagma.ml.__file__).parent
    files = [path for path in room.rglob("*.py") if "\n@registry." in path.read_text(encoding="utf8")]
    modules = {f"tagma.ml.{'.'.join(path.relative_to(room).with_suffix('').parts)}" for path in files}
    public = {module for module in modules if "._" not in module}
    assert public <= tagma.ml.REGISTERED.keys()
    assert tagma.ml.models.ARCHITECTURES.keys() <= tagma.ml.REGISTERED.keys()


# -- Words that are kept from prediction to prediction


def check_words(model: Model[Any, Any], docs: list[Doc]) -> None:
    """Predictions are those of the plain graph, and words are kept."""
    fused = np.concatenate(model.predict(docs))
    assert kept_words(model)
    with fusion(False):
        np.testing.assert_allclose(fused, np.concatenate(model.predict(docs)), rtol=1e-5, atol=2e-5)


def network(*attrs: str | int) -> Model[Any, Any]:
    fix_random_seed(0)
    embed = arch("MultiHashEmbed.v2", width=8, attrs=list(attrs), rows=[30] * len(attrs), include_static_vectors=False)
    return arch("Tok2Vec.v2", embed=embed, encode=maxout(depth=3)).initialize()


TEXT = "the The the cat saw a cat . Cats see the U.S. , 1999 and 2024 !"
WORDS = TEXT.split()


@pytest.mark.parametrize(
    "attrs",
    [
        ("NORM",),
        ("ORTH", "SPACY"),
        ("NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"),
        ("LOWER", "TAG", "POS", "ENT_TYPE", "DEP", "HEAD", "SENT_START"),
        ("LIKE_NUM", "IS_TITLE", "LENGTH", "LANG"),
    ],
)
def test_words_are_told_apart_by_all_that_is_read(attrs: tuple[str, ...], vocab: Vocab) -> None:
    """Also by what is not a feature of the form, such as the space behind it or an annotation that changes."""
    model = network(*attrs)
    docs = [Doc(vocab, words=WORDS, spaces=[(i * s) % 3 == 0 for i in range(len(WORDS))]) for s in (1, 2, 3)]
    check_words(model, docs)
    before = np.concatenate(model.predict(docs))
    for doc in docs:
        doc[1].tag_, doc[1].pos_, doc[2].ent_type_, doc[3].is_sent_start = "NN", "NOUN", "ORG", True
        doc[3].norm_ = "dog"
    check_words(model, docs)
    changed = np.abs(np.concatenate(model.predict(docs)) - before).max() > 1e-3
    assert changed == bool({"NORM", "TAG"} & set(attrs))


def test_two_vocabularies_share_a_network(vocab: Vocab) -> None:
    """Rows of lexemes mean other words in another vocabulary, features do not."""
    model = network("NORM", "SHAPE", "SPACY")
    other = Vocab(lex_attr_getters=dict(LEX_ATTRS))
    odd = Vocab(lex_attr_getters={**LEX_ATTRS, NORM: lambda text: text[:1]})
    for _ in range(2):
        for place, words in ((vocab, WORDS), (other, WORDS[::-1]), (odd, WORDS)):
            check_words(model, [Doc(place, words=words)])
    same = [model.predict([Doc(place, words=WORDS)])[0] for place in (vocab, other)]
    np.testing.assert_allclose(*same, rtol=1e-5, atol=2e-5)


def test_memory_zones_release_lexemes(vocab: Vocab) -> None:
    """Rows of the lexeme table are used again for other words after a zone."""
    model = network("NORM", "PREFIX", "SUFFIX", "SHAPE")
    for i in range(5):
        with vocab.memory_zone():
            check_words(model, [Doc(vocab, words=[f"{word}{chr(97 + i)}{n}" for n, word in enumerate(WORDS)])])


def test_spans_and_words_that_were_kept(vocab: Vocab) -> None:
    """A span is a text of its own."""
    model = network("NORM", "SPACY")
    doc = Doc(vocab, words=WORDS)
    check_words(model, [doc[2:9], doc, doc[0:1]])


@pytest.mark.parametrize("vectors", [False, True])
def test_wiring_that_is_not_known(vectors: bool, filled: Vocab) -> None:
    """Static vectors are no keys, so that network goes the usual way."""
    model = arch("Tok2Vec.v2", embed=embed(vectors=vectors), encode=maxout())
    docs = [Doc(filled, words=WORDS)]
    model.initialize(X=docs)
    model.predict(docs)
    assert bool(kept_words(model)) != vectors


HIDDEN, WIDTH, CLASSES, DROPOUT = 12, 8, 5, 0.1
with Model.define_operators({">>": chain}):
    # One network: with all dims, with some, with none, and with dropout as an argument.
    SPELLINGS = {
        "all": Relu(HIDDEN, WIDTH)
        >> Dropout(DROPOUT)
        >> Relu(HIDDEN, HIDDEN)
        >> Dropout(DROPOUT)
        >> Softmax(CLASSES, HIDDEN),
        "some": Relu(HIDDEN, WIDTH) >> Dropout(DROPOUT) >> Relu(HIDDEN) >> Dropout(DROPOUT) >> Softmax(CLASSES),
        "none": Relu(HIDDEN) >> Dropout(DROPOUT) >> Relu(HIDDEN) >> Dropout(DROPOUT) >> Softmax(),
        "arguments": Relu(HIDDEN, dropout=DROPOUT, normalize=False)
        >> Relu(HIDDEN, dropout=DROPOUT, normalize=False)
        >> Softmax(),
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_dims_are_inferred(spelling: str) -> None:
    """However many dims are given, samples of input and output lead to the same shapes."""
    vocab = Vocab()
    docs = [Doc(vocab, words=["a", "bc", "d"]), Doc(vocab, words=["e"])]
    with Model.define_operators({">>": chain}):
        model = tagma.ml.CharacterEmbed(WIDTH, 20, 4, 4) >> with_array(SPELLINGS[spelling].copy())
    model.initialize(X=docs, Y=[np.zeros((len(doc), CLASSES), dtype="float32") for doc in docs])
    shapes = {name: [] for name in ("relu", "softmax")}  # type: ignore[var-annotated]
    for node in model.layers[1].walk(order="dfs_pre"):
        if node.name in shapes:
            shapes[node.name].append((node.get_dim("nO"), node.get_dim("nI"), node.get_param("W").shape))
    assert shapes == {"relu": [(12, 8, (12, 8)), (12, 12, (12, 12))], "softmax": [(5, 12, (5, 12))]}
    assert [scores.shape for scores in model.predict(docs)] == [(3, 5), (1, 5)]


def test_types_are_said() -> None:
    """Every architecture and layer over documents says what its model takes and gives, without Any."""
    functions = {**registry.architectures.get_all(), **registry.layers.get_all()}
    said = {name: str(make.__annotations__.get("return")) for name, make in functions.items() if is_own(make)}
    assert len(said) > 20
    assert not [name for name, text in said.items() if "Any" in text or text in ("None", "Model")]


def is_own(make: Any) -> bool:
    return str(make.__module__).startswith("tagma.ml.")
