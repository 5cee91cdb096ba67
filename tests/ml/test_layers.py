"""The layers that read docs: features, characters, static vectors, listeners."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.ml import FeatureExtractor, StaticVectors, Tok2VecListener
from tagma.ml._character_embed import CharacterEmbed, alternate_ends, utf8_bytes
from tagma.nn.types import ArrayList
from tagma.strings import hash_string
from tagma.tokens import Doc
from tagma.vocab import Vocab

# As spaCy's Doc.to_utf8_array gives them.
BYTES = {
    3: {"jumping": [106, 103, 117], "ab": [97, 98, 255], "日本語": [230, 158, 151]},
    8: {
        "jumping": [106, 103, 117, 110, 109, 105, 112, 255],
        "é": [195, 169, 255, 255, 255, 255, 255, 255],
        "日本語": [230, 158, 151, 170, 165, 232, 230, 172],
    },
}


def test_features_are_the_tokens_attributes(vocab: Vocab) -> None:
    """One column per attribute, one row per token, all arrays views of one."""
    docs = [Doc(vocab, words=["Apples", "and"]), Doc(vocab), Doc(vocab, words=["Pears"])]
    Y = FeatureExtractor(["LOWER", "SHAPE"]).predict(docs)
    assert isinstance(Y, ArrayList)
    assert [y.shape for y in Y] == [(2, 2), (0, 2), (1, 2)]
    assert Y.flat.dtype == np.uint64
    assert Y[0][0].tolist() == [hash_string("apples"), hash_string("Xxxxx")]
    assert Y[2][0].tolist() == [hash_string("pears"), hash_string("Xxxxx")]


def test_features_of_spans(vocab: Vocab) -> None:
    """A span gives the rows of its tokens."""
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    Y = FeatureExtractor(["ORTH"]).predict([doc[1:3], doc])
    assert [y[:, 0].tolist() for y in Y] == [[hash_string(w) for w in ws] for ws in ("bc", "abcd")]


@pytest.mark.parametrize("nC", sorted(BYTES))
def test_bytes_from_both_ends(vocab: Vocab, nC: int) -> None:
    """Bytes are taken from the front and the back in turn, and none twice."""
    assert alternate_ends(list(BYTES[nC]), nC).tolist() == list(BYTES[nC].values())
    ids, lengths = utf8_bytes([Doc(vocab, words=list(BYTES[nC])), Doc(vocab)], nC)
    assert ids.tolist() == list(BYTES[nC].values())
    assert lengths.tolist() == [len(BYTES[nC]), 0]


def test_bytes_of_words_seen_later(vocab: Vocab) -> None:
    """Words that come into the vocabulary after the first batch are looked up as well."""
    utf8_bytes([Doc(vocab, words=["ab"])], 2)
    ids, _ = utf8_bytes([Doc(vocab, words=["xyz", "ab"])], 2)
    assert ids.tolist() == [[120, 122], [97, 98]]


def test_character_gradient(vocab: Vocab) -> None:
    """The gradient of the character table is that of the sum of its looked-up rows."""
    docs = [Doc(vocab, words=["aba", "b"]), Doc(vocab, words=["aba"])]
    model = CharacterEmbed(nM=2, nC=3)
    model.initialize(X=docs)
    Y, backprop = model.begin_update(docs)
    assert [y.shape for y in Y] == [(2, 6), (1, 6)]
    backprop([np.ones(y.shape, dtype="f") for y in Y])
    dE = model.get_grad("E")
    assert dE[0, ord("a")].tolist() == [2, 2]
    assert dE[0, ord("b")].tolist() == [1, 1]
    assert dE[1, 255].tolist() == [1, 1]
    assert dE.sum() == 3 * 6


@pytest.fixture
def vectors(vocab: Vocab) -> Vocab:
    """Three words with vectors of width 4."""
    for i, word in enumerate(["one", "two", "three"]):
        vocab.set_vector(word, np.eye(4, dtype="f")[i])
    return vocab


def test_static_vectors_project(vectors: Vocab) -> None:
    """Known words give the projected vector, unknown ones zeros."""
    docs = [Doc(vectors, words=["two", "nothing"]), Doc(vectors, words=["one"])]
    model = StaticVectors(3)
    model.initialize(X=docs)
    Y = model.predict(docs)
    W = model.get_param("W")
    np.testing.assert_allclose(Y.data, np.stack([W[:, 1], np.zeros(3), W[:, 0]]), atol=1e-6)
    assert Y.lengths.tolist() == [2, 1]


def test_static_vectors_gradient(vectors: Vocab) -> None:
    """Each word's gradient goes to the column of W that its one-hot vector picks."""
    docs = [Doc(vectors, words=["two", "two", "nothing"])]
    model = StaticVectors(3)
    model.initialize(X=docs)
    Y, backprop = model.begin_update(docs)
    Y.data = np.ones_like(Y.data)
    backprop(Y)
    assert model.get_grad("W").tolist() == [[0, 2, 0, 0]] * 3


