"""What a language brings: rules and word lists for its tokenizer and vocabulary, and settings for its pipelines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from tagma.attrs import IS_STOP, LANG, NORM
from tagma.lang.lex_attrs import LEX_ATTRS, get_lang, is_stop
from tagma.lang.norm_exceptions import BASE_NORMS
from tagma.language.configs import CONFIG_SECTION_ORDER
from tagma.lookups import add_lookups
from tagma.nn.config import Config
from tagma.vocab import Vocab

__all__ = ["BaseDefaults", "create_vocab", "later"]


class _Later:
    """An attribute of a class whose value stands in a module that is imported when it is asked for."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __get__(self, obj: object, cls: type) -> Any:
        return getattr(import_module(self.module), self.name)


def later(module: str, name: str) -> Any:
    """For the body of a class: what `module` has under a name. A saved pipeline has its own rules and needs none."""
    return _Later(module, name)


class BaseDefaults:
    """Rules that all languages share. A language subclasses this and sets what differs."""

    config: Config = Config(section_order=CONFIG_SECTION_ORDER)
    tokenizer_exceptions: dict[str, list[dict[Any, Any]]] = later("tagma.lang.tokenizer_exceptions", "BASE_EXCEPTIONS")
    prefixes: list[Any] | None = later("tagma.lang.punctuation", "TOKENIZER_PREFIXES")
    suffixes: list[Any] | None = later("tagma.lang.punctuation", "TOKENIZER_SUFFIXES")
    infixes: list[Any] | None = later("tagma.lang.punctuation", "TOKENIZER_INFIXES")
    token_match: Callable[..., Any] | None = None
    url_match: Callable[..., Any] | None = later("tagma.lang.tokenizer_exceptions", "URL_MATCH")
    syntax_iterators: dict[str, Callable[..., Any]] = {}
    lex_attr_getters: dict[int, Callable[[str], Any]] = {}
    stop_words: set[str] | frozenset[str] = frozenset()
    writing_system: dict[str, Any] = {"direction": "ltr", "has_case": True, "has_letters": True}


def create_vocab(lang: str | None, defaults: type[BaseDefaults], vectors_name: str | None = None) -> Vocab:
    """An empty vocabulary with the lexical attributes of a language."""
    shared = {**LEX_ATTRS, **defaults.lex_attr_getters}
    own: dict[int, Callable[[str], Any]] = {
        IS_STOP: partial(is_stop, stops=defaults.stop_words),
        LANG: partial(get_lang, lang=lang or ""),
        NORM: add_lookups(shared[NORM], BASE_NORMS),
    }
    return Vocab(
        lex_attr_getters={**shared, **own},
        writing_system=defaults.writing_system,
        get_noun_chunks=defaults.syntax_iterators.get("noun_chunks"),
        vectors_name=vectors_name,
    )
