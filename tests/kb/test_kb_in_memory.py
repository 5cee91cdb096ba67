"""InMemoryLookupKB: entities, aliases, priors, saving, and what is wrong with what is given."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import srsly

from tagma.kb import InMemoryLookupKB
from tagma.vocab import Vocab


def state(kb: InMemoryLookupKB) -> dict[str, Any]:
    """All that a knowledge base knows."""
    return {
        "width": kb.entity_vector_length,
        "entities": {entity: kb.get_vector(entity).tolist() for entity in kb.get_entity_strings()},
        "aliases": {
            alias: [(c.entity_, c.entity_freq, c.prior_prob) for c in kb.get_alias_candidates(alias)]
            for alias in kb.get_alias_strings()
        },
    }


def contents(kb: InMemoryLookupKB, folder: Path) -> bytes:
    """The file of a saved knowledge base."""
    kb.to_disk(folder)
    return (folder / "contents").read_bytes()


def test_what_there_is(kb: InMemoryLookupKB) -> None:
    """Sizes, names in the order in which they came, and what is in it."""
    assert (len(kb), kb.get_size_entities(), kb.get_size_aliases(), kb.is_empty()) == (4, 4, 3, False)
    assert kb.get_entity_strings() == ["Q312545", "Q48226", "Q215952", "Q90"]
    assert kb.get_alias_strings() == ["Emerson", "Roy Emerson", "Paris"]
    assert kb.contains_entity("Q90")
    assert kb.contains_entity(kb.vocab.strings["Q90"])
    assert not kb.contains_entity("Q91")
    assert kb.contains_alias("Paris")
    assert not kb.contains_alias("paris")


def test_vectors(kb: InMemoryLookupKB) -> None:
    """An entity's vector is a copy; an unknown one has zeros."""
    vector = kb.get_vector("Q48226")
    vector[0] = 9
    assert kb.get_vector("Q48226").tolist() == [0.0, 1.0, 0.25]
    assert kb.get_vector("unknown").tolist() == [0.0, 0.0, 0.0]
    assert [vector.tolist() for vector in kb.get_vectors(["Q215952", "unknown"])] == [[0, 0, 1], [0, 0, 0]]
    assert kb.get_vector("Q90").dtype == np.float32


def test_priors(kb: InMemoryLookupKB) -> None:
    """The probability of an entity, given an alias; 0 where one of both, or their pair, is not known."""
    assert kb.get_prior_prob("Q48226", "Emerson") == pytest.approx(0.3)
    assert [kb.get_prior_prob(*pair) for pair in (("Q90", "Emerson"), ("Q91", "Paris"), ("Q90", "London"))] == [0, 0, 0]


def test_an_alias_gets_another_entity(kb: InMemoryLookupKB) -> None:
    """It stands behind the others, whatever aliases have come since; other aliases keep theirs."""
    kb.append_alias("Roy Emerson", "Q48226", 0.1)
    kb.append_alias("Paris", "Q215952", 0.05)
    kb.append_alias("Paris", "Q48226", 0.05)
    assert [c.entity_ for c in kb.get_alias_candidates("Roy Emerson")] == ["Q312545", "Q48226"]
    assert [c.entity_ for c in kb.get_alias_candidates("Paris")] == ["Q90", "Q215952", "Q48226"]
    assert [c.entity_ for c in kb.get_alias_candidates("Emerson")] == ["Q312545", "Q48226", "Q215952"]


def test_what_is_there_already_is_left(kb: InMemoryLookupKB) -> None:
    """An entity (W018), an alias (W017) and a pair of both (W024) come once."""
    with pytest.warns(UserWarning, match=r"W018.*'Q90'"):
        assert kb.add_entity("Q90", 1.0, [0, 0, 0]) is None
    with pytest.warns(UserWarning, match=r"W017.*'Paris'"):
        assert kb.add_alias("Paris", ["Q48226"], [0.1]) is None
    with pytest.warns(UserWarning, match=r"W024.*'Paris'.*'Q90'"):
        kb.append_alias("Paris", "Q90", 0.1)
    kb.append_alias("Paris", "Q90", 0.1, ignore_warnings=True)
    assert kb.get_prior_prob("Q90", "Paris") == pytest.approx(0.7)
    assert kb.get_vector("Q90").tolist()[0] == -1.0


def test_adding_gives_the_hash(kb: InMemoryLookupKB) -> None:
    """As the peer does."""
    assert kb.add_entity("new", 1, np.zeros(3)) == kb.vocab.strings["new"]
    assert kb.add_alias("the new", ["new"], [1.0]) == kb.vocab.strings["the new"]


