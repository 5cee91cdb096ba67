"""Builds a knowledge base from tables of entities and aliases, for any number of them: all is on disk while it grows.

    entities    id · name · aliases · description · freq · vector
    aliases     alias · entity · prior or count;  or  alias · entities · probabilities

An entity is called by its name, its aliases and those of the second table. Where an alias has priors they are taken;
where it has counts, these are shared out; else the frequencies of the entities are, or all are alike.
"""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tagma.errors import Errors
from tagma.kb.disk import DATABASE, ENTRIES, ENTRY, SCHEMA, SIZES, VECTORS, DiskKB, npy_head, write_settings
from tagma.kb.kb_in_memory import InMemoryLookupKB
from tagma.kb.tables import Row
from tagma.kb.trigrams import trigrams
from tagma.nn.types import Floats1d, Floats2d
from tagma.strings import get_string_id, hash_string
from tagma.util.batches import minibatch
from tagma.util.folders import replace_dir

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["Built", "HashedVectors", "build_kb", "to_memory"]

BATCH = 1000
TOLERANCE = 1e-5  # by which priors may sum to more than 1
ENOUGH = 1_000_000  # words whose vectors are remembered
# Rows of the table of pairs while it grows.
Pair = tuple[str, int, float | None, float | None]  # alias, row of the entity, prior, count
LIMITS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -100000; PRAGMA temp_store = FILE;"


class Encodes(Protocol):
    """Makes vectors of descriptions."""

    width: int

    def __call__(self, texts: Sequence[str]) -> Floats2d:
        """float32 (n_texts, width)"""
        ...


@dataclass(slots=True)
class Built:
    """What was built: numbers of entities and aliases, the width of vectors, and what was left out."""

    entities: int = 0
    aliases: int = 0
    pairs: int = 0
    width: int = 0
    without_vector: int = 0
    unknown: int = 0


class HashedVectors:
    """Vectors of texts without a table of word vectors: the mean of one random direction for each word.

    The directions depend on the words alone, so equal words bring texts together. A word counts less, the more of the
    texts of `learn` have it.

    width    Numbers of a vector.
    """

    def __init__(self, width: int) -> None:
        self.width: int = width
        self._counts: Counter[str] = Counter()
        self._n_texts: int = 0
        self._directions: dict[str, Floats1d] = {}

    def learn(self, texts: Iterable[str]) -> HashedVectors:
        """Count in how many texts each word is."""
        for text in texts:
            self._n_texts += 1
            self._counts.update(set(_words(text)))
        return self

    def __call__(self, texts: Sequence[str]) -> Floats2d:
        """float32 (n_texts, width); zeros for a text without words."""
        vectors = np.zeros((len(texts), self.width), dtype="float32")
        for vector, text in zip(vectors, texts, strict=True):
            for word in _words(text):
                vector += self._direction(word) * np.log(1 + (1 + self._n_texts) / (1 + self._counts[word]))
            if length := float(np.linalg.norm(vector)):
                vector /= length
        return vectors

    def _direction(self, word: str) -> Floats1d:
        known = self._directions.get(word)
        if known is None:
            if len(self._directions) >= ENOUGH:
                self._directions.clear()
            draws = np.random.Generator(np.random.PCG64(hash_string(word)))
            known = self._directions[word] = draws.standard_normal(self.width, dtype="float32")
        return known


