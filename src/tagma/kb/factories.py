"""What configs name of knowledge bases: how an empty one is made, where one is read from, how candidates are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tagma.errors import Errors
from tagma.kb.disk import DiskKB
from tagma.kb.kb import Candidate, KnowledgeBase, get_candidates, get_candidates_batch
from tagma.kb.kb_in_memory import InMemoryLookupKB
from tagma.registries import registry
from tagma.tokens import Span

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["create_candidates", "create_candidates_batch", "empty_kb", "empty_kb_for_config", "load_disk_kb", "load_kb"]


@registry.misc("spacy.KBFromFile.v1")
def load_kb(kb_path: Path) -> Callable[[Vocab], KnowledgeBase]:
    """Read the folder that `InMemoryLookupKB.to_disk` wrote, here or in spaCy. Errors are those of `from_disk`."""

    def kb_from_file(vocab: Vocab) -> KnowledgeBase:
        return InMemoryLookupKB(vocab, entity_vector_length=1).from_disk(kb_path)

    return kb_from_file


@registry.misc("tagma.DiskKB.v1")
def load_disk_kb(
    path: Path | None, fold_case: bool | None = None, similarity: float | None = None, n_similar: int | None = None
) -> Callable[[Vocab], KnowledgeBase]:
    """Open the folder that `tagma kb` has built. Settings and errors are those of `DiskKB`; E4489 without a path."""

    def open_kb(vocab: Vocab) -> KnowledgeBase:
        if path is None:
            raise ValueError(Errors.E4489)
        return DiskKB(vocab, path, fold_case=fold_case, similarity=similarity, n_similar=n_similar)

    return open_kb


@registry.misc("spacy.EmptyKB.v2")
def empty_kb_for_config() -> Callable[[Vocab, int], KnowledgeBase]:
    """Make an empty knowledge base, with vectors of the width that the component is told."""

    def empty_kb_factory(vocab: Vocab, entity_vector_length: int) -> KnowledgeBase:
        return InMemoryLookupKB(vocab, entity_vector_length)

    return empty_kb_factory


@registry.misc("spacy.EmptyKB.v1")
def empty_kb(entity_vector_length: int = 64) -> Callable[[Vocab], KnowledgeBase]:
    """Make an empty knowledge base with vectors of that width."""

    def empty_kb_factory(vocab: Vocab) -> KnowledgeBase:
        return InMemoryLookupKB(vocab, entity_vector_length)

    return empty_kb_factory


@registry.misc("spacy.CandidateGenerator.v1")
def create_candidates() -> Callable[[KnowledgeBase, Span], Iterable[Candidate]]:
    """The candidates of a mention are those that the knowledge base has for it."""
    return get_candidates


@registry.misc("spacy.CandidateBatchGenerator.v1")
def create_candidates_batch() -> Callable[[KnowledgeBase, Iterable[Span]], Iterable[Iterable[Candidate]]]:
    """The candidates of several mentions, asked for at once."""
    return get_candidates_batch
