"""Fixtures of the architecture tests: an English-like vocabulary, and docs in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import srsly

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc
from tagma.vocab import Vocab

SPACY = Path(__file__).parent.parent / "data" / "spacy"


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the stock lexical attributes."""
    return Vocab(lex_attr_getters=dict(LEX_ATTRS))


@pytest.fixture(scope="session")
def models() -> dict[str, Any]:
    """Models and predictions written by spaCy; see tests/data/spacy/README.md."""
    return srsly.read_msgpack(SPACY / "models.msgpack")


@pytest.fixture
def docs(vocab: Vocab, models: dict[str, Any]) -> list[Doc]:
    """The texts of `models`."""
    return [Doc(vocab, words=words) for words in models["words"]]
