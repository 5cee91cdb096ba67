"""DiskKB: finding candidates, settings, saving, threads and processes, and folders that are damaged."""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.kb import DiskKB, HashedVectors, InMemoryLookupKB, build_kb
from tagma.kb.folders import read_bytes, read_folder
from tagma.kb.tables import Row
from tagma.registries import registry
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab

ENTITIES: list[dict[str, Any]] = [
    {"id": "Q1", "name": "Roy Emerson", "description": "tennis player", "freq": 30},
    {"id": "Q2", "name": "Ralph Emerson", "description": "poet", "freq": 10},
    {"id": "Q3", "name": "EMERSON Electric", "description": "company"},
    {"id": "Q4", "name": "Straße", "description": "street"},
]
ALIASES: list[dict[str, Any]] = [
    {"alias": "Emerson", "entity": "Q1", "prior": 0.6},
    {"alias": "Emerson", "entity": "Q2", "prior": 0.3},
    {"alias": "EMERSON", "entity": "Q3", "prior": 0.8},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base with trigrams."""
    path = tmp_path_factory.mktemp("kb") / "kb"
    entities, aliases = ([Row("row", values) for values in table] for table in (ENTITIES, ALIASES))
    build_kb(path, entities, aliases, encode=HashedVectors(8), with_trigrams=True)
    return path


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be changed."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def found(kb: DiskKB, alias: str) -> dict[str, float]:
    """Priors by entity, in the order of the candidates."""
    return {
        candidate.entity_: pytest.approx(candidate.prior_prob, abs=1e-6) for candidate in kb.get_alias_candidates(alias)
    }


def test_what_there_is(folder: Path) -> None:
    """Sizes, ids, aliases; what is known and what not."""
    kb = DiskKB(Vocab(), folder)
    assert (len(kb), kb.get_size_entities(), kb.get_size_aliases(), kb.entity_vector_length) == (4, 4, 6, 8)
    assert kb.get_entity_strings() == ["Q1", "Q2", "Q3", "Q4"]
    assert not kb.is_empty()
    assert [kb.contains_entity(entity) for entity in ("Q1", "Q9")] == [True, False]
    assert [kb.contains_alias(alias) for alias in ("Emerson", "emerson")] == [True, False]
    assert kb.get_prior_prob("Q2", "Emerson") == pytest.approx(0.3)
    assert [kb.get_prior_prob(*pair) for pair in (("Q3", "Emerson"), ("Q9", "Emerson"), ("Q1", "x"))] == [0, 0, 0]
    assert np.linalg.norm(kb.get_vector("Q2")) == pytest.approx(1)
    assert not kb.get_vector("Q9").any()
    assert len(list(kb.get_vectors(["Q1", "Q9"]))) == 2


def test_the_text_as_it_is(folder: Path) -> None:
    """Goes first: the most probable entity stands in front, with its id, alias, frequency and vector."""
    kb = DiskKB(Vocab(), folder)
    doc = Doc(kb.vocab, words=["Emerson", "won"])
    first, second = kb.get_candidates(Span(doc, 0, 1))
    assert (first.entity_, first.alias_, first.entity_freq) == ("Q1", "Emerson", 30.0)
    assert first.entity_vector.tolist() == kb.get_vector("Q1").tolist()
    assert second.prior_prob == pytest.approx(0.3)
    assert found(kb, "EMERSON") == {"Q3": 0.8}
    assert found(kb, "unheard of") == {}


def test_the_case_folded_text(folder: Path) -> None:
    """Comes next: of two aliases each gives half; sharp s is ss. It can be switched off."""
    kb = DiskKB(Vocab(), folder)
    assert found(kb, "emerson") == {"Q3": 0.4, "Q1": 0.3, "Q2": 0.15}
    assert found(kb, "STRASSE") == {"Q4": 1.0}
    assert found(DiskKB(Vocab(), folder, fold_case=False), "emerson") == {}


def test_similar_texts(folder: Path) -> None:
    """Come last, if asked for: the most similar alias gives the most, times its similarity."""
    kb = DiskKB(Vocab(), folder, similarity=0.5)
    roy = kb.get_alias_candidates("Roy Emersen")
    assert [candidate.entity_ for candidate in roy] == ["Q1"]
    assert roy[0].alias_ == "Roy Emerson"
    assert roy[0].prior_prob == pytest.approx(8 / 14)
    assert found(kb, "Emersons") == {"Q3": pytest.approx(0.4 * 6 / 9), "Q1": 0.3 * 6 / 9, "Q2": 0.15 * 6 / 9}
    assert found(kb, "zzz") == {}
    assert len(DiskKB(Vocab(), folder, similarity=0.1, n_similar=1).get_alias_candidates("Emersons Electric")) == 1


def test_similar_texts_against_all_pairs(tmp_path: Path) -> None:
    """The aliases that are found are those that a comparison with each one finds."""
    from tagma.kb.trigrams import jaccard, trigrams

    draws = random.Random(0)
    names = sorted({"".join(draws.choices("abc", k=draws.randint(1, 9))) for _ in range(300)})
    build_kb(
        tmp_path / "kb",
        [Row("row", {"id": name, "name": name}) for name in names],
        encode=HashedVectors(2),
        with_trigrams=True,
    )
    for least in (0.2, 0.5, 0.9):
        kb = DiskKB(Vocab(), tmp_path / "kb", similarity=least, n_similar=1000)
        for _ in range(40):
            asked = "x" + "".join(draws.choices("abc", k=draws.randint(1, 8)))
            alike = {name for name in names if jaccard(trigrams(asked), trigrams(name)) >= least}
            assert {candidate.entity_ for candidate in kb.get_alias_candidates(asked)} == alike


def test_an_empty_one() -> None:
    """Without a folder it knows nothing, and cannot be saved (E4489)."""
    kb = DiskKB(Vocab())
    assert kb.is_empty()
    assert kb.get_alias_candidates("x") == []
    assert not kb.contains_entity("x")
    for act in (lambda: kb.to_disk("x"), kb.to_bytes):
        with pytest.raises(ValueError, match="E4489"):
            act()


def test_saving(folder: Path, tmp_path: Path) -> None:
    """A copy has the settings as well, and shares the files where it can; bytes bring back all."""
    kb = DiskKB(Vocab(), folder, fold_case=False, similarity=0.4, n_similar=7)
    kb.to_disk(tmp_path / "copy")
    for read in (DiskKB(Vocab()).from_disk(tmp_path / "copy"), DiskKB(Vocab()).from_bytes(kb.to_bytes())):
        assert (read.fold_case, read.similarity, read.n_similar) == (False, 0.4, 7)
        assert found(read, "Roy Emersen") == found(kb, "Roy Emersen")
        assert read.get_vector("Q3").tolist() == kb.get_vector("Q3").tolist()
    assert (tmp_path / "copy" / "kb.sqlite").samefile(folder / "kb.sqlite")
    assert DiskKB(Vocab(), tmp_path / "copy", fold_case=True).fold_case


def test_a_copy_where_there_are_no_links(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are copied."""

    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    DiskKB(Vocab(), folder).to_disk(tmp_path / "copy")
    assert not (tmp_path / "copy" / "kb.sqlite").samefile(folder / "kb.sqlite")
    assert len(DiskKB(Vocab(), tmp_path / "copy")) == 4


def test_threads_and_pickle(folder: Path) -> None:
    """Each thread has a connection of its own; a pickled one opens its folder again."""
    kb = DiskKB(Vocab(), folder)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(found(kb, "Emerson"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [found(kb, "Emerson")] * 4
    assert found(pickle.loads(pickle.dumps(kb)), "Emerson") == found(kb, "Emerson")


def test_ids_outlive_a_memory_zone(folder: Path) -> None:
    """What is remembered can be read later."""
    nlp = tagma.blank("en")
    kb = DiskKB(nlp.vocab, folder)
    with nlp.memory_zone():
        assert list(found(kb, "Emerson")) == ["Q1", "Q2"]
    assert list(found(kb, "Emerson")) == ["Q1", "Q2"]


def test_pipelines(folder: Path, tmp_path: Path) -> None:
    """A config names it, the component is saved with it, and loads without further settings; so do bytes."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    linker: Any = nlp.add_pipe("entity_linker", config={"incl_context": False})
    loader = {"@misc": "tagma.DiskKB.v1", "path": str(folder), "fold_case": True}
    linker.set_kb(registry.resolve({"kb": loader})["kb"])
    nlp.to_disk(tmp_path / "nlp")
    again = tagma.blank("en")
    again.add_pipe("sentencizer")
    again.add_pipe("entity_linker", config={"incl_context": False})
    for read in (tagma.load(tmp_path / "nlp"), again.from_bytes(nlp.to_bytes())):
        doc = read.make_doc("emerson met Ralph Emerson .")
        doc.ents = [Span(doc, 0, 1, label="X"), Span(doc, 2, 4, label="X")]
        assert [ent.kb_id_ for ent in read(doc).ents] == ["Q3", "Q2"]
        assert type(read.get_pipe("entity_linker").kb) is DiskKB  # type: ignore[attr-defined]


def test_kinds_of_folders(folder: Path, tmp_path: Path) -> None:
    """A folder or bytes of one kind are read where the other is; a class of a user's own reads for itself."""
    memory = InMemoryLookupKB(Vocab(), 3)
    memory.add_entity("e", 1, [1, 2, 3])
    memory.to_disk(tmp_path / "memory")
    on_disk = DiskKB(Vocab(), folder)

    class Own(InMemoryLookupKB):
        """A user's class."""

    assert type(read_folder(memory, folder)) is DiskKB
    assert type(read_folder(on_disk, tmp_path / "memory")) is InMemoryLookupKB
    assert type(read_folder(Own(Vocab(), 3), tmp_path / "memory")) is Own
    assert type(read_folder(memory, tmp_path / "memory")) is InMemoryLookupKB
    assert type(read_bytes(memory, on_disk.to_bytes())) is DiskKB
    assert len(list(read_bytes(DiskKB(memory.vocab), memory.to_bytes()).get_vectors(["e"]))) == 1


def test_several_processes(folder: Path) -> None:
    """nlp.pipe in processes links as one process does."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "X", "pattern": "Emerson"}])  # type: ignore[attr-defined]
    linker: Any = nlp.add_pipe("entity_linker", config={"incl_context": False})
    linker.set_kb(lambda vocab: DiskKB(vocab, folder))
    texts = ["Emerson won .", "He met Emerson ."] * 4
    ids = [[ent.kb_id_ for ent in doc.ents] for doc in nlp.pipe(texts, n_process=2, batch_size=2)]
    assert ids == [["Q1"]] * 8


# What is wrong


def test_places_that_are_none(folder: Path, tmp_path: Path) -> None:
    """A file (E928), nothing (E929), a folder of another kind (E4487); the knowledge base stays as it was."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    kb = DiskKB(Vocab(), folder)
    for name, message in (
        ("file", "E928"),
        ("nowhere", "E929.*nowhere"),
        ("empty", r"E4487.*kb\.sqlite and entities\.npy and vectors"),
    ):
        with pytest.raises(ValueError, match=message):
            kb.from_disk(tmp_path / name)
    with pytest.raises(ValueError, match="E928"):
        kb.to_disk(tmp_path / "file")
    assert len(kb) == 4


def test_similar_texts_need_trigrams(tmp_path: Path) -> None:
    """They are made when it is built (E4490)."""
    build_kb(tmp_path / "kb", [Row("row", {"id": "a", "name": "b"})], encode=HashedVectors(2))
    with pytest.raises(ValueError, match=r"E4490.*0\.5.*--trigrams"):
        DiskKB(Vocab(), tmp_path / "kb", similarity=0.5)


@pytest.mark.parametrize(
    "settings", [{"fold_case": 1}, {"similarity": 2}, {"similarity": True}, {"similarity": "x"}, {"n_similar": "many"}]
)
def test_settings_that_cannot_be(copy: Path, settings: dict[str, Any]) -> None:
    """Given, or in the folder (E4491)."""
    with pytest.raises(ValueError, match="E4491"):
        DiskKB(Vocab(), copy, **settings)
    (copy / "settings.json").write_text(json.dumps(settings))
    with pytest.raises(ValueError, match="E4491"):
        DiskKB(Vocab(), copy)


def test_settings_that_cannot_be_read(copy: Path) -> None:
    """The file is named (E4010); without it, defaults hold."""
    (copy / "settings.json").write_text("[1")
    with pytest.raises(ValueError, match=r"E4010.*settings\.json"):
        DiskKB(Vocab(), copy)
    (copy / "settings.json").unlink()
    assert DiskKB(Vocab(), copy).fold_case


def change(sql: str) -> Callable[[Path], None]:
    """A change of the database."""

    def make(folder: Path) -> None:
        database = sqlite3.connect(folder / "kb.sqlite")
        database.executescript(sql)
        database.close()

    return make


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "kb.sqlite").write_bytes(b"no database" * 100), "not a database"),
        (lambda folder: (folder / "kb.sqlite").write_bytes(b""), "other tables"),
        (lambda folder: (folder / "vectors.npy").write_bytes(b"no array"), r"vectors\.npy"),
        (
            lambda folder: np.save(folder / "vectors.npy", np.zeros((4, 7), dtype="float32")),
            r"does not begin as float32 \(4, 8\)",
        ),
        (lambda folder: np.save(folder / "vectors.npy", np.zeros((4, 8))), "does not begin as"),
        (
            lambda folder: (folder / "vectors.npy").write_bytes((folder / "vectors.npy").read_bytes()[:-9]),
            "has 247 bytes",
        ),
        (change("DROP TABLE grams"), "other tables"),
        (change("CREATE TABLE more (x)"), "other tables"),
        (change("CREATE VIEW more AS SELECT 1"), "other tables"),
        (change("DROP TABLE aliases; CREATE VIEW aliases AS SELECT 1 AS number"), "other tables"),
        (change("UPDATE numbers SET value = -1"), "its numbers are"),
        (change("UPDATE numbers SET value = 'x'"), "its numbers are"),
        (change("DELETE FROM numbers"), "its numbers are"),
        (change("UPDATE numbers SET value = 1000000000000 WHERE name = 'entities'"), "does not begin as"),
    ],
)
def test_damaged_folders(copy: Path, damage: Callable[[Path], None], reason: str) -> None:
    """What is seen when it is opened (E4488): the error names folder and reason."""
    damage(copy)
    with pytest.raises(ValueError, match=rf"E4488.*copy.*{reason}"):
        DiskKB(Vocab(), copy)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE aliases SET entities = x'01'",
        "UPDATE aliases SET entities = x''",
        "UPDATE aliases SET entities = 'text'",
        "UPDATE aliases SET entities = x'00000000ffffffff', priors = x'0000000000000000'",
        "UPDATE aliases SET entities = x'ffffff7f', priors = x'00000000'",
        "UPDATE aliases SET priors = x'0000803f0000803f0000803f'",
        "UPDATE entities SET id = CAST(row AS BLOB)",
        "UPDATE entities SET row = row + 100",
        "UPDATE aliases SET alias = x'ff' || alias, folded = 'emerson'",
        "UPDATE grams SET aliases = x'01'",
        "UPDATE grams SET aliases = x'ffffff7f'",
    ],
)
def test_damage_that_shows_when_it_is_asked(copy: Path, sql: str) -> None:
    """The error is of the same kind (E4488); a wrong answer is none of the possibilities."""
    change(sql)(copy)
    kb = DiskKB(Vocab(), copy, similarity=0.3)
    with pytest.raises(ValueError, match="E4488"):
        [c.entity_ for alias in ("Emerson", "emerson", "Emersons") for c in kb.get_alias_candidates(alias)]


