"""Text classifiers: their graphs, more labels, and the way of weights from tagma to spaCy and back."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.ml import (
    MaxoutWindowEncoder,
    MultiHashEmbed,
    build_bow_text_classifier,
    build_bow_text_classifier_v3,
    build_reduce_text_classifier,
    build_simple_cnn_text_classifier,
    build_text_classifier_lowdata,
    build_text_classifier_v2,
    build_textcat_parametric_attention_v1,
    build_Tok2Vec_model,
    tok2vec_listener_v1,
)
from tagma.nn import Adam, Model, Ragged, fix_random_seed, list2ragged
from tagma.nn.config import code_of
from tagma.nn.packing import decode
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab

TEXTS = [["What", "is", "my", "card", "limit"], ["card"], ["Can", "I", "top", "up", "my", "card", "?"], ["no"]]
Make = Callable[..., Model[Any, Any]]


def arch(name: str, **kwargs: Any) -> Model[Any, Any]:
    """An architecture by name."""
    model: Model[Any, Any] = registry.get("architectures", f"spacy.{name}")(**kwargs)
    return model


def tok2vec() -> Model[Any, Any]:
    """A small embedding network."""
    return build_Tok2Vec_model(
        MultiHashEmbed(width=8, attrs=["NORM", "SHAPE"], rows=[40, 20], include_static_vectors=False),
        MaxoutWindowEncoder(width=8, window_size=1, maxout_pieces=3, depth=1),
    )


BOW = {"ngram_size": 2, "no_output_layer": False}
POOLS = {"use_reduce_first": True, "use_reduce_last": True, "use_reduce_max": True, "use_reduce_mean": True}
OLD = {"width": 8, "embed_size": 40, "pretrained_vectors": None, "ngram_size": 1, "window_size": 1, "conv_depth": 2}
# Name → a network that takes `exclusive_classes`.
MODELS: dict[str, Make] = {
    "BOW.v3": lambda exclusive_classes: arch("TextCatBOW.v3", exclusive_classes=exclusive_classes, length=900, **BOW),
    "BOW.v2": lambda exclusive_classes: arch("TextCatBOW.v2", exclusive_classes=exclusive_classes, **BOW),
    "BOW.v1": lambda exclusive_classes: arch("TextCatBOW.v1", exclusive_classes=exclusive_classes, **BOW),
    "BOW.v3 scores": lambda exclusive_classes: arch(
        "TextCatBOW.v3", exclusive_classes=exclusive_classes, length=64, ngram_size=1, no_output_layer=True
    ),
    "CNN.v2": lambda exclusive_classes: arch("TextCatCNN.v2", tok2vec=tok2vec(), exclusive_classes=exclusive_classes),
    "CNN.v1": lambda exclusive_classes: arch("TextCatCNN.v1", tok2vec=tok2vec(), exclusive_classes=exclusive_classes),
    "Reduce.v1": lambda exclusive_classes: arch(
        "TextCatReduce.v1", tok2vec=tok2vec(), exclusive_classes=exclusive_classes, **POOLS
    ),
    "ParametricAttention.v1": lambda exclusive_classes: arch(
        "TextCatParametricAttention.v1", tok2vec=tok2vec(), exclusive_classes=exclusive_classes
    ),
    "Ensemble.v2": lambda exclusive_classes: arch(
        "TextCatEnsemble.v2",
        tok2vec=tok2vec(),
        linear_model=arch("TextCatBOW.v3", exclusive_classes=exclusive_classes, length=512, **BOW),
    ),
    "Ensemble.v1": lambda exclusive_classes: arch(
        "TextCatEnsemble.v1", exclusive_classes=exclusive_classes, dropout=None, **OLD
    ),
}
RESIZABLE = ("BOW.v3", "BOW.v2", "BOW.v3 scores", "CNN.v2", "Reduce.v1")


@pytest.fixture
def docs(vocab: Vocab) -> list[Doc]:
    """Four short texts."""
    return [Doc(vocab, words=words) for words in TEXTS]


def initialized(name: str, docs: list[Doc], *, exclusive_classes: bool = True, nO: int = 3) -> Model[Any, Any]:
    """A network for `nO` labels."""
    fix_random_seed(0)
    model = MODELS[name](exclusive_classes=exclusive_classes)
    return model.initialize(X=docs, Y=np.zeros((len(docs), nO), dtype="f"))


def walk(model: Model[Any, Any]) -> list[str]:
    """Breadth-first, the last part of each node's name, behind the number of its parent."""
    nodes = list(model.walk())
    parents = {id(child): i for i, node in reversed(list(enumerate(nodes))) for child in node.layers}
    return [f"{parents.get(id(node), 0)} {node.name.rpartition('>>')[2].partition('(')[0]}" for node in nodes]


