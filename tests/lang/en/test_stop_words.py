"""English stop words."""

import pytest

import tagma
from tagma.lang.en.stop_words import STOP_WORDS


def test_form() -> None:
    """All in lower case, without white space."""
    assert {word.lower() for word in STOP_WORDS} == STOP_WORDS
    assert not any(char.isspace() for word in STOP_WORDS for char in word)


@pytest.mark.parametrize(
    "word", ["the", "The", "THE", "ten", "n't", "n’t", "N'T", "’re", "whose", "ourselves", "isn't"]
)
def test_function_words(word: str) -> None:
    """Each token of a closed class is a stop word, in any case and with any apostrophe."""
    assert all(token.is_stop for token in tagma.blank("en")(word))


@pytest.mark.parametrize("word", ["half", "apple", "name", "call", "hundred", "good", "time", "walk"])
def test_content_words(word: str) -> None:
    """Nouns, verbs and adjectives are none, nor are large numbers."""
    assert not tagma.blank("en").vocab[word].is_stop