def test_static_vectors_of_other_width(vectors: Vocab) -> None:
    """A table of another width than the weights is refused, with both numbers."""
    model = StaticVectors(3, 7)
    model.initialize()
    with pytest.raises(RuntimeError, match=r"E896.*4.*7|E896.*7.*4"):
        model.predict([Doc(vectors, words=["one"])])


def test_static_vectors_without_a_table(vocab: Vocab) -> None:
    """Without vectors the width cannot be known."""
    with pytest.raises(ValueError, match="E905"):
        StaticVectors(3).initialize(X=[Doc(vocab, words=["one"])])


def test_static_vectors_without_tokens(vectors: Vocab) -> None:
    """Docs without tokens give no rows of the right width."""
    model = StaticVectors(3)
    model.initialize(X=[Doc(vectors, words=["one"])])
    assert model.predict([Doc(vectors), Doc(vectors)]).dataXd.shape == (0, 3)


def test_static_vectors_without_an_output_width(vectors: Vocab) -> None:
    """A layer that is used by itself must be told how wide its output is."""
    with pytest.raises(ValueError, match="E904.*nO"):
        StaticVectors().initialize(X=[Doc(vectors, words=["one"])])


def test_static_vectors_by_another_attribute() -> None:
    """`key_attr` has no effect: the table knows its own."""
    with pytest.warns(DeprecationWarning, match="W125"):
        StaticVectors(3, key_attr="LOWER")


def tensors(vocab: Vocab, lengths: list[int], flat: Any) -> list[Doc]:
    """Docs whose tensors are consecutive views of `flat`."""
    docs = []
    start = 0
    for n in lengths:
        doc = Doc(vocab, words=["w"] * n)
        doc.tensor = flat[start : start + n]
        start += n
        docs.append(doc)
    return docs


def test_listener_shares_the_batch_array(vocab: Vocab) -> None:
    """Tensors that are views of one array are not copied; shuffled ones are, and give the same values."""
    flat = np.arange(24, dtype="f").reshape(8, 3)
    docs = tensors(vocab, [2, 0, 4], flat[1:7])
    listener = Tok2VecListener("*", 3)
    Y = listener.predict(docs)
    assert isinstance(Y, ArrayList)
    assert np.shares_memory(Y.flat, flat)
    assert [y.tolist() for y in Y] == [doc.tensor.tolist() for doc in docs]
    other = listener.predict(docs[::-1])
    assert not np.shares_memory(other.flat, flat)
    assert [y.tolist() for y in other] == [doc.tensor.tolist() for doc in docs[::-1]]


def test_listener_without_tensor(vocab: Vocab) -> None:
    """Docs that no tok2vec has seen give zeros in use, and an error in training."""
    docs = [Doc(vocab, words=["a", "b"]), Doc(vocab)]
    listener = Tok2VecListener("*", 3)
    assert [y.tolist() for y in listener.predict(docs)] == [[[0] * 3] * 2, []]
    with pytest.raises(ValueError, match=r"E203.*'tok2vec'"):
        listener.begin_update(docs)
    with pytest.raises(ValueError, match=r"E203.*'mine'"):
        Tok2VecListener("mine", 3).begin_update(docs)


def test_listener_checks_the_batch(vocab: Vocab) -> None:
    """A batch that is not the one received is refused."""
    docs = [Doc(vocab, words=["a", "b"])]
    listener = Tok2VecListener("*", 3)
    with pytest.raises(ValueError, match="E954"):
        listener.verify_inputs(docs)
    listener.receive(Tok2VecListener.get_batch_id(docs), [np.zeros((2, 3), dtype="f")], lambda dY: [])
    assert listener.verify_inputs(docs)
    with pytest.raises(ValueError, match="E953"):
        listener.begin_update([Doc(vocab, words=["a", "c"])])


def test_batch_id_is_the_sum_of_orths(vocab: Vocab) -> None:
    """The batch id is the exact sum, beyond 64 bits."""
    words = ["a", "b", "c", "d", "e"]
    expected = sum(hash_string(word) for word in words)
    assert expected > 2**64
    docs = [Doc(vocab, words=words[:2]), Doc(vocab), Doc(vocab, words=words[2:])]
    assert Tok2VecListener.get_batch_id(docs) == expected
