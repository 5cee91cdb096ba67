"""A vocabulary and a parsed Doc."""

import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc
from tagma.vocab import Vocab


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the getters that all languages share."""
    return Vocab(dict(LEX_ATTRS))


@pytest.fixture
def parsed(vocab: Vocab) -> Doc:
    """Two sentences with a parse: "I like it . You go ."."""
    return Doc(
        vocab,
        words=["I", "like", "it", ".", "You", "go", "."],
        heads=[1, 1, 1, 1, 5, 5, 5],
        deps=["nsubj", "ROOT", "dobj", "punct", "nsubj", "ROOT", "punct"],
        tags=["PRP", "VBP", "PRP", ".", "PRP", "VBP", "."],
    )