# -- Graphs


def test_graph_of_a_bag_of_words() -> None:
    """Eight nodes, or five without output layer; one less in version 1."""
    graph = walk(MODELS["BOW.v3"](exclusive_classes=True))
    assert [line.split()[0] for line in graph] == list("00012336")
    numbers = {name: len(list(MODELS[name](exclusive_classes=True).walk())) for name in MODELS if "BOW" in name}
    assert numbers == {"BOW.v3": 8, "BOW.v2": 8, "BOW.v1": 7, "BOW.v3 scores": 5}


@pytest.mark.parametrize(("name", "exclusive", "others"), [("CNN.v2", 8, 10), ("CNN.v1", 7, 9), ("Reduce.v1", 12, 14)])
def test_number_of_nodes(name: str, exclusive: int, others: int) -> None:
    """As in the peer, which has a logistic node for labels that do not exclude each other."""
    inside = len(list(tok2vec().walk())) - 1
    for exclusive_classes, number in ((True, exclusive), (False, others)):
        assert len(list(MODELS[name](exclusive_classes=exclusive_classes).walk())) == number + inside


def test_graph_over_a_listener() -> None:
    """With a listener in it, the networks have as many nodes as the saved ones of the peer."""
    listener = tok2vec_listener_v1
    for exclusive, numbers in ((True, (25, 17)), (False, (27, 19))):
        bag = build_bow_text_classifier_v3(exclusive, 1, False)
        assert len(list(build_text_classifier_v2(listener(96), bag).walk())) == numbers[0]
        assert len(list(build_textcat_parametric_attention_v1(listener(96), exclusive).walk())) == numbers[1]
    old = {exclusive: MODELS["Ensemble.v1"](exclusive_classes=exclusive) for exclusive in (True, False)}
    assert {key: len(list(model.walk())) for key, model in old.items()} == {True: 63, False: 67}
    assert [len(list(build_text_classifier_lowdata(8, rate).walk())) for rate in (0.2, None)] == [19, 17]


def test_refs_and_attrs(docs: list[Doc]) -> None:
    """The parts that components and users ask for are there by name."""
    bag = MODELS["BOW.v3"](exclusive_classes=False)
    assert bag.attrs["multi_label"] is True
    assert bag.get_ref("output_layer").name == "sparse_linear"
    assert bag.get_ref("output_layer").get_dim("length") == 1024
    assert build_bow_text_classifier(True, 1, False).attrs["multi_label"] is False
    cnn = build_simple_cnn_text_classifier(tok2vec(), True)
    assert (cnn.get_ref("output_layer").name, cnn.get_ref("tok2vec").get_dim("nO")) == ("softmax", 8)
    ensemble = MODELS["Ensemble.v2"](exclusive_classes=True)
    for ref in ("tok2vec", "attention_layer", "maxout_layer", "norm_layer"):
        assert ensemble.get_ref(ref) in list(ensemble.walk())
    assert ensemble.get_ref("output_layer").name == "sparse_linear"
    attention = MODELS["ParametricAttention.v1"](exclusive_classes=True)
    for ref in ("tok2vec", "attention_layer", "key_transform", "nonlinear_layer", "norm_layer"):
        assert attention.layers[0].has_ref(ref)


@pytest.mark.parametrize("name", ["TextCatBOW", "TextCatCNN", "TextCatEnsemble"])
def test_old_versions_have_both_prefixes(name: str) -> None:
    """Version 1 is found under either."""
    legacy = registry.get("architectures", f"spacy-legacy.{name}.v1")
    assert registry.get("architectures", f"spacy.{name}.v1") is legacy


def test_length() -> None:
    """It is rounded up to a power of two, and 0 is refused."""
    lengths = [build_bow_text_classifier_v3(True, 1, False, length=n).get_ref("output_layer") for n in (1, 2, 3, 1025)]
    assert [layer.get_dim("length") for layer in lengths] == [1, 2, 4, 2048]
    with pytest.raises(ValueError, match="not 0") as caught:
        build_bow_text_classifier_v3(True, 1, False, length=0)
    assert code_of(caught.value) == "E1056"


