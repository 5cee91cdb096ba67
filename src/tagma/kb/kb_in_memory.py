"""InMemoryLookupKB: a knowledge base in memory, whose candidates are found by the exact text of a mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tagma.errors import Errors, Warnings, warn_user
from tagma.kb._entries import Entries
from tagma.kb.kb import Candidate, KnowledgeBase
from tagma.nn.types import Floats1d
from tagma.util.folders import replace_dir, settle
from tagma.util.serialize import Part, Parts, reading

if TYPE_CHECKING:
    from tagma.tokens import Span
    from tagma.vocab import Vocab

__all__ = ["InMemoryLookupKB"]

# Records of the file.
ENTITY = np.dtype([("key", "<u8"), ("freq", "<f4"), ("vector", "<i4")])
PAIR = np.dtype([("entity", "<i8"), ("prior", "<f4")])
TOLERANCE = 1e-5  # by which priors may sum to more than 1


class InMemoryLookupKB(KnowledgeBase):
    """Entities, each with a frequency and a vector, and aliases, each with the entities that are called so.

    An alias gives its entities prior probabilities, whose sum is at most 1: what is left is for entities that the
    knowledge base does not know. A folder or bytes that it is saved as are those of spaCy.
    """

    def __init__(self, vocab: Vocab, entity_vector_length: int) -> None:
        super().__init__(vocab, entity_vector_length)
        self._entries: Entries = Entries(entity_vector_length)

    def is_empty(self) -> bool:
        """Whether there are no entities."""
        return not len(self)

    def __len__(self) -> int:
        return self._entries.n_entities

    def get_size_entities(self) -> int:
        """Number of entities."""
        return self._entries.n_entities

    def get_entity_strings(self) -> list[str]:
        """Ids of the entities, in the order in which they came."""
        return [self.vocab.strings[key] for key in self._entries.entity_keys().tolist()]

    def get_size_aliases(self) -> int:
        """Number of aliases."""
        return self._entries.n_aliases

    def get_alias_strings(self) -> list[str]:
        """The aliases, in the order in which they came."""
        return [self.vocab.strings[key] for key in self._entries.alias_keys().tolist()]

    def contains_entity(self, entity: str | int) -> bool:
        """Whether there is an entity with this id or its hash."""
        return self._entity_row(entity) >= 0

    def contains_alias(self, alias: str | int) -> bool:
        """Whether any entity is called so."""
        return self._alias_row(alias) >= 0

    def add_entity(self, entity: str | int, freq: float, entity_vector: npt.ArrayLike) -> int | None:
        """Add an entity and return its hash; for one that is there already, warn (W018) and return None.

        freq             How often it occurs, in any unit: candidates carry it.
        entity_vector    (entity_vector_length,)
        Raises ValueError E141 for a vector of another width.
        """
        key = self.vocab.strings.add(entity, allow_transient=False)
        if self._entries.entity_row(key) >= 0:
            warn_user(Warnings.W018.format(entity=self.vocab.strings[key]))
            return None
        vector = np.ascontiguousarray(entity_vector, dtype="float32")
        if vector.shape != (self.entity_vector_length,):
            raise ValueError(Errors.E141.format(entity=entity, found=vector.shape, required=self.entity_vector_length))
        self._entries.add_entity(key, freq, vector)
        return key

    def set_entities(
        self, entity_list: Iterable[str | int], freq_list: Iterable[float], vector_list: Iterable[npt.ArrayLike]
    ) -> None:
        """Have these entities and no others. Aliases are given up, since they stand for entities that were here.

        Raises ValueError: E140 for lists of different lengths, E141 for a vector of another width.
        """
        entities, freqs, vectors = list(entity_list), list(freq_list), list(vector_list)
        if not len(entities) == len(freqs) == len(vectors):
            raise ValueError(Errors.E140.format(entities=len(entities), freqs=len(freqs), vectors=len(vectors)))
        old, self._entries = self._entries, Entries(self.entity_vector_length)
        try:
            for entity, freq, vector in zip(entities, freqs, vectors, strict=True):
                self.add_entity(entity, freq, vector)
        except (ValueError, TypeError):
            self._entries = old
            raise

    def add_alias(self, alias: str, entities: Iterable[str | int], probabilities: Iterable[float]) -> int | None:
        """Add an alias for entities, and return its hash; for one that is there already, warn (W017), return None.

        entities         Ids of entities that are there, or their hashes.
        probabilities    Probability of each, given that the alias is used.
        Raises ValueError: E890 for an empty alias, E132 for lists of different lengths, E4485 without entities, E4486
        for a probability that is none, E133 if the probabilities sum to more than 1, E134 for an unknown entity.
        """
        if not alias:
            raise ValueError(Errors.E890.format(alias=alias))
        entities, priors = list(entities), np.array([float(p) for p in probabilities], dtype="float32")
        if len(entities) != len(priors):
            raise ValueError(Errors.E132.format(alias=alias, entities=len(entities), probabilities=len(priors)))
        if not entities:
            raise ValueError(Errors.E4485.format(alias=alias))
        for entity, prior in zip(entities, priors.tolist(), strict=True):
            self._require_prior(alias, entity, prior)
        self._require_sum(alias, priors.tolist())
        rows = np.array([self._known_row(alias, entity) for entity in entities], dtype="int64")
        key = self.vocab.strings.add(alias, allow_transient=False)
        if self._entries.alias_row(key) >= 0:
            warn_user(Warnings.W017.format(alias=alias))
            return None
        self._entries.add_alias(key, rows, priors)
        return key

    def append_alias(self, alias: str, entity: str | int, prior_prob: float, ignore_warnings: bool = False) -> None:
        """Add one entity to an alias that is there; if it has it already, warn (W024) unless told not to.

        Raises ValueError: E176 for an unknown alias, E134 for an unknown entity, E4486 for a probability that is none,
        E133 if the probabilities would sum to more than 1.
        """
        known = self._alias_row(alias)
        if known < 0:
            raise ValueError(Errors.E176.format(alias=alias))
        row = self._known_row(alias, entity)
        self._require_prior(alias, entity, prior_prob)
        pairs = self._entries.pairs(known)
        self._require_sum(alias, [*(prior for *_, prior in pairs), prior_prob])
        if any(there == row for there, *_ in pairs):
            if not ignore_warnings:
                warn_user(Warnings.W024.format(entity=entity, alias=alias))
            return
        self._entries.extend_alias(known, row, prior_prob)

    def get_candidates(self, mention: Span) -> list[Candidate]:
        """The entities that are called as the mention is written."""
        return self.get_alias_candidates(mention.text)

    def get_alias_candidates(self, alias: str) -> list[Candidate]:
        """The entities that are called so, in the order in which they were given; [] for an unknown alias."""
        known = self._alias_row(alias)
        if known < 0:
            return []
        key, entries = self.vocab.strings[alias], self._entries
        return [
            Candidate(self, entity, freq, entries.vector(row), key, prior)
            for row, entity, freq, prior in entries.pairs(known)
        ]

    def get_vector(self, entity: str | int) -> Floats1d:
        """The vector of an entity, float32 (entity_vector_length,); zeros for an id that is not known."""
        row = self._entity_row(entity)
        return self._entries.vector(row) if row >= 0 else np.zeros(self.entity_vector_length, dtype="float32")

    def get_prior_prob(self, entity: str | int, alias: str | int) -> float:
        """Probability of an entity, given an alias; 0.0 if the alias does not stand for it."""
        known, row = self._alias_row(alias), self._entity_row(entity)
        if known < 0 or row < 0:
            return 0.0
        return next((prior for there, _, _, prior in self._entries.pairs(known) if there == row), 0.0)

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The knowledge base as bytes. Texts are not part of it: they are in the vocabulary."""
        return self._bytes_parts().to_bytes()

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_bytes` wrote, in place of what is here. Raises ValueError E4010 for other bytes."""
        parts = self._bytes_parts()
        parts.from_bytes(bytes_data, exclude)
        return self

    def to_disk(self, path: str | Path, exclude: Iterable[str] = ()) -> None:
        """Write the folder, all of it or nothing. Files: contents, strings.json. Raises ValueError E928 for a file."""
        self._require_folder(path)
        with replace_dir(path) as folder:
            self._disk_parts().to_disk(folder, exclude)

    def from_disk(self, loc: str | Path, exclude: Iterable[str] = ()) -> Self:
        """Read the folder, in place of what is here.

        Raises ValueError: E929 if it is not there, E928 for a file, E4010 for strings that are none; OSError E145 for
        contents that are damaged.
        """
        self._require_folder(loc)
        folder = settle(loc)
        if not folder.exists():
            raise ValueError(Errors.E929.format(loc=loc))
        self._disk_parts().from_disk(folder, exclude)
        return self

    def _entity_row(self, entity: str | int) -> int:
        return self._entries.entity_row(self.vocab.strings.as_int(entity))

    def _alias_row(self, alias: str | int) -> int:
        return self._entries.alias_row(self.vocab.strings.as_int(alias))

    def _known_row(self, alias: str, entity: str | int) -> int:
        row = self._entity_row(entity)
        if row < 0:
            raise ValueError(Errors.E134.format(entity=entity, alias=alias))
        return row

    def _require_prior(self, alias: str, entity: str | int, prior: float) -> None:
        if not 0 <= prior <= 1 + TOLERANCE:
            raise ValueError(Errors.E4486.format(alias=alias, entity=entity, prior=prior))

    def _require_sum(self, alias: str, priors: Sequence[float]) -> None:
        if (total := sum(priors)) > 1 + TOLERANCE:
            raise ValueError(Errors.E133.format(alias=alias, sum=total))

    def _require_folder(self, path: str | Path) -> None:
        if Path(path).is_file():
            raise ValueError(Errors.E928.format(loc=path))

    def _disk_parts(self) -> Parts:
        strings = self.vocab.strings
        parts = Parts()
        parts["contents"] = _of_disk(lambda file: file.write_bytes(self._entries.pack()), self._read_contents)
        parts["strings.json"] = _of_disk(strings.to_disk, strings.from_disk)
        return parts

    def _read_contents(self, path: Path) -> None:
        data = path.read_bytes()
        try:
            entries = Entries.unpack(data)
        except ValueError as error:
            raise OSError(Errors.E145.format(path=path, reason=error)) from error
        self._take(entries)

    def _take(self, entries: Entries) -> None:
        self._entries = entries
        self.entity_vector_length = entries.width

    def _bytes_parts(self) -> Parts:
        """The four parts that spaCy has: JSON of sizes, vectors, entities and aliases. Reading ends with the last."""
        import srsly

        read: dict[str, Any] = {}

        def part(name: str, get: Callable[[], Any]) -> Part:
            def take(data: bytes | str) -> None:
                with reading("the bytes of a knowledge base"):
                    read[name] = srsly.json_loads(data)
                    if len(read) == 4:
                        self._take(_entries_of(read))

            return Part(to_bytes=lambda: srsly.json_dumps(get()), from_bytes=take, to_disk=None, from_disk=None)

        entries = self._entries
        n, n_aliases = entries.n_entities, entries.n_aliases
        keys, pairs = entries.entity_keys().tolist(), [entries.pairs(i) for i in range(n_aliases)]
        freqs, aliases = entries.frequencies().tolist(), entries.alias_keys().tolist()
        parts = Parts()
        parts["header"] = part("header", lambda: [n, n_aliases, entries.width])
        parts["entity_vectors"] = part("entity_vectors", lambda: [entries.vector(i).tolist() for i in range(n)])
        parts["entries"] = part("entries", lambda: [[keys[i], freqs[i], i] for i in range(n)])
        parts["aliases"] = part(
            "aliases",
            lambda: [
                srsly.json_dumps([[key, len(found)] for key, found in zip(aliases, pairs, strict=True)]),
                srsly.json_dumps([[row + 1 for row, *_ in found] for found in pairs]),
                srsly.json_dumps([[prior for *_, prior in found] for found in pairs]),
            ],
        )
        return parts


def _of_disk(write: Callable[[Path], Any], read: Callable[[Path], Any]) -> Part:
    """A part that is a file alone."""
    return Part(to_bytes=None, from_bytes=None, to_disk=write, from_disk=read)


def _entries_of(read: dict[str, Any]) -> Entries:
    """Entries from the JSON of the four parts. Raises ValueError, TypeError or OverflowError where it is none of them.

    It is put in the form of a file, whose reader looks at all of it.
    """
    import srsly

    n, n_aliases, width = read["header"]
    headers, indices, priors = map(srsly.json_loads, read["aliases"])
    # spaCy writes an empty list behind the vectors of entities that were set all at once
    vectors = [vector for vector in read["entity_vectors"] if len(vector) or not width][:n]
    sizes = [len(vectors), len(read["entries"]), len(headers), len(indices), len(priors)]
    if sizes != [n, n, n_aliases, n_aliases, n_aliases]:
        raise ValueError(f"the head says {n} entities and {n_aliases} aliases, and what follows has {sizes}")
    pieces = [np.array([n, width], dtype="<i8"), np.array(vectors, dtype="<f4").reshape(n, width)]
    pieces += [np.array([tuple(entry) for entry in read["entries"]], dtype=ENTITY), np.array([n_aliases], dtype="<i8")]
    for (key, size), rows, probabilities in zip(headers, indices, priors, strict=True):
        if not size == len(rows) == len(probabilities):
            raise ValueError(f"an alias has {len(rows)} entities and {len(probabilities)} priors, not {size}")
        pieces += [np.array([key], dtype="<u8"), np.array([size], dtype="<i8")]
        pieces.append(np.array(list(zip(rows, probabilities, strict=True)), dtype=PAIR))
    return Entries.unpack(b"".join(piece.tobytes() for piece in pieces))
