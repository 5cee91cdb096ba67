# Written by scripts/door_stubs.py; do not edit.
from tagma.kb.kb import Candidate as Candidate
from tagma.kb.kb import KnowledgeBase as KnowledgeBase
from tagma.kb.kb import get_candidates as get_candidates
from tagma.kb.kb import get_candidates_batch as get_candidates_batch
from tagma.kb.kb_in_memory import InMemoryLookupKB as InMemoryLookupKB

__all__ = ["Candidate", "KnowledgeBase", "get_candidates", "get_candidates_batch", "InMemoryLookupKB"]