def test_nothing_pooled() -> None:
    """One kind of pooling is needed."""
    with pytest.raises(ValueError, match="use_reduce_mean") as caught:
        build_reduce_text_classifier(tok2vec(), True, False, False, False, False)
    assert code_of(caught.value) == "E1057"


def test_the_number_of_labels_can_be_given(docs: list[Doc]) -> None:
    """All take it from the start, and the ensemble's output layer takes its input from what is there."""
    bag = build_bow_text_classifier_v3(True, 1, False, length=64, nO=3)
    models = [
        bag,
        build_text_classifier_v2(tok2vec(), bag, nO=3),
        build_textcat_parametric_attention_v1(tok2vec(), False, nO=3),
        build_simple_cnn_text_classifier(tok2vec(), False, nO=3),
        arch("TextCatCNN.v1", tok2vec=tok2vec(), exclusive_classes=True, nO=3),
        arch("TextCatEnsemble.v1", exclusive_classes=False, dropout=0.1, nO=3, **OLD),
    ]
    for model in models:
        assert model.get_dim("nO") == 3
        assert model.initialize(X=docs).predict(docs).shape == (4, 3)


# -- What they compute


@pytest.mark.parametrize("exclusive_classes", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_learns(name: str, exclusive_classes: bool, docs: list[Doc]) -> None:
    """A few texts are learned, and probabilities are probabilities."""
    model = initialized(name, docs, exclusive_classes=exclusive_classes)
    gold = np.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype="f")
    sgd = Adam(0.05)
    losses = []
    for _ in range(60):
        scores, backprop = model.begin_update(docs)
        backprop(scores - gold)
        model.finish_update(sgd)
        losses.append(float(((scores - gold) ** 2).sum()))
    assert losses[-1] < losses[0] / 4
    scores = model.predict(docs)
    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 0]
    if "scores" not in name:
        assert ((scores >= 0) & (scores <= 1)).all()
        if exclusive_classes:
            np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "Ensemble.v1"])
def test_docs_do_not_see_each_other(name: str, docs: list[Doc]) -> None:
    """A doc has the same scores alone and in a batch."""
    model = initialized(name, docs)
    for node in model.walk():
        for param in node.param_names:
            drawn = np.random.RandomState(0).normal(size=node.get_param(param).shape)
            node.set_param(param, drawn.astype("float32"))
    together = model.predict(docs)
    for doc, row in zip(docs, together, strict=True):
        np.testing.assert_allclose(model.predict([doc])[0], row, rtol=1e-4, atol=1e-5)


def test_few_data(vocab: Vocab, docs: list[Doc]) -> None:
    """The network over vectors alone runs and learns; without vectors it says what is missing."""
    model = build_text_classifier_lowdata(6, 0.2)
    gold = np.asarray([[1, 0], [0, 1], [0, 1], [1, 0]], dtype="f")
    with pytest.raises(ValueError, match="E905"):
        model.initialize(X=docs, Y=gold)
    vocab.reset_vectors(width=4)
    rng = np.random.RandomState(0)
    for word in {word for words in TEXTS for word in words}:
        vocab.set_vector(word, rng.normal(size=4).astype("f"))
    fix_random_seed(0)
    model = build_text_classifier_lowdata(6, None).initialize(X=docs, Y=gold)
    sgd = Adam(0.05)
    for _ in range(80):
        scores, backprop = model.begin_update(docs)
        backprop(scores - gold)
        model.finish_update(sgd)
    assert (model.predict(docs) > 0.5).tolist() == (gold > 0.5).tolist()
    assert len(list(build_text_classifier_lowdata(6, 0.2).walk())) == len(list(model.walk())) + 2


def test_old_ensemble_with_vectors(vocab: Vocab, docs: list[Doc]) -> None:
    """The old ensemble takes the vocabulary's vectors beside its tables."""
    vocab.reset_vectors(width=4)
    vocab.set_vector("card", np.ones(4, dtype="f"))
    model = arch("TextCatEnsemble.v1", exclusive_classes=True, dropout=0.1, **{**OLD, "pretrained_vectors": True})
    model.initialize(X=docs, Y=np.zeros((4, 2), dtype="f"))
    scores, backprop = model.begin_update(docs)
    backprop(scores - 1.0)
    assert any(node.has_grad("W") for node in model.walk() if node.name == "static_vectors")


