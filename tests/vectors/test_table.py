"""The table of word vectors."""

import pickle
from pathlib import Path

import numpy
import pytest

from tagma.registries import registry
from tagma.strings import StringStore
from tagma.vectors import BaseVectors, Mode, Vectors
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


def test_batches_give_the_last_row_for_unknown_keys(vectors: Vectors) -> None:
    """A batch has one row per key, a copy."""
    batch = vectors.get_batch(["b", "zz", "c"])
    assert batch.tolist() == [[0, 1], [3, 3], [3, 3]]
    batch[:] = 7
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


def test_rows_of_given_data_are_not_free(vectors: Vectors) -> None:
    """A table that is given filled takes no other keys, unless they share a row; cleared, its rows are free."""
    full = Vectors(data=ROWS.copy(), keys=["a"])
    assert full.is_full
    with pytest.raises(ValueError, match="E060"):
        full.add("b")
    assert full.add("b", row=2) == 2
    full.clear()
    assert (full.is_full, full.add("c"), full.add("d", row=1), full.add("e")) == (False, 0, 1, 2)
    with pytest.raises(ValueError, match=r"E197.*row 3"):
        vectors.add("d", row=3)
    with pytest.raises(ValueError, match="E197"):
        Vectors(data=ROWS[:1], keys=["a", "b"])


def test_the_attribute_of_keys() -> None:
    """By name or id, TEXT means ORTH, and so does what is no attribute; it is saved."""
    given = ["text", "lower", "NORM", 66, "no such"]
    assert [Vectors(attr=attr).attr for attr in given] == [65, 66, 67, 66, 65]
    assert Vectors().from_bytes(Vectors(attr="LOWER").to_bytes()).attr == 66
    assert Vectors(attr="LOWER") != Vectors()


def test_modes_and_the_base() -> None:
    """There are two modes (E202 for others), and what vectors need says that it cannot be made itself (E1046)."""
    assert Mode.values() == ["default", "floret"]
    with pytest.raises(ValueError, match=r"E202.*'other'"):
        Vectors(mode="other")
    with pytest.raises(TypeError, match="E1046"):
        BaseVectors()


def test_what_a_subclass_must_have() -> None:
    """What is not written is NotImplementedError; files and bytes are nothing by default."""

    class Own(BaseVectors):
        """Lacks everything."""

    own = Own()
    calls = [lambda: own["a"], lambda: "a" in own, own.is_full, lambda: own.get_batch([]), lambda: own.shape]
    for call in (*calls, lambda: len(own), lambda: own.vectors_length, lambda: own.size, lambda: own.add("a")):
        with pytest.raises(NotImplementedError):
            call()
    assert own.to_bytes() == b""
    assert own.from_bytes(b"") is own.from_disk("nowhere") is own


def test_prune(vectors: Vectors) -> None:
    """Keys are kept in the order that is given; the others get the row of the nearest, whichever keys share rows."""
    vectors.add("d", row=0)
    vectors["c"] = [1, 3]
    key = {name: vectors.strings[name] for name in "abcd"}
    moved = vectors.prune([key[name] for name in "bdca"], 2)
    assert moved == {key["c"]: (key["b"], pytest.approx(0.9487, abs=1e-4)), key["a"]: (key["d"], 1.0)}
    assert vectors.data.tolist() == [[0, 1], [1, 0]]
    assert [vectors[name].tolist() for name in "abcd"] == [[1, 0], [0, 1], [0, 1], [1, 0]]
    with pytest.raises(ValueError, match="E198"):
        vectors.prune([key["a"]], 0)
