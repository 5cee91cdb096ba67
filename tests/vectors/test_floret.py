"""Vectors from the pieces of words."""

import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest

import tagma
from tagma.tokens import Doc
from tagma.vectors import Vectors
from tagma.vectors._floret import Pieces
from tagma.vocab import Vocab

TABLE = numpy.arange(20, dtype="f").reshape(10, 2)
SEED = 2166136261


def floret(**settings: Any) -> Vectors:
    """A table of ten rows, for pieces of two and three characters, two rows each."""
    given = {"data": TABLE.copy(), "minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": SEED, **settings}
    return Vectors(mode="floret", **given)


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary of English with such a table, which looks up lower-case words."""
    vocab = tagma.blank("en").vocab
    vocab.vectors = floret(strings=vocab.strings, attr="LOWER")
    return vocab


def test_rows_of_a_piece_are_the_words_of_its_hash() -> None:
    """The whole word comes first; up to four numbers of 32 bits are taken, in their order."""
    rows, lengths = Pieces("<", ">", 9, 9, 2, SEED, 1 << 32).rows(["cat", ""])
    assert (rows.tolist(), lengths.tolist()) == ([2495126587, 2874574415], [2, 0])


def test_pieces_are_runs_of_characters() -> None:
    """All of `minn` to `maxn` characters, marks included, each as often as it occurs; a size of 0 is the empty run."""
    number = {(minn, maxn): Pieces("<", ">", minn, maxn, 1, 0, 100).rows(["é日😀"])[1][0] for minn, maxn in SIZES}
    assert number == SIZES
    whole, piece = Pieces("", "", 9, 9, 1, 0, 100), Pieces("", "", 1, 1, 1, 0, 100)
    assert piece.rows(["日日"])[0].tolist()[1:] == whole.rows(["日", "日"])[0].tolist()


SIZES = {(2, 3): 1 + 4 + 3, (5, 5): 1 + 1, (6, 9): 1, (0, 0): 1 + 6}


def test_a_vector_is_the_mean_of_all_rows() -> None:
    """A word has the same vector in a batch and by itself, by text and by key; the empty text has zeros."""
    vectors = floret()
    assert vectors["cat"].tolist() == [9.25, 10.25]
    key = vectors.strings.add("cat")
    for keys in (["cat", "", "cat", key], numpy.asarray([key, 0, key, key], dtype="uint64")):
        assert vectors.get_batch(keys).tolist() == [[9.25, 10.25], [0, 0], [9.25, 10.25], [9.25, 10.25]]
    assert vectors.get_batch([]).shape == (0, 2)
    with pytest.raises(KeyError, match="E018"):
        vectors[12345]


def test_many_words_share_the_work() -> None:
    """A large batch, which several threads compute, is made of the vectors of its words, in any form of the table."""
    words = [f"word{i}" for i in range(300)] * 2
    vectors, doubles = floret(), floret(data=TABLE.astype("d"))
    batch = vectors.get_batch(words)
    assert numpy.array_equal(batch, numpy.stack([vectors[word] for word in words]))
    assert numpy.allclose(doubles.get_batch(words), batch, rtol=1e-6)


def test_settings_can_be_changed() -> None:
    """The next vector is made with the settings as they are then."""
    vectors = floret()
    vectors["cat"]
    vectors.maxn, vectors.bow = 2, "^"
    assert vectors["cat"].tolist() == floret(maxn=2, bow="^")["cat"].tolist() != [9.25, 10.25]


def test_every_key_is_there() -> None:
    """The table is full, knows every word, and lists none."""
    vectors = floret()
    assert (vectors.n_keys, vectors.is_full, list(vectors), 5 in vectors, "no" in vectors) == (-1, True, [], True, True)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"data": None}, "E864"),
        ({"keys": ["a"]}, "E861"),
        ({"minn": 3, "maxn": 2}, "E863"),
        ({"minn": -1}, "E863"),
        ({"hash_count": 0}, "E862"),
        ({"hash_count": 5}, "E862"),
    ],
)
def test_what_it_needs(settings: dict[str, Any], code: str) -> None:
    """Rows, no keys, sizes from small to large, and one to four hashes."""
    with pytest.raises(ValueError, match=code):
        floret(**settings)


def test_the_table_cannot_be_changed(vocab: Vocab) -> None:
    """What would add rows or keys warns (W115) and does nothing; what needs keys says that there are none."""
    vectors = vocab.vectors
    with pytest.warns(UserWarning, match="W115"):
        assert vectors.add("x", vector=[1, 2]) == -1
    with pytest.warns(UserWarning, match="W115"):
        assert vectors.resize((3, 2)) == -1
    with pytest.warns(UserWarning, match="W115"):
        vectors["x"] = [1, 2]
    with pytest.warns(UserWarning, match="W115"):
        vocab.set_vector("x", TABLE[0])
    assert vectors.data.tolist() == TABLE.tolist()
    calls: list[Any] = [lambda: vectors.find(key="x"), lambda: vectors.most_similar(TABLE), vectors.deduplicate]
    for call in (*calls, vocab.deduplicate_vectors, lambda: vocab.prune_vectors(2)):
        with pytest.raises(ValueError, match="E858"):
            call()
    with pytest.raises(ValueError, match="E859"):
        vectors.clear()


def test_files_bytes_and_pickle(tmp_path: Path) -> None:
    """Each keeps table and settings."""
    vectors = floret(bow="^", eow="", attr="LOWER")
    vectors.to_disk(tmp_path)
    copies = [Vectors().from_disk(tmp_path), Vectors().from_bytes(vectors.to_bytes())]
    for copy in (*copies, pickle.loads(pickle.dumps(vectors))):
        assert copy == vectors
        assert (copy.mode, copy.bow, copy.eow, copy.hash_seed) == ("floret", "^", "", SEED)
        assert copy["cat"].tolist() == vectors["cat"].tolist()
    assert Vectors().from_bytes(floret().to_bytes()) != vectors


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ('{"mode": "floret", "minn": "2"}', "E4010"),
        ('{"mode": "floret", "minn": 3, "maxn": 2}', "E863"),
        ('{"mode": "floret", "bow": 1, "hash_count": 1}', "E4010"),
        ('{"mode": "other"}', "E202"),
        ("[]", "E4010"),
    ],
)
def test_altered_settings(settings: str, code: str, tmp_path: Path) -> None:
    """Settings that no table has are an error."""
    floret().to_disk(tmp_path)
    (tmp_path / "vectors.cfg").write_text(settings)
    with pytest.raises(ValueError, match=code):
        Vectors().from_disk(tmp_path)


def test_docs_tokens_and_lexemes(vocab: Vocab) -> None:
    """Each word has the vector of its lower-case form, seen before or not; what has many words has the mean."""
    doc = Doc(vocab, words=["Cat", "and", "cAT"])
    assert [token.has_vector for token in doc] == [True] * 3
    assert doc[0].vector.tolist() == doc[2].vector.tolist() == vocab["CAT"].vector.tolist() == [9.25, 10.25]
    assert vocab.get_vector("caT").tolist() == [9.25, 10.25]
    assert vocab.has_vector("never seen")
    assert numpy.allclose(doc.vector, numpy.mean([token.vector for token in doc], axis=0))
    assert numpy.allclose(doc[1:].vector, numpy.mean([token.vector for token in doc[1:]], axis=0))
    assert doc[0].similarity(doc[2]) == doc[:1].similarity(doc[2:]) == 1.0
    assert 0 < doc[0].similarity(doc[1]) < 1
