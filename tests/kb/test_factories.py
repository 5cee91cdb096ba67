"""What configs name of knowledge bases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagma.kb import InMemoryLookupKB, get_candidates, get_candidates_batch
from tagma.registries import registry
from tagma.vocab import Vocab


def test_empty_knowledge_bases(vocab: Vocab) -> None:
    """Version 1 is told the width in the config, version 2 by the component."""
    one = registry.misc.get("spacy.EmptyKB.v1")(entity_vector_length=5)(vocab)
    two = registry.misc.get("spacy.EmptyKB.v2")()(vocab, 7)
    assert (one.entity_vector_length, two.entity_vector_length) == (5, 7)
    assert one.is_empty()
    assert two.is_empty()
    assert registry.misc.get("spacy.EmptyKB.v1")()(vocab).entity_vector_length == 64


def test_a_knowledge_base_from_a_file(kb: InMemoryLookupKB, tmp_path: Path) -> None:
    """It has the entities and the width of the one that was saved; a folder that is not there is named (E929)."""
    kb.to_disk(tmp_path / "kb")
    loader = registry.resolve({"kb": {"@misc": "spacy.KBFromFile.v1", "kb_path": str(tmp_path / "kb")}})["kb"]
    read = loader(Vocab())
    assert read.get_entity_strings() == kb.get_entity_strings()
    assert read.entity_vector_length == 3
    with pytest.raises(ValueError, match=r"E929.*elsewhere"):
        registry.misc.get("spacy.KBFromFile.v1")(tmp_path / "elsewhere")(Vocab())


def test_generators() -> None:
    """Both give the functions that ask the knowledge base."""
    assert registry.misc.get("spacy.CandidateGenerator.v1")() is get_candidates
    assert registry.misc.get("spacy.CandidateBatchGenerator.v1")() is get_candidates_batch
