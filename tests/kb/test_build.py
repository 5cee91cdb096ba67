"""Building a knowledge base from tables: names, priors, vectors, and rows that are wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.kb import DiskKB, HashedVectors, InMemoryLookupKB, build_kb, to_memory
from tagma.kb.tables import Row
from tagma.vocab import Vocab

PEOPLE: list[dict[str, Any]] = [
    {"id": "Q1", "name": "Roy Emerson", "aliases": "Emmo|R. Emerson", "description": "tennis player", "freq": 30},
    {"id": "Q2", "name": "Waldo Emerson", "description": "poet and philosopher", "freq": 10},
    {"id": "Q3", "name": "Emerson", "description": "football player"},
]


def rows(*values: dict[str, Any]) -> list[Row]:
    """Rows of a table."""
    return [Row(f"line {number}", each) for number, each in enumerate(values, start=1)]


def built(folder: Path, *aliases: dict[str, Any], **settings: Any) -> DiskKB:
    """The knowledge base of PEOPLE."""
    build_kb(folder / "kb", rows(*PEOPLE), rows(*aliases), encode=HashedVectors(8), **settings)
    return DiskKB(Vocab(), folder / "kb")


def priors(kb: DiskKB | InMemoryLookupKB, alias: str) -> dict[str, float]:
    """Priors of an alias, rounded, in the order of the candidates."""
    return {candidate.entity_: round(candidate.prior_prob, 4) for candidate in kb.get_alias_candidates(alias)}


def test_an_entity_is_called_by_its_names(tmp_path: Path) -> None:
    """By its name and the aliases that stand with it."""
    kb = built(tmp_path)
    assert kb.get_alias_strings() == ["Emerson", "Emmo", "R. Emerson", "Roy Emerson", "Waldo Emerson"]
    assert [priors(kb, alias) for alias in ("Emmo", "Roy Emerson")] == [{"Q1": 1.0}, {"Q1": 1.0}]
    assert (kb.get_freq("Q1"), kb.get_freq("Q3"), kb.get_freq("Q9")) == (30.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ([], {"Q3": 1.0}),
        ([("Q1", None, None), ("Q2", None, None)], {"Q1": 0.75, "Q2": 0.25, "Q3": 0.0}),
        ([("Q1", None, 3), ("Q3", None, 1)], {"Q1": 0.75, "Q3": 0.25}),
        ([("Q1", None, 3), ("Q1", None, 5), ("Q2", None, 2)], {"Q1": 0.8, "Q2": 0.2, "Q3": 0.0}),
        ([("Q1", 0.5, None), ("Q2", 0.3, None)], {"Q1": 0.5, "Q2": 0.3, "Q3": 0.2}),
        ([("Q1", 0.5, None), ("Q3", 0.3, None)], {"Q1": 0.5, "Q3": 0.3}),
        ([("Q1", 0.5, None), ("Q2", None, 9)], {"Q1": 0.5, "Q2": 0.25, "Q3": 0.25}),
    ],
)
def test_priors(
    tmp_path: Path, aliases: list[tuple[str, float | None, float | None]], expected: dict[str, float]
) -> None:
    """Those that are given; what they leave for the others; or shares of counts, or of frequencies."""
    given = [{"alias": "Emerson", "entity": entity, "prior": p, "count": n} for entity, p, n in aliases]
    assert priors(built(tmp_path, *given), "Emerson") == expected


def test_all_alike(tmp_path: Path) -> None:
    """Without priors, counts and frequencies."""
    build_kb(tmp_path / "kb", rows({"id": "a", "name": "x"}, {"id": "b", "name": "x"}), encode=HashedVectors(4))
    assert priors(DiskKB(Vocab(), tmp_path / "kb"), "x") == {"a": 0.5, "b": 0.5}


def test_lists_of_entities(tmp_path: Path) -> None:
    """An alias may have its entities in one row."""
    row = {"alias": "the player", "entities": ["Q1", "Q3"], "probabilities": [0.25, 0.75]}
    kb = built(tmp_path, row, {"alias": "both", "entities": "Q1|Q2"})
    assert priors(kb, "the player") == {"Q3": 0.75, "Q1": 0.25}
    assert priors(kb, "both") == {"Q1": 0.75, "Q2": 0.25}


def test_vectors_that_are_given(tmp_path: Path) -> None:
    """They are taken as they are; who has none gets one of the description, or zeros."""
    table = rows({"id": "a", "vector": [1, 2]}, {"id": "b", "vector": "3 4"}, {"id": "c", "description": "x"})
    assert build_kb(tmp_path / "one", table).without_vector == 1
    assert [DiskKB(Vocab(), tmp_path / "one").get_vector(entity).tolist() for entity in "abc"] == [
        [1, 2],
        [3, 4],
        [0, 0],
    ]
    build_kb(tmp_path / "two", table, encode=HashedVectors(2))
    assert np.linalg.norm(DiskKB(Vocab(), tmp_path / "two").get_vector("c")) == pytest.approx(1)


def test_hashed_vectors() -> None:
    """Texts with words in common are near each other, most of all where these are rare; order and case do not count."""
    texts = ["a tennis player", "a football player", "a poet", "a city", "a river"]
    encode = HashedVectors(200).learn(texts)
    vectors = encode(texts)
    assert vectors.shape == (5, 200)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), rel=1e-5)
    near = vectors @ vectors.T
    assert near[0, 1] > 0.3 > near[0, 2]
    assert encode(["Player, tennis: a"])[0] == pytest.approx(vectors[0], abs=1e-5)
    assert not encode(["…"]).any()
    assert HashedVectors(200).learn(texts)(texts).tolist() == vectors.tolist()


def test_what_was_built_is_told(tmp_path: Path) -> None:
    """Numbers, and the progress."""
    said: list[str] = []
    unknown = rows({"alias": "x", "entity": "nobody"}, {"alias": "y", "entity": "Q1"})
    result = build_kb(
        tmp_path / "kb", rows(*PEOPLE), unknown, encode=HashedVectors(8), ignore_unknown=True, say=said.append
    )
    assert (result.entities, result.aliases, result.width, result.unknown) == (3, 6, 8, 1)
    assert said == ["sorting aliases"]


def test_in_memory(tmp_path: Path) -> None:
    """The same entities, aliases and priors, in the form that the peer reads."""
    kb = built(tmp_path, {"alias": "Emerson", "entity": "Q1", "prior": 0.4})
    made = to_memory(kb, Vocab())
    made.to_disk(tmp_path / "memory")
    read = InMemoryLookupKB(Vocab(), 1).from_disk(tmp_path / "memory")
    assert sorted(read.get_entity_strings()) == ["Q1", "Q2", "Q3"]
    assert {alias: priors(read, alias) for alias in read.get_alias_strings()} == {
        alias: priors(kb, alias) for alias in kb.get_alias_strings()
    }
    assert read.get_vector("Q2").tolist() == kb.get_vector("Q2").tolist()
    assert read.get_alias_candidates("Emmo")[0].entity_freq == 30


@pytest.mark.parametrize(
    ("entities", "aliases", "message"),
    [
        ([], [], "E4499"),
        ([{"name": "x"}], [], r"E4494.*line 1: it has no id; its columns are name"),
        ([{"id": "a"}, {"id": "a"}], [], r"E4494.*line 2: there is an entity 'a' already"),
        ([{"id": "a", "freq": "x"}], [], r"E4494.*line 1: freq is 'x'"),
        (
            [{"id": "a", "vector": [1, 2]}, {"id": "b", "vector": [1]}],
            [],
            r"E4494.*line 2: its vector has 1 numbers.*2",
        ),
        ([{"id": "a", "vector": [1, 2]}, {"id": "b"}], [], r"E4494.*line 2: it has no vector.*4 numbers, not 2"),
        ([{"id": "a"}], [{"entity": "a"}], r"E4494.*line 1: it has no alias; its columns are entity"),
        ([{"id": "a"}], [{"alias": "x"}], r"E4494.*line 1: the alias 'x' stands for no entity"),
        ([{"id": "a"}], [{"alias": "x", "entities": []}], r"E4494.*line 1: the alias 'x' stands for no entity"),
        ([{"id": "a"}], [{"alias": "x", "entity": "b"}], r"E4494.*line 1: the alias 'x' stands for 'b', which is no"),
        ([{"id": "a"}], [{"alias": "x", "entity": "a", "prior": 2}], r"E4494.*line 1: the prior of 'a' for 'x' is 2"),
        (
            [{"id": "a"}, {"id": "b"}],
            [{"alias": "x", "entities": ["a", "b"], "probabilities": [0.9, 0.3]}],
            r"E4494.*the alias 'x': its priors sum to 1.2",
        ),
        (
            [{"id": "a"}],
            [{"alias": "x", "entities": ["a"], "probabilities": [0.9, 0.3]}],
            r"E4494.*line 1: the alias 'x' has 1 entities and 2 prob",
        ),
    ],
)
def test_rows_that_are_wrong(
    tmp_path: Path, entities: Iterable[dict[str, Any]], aliases: Iterable[dict[str, Any]], message: str
) -> None:
    """The error names place, value and way out; a knowledge base that was there stays."""
    build_kb(tmp_path / "kb", rows({"id": "old"}), encode=HashedVectors(4))
    with pytest.raises(ValueError, match=message):
        build_kb(tmp_path / "kb", rows(*entities), rows(*aliases), encode=HashedVectors(4))
    assert DiskKB(Vocab(), tmp_path / "kb").get_entity_strings() == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["kb"]


def test_nothing_to_make_vectors_of(tmp_path: Path) -> None:
    """A table without vectors needs a way to make them (E4497)."""
    with pytest.raises(ValueError, match=r"E4497.*line 1"):
        build_kb(tmp_path / "kb", rows({"id": "a"}))
    assert not (tmp_path / "kb").exists()
