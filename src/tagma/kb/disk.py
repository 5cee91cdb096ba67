"""DiskKB: a knowledge base in a folder, for any number of entities. `tagma.kb.build` writes it.

    kb.sqlite        entities, aliases and, if asked for, the trigrams of aliases
    entities.npy     the hash of each entity's id, and its frequency, mapped into memory
    vectors.npy      float32 (n_entities, width), mapped: pages are read when a vector is asked for
    settings.json    how candidates are looked for

Opening it reads none of that but a few numbers. Files are never changed in place, so copies of the folder that
pipelines are saved with are hard links where the file system has them.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from tagma.errors import Errors
from tagma.kb.kb import Candidate, KnowledgeBase
from tagma.kb.trigrams import jaccard, trigrams
from tagma.nn.types import Floats1d, Floats2d
from tagma.util.folders import replace_dir, settle
from tagma.util.serialize import reading, unpack_map

if TYPE_CHECKING:
    from tagma.tokens import Span
    from tagma.vocab import Vocab

__all__ = ["DATABASE", "ENTRIES", "ENTRY", "SCHEMA", "SETTINGS", "VECTORS", "DiskKB", "npy_head", "write_settings"]

DATABASE: Final = "kb.sqlite"
VECTORS: Final = "vectors.npy"
ENTRIES: Final = "entities.npy"
FILES: Final = (DATABASE, ENTRIES, VECTORS)
SETTINGS: Final = "settings.json"
# What the database must be made of; any other could run code of its author's.
SCHEMA: Final = {
    "numbers": "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "entities": "CREATE TABLE entities (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, freq REAL NOT NULL)",
    "aliases": "CREATE TABLE aliases (number INTEGER PRIMARY KEY, alias TEXT NOT NULL UNIQUE, folded TEXT NOT NULL,"
    " entities BLOB NOT NULL, priors BLOB NOT NULL)",
    "folded": "CREATE INDEX folded ON aliases (folded)",
    "grams": "CREATE TABLE grams (gram TEXT PRIMARY KEY, aliases BLOB NOT NULL) WITHOUT ROWID",
}
SIZES: Final = "\0sizes"  # instead of a trigram: the number of trigrams of each alias
BYTES: Final = b"tagma kb in a folder\0"  # how `to_bytes` begins
KEPT = 100_000  # ids that are remembered
ENTRY = np.dtype([("key", "<u8"), ("freq", "<f4")])
_EMPTY = np.zeros(0, dtype="int32")


class _DiskCandidate(Candidate):
    """A candidate whose id is read when it is asked for: of several one is chosen."""

    __slots__ = ("row",)
    kb: DiskKB

    def __init__(
        self,
        kb: DiskKB,
        entity_hash: int,
        entity_freq: float,
        entity_vector: Floats1d,
        alias_hash: int,
        prior_prob: float,
        row: int,
    ) -> None:
        super().__init__(kb, entity_hash, entity_freq, entity_vector, alias_hash, prior_prob)
        self.row = row

    @property
    def entity_(self) -> str:
        """The entity's id."""
        return self.kb.text_of(self.row)


