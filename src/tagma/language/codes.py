"""Language codes, and the classes of the languages."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from tagma.errors import Errors
from tagma.lang.languages import LANGUAGES
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["LANG_ALIASES", "find_matching_language", "get_lang_class", "lang_class_is_loaded", "set_lang_class"]

# Code, then its other codes (ISO 639-2, 639-3, and obsolete ones).
_CODES = """
af afr|am amh|ar ara|az aze|bg bul|bn ben|bo bod tib|ca cat|cs ces cze|da dan|de deu ger|el ell gre|en eng|es spa|
et est|eu eus baq|fa fas per|fi fin|fo fao|fr fra fre|ga gle|gd gla|gu guj|he heb iw|hi hin|hr hrv scr|hu hun|hy hye|
id ind in|is isl ice|it ita|ja jpn|kn kan|ko kor|ky kir|la lat|lb ltz|lg lug|lt lit|lv lav|mk mkd mac|ml mal|mr mar|
ms msa may|nb nob|ne nep|nl nld dut|nn nno|pl pol|pt por|ro ron rom mo mol|ru rus|sa san|si sin|sk slk slo|sl slv|
sq sqi alb|sr srp scc|sv swe|ta tam|te tel|th tha|ti tir|tl tgl|tn tsn|tr tur|tt tat|uk ukr|ur urd|vi viw vie|yo yor|
zh zho chi|xx mul
"""
LANG_ALIASES: dict[str, str] = {
    alias: entry.split()[0] for entry in _CODES.replace("\n", "").split("|") for alias in entry.split()[1:]
}


def find_matching_language(lang: str) -> str | None:
    """The code that stands for another code of the same language; None if there is none."""
    return LANG_ALIASES.get(lang)


def get_lang_class(lang: str) -> type[Language]:
    """The class of a language by its code: registered, of an installed package, or in `tagma.lang`.

    Raises ImportError E048, which names the codes that are there.
    """
    if lang in registry.languages:
        registered: type[Language] = registry.languages.get(lang)
        return registered
    for code in (lang, LANG_ALIASES.get(lang)):
        if code and (found := _built_in(code)) is not None:
            set_lang_class(lang, found)
            return found
    raise ImportError(Errors.E048.format(lang=lang, err="there is no such module", langs=", ".join(_known())))


def _built_in(code: str) -> type[Language] | None:
    name = f"tagma.lang.{code}"
    if not code.isidentifier():
        return None
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise
    classes: list[type[Language]] = [getattr(module, public) for public in getattr(module, "__all__", ())]
    return next((cls for cls in classes if getattr(cls, "lang", None) == code), None)


def _known() -> list[str]:
    import pkgutil

    import tagma.lang

    folders = [module.name for module in pkgutil.iter_modules(tagma.lang.__path__) if module.ispkg]
    return sorted({*folders, *LANGUAGES, *registry.languages.names()})


def set_lang_class(name: str, cls: type[Language]) -> None:
    """Register the class of a language under a code."""
    registry.languages.register(name, func=cls)


def lang_class_is_loaded(lang: str) -> bool:
    """Whether a class is registered under this code."""
    return lang in registry.languages
