"""The cloze task: which words are hidden, what is to be guessed, whose gradients flow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tagma
from tagma.attrs import ORTH
from tagma.ml import build_masked_language_model, get_characters_loss, get_vectors_loss
from tagma.ml.cloze import MASK, RandomWords, hide
from tagma.nn import CosineDistance, L2Distance, Linear, Model, NumpyOps, chain, list2array
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.vectors import BaseVectors, Mode
from tagma.vocab import Vocab

OPS = NumpyOps()
WORDS = ["the", "cat", "sat", "on", "a", "mat", "near", "naïve", "Ωmega", "x"]


def docs_of(vocab: Vocab, n: int = 400) -> list[Doc]:
    """Docs of ten and of three words, and an empty one."""
    return [Doc(vocab, words=WORDS), Doc(vocab, words=[]), Doc(vocab, words=WORDS[:3], spaces=[True, False, True])] * n


def arch(name: str, **settings: Any) -> Any:
    """An objective by its name in configs."""
    return registry.get("architectures", name)(**settings)


def tok2vec(width: int = 8) -> Model[Any, Any]:
    """A small one, without dropout."""
    return arch(
        "spacy.HashEmbedCNN.v2",
        width=width,
        depth=1,
        embed_size=50,
        window_size=1,
        maxout_pieces=2,
        subword_features=False,
        pretrained_vectors=None,
    )


@pytest.fixture
def vocab() -> Vocab:
    """One that knows how often some words occur."""
    vocab = Vocab()
    for word, probability in (("often", -1.0), ("seldom", -3.0)):
        vocab[word].prob = probability
    return vocab


def test_what_is_hidden(vocab: Vocab) -> None:
    """15 % of the words: 8 of 10 become the mask, 1 another word of the vocabulary by its probability, 1 stays."""
    np.random.seed(0)
    docs = docs_of(vocab)
    words = [token.text for doc in docs for token in doc]
    hidden, seen = hide(docs, RandomWords(vocab), 0.15)
    assert [len(doc) for doc in seen] == [len(doc) for doc in docs]
    shown = [token.text for doc in seen for token in doc]
    assert hidden.mean() == pytest.approx(0.15, abs=0.02)
    changed = [new for new, old, is_hidden in zip(shown, words, hidden, strict=True) if is_hidden and new != old]
    assert all(new == old for new, old, is_hidden in zip(shown, words, hidden, strict=True) if not is_hidden)
    assert changed.count(MASK) / hidden.sum() == pytest.approx(0.8, abs=0.04)
    drawn = [word for word in changed if word != MASK]
    assert len(drawn) / hidden.sum() == pytest.approx(0.1, abs=0.03)
    assert set(drawn) == {"often", "seldom"}
    assert drawn.count("often") / drawn.count("seldom") == pytest.approx(np.exp(2), rel=0.5)


def test_hidden_docs_have_their_spaces(vocab: Vocab) -> None:
    """Words and spaces are kept, other annotation is not; the docs themselves are left alone."""
    doc = Doc(vocab, words=["a", "b"], spaces=[False, True], tags=["X", "Y"])
    _, [seen] = hide([doc], RandomWords(vocab), 1e-9)
    assert seen.text == doc.text == "ab "
    assert not seen.has_annotation("TAG")
    assert doc.has_annotation("TAG")


def test_random_words_without_a_vocabulary() -> None:
    """Where the vocabulary has no word to draw, those of the batch are."""
    vocab = Vocab()
    words = RandomWords(vocab)
    assert not len(words.keys)
    keys = np.array([3, 5], dtype="uint64")
    assert set(words.draw(50, keys).tolist()) == {3, 5}


@pytest.mark.parametrize("mask_prob", [0.0, 1.0, -0.1, 15])
def test_share_of_hidden_words(vocab: Vocab, mask_prob: float) -> None:
    """It lies between 0 and 1."""
    with pytest.raises(ValueError, match="E4320"):
        build_masked_language_model(vocab, chain(tok2vec(), list2array()), mask_prob)


def test_characters() -> None:
    """The target is one value for each byte, from both ends in turn; the loss Σ d², its gradient d over the tokens."""
    docs = [Doc(Vocab(), words=["cat", "ü"])]
    guesses = np.random.default_rng(0).random((2, 3 * 256), dtype="float32")
    target = np.zeros((2, 3, 256), dtype="float32")
    for i, values in enumerate([b"cta", [*"ü".encode(), 255]]):
        for j, value in enumerate(values):
            target[i, j, value] = 1
    loss, gradient = get_characters_loss(OPS, docs, guesses, 3)
    difference = guesses - target.reshape(2, -1)
    assert loss == pytest.approx(float((difference**2).sum()), rel=1e-5)
    np.testing.assert_allclose(gradient, difference / 2, rtol=1e-5, atol=1e-7)


class NgramVectors(BaseVectors):
    """Vectors that are made for any key, as those of n-grams are."""

    mode = Mode.floret
    attr = ORTH
    shape = (1, 6)
    size = 6

    def get_batch(self, keys: Any) -> Any:
        return np.array([[float(int(key) % (i + 2)) for i in range(6)] for key in keys], dtype="float32")


@pytest.mark.parametrize("mode", ["default", "floret"])
def test_vectors(mode: str) -> None:
    """The target is the vector of each word, zeros for one without; L2 and cosine as their losses have them."""
    vocab = Vocab()
    words = ["cat", "zebra", "mat"]
    if mode == "floret":
        vocab.vectors = NgramVectors(strings=vocab.strings)  # type: ignore[assignment]
        target = vocab.vectors.get_batch([vocab.strings.add(word) for word in words])
    else:
        for i, word in enumerate(("cat", "mat")):
            vocab.set_vector(word, np.random.default_rng(i).random(6, dtype="float32"))
        target = np.array([vocab.get_vector(word) for word in words])
        assert not target[1].any()
    docs = [Doc(vocab, words=words[:2]), Doc(vocab, words=words[2:])]
    guesses = np.random.default_rng(1).random((3, 6), dtype="float32")
    for distance in (L2Distance(), CosineDistance(ignore_zeros=True)):
        loss, gradient = get_vectors_loss(OPS, docs, guesses, distance)
        wanted_gradient, wanted = distance(guesses, target)
        assert loss == pytest.approx(wanted, rel=1e-5)
        np.testing.assert_allclose(gradient, wanted_gradient, rtol=1e-5)
    assert gradient[1].any() == (mode == "floret")


def test_vectors_of_an_unknown_kind() -> None:
    """A table that is neither of words nor of n-grams is refused."""
    vocab = Vocab()

    class Table:
        mode = "other"

    class Fake:
        def __init__(self) -> None:
            self.vectors = Table()

    class Text:
        vocab = Fake()

    with pytest.raises(ValueError, match=r"E850.*other"):
        get_vectors_loss(OPS, [Text()], np.zeros((1, 2), "f"), L2Distance())  # type: ignore[list-item]
    assert vocab.vectors.mode == "default"


def settings_of(name: str) -> dict[str, Any]:
    """Of an objective, the smallest."""
    more: dict[str, Any] = {"n_characters": 2} if "Characters" in name else {"loss": "L2"}
    return {"maxout_pieces": 2, "hidden_size": 7, **more}


def objective(name: str, vocab: Vocab) -> Model[Any, Any]:
    """A network to pretrain, with weights in all of its layers."""
    model = arch(name, **settings_of(name))(vocab, tok2vec())
    model.initialize(X=docs_of(vocab, 1))
    output = model.get_ref("output_layer").layers[-1]
    output.set_param("W", np.random.default_rng(0).normal(size=output.get_param("W").shape).astype("float32"))
    return model


@pytest.fixture
def with_vectors() -> Vocab:
    """Vectors of all words."""
    vocab = Vocab()
    for i, word in enumerate(WORDS):
        vocab.set_vector(word, np.random.default_rng(i).random(5, dtype="float32"))
    return vocab


@pytest.mark.parametrize("name", ["spacy.PretrainCharacters.v1", "spacy.PretrainVectors.v1"])
def test_gradients_of_hidden_words_alone(name: str, with_vectors: Vocab) -> None:
    """The guesses and all gradients are those of the wrapped network with the other rows of its gradient at zero."""
    model = objective(name, with_vectors)
    docs = docs_of(with_vectors, 20)
    np.random.seed(3)
    hidden, seen = hide(docs, model.attrs["random_words"], 0.15)
    wanted, backprop = model.layers[0].begin_update(seen)
    d_wanted = model.attrs["loss"](model.ops, docs, wanted)[1]
    backprop(d_wanted * hidden[:, None])
    gradients = [(node, param, node.get_grad(param)) for node in model.walk() for param in sorted(node.grad_names)]
    for node, param, _ in gradients:
        node.set_grad(param, node.get_grad(param) * 0)
    np.random.seed(3)
    guesses, backprop = model.begin_update(docs)
    np.testing.assert_allclose(guesses, wanted, rtol=1e-4, atol=1e-5)
    backprop(model.attrs["loss"](model.ops, docs, guesses)[1])
    assert len(gradients) > 6
    for node, param, gradient in gradients:
        np.testing.assert_allclose(node.get_grad(param), gradient, rtol=1e-3, atol=1e-5, err_msg=f"{node.name} {param}")


def test_networks_of_other_forms(vocab: Vocab) -> None:
    """Without the refs of the objectives the wrapped network runs as it is; the gradients are of hidden words, too."""
    inner = chain(tok2vec(), list2array(), Linear(3, 8))
    model = build_masked_language_model(vocab, inner).initialize(X=docs_of(vocab, 1))
    assert model.get_ref("wrapped") is inner
    assert model.get_dim("nO") == 3
    docs = docs_of(vocab, 5)
    np.random.seed(1)
    hidden, _ = hide(docs, model.attrs["random_words"], 0.15)
    np.random.seed(1)
    guesses, backprop = model.begin_update(docs)
    backprop(np.ones_like(guesses))
    bias = inner.layers[2].get_grad("b")
    np.testing.assert_allclose(bias, np.full(3, hidden.sum()), rtol=1e-5)


def test_a_copy_trains_its_own_weights(vocab: Vocab) -> None:
    """The copy of a network leaves the gradients of the first one alone."""
    model = objective("spacy.PretrainCharacters.v1", vocab)
    copied = model.copy()
    docs = docs_of(vocab, 2)
    np.random.seed(0)
    guesses, backprop = copied.begin_update(docs)
    backprop(copied.attrs["loss"](copied.ops, docs, guesses)[1])
    assert not any(node.grad_names for node in model.walk())
    assert any(node.grad_names for node in copied.get_ref("output_layer").walk())


# Breadth-first: kind, parent, and the shapes of the weights.
CHARACTERS = [
    "masked-language-model", "0 chain", "1 chain", "1 chain", "2 chain", "2 with_array", "3 list2array",
    "3 maxout W(300,3,32) b(300,3)", "3 layernorm G(300) b(300)", "3 multisoftmax W(1024,300) b(1024)",
]  # fmt: skip
VECTORS = [
    "masked-language-model", "0 chain", "1 chain", "1 chain", "2 chain", "2 with_array", "3 list2array", "3 chain",
    "3 linear W(5,300) b(5)",
]  # fmt: skip


@pytest.mark.parametrize(("name", "top"), [("Characters", CHARACTERS), ("Vectors", VECTORS)])
def test_graph(name: str, top: list[str], with_vectors: Vocab) -> None:
    """The nodes above tok2vec, in the order in which they are saved."""
    more: dict[str, Any] = {"n_characters": 4} if name == "Characters" else {"loss": "cosine"}
    made = arch(f"spacy.Pretrain{name}.v1", maxout_pieces=3, hidden_size=300, **more)(with_vectors, small_tok2vec())
    made.initialize(X=docs_of(with_vectors, 1))
    nodes = list(made.walk())
    parents = {id(child): i for i, node in reversed(list(enumerate(nodes))) for child in node.layers}
    found = []
    for node in nodes[: len(top)]:
        kind = "chain" if ">>" in node.name and not node.name.startswith("with_array") else node.name.partition("(")[0]
        shapes = [
            f"{param}({','.join(map(str, node.get_param(param).shape))})"
            for param in sorted(node.param_names, key=str.swapcase)
        ]
        parent = [str(parents[id(node)])] if id(node) in parents else []
        found.append(" ".join([*parent, kind, *sorted(shapes)]))
    assert found == [" ".join([*line.split()[:2], *sorted(line.split()[2:])]) for line in top]
    assert len(nodes) == (31 if name == "Characters" else 34)
    refs = {ref: nodes.index(made.get_ref(ref)) for ref in ("wrapped", "tok2vec", "output_layer")}
    assert refs == {"wrapped": 1, "tok2vec": 2, "output_layer": 3}


def small_tok2vec() -> Model[Any, Any]:
    """One table, one block."""
    embed = arch("spacy.MultiHashEmbed.v2", width=32, attrs=["NORM"], rows=[50], include_static_vectors=False)
    encode = arch("spacy.MaxoutWindowEncoder.v2", width=32, window_size=1, maxout_pieces=3, depth=1)
    return arch("spacy.Tok2Vec.v2", embed=embed, encode=encode)


def test_no_vectors(vocab: Vocab) -> None:
    """Vectors cannot be guessed where there are none, and the loss is one of two."""
    with pytest.raises(ValueError, match=r"E875.*--paths.vectors"):
        arch("spacy.PretrainVectors.v1", **settings_of("Vectors"))(vocab, tok2vec())
    vocab.set_vector("a", np.ones(3, dtype="float32"))
    with pytest.raises(ValueError, match=r"E906.*'l2'.*'cosine' or 'L2'"):
        arch("spacy.PretrainVectors.v1", maxout_pieces=2, hidden_size=7, loss="l2")(vocab, tok2vec())


def test_classes_of_single_rows() -> None:
    """build_multi_task_model puts a distribution over classes on vectors that come in one array."""
    rows = np.random.default_rng(0).random((3, 4), dtype="float32")
    model = tagma.ml.build_multi_task_model(Linear(4, 4), 2, 4, nO=5).initialize(X=rows)
    guesses = model.predict(rows)
    assert guesses.shape == (3, 5)
    np.testing.assert_allclose(guesses.sum(axis=1), 1, rtol=1e-5)
    assert model.get_ref("output_layer").get_dim("nI") == 8
