# Written by scripts/door_stubs.py; do not edit.
from tagma.kb.build import HashedVectors as HashedVectors
from tagma.kb.build import build_kb as build_kb
from tagma.kb.build import to_memory as to_memory
from tagma.kb.disk import DiskKB as DiskKB
from tagma.kb.kb import Candidate as Candidate
from tagma.kb.kb import KnowledgeBase as KnowledgeBase
from tagma.kb.kb import get_candidates as get_candidates
from tagma.kb.kb import get_candidates_batch as get_candidates_batch
from tagma.kb.kb_in_memory import InMemoryLookupKB as InMemoryLookupKB
from tagma.kb.tables import read_table as read_table

__all__ = [
    "HashedVectors",
    "build_kb",
    "to_memory",
    "DiskKB",
    "Candidate",
    "KnowledgeBase",
    "get_candidates",
    "get_candidates_batch",
    "InMemoryLookupKB",
    "read_table",
]
