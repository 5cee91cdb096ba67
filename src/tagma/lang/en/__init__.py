"""English."""

from collections.abc import Callable
from typing import Any, ClassVar

from tagma.lang.en.lex_attrs import LEX_ATTRS
from tagma.lang.en.stop_words import STOP_WORDS
from tagma.lang.en.syntax_iterators import SYNTAX_ITERATORS
from tagma.language import BaseDefaults, Language
from tagma.language.defaults import later


class EnglishDefaults(BaseDefaults):
    """English rules and word lists, over the base rules of every language."""

    tokenizer_exceptions = later("tagma.lang.en.tokenizer_exceptions", "TOKENIZER_EXCEPTIONS")
    infixes: list[Any] | None = later("tagma.lang.en.punctuation", "TOKENIZER_INFIXES")
    suffixes: list[Any] | None = later("tagma.lang.en.punctuation", "TOKENIZER_SUFFIXES")
    lex_attr_getters = LEX_ATTRS
    syntax_iterators: dict[str, Callable[..., Any]] = SYNTAX_ITERATORS
    stop_words: set[str] | frozenset[str] = STOP_WORDS


class English(Language):
    """A pipeline for English."""

    lang: ClassVar[str | None] = "en"
    Defaults: ClassVar[type[BaseDefaults]] = EnglishDefaults


__all__ = ["English"]
