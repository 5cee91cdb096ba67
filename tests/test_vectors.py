"""The table of word vectors."""

import pickle
from pathlib import Path

import numpy
import pytest

from tagma.registries import registry
from tagma.strings import StringStore
from tagma.vectors import Vectors
from tagma.vocab import Vocab

ROWS = numpy.asarray([[1, 0], [0, 1], [3, 3]], dtype="f")


@pytest.fixture
def vectors() -> Vectors:
    """Three words with two dimensions."""
    return Vectors(strings=StringStore(), data=ROWS.copy(), keys=["a", "b", "c"])


def test_adding_and_finding() -> None:
    """Keys take free rows in order, may share rows, and a full table says so (E060)."""
    vectors = Vectors(shape=(2, 2))
    assert (vectors.add("a", vector=[1, 2]), vectors.add("b", row=0), vectors.add("c")) == (0, 0, 1)
    assert vectors.is_full
    with pytest.raises(ValueError, match="E060"):
        vectors.add("d")
    assert (vectors["b"].tolist(), vectors.n_keys, len(vectors), "zz" in vectors) == ([1, 2], 3, 2, False)
    assert vectors.find(keys=["a", "zz"]).tolist() == [0, -1]
    assert vectors.find(row=1) == vectors.strings["c"]
    with pytest.raises(ValueError, match="E059"):
        vectors.find()
    with pytest.raises(KeyError, match="E058"):
        vectors["zz"]


def test_batches_give_zeros_for_unknown_keys(vectors: Vectors) -> None:
    """A batch has one row per key."""
    assert vectors.get_batch(["b", "zz", "c"]).tolist() == [[0, 1], [0, 0], [3, 3]]
    assert vectors.data.tolist() == ROWS.tolist()


def test_resize_drops_lost_rows(vectors: Vectors) -> None:
    """Shrinking returns the keys that lost their row; a new width in place is E193."""
    lost = vectors.resize((2, 2))
    assert lost == [(vectors.strings["c"], 2)]
    assert "c" not in vectors
    with pytest.raises(ValueError, match="E193"):
        vectors.resize((2, 3), inplace=True)


def test_most_similar(vectors: Vectors) -> None:
    """The nearest rows by cosine come first; more than there are is E198."""
    keys, rows, scores = vectors.most_similar(numpy.asarray([[2, 1.9]], dtype="f"), n=2)
    assert rows.tolist() == [[2, 0]]
    assert [vectors.strings[int(key)] for key in keys[0]] == ["c", "a"]
    assert scores[0].tolist() == pytest.approx([0.9997, 0.725], abs=1e-3)
    with pytest.raises(ValueError, match="E198"):
        vectors.most_similar(ROWS, n=4)


def test_files_and_pickle(vectors: Vectors, tmp_path: Path) -> None:
    """Folder, bytes and pickle keep keys and rows."""
    vectors.to_disk(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"vectors", "key2row", "vectors.cfg", "strings.json"}
    copies = [
        Vectors().from_disk(tmp_path),
        Vectors().from_bytes(vectors.to_bytes()),
        pickle.loads(pickle.dumps(vectors)),
    ]
    for copy in copies:
        assert copy.data.tolist() == ROWS.tolist()
        assert copy.key2row == vectors.key2row
        assert copy["c"].tolist() == [3, 3]


def test_keys_must_point_into_the_table(vectors: Vectors, tmp_path: Path) -> None:
    """A file whose keys point outside, and a cut table, are E4010."""
    vectors.to_disk(tmp_path)
    table = (tmp_path / "vectors").read_bytes()
    (tmp_path / "vectors").write_bytes(table[:-4])
    with pytest.raises(ValueError, match="E4010"):
        Vectors().from_disk(tmp_path)
    (tmp_path / "vectors").write_bytes(table)
    (tmp_path / "key2row").write_bytes(b"\x81\x05\x07")
    with pytest.raises(ValueError, match="E4010"):
        Vectors().from_disk(tmp_path)


def test_deduplicate(vectors: Vectors) -> None:
    """Equal rows are kept once, their keys share it."""
    vectors.resize((4, 2))
    vectors.add("d", vector=[1, 0])
    vectors.deduplicate()
    assert len(vectors) == 3
    assert vectors["d"].tolist() == vectors["a"].tolist() == [1, 0]


def test_registered_factory() -> None:
    """`spacy.Vectors.v1` makes an empty table over the vocabulary's strings."""
    vocab = Vocab()
    vectors = registry.vectors.get("spacy.Vectors.v1")()(vocab)
    assert vectors.strings is vocab.strings
    assert vectors.shape == (0, 0)
