"""A vocabulary with English word features."""

from __future__ import annotations

import pytest

import tagma
from tagma.vocab import Vocab


@pytest.fixture
def en_vocab() -> Vocab:
    """New for each test."""
    return tagma.blank("en").vocab