def test_altered_files_are_read_or_refused(folder: Path, tmp_path: Path) -> None:
    """Whatever is cut or flipped, there is an answer in the end, or an error that names the folder."""
    draws = random.Random(0)
    data = {
        name: (folder / name).read_bytes() for name in ("kb.sqlite", "entities.npy", "vectors.npy", "settings.json")
    }
    refused = answered = 0
    for _ in range(150):
        shutil.rmtree(tmp_path / "kb", ignore_errors=True)
        (tmp_path / "kb").mkdir()
        chosen = draws.choice(["kb.sqlite", "kb.sqlite", *data])
        for name, content in data.items():
            if name != chosen:
                (tmp_path / "kb" / name).write_bytes(content)
                continue
            altered = bytearray(content[: draws.randrange(len(content))] if draws.random() < 0.15 else content)
            for _ in range(draws.randint(0, 4)):
                if altered:
                    at = draws.randrange(len(altered))
                    altered[at : at + 4] = draws.randbytes(4)
            (tmp_path / "kb" / name).write_bytes(altered)
        try:
            kb = DiskKB(Vocab(), tmp_path / "kb")
            for alias in ("Emerson", "emerson", "Straße"):
                answered += len({candidate.entity_ for candidate in kb.get_alias_candidates(alias)}) < 100
        except ValueError as error:
            refused += any(code in str(error) for code in ("[E4488]", "[E4010]", "[E4490]", "[E4491]", "[E4487]"))
    assert refused > 40
    assert answered > 40
