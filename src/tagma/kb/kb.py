"""KnowledgeBase: what an entity linker asks of a knowledge base, whoever keeps it; Candidate: what it is given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tagma.errors import Errors
from tagma.nn.types import Floats1d

if TYPE_CHECKING:
    from tagma.tokens import Span
    from tagma.vocab import Vocab

__all__ = ["Candidate", "KnowledgeBase", "get_candidates", "get_candidates_batch"]


class Candidate:
    """An entity, the alias that it was found by, and how probable it is under that alias before anything is read.

    kb               The knowledge base that knows it.
    entity_hash      Key of the entity's id in `kb.vocab.strings`.
    entity_freq      How often the entity occurs, in the unit that the knowledge base was made with.
    entity_vector    float32 (kb.entity_vector_length,)
    alias_hash       Key of the alias.
    prior_prob       Probability of the entity, given the alias alone.
    """

    __slots__ = ("alias", "entity", "entity_freq", "entity_vector", "kb", "prior_prob")

    def __init__(
        self,
        kb: KnowledgeBase,
        entity_hash: int,
        entity_freq: float,
        entity_vector: Floats1d,
        alias_hash: int,
        prior_prob: float,
    ) -> None:
        self.kb: KnowledgeBase = kb
        self.entity: int = entity_hash
        self.entity_freq: float = entity_freq
        self.entity_vector: Floats1d = entity_vector
        self.alias: int = alias_hash
        self.prior_prob: float = prior_prob

    def __repr__(self) -> str:
        return f"Candidate({self.entity_!r} for {self.alias_!r}, prior {self.prior_prob:.3g})"

    @property
    def entity_(self) -> str:
        """The entity's id."""
        return self.kb.vocab.strings[self.entity]

    @property
    def alias_(self) -> str:
        """The alias."""
        return self.kb.vocab.strings[self.alias]


class KnowledgeBase:
    """Entities by id, each with a vector, and candidates for mentions. A subclass says where they are kept.

    vocab                   The shared vocabulary; ids and aliases are texts of its string store.
    entity_vector_length    Width of the entities' vectors.

    Raises TypeError E1046 when it is made itself; methods that a subclass lacks raise NotImplementedError E1045.
    """

    entity_vector_length: int = 0

    def __init__(self, vocab: Vocab, entity_vector_length: int) -> None:
        if type(self) is KnowledgeBase:
            raise TypeError(Errors.E1046.format(cls_name="KnowledgeBase"))
        self.vocab: Vocab = vocab
        self.entity_vector_length = entity_vector_length

    def get_candidates(self, mention: Span) -> Iterable[Candidate]:
        """The entities that a mention may stand for; none if nothing is called like that."""
        raise self._undefined("get_candidates")

    def get_candidates_batch(self, mentions: Iterable[Span]) -> Iterable[Iterable[Candidate]]:
        """The candidates of each mention; one mention at a time, unless a subclass knows better."""
        return [self.get_candidates(mention) for mention in mentions]

    def get_alias_candidates(self, alias: str) -> Iterable[Candidate]:
        """The entities that are called `alias`."""
        raise self._undefined("get_alias_candidates")

    def get_vector(self, entity: str) -> Floats1d:
        """The vector of an entity, float32 (entity_vector_length,); zeros for an id that is not known."""
        raise self._undefined("get_vector")

    def get_vectors(self, entities: Iterable[str]) -> Iterable[Floats1d]:
        """The vector of each entity."""
        return [self.get_vector(entity) for entity in entities]

    def to_bytes(self, **kwargs: Any) -> bytes:
        """The knowledge base as bytes."""
        raise self._undefined("to_bytes")

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_bytes` wrote."""
        raise self._undefined("from_bytes")

    def to_disk(self, path: str | Path, exclude: Iterable[str] = ()) -> None:
        """Write the knowledge base into a folder."""
        raise self._undefined("to_disk")

    def from_disk(self, loc: str | Path, exclude: Iterable[str] = ()) -> Self:
        """Read what `to_disk` wrote."""
        raise self._undefined("from_disk")

    def _undefined(self, method: str) -> NotImplementedError:
        own = type(self).__name__
        return NotImplementedError(
            Errors.E1045.format(
                what="The knowledge base", name=own, method=f"method {method!r}", besides="; write it in the class."
            )
        )


def get_candidates(kb: KnowledgeBase, mention: Span) -> Iterable[Candidate]:
    """The candidates that a knowledge base has for a mention."""
    return kb.get_candidates(mention)


def get_candidates_batch(kb: KnowledgeBase, mentions: Iterable[Span]) -> Iterable[Iterable[Candidate]]:
    """The candidates of each of several mentions."""
    return kb.get_candidates_batch(mentions)
