"""Which kind of knowledge base a folder or bytes hold, so that a component reads what it was saved with.

A component begins with the empty knowledge base that its config names; a `kb_loader` may have given it another kind.
"""

from __future__ import annotations

from pathlib import Path

from tagma.kb.disk import BYTES, DATABASE, DiskKB
from tagma.kb.kb import KnowledgeBase
from tagma.kb.kb_in_memory import InMemoryLookupKB

__all__ = ["read_bytes", "read_folder"]


def read_folder(kb: KnowledgeBase, path: str | Path) -> KnowledgeBase:
    """Read a folder into `kb`, or into one of the library's kinds if `kb` is of another of these. Errors: its own."""
    return _of_kind(kb, (Path(path) / DATABASE).exists()).from_disk(path)


def read_bytes(kb: KnowledgeBase, data: bytes) -> KnowledgeBase:
    """Read bytes as `read_folder` does a folder."""
    return _of_kind(kb, data.startswith(BYTES)).from_bytes(data)


def _of_kind(kb: KnowledgeBase, on_disk: bool) -> KnowledgeBase:
    if type(kb) is InMemoryLookupKB and on_disk:
        return DiskKB(kb.vocab)
    if type(kb) is DiskKB and not on_disk:
        return InMemoryLookupKB(kb.vocab, kb.entity_vector_length)
    return kb