def test_ragged_passes_through() -> None:
    """list2ragged takes what is Ragged already, and its gradient goes back as it came."""
    ragged = Ragged(np.ones((3, 2), dtype="f"), np.asarray([1, 2], dtype="i"))
    out, backprop = list2ragged()(ragged, is_train=True)
    assert out is ragged
    assert backprop(ragged) is ragged


# -- More labels


@pytest.mark.parametrize("exclusive_classes", [True, False])
@pytest.mark.parametrize("name", RESIZABLE)
def test_more_labels(name: str, exclusive_classes: bool, docs: list[Doc]) -> None:
    """What was learnt stays, new labels come last, and a copy grows without the original."""
    model = initialized(name, docs, exclusive_classes=exclusive_classes)
    output = model.get_ref("output_layer")
    shape = output.get_param("W").shape
    output.set_param("W", np.random.RandomState(0).normal(size=shape).astype("float32"))
    before = model.predict(docs)
    twin = model.copy()
    assert model.attrs["resize_output"](model, 5) is model
    assert model.get_dim("nO") == 5
    assert model.get_ref("output_layer") is not output
    after = model.predict(docs)
    assert after.shape == (4, 5)
    if exclusive_classes or "BOW" in name:
        np.testing.assert_allclose(after[:, :3], before, rtol=1e-5)
        if "v2" not in name or "BOW" not in name:  # whose labels share weights
            assert (after[:, 3:] < 1e-3).all() or "scores" in name
    assert twin.predict(docs).shape == (4, 3)
    twin.attrs["resize_output"](twin, 4)
    assert twin.predict(docs).shape == (4, 4)
    assert model.predict(docs).shape == (4, 5)
    scores, backprop = model.begin_update(docs)
    backprop(scores)
    model.finish_update(Adam(0.1))
    loaded = MODELS[name](exclusive_classes=exclusive_classes).from_bytes(model.to_bytes())
    assert loaded.predict(docs).tolist() == model.predict(docs).tolist()


@pytest.mark.parametrize("name", RESIZABLE)
def test_labels_before_initialization(name: str, docs: list[Doc]) -> None:
    """The number of labels may be set and changed before there are weights."""
    model = MODELS[name](exclusive_classes=True)
    for number in (1, 2, 3):
        model.attrs["resize_output"](model, number)
    model.initialize(X=docs)
    assert model.predict(docs).shape == (4, 3)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in RESIZABLE])
def test_those_that_stay(name: str) -> None:
    """Others do not say that they can be resized."""
    assert "resize_output" not in MODELS[name](exclusive_classes=True).attrs


# -- Beside spaCy

