"""Which kind of knowledge base a folder holds."""

from __future__ import annotations

from pathlib import Path

from tagma.kb.kb import KnowledgeBase

__all__ = ["read_into"]


def read_into(kb: KnowledgeBase, path: str | Path) -> KnowledgeBase:
    """The knowledge base of a folder."""
    kb.from_disk(path)
    return kb
