"""Lexeme views."""

import pickle
from pathlib import Path

import numpy
import pytest

from tagma.lang.lex_attrs import LEX_ATTRS
from tagma.tokens import Doc
from tagma.vocab import Vocab


@pytest.fixture
def vocab() -> Vocab:
    """A vocabulary with the getters that all languages share."""
    return Vocab(dict(LEX_ATTRS))


def test_flags(vocab: Vocab) -> None:
    """Flags are read and set by name and id; ids outside are E063."""
    lexeme = vocab["apple"]
    assert lexeme.check_flag(1) is lexeme.is_alpha is True
    lexeme.is_alpha = False
    lexeme.set_flag(30, True)
    assert (lexeme.is_alpha, lexeme.check_flag(30), bool(lexeme.flags & (1 << 30))) == (False, True, True)
    for bad in (0, 64):
        with pytest.raises(ValueError, match="E063"):
            lexeme.check_flag(bad)


def test_empty_text(vocab: Vocab) -> None:
    """The empty text has a lexeme, which is neither punctuation nor a word, number, quote, bracket or space."""
    lexeme = vocab[""]
    names = ["punct", "alpha", "digit", "space", "title", "lower", "upper", "quote", "bracket", "currency"]
    assert [name for name in names if getattr(lexeme, f"is_{name}")] == []
    assert not lexeme.like_num


def test_lookups_behind_properties(vocab: Vocab) -> None:
    """Probability, cluster and sentiment come from the lookups and can be set."""
    lexeme = vocab["apple"]
    assert (lexeme.prob, lexeme.cluster, lexeme.sentiment) == (-20.0, 0, 0.0)
    lexeme.prob = -3.5
    lexeme.cluster = 7
    assert (vocab["apple"].prob, vocab["apple"].cluster) == (-3.5, 7)
    assert vocab.lookups.get_table("lexeme_prob")["apple"] == -3.5


def test_similarity_and_vectors(vocab: Vocab) -> None:
    """Similarity is the cosine of the vectors; without any vectors asking for one is E010."""
    apple, pear = vocab["apple"], vocab["pear"]
    with pytest.raises(ValueError, match="E010"):
        apple.vector  # noqa: B018
    vocab.reset_vectors(width=2)
    apple.vector = numpy.asarray([1, 0], dtype="f")
    pear.vector = numpy.asarray([1, 1], dtype="f")
    assert apple.similarity(pear) == pytest.approx(0.5**0.5)
    assert apple.similarity(apple) == 1.0
    assert (apple.has_vector, apple.is_oov) == (True, False)


def test_comparison_and_pickle(vocab: Vocab) -> None:
    """Lexemes compare and hash by key, and survive pickle."""
    apple = vocab["apple"]
    assert apple == vocab["apple"] != vocab["pear"]
    assert len({apple, vocab["apple"]}) == 1
    assert (apple == 3) is False
    copy = pickle.loads(pickle.dumps(apple))
    assert (copy.text, copy.lower_, copy.orth) == ("apple", "apple", apple.orth)


def test_norms_survive_saving(tmp_path: Path) -> None:
    """A norm that was set is saved with the lookups, as text; other words and other vocabularies have theirs."""
    vocab = Vocab(LEX_ATTRS)
    vocab["a"].norm_ = "b"
    vocab["c"].norm = vocab.strings.add("d")
    vocab["e"].set_attrs(norm="f")
    assert list(vocab.lookups.get_table("lexeme_norm").values()) == ["b", "d", "f"]
    vocab.to_disk(tmp_path / "new" / "vocab")
    loaded = Vocab(LEX_ATTRS).from_disk(tmp_path / "new" / "vocab")
    for copy in (vocab, loaded, Vocab(LEX_ATTRS).from_bytes(vocab.to_bytes()), pickle.loads(pickle.dumps(vocab))):
        assert [copy[text].norm_ for text in ("a", "c", "e", "G")] == ["b", "d", "f", "g"]
        copy["a"].norm_ = "z"
        copy.lookups = copy.lookups  # norms are computed anew
        assert copy["a"].norm_ == "z"
    without = Vocab(LEX_ATTRS).from_bytes(vocab.to_bytes(exclude=["lookups"]))
    assert (without["a"].norm_, without.lookups.tables) == ("a", [])


def test_language_of_a_word(vocab: Vocab) -> None:
    """That of the vocabulary, unless it is set."""
    assert vocab["word"].lang_ == vocab.lang
    vocab["word"].lang_ = "xx"
    assert vocab["word"].lang_ == "xx"
    assert Doc(vocab, words=["word"])[0].lang_ == "xx"
    assert vocab["other"].lang_ == vocab.lang
