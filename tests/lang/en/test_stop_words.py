"""English stop words."""

import tagma
from tagma.lang.en.stop_words import STOP_WORDS


def test_size_and_form() -> None:
    """There are 326 of them, in lower case."""
    assert len(STOP_WORDS) == 326
    assert {word.lower() for word in STOP_WORDS} == STOP_WORDS


def test_is_stop_does_not_look_at_case() -> None:
    """A stop word is one in any case and with any apostrophe; a content word is none."""
    vocab = tagma.blank("en").vocab
    assert all(vocab[word].is_stop for word in ["the", "The", "THE", "ten", "n't", "n’t", "N‘T", "‘re"])
    assert not any(vocab[word].is_stop for word in ["shall", "half", "apple", "can't"])
