"""Vectors of a user's own class in a pipeline."""

import json
import pickle
from collections.abc import Iterable
from pathlib import Path

import numpy
import pytest

import tagma
from tagma.registries import registry
from tagma.strings import StringStore
from tagma.tokens import Doc
from tagma.training import Example
from tagma.vectors import BaseVectors
from tagma.vocab import Vocab

TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": True,
    "width": 8,
    "depth": 1,
    "embed_size": 50,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": False,
}


class ByLength(BaseVectors):
    """The vector of a word is its length, times a number that is saved, and 1."""

    shape = (1, 2)
    size = 2
    vectors_length = 2
    is_full = True  # type: ignore[assignment]  # a method or a property

    def __init__(self, strings: StringStore) -> None:
        super().__init__(strings=strings)
        self.scale = 1.0

    def __len__(self) -> int:
        return 1

    def __contains__(self, key: int | str) -> bool:
        return True

    def __getitem__(self, key: int | str) -> numpy.ndarray:
        vector: numpy.ndarray = self.get_batch([key])[0]
        return vector

    def get_batch(self, keys: Iterable[int | str]) -> numpy.ndarray:
        """Lengths of the texts of keys."""
        texts = [key if isinstance(key, str) else self.strings[int(key)] for key in keys]
        return numpy.asarray([[len(text) * self.scale, 1] for text in texts], dtype="f").reshape(-1, 2)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The number."""
        return json.dumps(self.scale).encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read it."""
        self.scale = json.loads(data)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write it."""
        (Path(path) / "scale.json").write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read it."""
        return self.from_bytes((Path(path) / "scale.json").read_bytes())


@pytest.fixture
def nlp() -> tagma.Language:
    """A pipeline with such vectors, which its config names."""

    def make(vocab: Vocab) -> ByLength:
        return ByLength(vocab.strings)

    registry.vectors.register("by_length.v1", func=lambda: make)
    nlp = tagma.blank("en", config={"nlp": {"vectors": {"@vectors": "by_length.v1"}}})
    nlp.vocab.vectors.scale = 2.0  # type: ignore[attr-defined]  # of this class
    return nlp


def test_docs_and_tokens(nlp: tagma.Language) -> None:
    """They have the vectors that the class gives."""
    doc = nlp("some words here")
    assert [token.vector.tolist() for token in doc] == [[8, 1], [10, 1], [8, 1]]
    assert doc.vector.tolist() == pytest.approx([26 / 3, 1])
    assert doc[:2].vector.tolist() == [9, 1]
    assert doc[0].similarity(doc[2]) == pytest.approx(1)
    assert (doc[0].has_vector, doc.has_vector, doc[0].is_oov) == (True, True, False)


def test_learning_and_saving(nlp: tagma.Language, tmp_path: Path) -> None:
    """Static vectors are of the class; folder and pickle keep what it saves, and meta.json says what is known."""
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": TOK2VEC}})
    examples = [Example(nlp.make_doc("a bb"), Doc(nlp.vocab, words=["a", "bb"], tags=["X", "Y"]))]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(tmp_path)
    assert nlp.meta["vectors"] == {"width": 2, "vectors": 1, "keys": -1, "name": None, "mode": None}
    for copy in (tagma.load(tmp_path), pickle.loads(pickle.dumps(nlp))):
        doc = copy("a bb")
        assert doc[0].vector.tolist() == [2, 1]
        assert [token.tag_ for token in doc] == ["X", "Y"]