class DiskKB(KnowledgeBase):
    """A knowledge base in a folder, whose candidates are found by text, by case-folded text, and by similar text.

    path          The folder; without one, the knowledge base is empty until `from_disk`.
    fold_case     Look for aliases that differ in case alone, where none is written as the mention is.
    similarity    Look for aliases that share so many trigrams, from 0 to 1, where none of these is there; None: do not.
                  It takes a knowledge base that was built with trigrams.
    n_similar     So many similar aliases count, the most similar ones.

    Where several aliases are found, an entity's prior is the mean of those that they give it, weighted by their
    similarity, and times the largest. Settings that are not given are those in the folder. It can be read by any number
    of threads and processes; entities are not added to it, but a new one is built.
    Raises what `from_disk` does.
    """

    def __init__(
        self,
        vocab: Vocab,
        path: str | Path | None = None,
        *,
        fold_case: bool | None = None,
        similarity: float | None = None,
        n_similar: int | None = None,
    ) -> None:
        super().__init__(vocab, 0)
        self.path: Path | None = None
        self.fold_case: bool = True if fold_case is None else fold_case
        self.similarity: float | None = similarity
        self.n_similar: int = 5 if n_similar is None else n_similar
        self._given: dict[str, Any] = {"fold_case": fold_case, "similarity": similarity, "n_similar": n_similar}
        self._n_entities: int = 0
        self._n_aliases: int = 0
        self._vectors: Floats2d = np.zeros((0, 0), dtype="float32")
        self._local: Any = threading.local()
        self._entries: Any = np.zeros(0, dtype=ENTRY)
        self._ids: dict[int, str] = {}
        self._sizes: Any = None
        if path is not None:
            self.from_disk(path)

    def is_empty(self) -> bool:
        """Whether there are no entities."""
        return not self._n_entities

    def __len__(self) -> int:
        return self._n_entities

    def get_size_entities(self) -> int:
        """Number of entities."""
        return self._n_entities

    def get_size_aliases(self) -> int:
        """Number of aliases."""
        return self._n_aliases

    def get_entity_strings(self) -> list[str]:
        """The ids of all entities: a long list, if the knowledge base is large."""
        return [text for (text,) in self._ask("SELECT id FROM entities ORDER BY row")]

    def get_alias_strings(self) -> list[str]:
        """All aliases: a long list, if the knowledge base is large."""
        return [text for (text,) in self._ask("SELECT alias FROM aliases ORDER BY number")]

    def contains_entity(self, entity: str) -> bool:
        """Whether there is an entity with this id."""
        return self._row(entity) is not None

    def get_freq(self, entity: str) -> float:
        """How often an entity occurs, in the unit of the table that it came from; 0.0 for an id that is not known."""
        row = self._row(entity)
        return 0.0 if row is None else float(self._entries["freq"][row])

    def contains_alias(self, alias: str) -> bool:
        """Whether an entity is called just so."""
        return bool(self._ask("SELECT 1 FROM aliases WHERE alias = ?", alias))

    def get_candidates(self, mention: Span) -> list[Candidate]:
        """The entities that the mention may stand for, the most probable first."""
        return self.get_alias_candidates(mention.text)

    def get_alias_candidates(self, alias: str) -> list[Candidate]:
        """The entities that are called so, or nearly so, the most probable first.

        Raises ValueError E4488 for a folder that is damaged.
        """
        found = self._find(alias)
        if not found:
            return []
        if len(found) == 1 and found[0][0] == 1.0:
            _, written, rows, priors = found[0]
            return self._candidates([(row, prior, written) for row, prior in zip(rows, priors, strict=True)])
        total, largest = sum(weight for weight, *_ in found), max(weight for weight, *_ in found)
        merged: dict[int, tuple[float, str]] = {}
        for weight, written, rows, priors in found:
            for row, prior in zip(rows, priors, strict=True):
                before, by = merged.get(row, (0.0, written))
                merged[row] = before + largest * weight * prior / total, by
        ranked = sorted(merged.items(), key=lambda item: -item[1][0])
        return self._candidates([(row, prior, by) for row, (prior, by) in ranked])

    def get_vector(self, entity: str) -> Floats1d:
        """The vector of an entity, float32 (entity_vector_length,); zeros for an id that is not known."""
        row = self._row(entity)
        return np.zeros(self.entity_vector_length, dtype="float32") if row is None else self._vector(row).copy()

    def get_prior_prob(self, entity: str, alias: str) -> float:
        """Probability of an entity, given an alias as it is written; 0.0 if the alias does not stand for it."""
        row = self._row(entity)
        for _, _, rows, priors in self._exact(alias):
            if row in rows:
                return priors[rows.index(row)]
        return 0.0

    def to_disk(self, path: str | Path, exclude: Iterable[str] = ()) -> None:
        """Write the folder, all of it or nothing; its files are links to those of this one, where there are such.

        Raises ValueError: E4489 for one that was not read from a folder, E928 for a file.
        """
        if Path(path).is_file():
            raise ValueError(Errors.E928.format(loc=path))
        source = self._folder()
        with replace_dir(path) as folder:
            for name in FILES:
                _link(source / name, folder / name)
            write_settings(folder, fold_case=self.fold_case, similarity=self.similarity, n_similar=self.n_similar)

    def from_disk(self, loc: str | Path, exclude: Iterable[str] = ()) -> Self:
        """Open the folder, in place of what is open.

        Raises ValueError: E929 if it is not there, E928 for a file, E4487 if no knowledge base was built there, E4488
        if it is damaged, E4490 for similar texts in a knowledge base without trigrams, E4491 for wrong settings.
        """
        if Path(loc).is_file():
            raise ValueError(Errors.E928.format(loc=loc))
        folder = settle(loc)
        if not folder.exists():
            raise ValueError(Errors.E929.format(loc=loc))
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise ValueError(Errors.E4487.format(path=loc, missing=" and ".join(missing)))
        opened = DiskKB(self.vocab)  # if that fails, this one stays as it is
        opened._given = self._given
        opened._open(folder)
        self.__dict__.update(opened.__dict__)
        return self

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The files as bytes: all of them, so that it takes memory for all. Raises ValueError E4489."""
        import srsly

        folder = self._folder()
        settings = {"fold_case": self.fold_case, "similarity": self.similarity, "n_similar": self.n_similar}
        files = {name: (folder / name).read_bytes() for name in FILES}
        return BYTES + bytes(srsly.msgpack_dumps({**files, SETTINGS: json.dumps(settings)}))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_bytes` wrote, into a temporary folder. Raises ValueError E4010 for other bytes, and E4488."""
        if not bytes_data.startswith(BYTES):
            raise ValueError(Errors.E4010.format(what="the bytes of a knowledge base", reason="they begin otherwise"))
        files = unpack_map(bytes_data[len(BYTES) :], "the bytes of a knowledge base")
        folder = Path(tempfile.mkdtemp(prefix="tagma-kb-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        with reading("the bytes of a knowledge base"):
            for name in FILES:
                (folder / name).write_bytes(files[name])
            (folder / SETTINGS).write_text(files[SETTINGS], encoding="utf8")
        return self.from_disk(folder)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_local": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _local=threading.local())

    # Opening

    def _open(self, folder: Path) -> None:
        self.path, self._local, self._ids, self._sizes = folder, threading.local(), {}, None
        self._take_settings(folder / SETTINGS)
        found = dict(self._ask("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex_%'"))
        if found != SCHEMA:
            raise self._damaged(f"{DATABASE} has other tables than those of a knowledge base")
        numbers = dict(self._ask("SELECT name, value FROM numbers LIMIT 10"))
        sizes = [numbers.get(name) for name in ("entities", "aliases", "width")]
        if not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise self._damaged(f"its numbers are {numbers}")
        self._n_entities, self._n_aliases, self.entity_vector_length = (int(size or 0) for size in sizes)
        self._vectors = self._map(VECTORS, np.dtype("<f4"), (self._n_entities, self.entity_vector_length))
        self._entries = self._map(ENTRIES, ENTRY, (self._n_entities,))
        if self.similarity is not None and not self._ask("SELECT 1 FROM grams WHERE gram = ?", SIZES):
            raise ValueError(Errors.E4490.format(path=folder, similarity=self.similarity))

    def _take_settings(self, path: Path) -> None:
        """Settings of the folder, where none were given."""
        settings: dict[str, Any] = {}
        if path.is_file():
            with reading(path):
                settings = dict(json.loads(path.read_text(encoding="utf8")))
        settings |= {key: value for key, value in self._given.items() if value is not None}
        fold_case, similarity = settings.get("fold_case", True), settings.get("similarity")
        n_similar = settings.get("n_similar", 5)
        number = isinstance(similarity, int | float) and not isinstance(similarity, bool) and 0 < similarity <= 1
        if not (isinstance(fold_case, bool) and (similarity is None or number) and isinstance(n_similar, int)):
            raise ValueError(Errors.E4491.format(path=path, settings=settings))
        self.fold_case, self.similarity, self.n_similar = fold_case, similarity, max(1, n_similar)

    def _map(self, name: str, kind: np.dtype[Any], shape: tuple[int, ...]) -> Any:
        """The numbers of an .npy file, mapped. Raises ValueError E4488 if it has others than these."""
        path = self._folder() / name
        head = npy_head(kind, shape)
        with path.open("rb") as file:
            if file.read(len(head)) != head:
                raise self._damaged(f"{name} does not begin as {kind} {shape} does")
        size, wanted = path.stat().st_size, len(head) + kind.itemsize * int(np.prod(shape, dtype=object))
        if size != wanted:
            raise self._damaged(f"{name} has {size} bytes, and {kind} {shape} has {wanted}")
        if size == len(head):
            return np.zeros(shape, dtype=kind)
        return np.memmap(path, dtype=kind, mode="r", offset=len(head), shape=shape).view(np.ndarray)

    # Asking

    def _folder(self) -> Path:
        if self.path is None:
            raise ValueError(Errors.E4489)
        return self.path

    def _damaged(self, reason: object) -> ValueError:
        return ValueError(Errors.E4488.format(path=self.path, reason=reason))

    def _ask(self, sql: str, *values: object) -> list[Any]:
        """The rows that a query gives. Raises ValueError: E4489 without a folder, E4488 for a damaged database."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            raise self._damaged(f"{DATABASE}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread, of this process: they are not to be shared."""
        kept: tuple[int, sqlite3.Connection] | None = getattr(self._local, "kept", None)
        if kept is None or kept[0] != os.getpid():
            place = (self._folder() / DATABASE).resolve().as_uri()
            connection = sqlite3.connect(f"{place}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "cache_size = -8000"):
                connection.execute(f"PRAGMA {pragma}")
            kept = self._local.kept = (os.getpid(), connection)
        return kept[1]

    def _row(self, entity: str) -> int | None:
        found = self._ask("SELECT row FROM entities WHERE id = ?", entity) if self.path is not None else []
        return found[0][0] if found else None

    def _vector(self, row: int) -> Floats1d:
        if not 0 <= row < self._n_entities:
            raise self._damaged(f"there is an entity in row {row}, and {self._n_entities} vectors")
        vector: Floats1d = self._vectors[row]
        return vector

    def _candidates(self, found: Sequence[tuple[int, float, str]]) -> list[Candidate]:
        """Candidates from rows of entities, priors and the aliases by which they were found."""
        keys = {alias: self.vocab.strings.add(alias) for alias in {alias for _, _, alias in found}}
        rows = [row for row, _, _ in found]
        if min(rows) < 0 or max(rows) >= self._n_entities:
            raise self._damaged(f"an alias stands for entity {min(rows)} or {max(rows)} of {self._n_entities}")
        entries = self._entries[rows]
        known = zip(found, entries["key"].tolist(), entries["freq"].tolist(), self._vectors[rows], strict=True)
        return [
            _DiskCandidate(self, key, freq, vector, keys[alias], prior, row)
            for (row, prior, alias), key, freq, vector in known
        ]

    def text_of(self, row: int) -> str:
        """The id of the entity in a row, which the vocabulary has from then on. Raises ValueError E4488."""
        known = self._ids.get(row)
        if known is None:
            found = self._ask("SELECT id FROM entities WHERE row = ?", row)
            if not found or not isinstance(found[0][0], str):
                raise self._damaged(f"an alias stands for entity {row}, which is not there")
            if len(self._ids) >= KEPT:
                self._ids.clear()
            known = self._ids[row] = found[0][0]
        self.vocab.strings.add(known)
        return known

    def _find(self, alias: str) -> list[tuple[float, str, list[int], list[float]]]:
        """The aliases that a text may be, by the first way that finds any: weight, text, rows of entities, priors."""
        if self.path is None:
            return []
        found = self._exact(alias)
        if not found and self.fold_case:
            sql = "SELECT 1.0, alias, entities, priors FROM aliases WHERE folded = ? LIMIT 100"
            found = [self._unpacked(*each) for each in self._ask(sql, alias.casefold())]
        if not found and self.similarity is not None:
            found = self._similar(alias, self.similarity)
        return found

    def _exact(self, alias: str) -> list[tuple[float, str, list[int], list[float]]]:
        sql = "SELECT 1.0, alias, entities, priors FROM aliases WHERE alias = ?"
        return [self._unpacked(*each) for each in (self._ask(sql, alias) if self.path is not None else ())]

    def _unpacked(self, weight: float, alias: str, rows: Any, priors: Any) -> tuple[float, str, list[int], list[float]]:
        unpacked = [_numbers(data, kind) for data, kind in ((rows, "<i4"), (priors, "<f4"))]
        if any(each is None for each in unpacked) or len(unpacked[0]) != len(unpacked[1]):
            raise self._damaged(f"the entities of the alias {alias!r} cannot be read")
        return weight, alias, unpacked[0].tolist(), unpacked[1].tolist()

    # Similar aliases

    def _similar(self, alias: str, least: float) -> list[tuple[float, str, list[int], list[float]]]:
        """The aliases that share the most trigrams with a text, at least so many of those of both."""
        wanted = trigrams(alias)
        numbers, shared = self._sharing(sorted(wanted), least)
        if not len(numbers):
            return []
        if self._sizes is None:
            self._sizes = _numbers(self._ask("SELECT aliases FROM grams WHERE gram = ?", SIZES)[0][0], "<u2")
        if self._sizes is None or len(self._sizes) != self._n_aliases or numbers.max() >= self._n_aliases:
            raise self._damaged("the trigrams of aliases cannot be read")
        alike = shared / (len(wanted) + self._sizes[numbers] - shared)
        best = np.argsort(-alike, kind="stable")[: self.n_similar]
        found = []
        for number in numbers[best[alike[best] >= least]].tolist():
            sql = "SELECT alias, entities, priors FROM aliases WHERE number = ?"
            for text, rows, priors in self._ask(sql, number):
                found.append(self._unpacked(jaccard(wanted, trigrams(text)), text, rows, priors))
        return found

    def _sharing(self, grams: Sequence[str], least: float) -> tuple[Any, Any]:
        """Numbers of aliases that may be similar enough, and how many of the trigrams each has.

        Such an alias has `least` of the trigrams, so it has one of the rarest already, whichever those are.
        """
        marks = ", ".join("?" * len(grams))
        packed = self._ask(f"SELECT aliases FROM grams WHERE gram IN ({marks})", *grams)
        lists = [_numbers(data, "<i4") for (data,) in packed]
        if any(each is None for each in lists):
            raise self._damaged("the trigrams of aliases cannot be read")
        by_length = sorted((each for each in lists if each is not None), key=len)
        needed = max(1, int(np.ceil(least * len(grams) - 1e-9)))
        if len(by_length) < needed:
            return _EMPTY, _EMPTY
        numbers = np.unique(np.concatenate(by_length[: len(by_length) - needed + 1]))
        shared = np.zeros(len(numbers), dtype="int64")
        for each in by_length:
            at = np.minimum(np.searchsorted(each, numbers), len(each) - 1)
            shared += each[at] == numbers
        enough = (shared >= needed) & (numbers >= 0)
        return numbers[enough], shared[enough]


def npy_head(kind: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What an .npy file begins with."""
    head = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, described)
    return head.getvalue()


def write_settings(folder: Path, **settings: Any) -> None:
    """Write how candidates are looked for."""
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf8")


def _numbers(data: object, kind: str) -> Any:
    """An array of bytes; None if they are none, or end within a number."""
    size = np.dtype(kind).itemsize
    if not isinstance(data, bytes) or len(data) % size or not data:
        return None
    return np.frombuffer(data, dtype=kind)


def _link(source: Path, target: Path) -> None:
    """Another name for a file; a copy of it where there are no hard links."""
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
