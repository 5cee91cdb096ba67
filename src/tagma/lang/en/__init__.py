"""English."""

from tagma.lang.en.lex_attrs import LEX_ATTRS
from tagma.lang.en.punctuation import TOKENIZER_INFIXES, TOKENIZER_SUFFIXES
from tagma.lang.en.stop_words import STOP_WORDS
from tagma.lang.en.syntax_iterators import SYNTAX_ITERATORS
from tagma.lang.en.tokenizer_exceptions import TOKENIZER_EXCEPTIONS
from tagma.language import BaseDefaults, Language


class EnglishDefaults(BaseDefaults):
    """English rules and word lists, over the base rules of every language."""

    tokenizer_exceptions = TOKENIZER_EXCEPTIONS
    infixes = TOKENIZER_INFIXES
    suffixes = TOKENIZER_SUFFIXES
    lex_attr_getters = LEX_ATTRS
    syntax_iterators = SYNTAX_ITERATORS
    stop_words = STOP_WORDS


class English(Language):
    """A pipeline for English."""

    lang = "en"
    Defaults = EnglishDefaults


__all__ = ["English"]
