"""Fixtures of the tests of knowledge bases: one of three people called Emerson, and a city."""

from __future__ import annotations

import pytest

from tagma.kb import InMemoryLookupKB
from tagma.vocab import Vocab

VECTORS = {"Q312545": [1.0, 0.5, 0.0], "Q48226": [0.0, 1.0, 0.25], "Q215952": [0.0, 0.0, 1.0], "Q90": [-1.0, 0.1, 3e-5]}


@pytest.fixture
def vocab() -> Vocab:
    """An empty vocabulary."""
    return Vocab()


@pytest.fixture
def kb(vocab: Vocab) -> InMemoryLookupKB:
    """Four entities, with vectors of width 3, and three aliases."""
    kb = InMemoryLookupKB(vocab, entity_vector_length=3)
    for i, (entity, vector) in enumerate(VECTORS.items()):
        kb.add_entity(entity, freq=10.5 * i, entity_vector=vector)
    kb.add_alias("Emerson", ["Q312545", "Q48226", "Q215952"], [0.5, 0.3, 0.2])
    kb.add_alias("Roy Emerson", ["Q312545"], [0.9])
    kb.add_alias("Paris", ["Q90"], [0.7])
    return kb