def build_kb(
    path: str | Path,
    entities: Iterable[Row],
    aliases: Iterable[Row] = (),
    *,
    encode: Encodes | None = None,
    with_trigrams: bool = False,
    ignore_unknown: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Built:
    """Build the folder that `DiskKB` reads, all of it or nothing.

    entities          Rows with `id`, and `name`, `aliases`, `description`, `freq`, `vector` where there are such.
    aliases           Rows with `alias`, `entity`, and `prior` or `count`; or lists `entities` and `probabilities`.
    encode            Makes vectors of descriptions, for entities that have none.
    with_trigrams     Index aliases, so that they are found by similar texts; takes about as much room again.
    ignore_unknown    Leave out aliases of entities that are not there.
    say               Is told what is done.

    Raises ValueError: E4494 for a row that is wrong, which it names, E4497 without vectors and a way to make them,
    E4499 without entities.
    """
    with replace_dir(path) as folder:
        builder = _Builder(folder, encode, ignore_unknown, say)
        try:
            builder.add_entities(entities)
            builder.add_aliases(aliases)
            builder.finish(with_trigrams)
        finally:
            builder.db.close()
        (folder / f"{DATABASE}-journal").unlink(missing_ok=True)
        write_settings(folder, fold_case=True, similarity=None, n_similar=5)
    return builder.built


def to_memory(kb: DiskKB, vocab: Vocab) -> InMemoryLookupKB:
    """The same knowledge base in memory, which spaCy can read once it is saved."""
    made = InMemoryLookupKB(vocab, kb.entity_vector_length)
    for entity in kb.get_entity_strings():
        made.add_entity(entity, kb.get_freq(entity), kb.get_vector(entity))
    for alias in kb.get_alias_strings():
        found = kb.get_alias_candidates(alias)
        made.add_alias(alias, [c.entity_ for c in found], [c.prior_prob for c in found])
    return made


class _Builder:
    """A knowledge base while it grows."""

    def __init__(self, folder: Path, encode: Encodes | None, ignore_unknown: bool, say: Callable[[str], None]) -> None:
        self.built = Built()
        self.folder = folder
        self.encode = encode
        self.ignore_unknown = ignore_unknown
        self.say = say
        self.db = sqlite3.connect(folder / DATABASE, isolation_level=None)
        self.db.executescript(LIMITS)
        for sql in SCHEMA.values():
            if "INDEX" not in sql:
                self.db.execute(sql)
        # No index: aliases are sorted once, in the end.
        self.db.execute("CREATE TEMP TABLE pairs (alias TEXT, row INTEGER, prior REAL, count REAL)")
        self.db.execute("BEGIN")

    def add_entities(self, rows: Iterable[Row]) -> None:
        """Write entities and their vectors; note their names."""
        file = self.folder / f"{VECTORS}.rows"
        entries = array("Q"), array("f")
        with file.open("wb") as vectors:
            for batch in minibatch(rows, BATCH):
                self._check_ids(batch)
                vectors.write(self._vectors(batch).tobytes())
                names: list[Pair] = []
                for row in batch:
                    number = self.built.entities
                    freq = row.number("freq") or 0.0
                    try:
                        self.db.execute("INSERT INTO entities VALUES (?, ?, ?)", (number, row.text("id"), freq))
                    except sqlite3.IntegrityError:
                        raise row.wrong(f"there is an entity {row.text('id')!r} already") from None
                    entries[0].append(get_string_id(row.text("id")))
                    entries[1].append(freq)
                    called = dict.fromkeys([row.text("name"), *row.texts("aliases")])
                    names += [(name, number, None, None) for name in called if name]
                    self.built.entities += 1
                self._note(names)
                if self.built.entities % 100_000 == 0:
                    self.say(f"{self.built.entities:,} entities")
        if not self.built.entities:
            raise ValueError(Errors.E4499)
        _as_npy(file, self.folder / VECTORS, (self.built.entities, self.built.width))
        table = np.zeros(self.built.entities, dtype=ENTRY)
        table["key"], table["freq"] = entries
        np.save(self.folder / ENTRIES, table)

    def _check_ids(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if not row.text("id"):
                there = ", ".join(map(str, row.values)) or "none"
                raise row.wrong(f"it has no id; its columns are {there}. A table without a head needs columns")

    def _vectors(self, rows: Sequence[Row]) -> Floats2d:
        """float32 (n_rows, width): those that are given, and else those of the descriptions, or of the names."""
        given = [row.numbers("vector") for row in rows]
        if not self.built.width:
            self.built.width = next((len(vector) for vector in given if vector), 0) or getattr(self.encode, "width", 0)
            if not self.built.width:
                raise ValueError(Errors.E4497.format(place=rows[0].place))
        made = np.zeros((len(rows), self.built.width), dtype="<f4")
        open_ = []
        for i, (row, vector) in enumerate(zip(rows, given, strict=True)):
            if vector and len(vector) != self.built.width:
                raise row.wrong(f"its vector has {len(vector)} numbers, and those before have {self.built.width}")
            if vector:
                made[i] = vector
            else:
                open_.append(i)
        if open_ and self.encode is not None:
            if self.encode.width != self.built.width:
                raise rows[open_[0]].wrong(
                    f"it has no vector, and one of its description has {self.encode.width} numbers, not "
                    f"{self.built.width} as those before"
                )
            made[open_] = self.encode([rows[i].text("description") or rows[i].text("name") for i in open_])
        self.built.without_vector += int((~made.any(axis=1)).sum())
        return made

    def _note(self, pairs: Sequence[Pair]) -> None:
        self.db.executemany("INSERT INTO pairs VALUES (?, ?, ?, ?)", pairs)

    def add_aliases(self, rows: Iterable[Row]) -> None:
        """Note aliases of entities that are there."""
        for batch in minibatch(rows, BATCH):
            self._note([pair for row in batch for pair in self._pairs(row)])

    def _pairs(self, row: Row) -> Iterator[Pair]:
        alias = row.text("alias")
        if not alias:
            raise row.wrong("it has no alias; its columns are " + (", ".join(map(str, row.values)) or "none"))
        if "entities" in row.values:
            entities, priors = row.texts("entities"), row.numbers("probabilities")
            if priors and len(priors) != len(entities):
                raise row.wrong(f"the alias {alias!r} has {len(entities)} entities and {len(priors)} probabilities")
            weights: list[tuple[float | None, float | None]] = [(p, None) for p in priors] or [(None, None)] * len(
                entities
            )
        else:
            entities = [entity for entity in [row.text("entity")] if entity]
            weights = [(row.number("prior"), row.number("count"))]
        if not entities:
            raise row.wrong(f"the alias {alias!r} stands for no entity")
        for entity, (prior, count) in zip(entities, weights, strict=True):
            if prior is not None and not 0 <= prior <= 1 + TOLERANCE:
                raise row.wrong(f"the prior of {entity!r} for {alias!r} is {prior}; give a number from 0 to 1")
            found = self.db.execute("SELECT row FROM entities WHERE id = ?", (entity,)).fetchone()
            if found is not None:
                yield alias, found[0], prior, count
            elif self.ignore_unknown:
                self.built.unknown += 1
            else:
                raise row.wrong(f"the alias {alias!r} stands for {entity!r}, which is no entity of the first table")

    def finish(self, with_trigrams: bool) -> None:
        """Write aliases with their entities, indices and numbers."""
        self.say("sorting aliases")
        grams: dict[str, list[int]] = {}
        sizes: list[int] = []
        for batch in minibatch(self._grouped(), BATCH):
            self.db.executemany("INSERT INTO aliases VALUES (?, ?, ?, ?, ?)", batch)
            for number, alias, *_ in batch if with_trigrams else ():
                found = trigrams(alias)
                sizes.append(min(len(found), 65535))
                for gram in found:
                    grams.setdefault(gram, []).append(number)
        if with_trigrams:
            packed = ((gram, np.array(numbers, dtype="<i4").tobytes()) for gram, numbers in sorted(grams.items()))
            self.db.execute("INSERT INTO grams VALUES (?, ?)", (SIZES, np.array(sizes, dtype="<u2").tobytes()))
            self.db.executemany("INSERT INTO grams VALUES (?, ?)", packed)
        self.db.execute(SCHEMA["folded"])
        numbers = {"entities": self.built.entities, "aliases": self.built.aliases, "width": self.built.width}
        self.db.executemany("INSERT INTO numbers VALUES (?, ?)", numbers.items())
        self.db.execute("COMMIT")

    def _grouped(self) -> Iterator[tuple[int, str, str, bytes, bytes]]:
        """The rows of the table of aliases. Raises ValueError E4494 for priors that sum to more than 1."""
        sql = (
            "SELECT alias, pairs.row, prior, count, freq FROM pairs JOIN entities ON entities.row = pairs.row"
            " ORDER BY alias, pairs.row"
        )
        for alias, pairs in groupby(self.db.execute(sql), key=lambda pair: pair[0]):
            priors = _priors(alias, [pair[1:] for pair in pairs])
            number = self.built.aliases
            self.built.aliases += 1
            self.built.pairs += len(priors)
            rows = np.array([row for row, _ in priors], dtype="<i4").tobytes()
            yield number, alias, alias.casefold(), rows, np.array([p for _, p in priors], dtype="<f4").tobytes()


def _priors(alias: str, pairs: Sequence[tuple[int, float | None, float | None, float]]) -> list[tuple[int, float]]:
    """Rows of entities and their priors, the most probable first; a pair that comes twice is added up."""
    priors: dict[int, float] = {}
    counts: dict[int, float] = {}
    freqs: dict[int, float] = {}
    for row, prior, count, freq in pairs:
        freqs[row] = freq
        if prior is not None:
            priors[row] = priors.get(row, 0.0) + prior
        if count is not None:
            counts[row] = counts.get(row, 0.0) + count
    if priors:
        total = sum(priors.values())
        if total > 1 + TOLERANCE:
            place, reason = f"the alias {alias!r}", f"its priors sum to {total:.4g}; divide each by it, or give counts"
            raise ValueError(Errors.E4494.format(place=place, reason=reason))
        open_ = [row for row in freqs if row not in priors]
        shares = priors | {row: max(0.0, 1 - total) / len(open_) for row in open_}
    else:
        weights = counts if any(counts.values()) else freqs
        total = sum(weights.values())
        shares = {row: weights.get(row, 0.0) / total if total else 1 / len(freqs) for row in freqs}
    return sorted(shares.items(), key=lambda item: (-item[1], item[0]))


def _as_npy(rows: Path, file: Path, shape: tuple[int, int]) -> None:
    """Put the head of an .npy file in front of the numbers of its rows."""
    with file.open("wb") as target, rows.open("rb") as source:
        target.write(npy_head(np.dtype("<f4"), shape))
        while block := source.read(1 << 22):
            target.write(block)
    rows.unlink()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
