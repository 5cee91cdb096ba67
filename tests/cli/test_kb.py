"""tagma kb: tables to a knowledge base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.cli import kb as build
from tagma.kb import DiskKB, InMemoryLookupKB
from tagma.vocab import Vocab

ENTITIES = """\
Q1,Roy Emerson,tennis player
Q2,Ralph Emerson,poet
"""
ALIASES = "alias,entity,count\nEmerson,Q1,3\nEmerson,Q2,1\nPele,Q9,1\n"


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """A table of entities without a head, and one of aliases, of which one is of nobody."""
    entities, aliases = tmp_path / "entities.csv", tmp_path / "aliases.csv"
    entities.write_text(ENTITIES)
    aliases.write_text(ALIASES)
    return entities, aliases


def test_the_command(tables: tuple[Path, Path], tmp_path: Path, tagma_command: Any) -> None:
    """Builds the folder, says what is in it and what was left out."""
    entities, aliases = tables
    given = [entities, tmp_path / "kb", "--aliases", aliases, "--columns", "id,name,description", "--width", "12"]
    result = tagma_command("kb", *given)
    assert result.returncode == 1
    assert "line 4: the alias 'Pele' stands for 'Q9'" in " ".join(result.stdout.split())
    result = tagma_command("kb", *given, "--ignore-unknown", "--trigrams")
    assert result.returncode == 0, result.stderr
    assert "Entities: 2, aliases: 3, width of vectors: 12" in result.stdout
    assert "Aliases of entities that are not in the table, left out: 1" in " ".join(result.stdout.split())
    kb = DiskKB(Vocab(), tmp_path / "kb", similarity=0.4, n_similar=1)
    assert {c.entity_: c.prior_prob for c in kb.get_alias_candidates("Emerson")} == {"Q1": 0.75, "Q2": 0.25}
    assert kb.get_alias_candidates("Ralph Emersen")[0].entity_ == "Q2"


def test_a_table_without_names_is_told(tmp_path: Path, tagma_command: Any) -> None:
    """A misspelt column leaves entities without an alias: nothing would be found."""
    table = tmp_path / "a.csv"
    table.write_text("id,nme\nQ1,Anna\n", encoding="utf8")
    shown = " ".join(tagma_command("kb", table, tmp_path / "kb").stdout.split())
    assert "There are no aliases, so that no mention will find an entity Give names in columns 'name'" in shown


def test_in_memory(tables: tuple[Path, Path], tmp_path: Path) -> None:
    """The format of the peer."""
    entities, aliases = tables
    columns = ("id", "name", "description")
    build(entities, tmp_path / "kb", aliases=[aliases], columns=columns, ignore_unknown=True, format="memory")
    kb = InMemoryLookupKB(Vocab(), 1).from_disk(tmp_path / "kb")
    assert kb.entity_vector_length == 64
    assert kb.get_prior_prob("Q1", "Emerson") == 0.75


def test_vectors_of_descriptions(tables: tuple[Path, Path], tmp_path: Path) -> None:
    """They are means of the word vectors of a pipeline; one without such is told (E4497)."""
    nlp = tagma.blank("en")
    nlp.to_disk(tmp_path / "bare")
    nlp.vocab.reset_vectors(width=2)
    for word, vector in (("tennis", [1, 0]), ("player", [0, 1]), ("poet", [3, 4])):
        nlp.vocab.set_vector(word, vector)
    nlp.to_disk(tmp_path / "nlp")
    columns = ("id", "name", "description")
    built = build(tables[0], tmp_path / "kb", columns=columns, vectors=tmp_path / "nlp")
    assert (built.entities, built.width) == (2, 2)
    kb = DiskKB(Vocab(), tmp_path / "kb")
    assert [kb.get_vector(entity).tolist() for entity in ("Q1", "Q2")] == [[0.5, 0.5], [3, 4]]
    with pytest.raises(ValueError, match=r"E4497.*bare"):
        build(tables[0], tmp_path / "kb", columns=columns, vectors=tmp_path / "bare")


def test_vectors_of_the_table(tmp_path: Path) -> None:
    """A column of them decides on the width."""
    table = tmp_path / "entities.jsonl"
    table.write_text('{"id": "a", "vector": [1, 2, 3]}\n{"id": "b", "vector": [3, 2, 1]}\n')
    assert build(table, tmp_path / "kb").width == 3
    assert DiskKB(Vocab(), tmp_path / "kb").get_vector("b").tolist() == [3, 2, 1]
