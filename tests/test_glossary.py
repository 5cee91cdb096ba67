"""What tags and labels stand for."""

import pytest

import tagma
from tagma.glossary import GLOSSARY, explain


def test_explain() -> None:
    """Tags, labels of dependencies and of entities; a warning says what is not there."""
    assert explain("NOUN") == "common noun"
    assert tagma.explain("nsubj") == GLOSSARY["nsubj"]
    with pytest.warns(UserWarning, match="W118"):
        assert explain("no such tag") is None


def test_entries() -> None:
    """Each says something, in a few words."""
    assert len(GLOSSARY) == 302
    assert all(term and 0 < len(text.split()) <= 9 for term, text in GLOSSARY.items())
