"""Multi-language: the base rules alone."""

from tagma.language import Language


class MultiLanguage(Language):
    """A pipeline for text in any or several languages."""

    lang = "xx"


__all__ = ["MultiLanguage"]
