"""Multi-language: the base rules alone."""

from typing import ClassVar

from tagma.language import Language


class MultiLanguage(Language):
    """A pipeline for text in any or several languages."""

    lang: ClassVar[str | None] = "xx"


__all__ = ["MultiLanguage"]