SCRIPT = """
import pickle
import sys
import numpy
import spacy
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Adam, fix_random_seed

texts, cases, ours, path = pickle.load(open(sys.argv[1], "rb"))
arch = lambda name: registry.get("architectures", "spacy." + name)
nlp = spacy.blank("en")
docs = [Doc(nlp.vocab, words=words) for words in texts]
tok2vec = lambda: arch("Tok2Vec.v2")(
    arch("MultiHashEmbed.v2")(width=8, attrs=["NORM", "SHAPE"], rows=[40, 20], include_static_vectors=False),
    arch("MaxoutWindowEncoder.v2")(width=8, window_size=1, maxout_pieces=3, depth=1),
)
BOW = {"ngram_size": 2, "no_output_layer": False}
POOLS = {"use_reduce_first": True, "use_reduce_last": True, "use_reduce_max": True, "use_reduce_mean": True}
OLD = {"width": 8, "embed_size": 40, "pretrained_vectors": None, "ngram_size": 1, "window_size": 1, "conv_depth": 2}
MODELS = {
    "BOW.v3": lambda e: arch("TextCatBOW.v3")(exclusive_classes=e, length=900, **BOW),
    "BOW.v2": lambda e: arch("TextCatBOW.v2")(exclusive_classes=e, **BOW),
    "BOW.v1": lambda e: arch("TextCatBOW.v1")(exclusive_classes=e, **BOW),
    "BOW.v3 scores": lambda e: arch("TextCatBOW.v3")(
        exclusive_classes=e, length=64, ngram_size=1, no_output_layer=True
    ),
    "CNN.v2": lambda e: arch("TextCatCNN.v2")(tok2vec=tok2vec(), exclusive_classes=e),
    "CNN.v1": lambda e: arch("TextCatCNN.v1")(tok2vec=tok2vec(), exclusive_classes=e),
    "Reduce.v1": lambda e: arch("TextCatReduce.v1")(tok2vec=tok2vec(), exclusive_classes=e, **POOLS),
    "ParametricAttention.v1": lambda e: arch("TextCatParametricAttention.v1")(tok2vec=tok2vec(), exclusive_classes=e),
    "Ensemble.v2": lambda e: arch("TextCatEnsemble.v2")(
        tok2vec=tok2vec(), linear_model=arch("TextCatBOW.v3")(exclusive_classes=e, length=512, **BOW)
    ),
    "Ensemble.v1": lambda e: arch("TextCatEnsemble.v1")(exclusive_classes=e, dropout=None, **OLD),
}
results = []
gold = numpy.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype="f")
for (name, exclusive), own in zip(cases, ours):
    fix_random_seed(3)
    model = MODELS[name](exclusive)
    model.initialize(X=docs, Y=gold)
    data, drawn = model.to_bytes(), numpy.random.uniform()
    sgd, losses = Adam(0.01), []
    for _ in range(5):
        scores, backprop = model.begin_update(docs)
        backprop(scores - gold)
        model.finish_update(sgd)
        losses.append(float(((scores - gold) ** 2).mean()))
    trained, predicted = model.to_bytes(), model.predict(docs)
    model.from_bytes(own)
    results.append((data, drawn, losses, trained, predicted, model.to_bytes(), model.predict(docs)))
pickle.dump(results, open(path, "wb"))
"""


@pytest.mark.peer
def test_beside_the_peer(peer_python: str, tmp_path: Path, docs: list[Doc]) -> None:
    """The same seed gives the peer's graph, weights and losses; weights are read by both, with the same scores."""
    cases = [(name, exclusive) for name in MODELS for exclusive in (True, False)]
    gold = np.asarray([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype="f")
    models, ours = [], []
    rng = np.random.default_rng(5)
    for name, exclusive in cases:
        drawn = initialized(name, docs, exclusive_classes=exclusive)
        for node in drawn.walk():
            for param in node.param_names:
                node.set_param(param, rng.normal(size=node.get_param(param).shape).astype("float32"))
        models.append(drawn)
        ours.append(drawn.to_bytes())
    (tmp_path / "in").write_bytes(pickle.dumps((TEXTS, cases, ours, str(tmp_path / "out"))))
    run = subprocess.run([peer_python, "-c", SCRIPT, str(tmp_path / "in")], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    results = pickle.loads((tmp_path / "out").read_bytes())
    for (name, exclusive), sent, model, result in zip(cases, ours, models, results, strict=True):
        data, drawn_there, losses, trained, predicted, back, scores = result
        fix_random_seed(3)
        same = MODELS[name](exclusive_classes=exclusive).initialize(X=docs, Y=gold)
        assert _same(same.to_bytes(), data), (name, exclusive)
        assert np.random.uniform() == drawn_there
        sgd, own_losses = Adam(0.01), []
        for _ in range(5):
            guesses, backprop = same.begin_update(docs)
            backprop(guesses - gold)
            same.finish_update(sgd)
            own_losses.append(float(((guesses - gold) ** 2).mean()))
        np.testing.assert_allclose(own_losses, losses, rtol=1e-4, atol=1e-6, err_msg=name)
        loaded = MODELS[name](exclusive_classes=exclusive).from_bytes(trained)
        np.testing.assert_allclose(loaded.predict(docs), predicted, atol=1e-5, err_msg=name)
        assert _same(back, sent), (name, exclusive)
        np.testing.assert_allclose(model.predict(docs), scores, rtol=1e-4, atol=1e-5, err_msg=name)


def _same(ours: bytes, theirs: bytes) -> bool:
    """Whether nodes, attributes and parameters are the same, but for the last bits."""
    own, other = decode(ours, "ours"), decode(theirs, "theirs")
    for key in ("nodes", "attrs", "shims"):
        assert own[key] == other[key]
    for mine, peers in zip(own["params"], other["params"], strict=True):
        assert mine.keys() == peers.keys()
        for name in mine:
            np.testing.assert_allclose(mine[name], peers[name], rtol=1e-6, atol=1e-7)
    return True