def test_all_entities_at_once(kb: InMemoryLookupKB) -> None:
    """They replace those before, and with these the aliases; hashes stand for ids; what comes twice counts once."""
    key = kb.vocab.strings.add("by hash")
    with pytest.warns(UserWarning, match="W018"):
        kb.set_entities(["a", key, "a"], [1, 2, 3], [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert state(kb) == {"width": 3, "entities": {"a": [1, 2, 3], "by hash": [4, 5, 6]}, "aliases": {}}


def test_entities_that_are_wrong_change_nothing(kb: InMemoryLookupKB) -> None:
    """Lists of other lengths (E140), and vectors of another width (E141), leave the knowledge base as it was."""
    before = state(kb)
    with pytest.raises(ValueError, match=r"E140.*2 entities, 1 freq.*2 vectors"):
        kb.set_entities(["a", "b"], [1], [[0, 0, 0]] * 2)
    with pytest.raises(ValueError, match=r"E141.*'b' has shape \(2,\).*3 numbers"):
        kb.set_entities(["a", "b"], [1, 1], [[0, 0, 0], [0, 0]])
    assert state(kb) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda kb: kb.add_entity("x", 1, [1, 2]), r"E141.*'x'.*\(2,\)"),
        (lambda kb: kb.add_alias("", ["Q90"], [1.0]), "E890.*''"),
        (lambda kb: kb.add_alias("x", ["Q90"], []), "E132.*'x'.*1 entities and 0 prob"),
        (lambda kb: kb.add_alias("x", [], []), "E4485.*'x'"),
        (lambda kb: kb.add_alias("x", ["Q90", "Q48226"], [0.9, 0.2]), "E133.*'x'.*1.1"),
        (lambda kb: kb.add_alias("x", ["Q90", "unknown"], [0.5, 0.2]), "E134.*'unknown'.*'x'"),
        (lambda kb: kb.add_alias("x", ["Q90"], [-0.5]), "E4486.*'Q90'.*'x' is -0.5"),
        (lambda kb: kb.add_alias("x", ["Q90"], [float("nan")]), "E4486.*nan"),
        (lambda kb: kb.append_alias("x", "Q90", 0.1), "E176.*'x'"),
        (lambda kb: kb.append_alias("Paris", "unknown", 0.1), "E134.*'unknown'"),
        (lambda kb: kb.append_alias("Paris", "Q48226", 0.4), "E133.*'Paris'.*1.1"),
        (lambda kb: kb.append_alias("Paris", "Q48226", 7), "E4486.*7"),
    ],
)
def test_errors(kb: InMemoryLookupKB, change: Callable[[InMemoryLookupKB], Any], message: str) -> None:
    """Each names the thing and its value, and changes nothing."""
    before = state(kb)
    with pytest.raises(ValueError, match=message):
        change(kb)
    assert state(kb) == before


def test_priors_may_sum_to_one(kb: InMemoryLookupKB) -> None:
    """Rounding of float32 does not make it more."""
    kb.add_alias("thirds", ["Q90", "Q48226", "Q215952"], [1 / 3] * 3)
    kb.set_entities(map(str, range(10)), [1] * 10, [[0, 0, 0]] * 10)
    kb.add_alias("tenths", map(str, range(10)), [0.1] * 10)
    assert sum(c.prior_prob for c in kb.get_alias_candidates("tenths")) == pytest.approx(1.0)


def test_files(kb: InMemoryLookupKB, tmp_path: Path) -> None:
    """A folder brings back all, in a vocabulary that knew none of it, and writes the same bytes."""
    kb.append_alias("Roy Emerson", "Q48226", 0.05)
    data = contents(kb, tmp_path / "one")
    read = InMemoryLookupKB(Vocab(), 1).from_disk(tmp_path / "one")
    assert state(read) == state(kb)
    assert contents(read, tmp_path / "two") == data


def test_the_form_of_the_file(tmp_path: Path) -> None:
    """Little-endian numbers without gaps: entities, width, vectors, entries, aliases with their pairs."""
    kb = InMemoryLookupKB(Vocab(), 2)
    entity, alias = kb.add_entity("e", 3.0, [1, 2]), kb.add_alias("a", ["e"], [0.5])
    expected = struct.pack("<qqff", 1, 2, 1, 2) + struct.pack("<Qfi", entity, 3.0, 0)
    expected += struct.pack("<q", 1) + struct.pack("<Qq", alias, 1) + struct.pack("<qf", 1, 0.5)
    assert contents(kb, tmp_path) == expected


def test_bytes(kb: InMemoryLookupKB) -> None:
    """Bytes bring back all, with a vocabulary that has the texts; they are the four parts of the peer."""
    data = kb.to_bytes()
    read = InMemoryLookupKB(kb.vocab, 1).from_bytes(data)
    assert state(read) == state(kb)
    assert read.to_bytes() == data
    parts = srsly.msgpack_loads(data)
    assert list(parts) == ["header", "entity_vectors", "entries", "aliases"]
    assert srsly.json_loads(parts["header"]) == [4, 3, 3]


