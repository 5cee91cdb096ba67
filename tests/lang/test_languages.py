"""Languages of the table: classes, import paths, rules."""

import pickle
from importlib import import_module

import pytest

import tagma
from tagma.lang.languages import LANGUAGES
from tagma.lang.number_words import NUMBER_WORDS
from tagma.lang.stop_words import STOP_WORDS
from tagma.language import Language
from tagma.language.codes import LANG_ALIASES
from tagma.util import get_lang_class

WITHOUT_SPACES = ("ja", "ko")


def test_all_codes_are_there() -> None:
    """Every code that has an alias, and those of the peer that have none."""
    assert {*LANGUAGES, "en", "xx"} >= {*LANG_ALIASES.values(), "dsb", "hsb", "grc", "kmr", "lij"}
    assert len(LANGUAGES) == 77


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {*WITHOUT_SPACES, "th", "vi"}))
def test_a_pipeline_can_be_made(code: str) -> None:
    """It tokenizes, keeps the text, and knows its language and script."""
    nlp = tagma.blank(code)
    doc = nlp("Abc, 12 def.")
    assert doc.text == "Abc, 12 def."
    assert (nlp.lang, doc[0].lang_) == (code, code)
    assert nlp.vocab.writing_system == LANGUAGES[code].writing_system
    assert type(nlp).__name__ == LANGUAGES[code].name


def test_import_paths() -> None:
    """`from tagma.lang.de import German`, its defaults and stop words; the class is one, by whatever way."""
    from tagma.lang.de import German, GermanDefaults  # type: ignore[import-not-found]  # made from the table
    from tagma.lang.de.stop_words import STOP_WORDS as GERMAN  # type: ignore[import-not-found]  # as above

    assert issubclass(German, Language)
    assert German.Defaults is GermanDefaults
    assert get_lang_class("de") is German is get_lang_class("deu")
    assert pickle.loads(pickle.dumps(German)) is German
    assert "und" in GERMAN == German.Defaults.stop_words
    assert import_module("tagma.lang.de").__all__ == ["German"]


@pytest.mark.parametrize("name", ["tagma.lang.de.lex_attrs", "tagma.lang.zz", "tagma.lang.en.nothing"])
def test_other_modules_are_not_made(name: str) -> None:
    """Only what the table has."""
    with pytest.raises(ModuleNotFoundError):
        import_module(name)


@pytest.mark.parametrize(
    ("code", "words", "numbers"),
    [
        ("fr", "le d' aujourd'hui avion", ["deux", "3e", "1er", "3,5", "quatre-vingts", "chat", "ème"]),
        ("de", "der nicht Haus", ["zwei", "12", "Millionen", "Haus"]),
        ("es", "los pero casa", ["mil", "3ro", "casa"]),
    ],
)
def test_words(code: str, words: str, numbers: list[str]) -> None:
    """Stop words are of closed classes; numbers are in words and digits, with ordinal endings."""
    vocab = tagma.blank(code).vocab
    assert [vocab[word].is_stop for word in words.split()] == [word in STOP_WORDS[code] for word in words.split()]
    expected = [word.lower() in NUMBER_WORDS[code] or word[0].isdigit() for word in numbers]
    assert [vocab[word].like_num for word in numbers] == expected


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("fr", "L’avion d'aujourd'hui, qu'il", ["L’", "avion", "d'", "aujourd'hui", ",", "qu'", "il"]),
        ("it", "dell'anno un po' rock'n'roll", ["dell'", "anno", "un", "po'", "rock'", "n'", "roll"]),
        ("ca", "l'home", ["l'", "home"]),
    ],
)
def test_elision(code: str, text: str, words: list[str]) -> None:
    """The apostrophe belongs to the word before it; some words keep theirs."""
    assert [token.text for token in tagma.blank(code)(text)] == words
