"""Trigrams of names."""

from tagma.kb.trigrams import jaccard, trigrams


def test_trigrams() -> None:
    """Runs of three characters, with a blank in front and behind; case and white space do not matter."""
    assert trigrams("Ab") == {" ab", "ab "}
    assert trigrams("  a\tB ") == trigrams("A b") == {" a ", "a b", " b "}
    assert trigrams("") == {"  "}


def test_similarity() -> None:
    """The share of both that is in both."""
    assert jaccard(trigrams("emerson"), trigrams("EMERSON")) == 1.0
    assert jaccard(trigrams("abc"), trigrams("abd")) == 1 / 5
    assert jaccard(frozenset(), frozenset()) == 0.0