def test_an_empty_one_is_saved(tmp_path: Path) -> None:
    """Nothing in it, and the width."""
    kb = InMemoryLookupKB(Vocab(), 7)
    kb.to_disk(tmp_path / "kb")
    assert state(InMemoryLookupKB(Vocab(), 1).from_disk(tmp_path / "kb")) == state(kb)
    assert state(InMemoryLookupKB(Vocab(), 1).from_bytes(kb.to_bytes())) == state(kb)


def test_places_that_are_none(kb: InMemoryLookupKB, tmp_path: Path) -> None:
    """A file where a folder should be (E928), and a folder that is not there (E929)."""
    (tmp_path / "file").write_text("x")
    for act in (kb.to_disk, kb.from_disk):
        with pytest.raises(ValueError, match=r"E928.*file"):
            act(tmp_path / "file")
    with pytest.raises(ValueError, match=r"E929.*nowhere"):
        kb.from_disk(tmp_path / "nowhere")


def test_bytes_in_parts(kb: InMemoryLookupKB) -> None:
    """What the parts say of their sizes must be so (E4010); vectors of nobody, as the peer writes them, are left."""
    parts = srsly.msgpack_loads(kb.to_bytes())
    vectors = srsly.json_loads(parts["entity_vectors"])
    more = srsly.msgpack_dumps({**parts, "entity_vectors": srsly.json_dumps([*vectors, []])})
    assert state(InMemoryLookupKB(kb.vocab, 1).from_bytes(more)) == state(kb)
    for key, value in [("header", [5, 3, 3]), ("entity_vectors", vectors[:2]), ("entries", [[1, 2.0, 2**40]] * 4)]:
        with pytest.raises(ValueError, match="E4010"):
            InMemoryLookupKB(kb.vocab, 1).from_bytes(srsly.msgpack_dumps({**parts, key: srsly.json_dumps(value)}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:10], "its head alone has 16"),
        (lambda data: data[:-3], "alias 2 claims 1 entities, and 9 bytes are left"),
        (lambda data: data[:100], "breaks off in the vectors"),
        (lambda data: data + b"\0", "1 bytes are left over"),
        (lambda data: struct.pack("<q", 2**62) + data[8:], f"claims {2**62} entities"),
        (lambda data: struct.pack("<q", -1) + data[8:], "claims -1 entities"),
        (lambda data: data[:8] + struct.pack("<q", 2**40) + data[16:], "width 1099511627776"),
        (lambda data: struct.pack("<qqq", 0, 2**40, 0), "width 1099511627776"),
        (lambda data: data[:76] + struct.pack("<i", 4) + data[80:], "entity 0 has vector 4 of 4"),
        (lambda data: data[:80] + data[64:72] + data[88:], "entity 1 is there twice"),
        (lambda data: data[:128] + struct.pack("<q", 2**60) + data[136:], "aliases, and"),
        (lambda data: data[:144] + struct.pack("<q", 2**60) + data[152:], "alias 0 claims"),
        (lambda data: data[:152] + struct.pack("<q", 5) + data[160:], "stands for entity 5 of 4"),
        (lambda data: data[:152] + struct.pack("<q", 0) + data[160:], "stands for entity 0 of 4"),
        (lambda data: data[:160] + struct.pack("<f", float("nan")) + data[164:], "a prior of alias 0 is nan"),
        (lambda data: data[:-28] + data[136:144] + data[-20:], "alias 2 is there twice"),
    ],
)
def test_damaged_files(kb: InMemoryLookupKB, tmp_path: Path, change: Callable[[bytes], bytes], reason: str) -> None:
    """The error (E145) names the file and what is wrong in it; the knowledge base stays as it was."""
    file = tmp_path / "kb" / "contents"
    file.parent.mkdir()
    damaged = change(contents(kb, tmp_path / "kb"))
    file.write_bytes(damaged)
    before = state(kb)
    with pytest.raises(OSError, match=rf"E145.*contents.*{reason}"):
        kb.from_disk(tmp_path / "kb")
    assert state(kb) == before


def test_altered_files_are_read_or_refused(kb: InMemoryLookupKB, tmp_path: Path) -> None:
    """Whatever is cut, flipped or filled up, there is a knowledge base in the end, or one kind of error."""
    draws = random.Random(0)
    file = tmp_path / "kb" / "contents"
    data = contents(kb, tmp_path / "kb")
    refused = taken = 0
    for _ in range(500):
        altered = bytearray(data[: draws.randrange(len(data))] if draws.random() < 0.3 else data)
        for _ in range(draws.randint(0, 3)):
            if altered:
                at = draws.randrange(len(altered))
                altered[at : at + 8] = draws.randbytes(8) if draws.random() < 0.5 else b"\xff" * 8
        file.write_bytes(altered)
        read = InMemoryLookupKB(Vocab(), 1)
        try:
            read.from_disk(tmp_path / "kb")
        except OSError as error:
            refused += "[E145]" in str(error)
        else:
            taken += read.get_size_entities() <= len(altered)
    assert refused > 300
    assert refused + taken == 500
