"""Every layer and every architecture over documents has the gradients that finite differences say.

In float64, parameters drawn at random. What takes gradients in another form than it gives values has a layer around it
that turns one into the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.ml import ParserStep, PrecomputableAffine, Tok2VecListener
from tagma.nn import Linear, Model, Ragged, chain, list2array, list2ragged
from tagma.nn.shims import TorchTwin
from tagma.registries import registry
from tagma.testing import check_gradients
from tagma.tokens import Doc
from tagma.vocab import Vocab

Made = Model[Any, Any]
IDS = np.array([[0, 2, -1], [-1, -1, -1], [3, 0, 0], [1, -1, 3]], dtype="int32")  # tokens of four states, -1 for none


@dataclass(frozen=True)
class Example:
    """How a function is called, by its registered name, and the kind of batch, see `batches`."""

    name: str
    make: Callable[[Callable[..., Made]], Made]
    kind: str = "docs"

    def build(self) -> Made:
        """A new one."""
        registered = registry.layers if self.name in registry.layers.get_all() else registry.architectures
        return self.make(registered.get(self.name))

    def __str__(self) -> str:
        return self.name


def embed() -> Made:
    """Two hashed attributes."""
    make = registry.architectures.get("spacy.MultiHashEmbed.v2")
    return make(width=3, attrs=["NORM", "SHAPE"], rows=[12, 8], include_static_vectors=False)


def encode() -> Made:
    """One window."""
    return registry.architectures.get("spacy.MaxoutWindowEncoder.v2")(3, 1, 2, 1)


def summed_by_states(lower: Made) -> Made:
    """The hidden layer (n_states, nO, nP) of the states, whose gradient comes back by places."""

    def forward(model: Made, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        by_token, backprop_lower = lower(X, is_train)

        def backprop(d_hidden: Any) -> Any:
            by_place = backprop_lower((d_hidden, IDS))
            dX = np.zeros_like(X)
            np.add.at(dX, IDS[IDS >= 0], by_place[IDS >= 0])
            return dX

        hidden = by_token[IDS + 1, np.arange(3)].sum(axis=1) + lower.get_param("b")
        return hidden.astype(by_token.dtype), backprop  # float32, whatever its parameters are

    return Model("by_states", forward, init=lambda model, X=None, Y=None: lower.initialize(), layers=[lower])


def token_vectors(parser: Made) -> Made:
    """The vectors that a parser's states are described by; how states are scored has tests of its own."""

    def forward(model: Made, docs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        step, backprop = parser(docs, is_train)
        assert isinstance(step, ParserStep)
        return step.tokvecs, backprop

    return Model("vectors", forward, init=lambda model, X=None, Y=None: parser.initialize(X=X), layers=[parser])


def transitions(make: Callable[..., Made]) -> Made:
    """A parser's network, put together by hand."""
    vectors = chain(embed(), list2array(), Linear(4, 3))
    return token_vectors(make(vectors, PrecomputableAffine(3, 4, 3, 2), Linear(2, 3), lambda model, nO: model))


def received(listener: Made) -> Made:
    """Vectors that a listener gets from elsewhere, and whose gradients it sends back there."""
    assert isinstance(listener, Tok2VecListener)

    def forward(model: Made, Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        docs = [Doc(Vocab(), words=["w"] * len(x)) for x in Xs]
        sent: list[Any] = []
        listener.receive(Tok2VecListener.get_batch_id(docs), Xs, lambda dY: sent.extend(dY) or sent)
        Y, backprop = listener(docs, is_train)
        return Y, lambda dY: backprop(dY) and sent

    return Model("received", forward)


def parser(version: str) -> Example:
    """A transition-based parser, whose token vectors are looked at."""
    return Example(
        f"{version}.TransitionBasedParser.{'v2' if version == 'spacy' else 'v1'}",
        lambda make: token_vectors(make(embed(), "ner", False, 4, 2, True, nO=2)),
    )


def named(name: str, *args: Any) -> Made:
    """A layer or an architecture by its registered name."""
    registered = registry.layers if name in registry.layers.get_all() else registry.architectures
    made: Made = registered.get(name)(*args)
    return made


def spans_of(extract: Made) -> Made:
    """The rows of three spans of two sequences, of which two overlap."""

    def forward(model: Made, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        lengths = np.array([3, 1], dtype="int32")
        spans = Ragged(np.array([[0, 2], [1, 3], [0, 1]], dtype="int32"), np.array([2, 1], dtype="int32"))
        Y, backprop = extract((Ragged(X, lengths), spans), is_train)
        return Y.dataXd, lambda dY: backprop(Ragged(dY, Y.lengths))[0].dataXd

    return Model("spans", forward, layers=[extract])


def with_spans(categorizer: Made) -> Made:
    """Scores of three spans of the documents, of which two overlap."""
    spans = Ragged(np.array([[0, 2], [1, 3], [0, 1]], dtype="int32"), np.array([2, 0, 1], dtype="int32"))

    def forward(model: Made, docs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        return categorizer((docs, spans), is_train)

    def init(model: Made, X: Any = None, Y: Any = None) -> None:
        categorizer.initialize(X=(X, spans))

    return Model("with_spans", forward, init=init, layers=[categorizer])


def without_noise(layer: Made, output: Callable[[Any], Any], gradient: Callable[[Any, Any], Any]) -> Made:
    """Scores without those that are -inf, of docs some tokens of which are heads; the words' vectors given."""

    def forward(model: Made, docs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        Y, backprop = layer(docs, is_train)
        return output(Y), lambda dY: backprop(gradient(Y, dY))

    return Model("without_noise", forward, init=lambda model, X=None, Y=None: layer.initialize(X=X), layers=[layer])


def antecedents(make: Callable[..., Made]) -> Made:
    """The known scores of a coreference network with two hidden layers and dropout."""
    layer = make(embed(), 2, 4, 2, 0.3, 2, 8)

    def gradient(Y: Any, dY: Any) -> Any:
        d_scores = np.zeros_like(Y[0])
        d_scores[np.isfinite(Y[0])] = dY
        return d_scores

    return without_noise(layer, lambda Y: Y[0][np.isfinite(Y[0])], gradient)


def bounds(make: Callable[..., Made]) -> Made:
    """The known scores of a span resolver."""
    layer = make(embed(), 4, 2, 2, 1, 4, "heads")

    def gradient(Y: Any, dY: Any) -> Any:
        d_scores = np.zeros_like(Y)
        d_scores[np.isfinite(Y)] = dY
        return d_scores

    return without_noise(layer, lambda Y: Y[np.isfinite(Y)], gradient)


CNN: dict[str, Any] = {"width": 3, "depth": 1, "embed_size": 8, "window_size": 1, "maxout_pieces": 2}
CNN |= {"subword_features": False, "pretrained_vectors": True}

EXAMPLES = [
    Example("spacy.FeatureExtractor.v1", lambda make: make(["NORM"])),
    Example("spacy.CharEmbed.v1", lambda make: make(nM=2, nC=3)),
    Example("spacy.StaticVectors.v2", lambda make: make(3, dropout=0.3)),
    Example("spacy-legacy.StaticVectors.v1", lambda make: make(3)),
    Example("spacy.PrecomputableAffine.v1", lambda make: summed_by_states(make(4, 5, 3, 2)), "rows"),
    Example("spacy.TransitionModel.v1", transitions),
    Example("spacy.Tok2VecListener.v1", lambda make: received(make(5)), "lists"),
    *(
        Example(f"spacy{kind}.MultiHashEmbed.v{version}", lambda make: make(3, ["NORM", "SHAPE"], [12, 8], True))
        for kind, version in (("", 2), ("-legacy", 1))
    ),
    *(
        Example(f"spacy{kind}.CharacterEmbed.v{version}", lambda make: make(3, 12, 2, 3, True))
        for kind, version in (("", 2), ("-legacy", 1))
    ),
    Example("spacy.MaxoutWindowEncoder.v2", lambda make: make(5, 1, 2, 2), "lists"),
    Example("spacy-legacy.MaxoutWindowEncoder.v1", lambda make: make(5, 1, 2, 2), "rows"),
    Example("spacy.MishWindowEncoder.v2", lambda make: make(5, 1, 2), "lists"),
    Example("spacy-legacy.MishWindowEncoder.v1", lambda make: make(5, 1, 2), "rows"),
    Example("spacy.HashEmbedCNN.v2", lambda make: make(**CNN)),
    Example("spacy-legacy.HashEmbedCNN.v1", lambda make: make(**CNN)),
    Example("spacy.Tok2Vec.v2", lambda make: make(embed(), encode())),
    Example(
        "spacy-legacy.Tok2Vec.v1",
        lambda make: make(embed(), registry.architectures.get("spacy-legacy.MaxoutWindowEncoder.v1")(3, 1, 2, 1)),
    ),
    Example("spacy.Tagger.v2", lambda make: chain_to_scores(make(embed(), nO=3))),
    Example("spacy-legacy.Tagger.v1", lambda make: chain_to_scores(make(embed(), nO=3))),
    parser("spacy"),
    parser("spacy-legacy"),
    Example("spacy.extract_ngrams.v1", lambda make: make(2)),
    Example("spacy.extract_spans.v1", lambda make: spans_of(make()), "rows"),
    Example("spacy.mean_max_reducer.v1", lambda make: chain(list2ragged(), make(3)), "lists with rows"),
    Example("spacy.LinearLogistic.v1", lambda make: make(3, 5), "rows"),
    Example(
        "spacy.SpanCategorizer.v1",
        lambda make: with_spans(
            make(embed(), named("spacy.mean_max_reducer.v1", 3), named("spacy.LinearLogistic.v1", 2, 3))
        ),
    ),
    Example("spacy.SpanFinder.v1", lambda make: make(embed(), named("spacy.LinearLogistic.v1", 2, 3))),
    Example("spacy-experimental.Coref.v1", antecedents),
    Example("spacy-experimental.SpanResolver.v1", bounds, "docs with heads"),
    Example("spacy.EntityLinker.v2", lambda make: make(embed(), nO=2), "docs with entities"),
    Example("spacy-legacy.EntityLinker.v1", lambda make: make(embed(), nO=2), "docs with tokens"),
    Example("spacy.TextCatBOW.v3", lambda make: make(False, 2, False, length=32, nO=2)),
    *(
        Example(f"spacy{kind}.TextCatCNN.v{version}", lambda make: make(embed(), False, nO=2))
        for kind, version in (("", 2), ("-legacy", 1))
    ),
    Example(
        "spacy.TextCatReduce.v1", lambda make: make(embed(), False, False, False, True, True, nO=2), "docs with tokens"
    ),
    Example("spacy.TextCatParametricAttention.v1", lambda make: make(embed(), False, nO=2)),
    Example("spacy.TextCatLowData.v1", lambda make: make(3, None, nO=2)),
    Example(
        "spacy.TextCatEnsemble.v2",
        lambda make: make(embed(), named("spacy.TextCatBOW.v3", False, 1, False, 32, 2), nO=2),
    ),
]
# Their tables have 262,144 rows, each of which would be moved; their layers are those of TextCatBOW.v3 and others here.
TOO_LARGE = {"spacy.TextCatBOW.v2", "spacy-legacy.TextCatBOW.v1", "spacy-legacy.TextCatEnsemble.v1"}
# They give attributes of words, which have no gradient and no parameters.
WITHOUT_GRADIENT = {"spacy.FeatureExtractor.v1", "spacy.extract_ngrams.v1"}
# What they make has a vocabulary's vectors; see `test_gradients_of_pretraining`.
OBJECTIVES = {"spacy.PretrainVectors.v1": (2, 3, "L2"), "spacy.PretrainCharacters.v1": (2, 3, 2)}
# Their gradients are PyTorch's; see tests/ml/transformer.
WITH_PYTORCH = {"spacy.TorchBiLSTMEncoder.v1", "spacy-transformers.TransformerListener.v1"}
WITH_PYTORCH |= {
    f"spacy-transformers.{name}.v{version}"
    for name in ("TransformerModel", "Tok2VecTransformer")
    for version in (1, 2, 3)
}


def chain_to_scores(tagger: Made) -> Made:
    """A tagger behind whose softmax the way back begins at the scores, as one array for all documents."""
    return chain(tagger, list2array())


@pytest.fixture
def batches() -> dict[str, Any]:
    """A batch of each kind: docs with vectors for some words, lists of arrays, rows."""
    vocab = Vocab(lex_attr_getters=dict(LEX_ATTRS))
    for i, word in enumerate(["One", "two", "three"]):
        vocab.set_vector(word, np.random.default_rng(i).normal(size=4).astype("float32"))
    docs = [Doc(vocab, words=["One", "two", "zwei"]), Doc(vocab), Doc(vocab, words=["three", "One"])]
    with_heads = [Doc(vocab, words=["One", "two", "zwei", "three"], sent_starts=[True, False, False, True]), docs[2]]
    with_heads[0].spans["heads_1"] = [with_heads[0][1:2], with_heads[0][3:4]]
    with_heads[1].spans["heads_1"] = [with_heads[1][0:1]]
    with_ents = [
        Doc(vocab, words=["One", "two", "zwei"], ents=["O", "B-X", "I-X"]),
        Doc(vocab, words=["three"], ents=["B-X"]),
    ]
    rows = np.random.default_rng(7).normal(size=(4, 5)).astype("float32")
    lists = [rows, rows[:0], rows[:2] + 1]
    return {
        "docs": docs,
        "lists": lists,
        "rows": rows,
        "docs with tokens": list(filter(len, docs)),
        "docs with heads": with_heads,
        "docs with entities": with_ents,
        "lists with rows": list(filter(len, lists)),
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_gradients_agree_with_differences(example: Example, batches: dict[str, Any]) -> None:
    """Backprop is the derivative for every parameter of every node, and for the input where it is an array."""
    X = batches[example.kind]
    model = example.build().initialize(X=X)
    rng = np.random.default_rng(1)
    named = [(node, name) for node in model.walk() for name in node.param_names]
    for node, name in named:
        node.set_param(name, (rng.normal(size=node.get_param(name).shape) * 0.5).astype("float32"))
    for twin in (shim for node in model.walk() for shim in node.shims if isinstance(shim, TorchTwin)):
        for _, parameter in twin.named_parameters():
            parameter.data = (rng.normal(size=parameter.shape) * 0.5).astype("float32")
    if example.name in WITHOUT_GRADIENT:
        assert not named
        assert model.begin_update(X)[1](None) == []
        return
    is_tagger = "Tagger" in example.name
    check_gradients(model, X, input_gradient=not example.kind.startswith("docs"), logits=is_tagger, tolerance=2e-6)
    scoring = [node.get_ref(ref) for node in model.walk() if node.name == "parser_model" for ref in ("lower", "upper")]
    assert all(node.has_grad(name) for node, name in named if node not in scoring)


@pytest.mark.parametrize(("name", "settings"), OBJECTIVES.items())
def test_gradients_of_pretraining(name: str, settings: tuple[Any, ...], batches: dict[str, Any]) -> None:
    """The network without the hiding of words, which differs from call to call."""
    docs = batches["docs"]
    objective = registry.architectures.get(name)(*settings)(docs[0].vocab, embed()).initialize(X=docs)
    network = objective.layers[0]
    rng = np.random.default_rng(1)
    for node in network.walk():
        for param in node.param_names:
            node.set_param(param, (rng.normal(size=node.get_param(param).shape) * 0.5).astype("float32"))
    check_gradients(network, docs, input_gradient=False, logits="Characters" in name, tolerance=2e-6)
    assert all(node.has_grad(param) for node in network.walk() for param in node.param_names)


def test_every_function_has_an_example() -> None:
    """Every layer and every architecture that is registered in tagma.ml is among the examples; those of tagma.nn are
    among the examples there, and there are no others."""
    registered = {**registry.layers.get_all(), **registry.architectures.get_all()}
    rooms = {name: make.__module__.split(".")[:2] for name, make in registered.items()}
    own = {name: room for name, room in rooms.items() if room[0] == "tagma"}
    assert set(map(tuple, own.values())) == {("tagma", "ml"), ("tagma", "nn")}
    assert {name for name, room in own.items() if room[1] == "ml"} == {
        *(example.name for example in EXAMPLES),
        *TOO_LARGE,
        *OBJECTIVES,
        *WITH_PYTORCH,
    }
