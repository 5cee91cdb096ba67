"""Classes of the languages that stand in the table of `tagma.lang.languages`."""

from __future__ import annotations

from typing import Any

from tagma.attrs import LIKE_NUM
from tagma.lang import elision, number_words
from tagma.lang.languages import LANGUAGES
from tagma.lang.noun_chunks import NOUN_CHUNKS
from tagma.lang.stop_words import STOP_WORDS
from tagma.language.configs import load_config_from_str
from tagma.language.defaults import BaseDefaults
from tagma.language.language import Language

__all__ = ["language_class", "stop_words"]

# What configs of languages that are not cut at spaces have: tokenizers of their own.
_TOKENIZER = '[nlp]\n[nlp.tokenizer]\n@tokenizers = "spacy.{name}"\n'
_CONFIGS = {
    "ja": _TOKENIZER.format(name="ja.JapaneseTokenizer") + "split_mode = null",
    "ko": _TOKENIZER.format(name="ko.KoreanTokenizer"),
    "th": _TOKENIZER.format(name="th.ThaiTokenizer"),
    "vi": _TOKENIZER.format(name="vi.VietnameseTokenizer") + "use_pyvi = true",
    "zh": _TOKENIZER.format(name="zh.ChineseTokenizer")
    + 'segmenter = "char"\n[initialize]\n[initialize.tokenizer]\npkuseg_model = null\npkuseg_user_dict = "default"',
}


def language_class(code: str) -> type[Language]:
    """A new class for a language of the table. Raises KeyError for other codes."""
    info = LANGUAGES[code]
    members: dict[str, Any] = {"stop_words": stop_words(code), "writing_system": info.writing_system}
    if code in NOUN_CHUNKS:
        members["syntax_iterators"] = {"noun_chunks": NOUN_CHUNKS[code]}
    if code in number_words.LIKE_NUM:
        members["lex_attr_getters"] = {LIKE_NUM: number_words.LIKE_NUM[code]}
    if code in elision.INFIXES:
        members["infixes"] = elision.INFIXES[code]
        members["tokenizer_exceptions"] = elision.EXCEPTIONS[code]
    if code in _CONFIGS:
        members["config"] = load_config_from_str(_CONFIGS[code])
    module = f"{BaseDefaults.__module__.partition('.')[0]}.lang.{code}"
    words = f"What {info.name} brings, over the base rules of every language."
    defaults = type(f"{info.name}Defaults", (BaseDefaults,), {**members, "__module__": module, "__doc__": words})
    of_class = {"lang": code, "Defaults": defaults, "__module__": module, "__doc__": f"A pipeline for {info.name}."}
    return type(info.name, (Language,), of_class)


def stop_words(code: str) -> set[str]:
    """The stop words of a language of the table; the empty set for those that have none."""
    return set(STOP_WORDS.get(code, ()))
