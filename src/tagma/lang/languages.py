"""The languages that have no folder of their own: code, name of the class and script, in one table.

`tagma.language.generic` makes their classes, with the rules that all languages share, and what `stop_words`,
`number_words`, `noun_chunks` and `elision` have for them. A saved pipeline brings its own tokenizer rules.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LANGUAGES", "LanguageInfo"]


class LanguageInfo(NamedTuple):
    """What is known of a language.

    name         name of its class
    direction    "ltr" or "rtl"
    has_case     whether its script has capitals
    has_letters  whether its script has letters, and not signs for syllables or words
    """

    name: str
    direction: str = "ltr"
    has_case: bool = True
    has_letters: bool = True

    @property
    def writing_system(self) -> dict[str, Any]:
        """Direction and kind of the script, as the `Defaults` of a language have it."""
        return {"direction": self.direction, "has_case": self.has_case, "has_letters": self.has_letters}


# code name, then marks: < written from right to left, - without capitals, = without letters
_TABLE = """
af Afrikaans|am Amharic -|ar Arabic <-|az Azerbaijani|bg Bulgarian|bn Bengali|bo Tibetan|ca Catalan|cs Czech|
da Danish|de German|dsb LowerSorbian|el Greek|es Spanish|et Estonian|eu Basque|fa Persian <-|fi Finnish|
fo Faroese|fr French|ga Irish|gd Scottish|grc AncientGreek|gu Gujarati|he Hebrew <-|hi Hindi|hr Croatian|
hsb UpperSorbian|ht HaitianCreole|hu Hungarian|hy Armenian|id Indonesian|is Icelandic|it Italian|
ja Japanese -=|kmr Kurmanji|kn Kannada|ko Korean -=|ky Kyrgyz|la Latin|lb Luxembourgish|lg Luganda|
lij Ligurian|lt Lithuanian|lv Latvian|mk Macedonian|ml Malayalam|mr Marathi|ms Malay|nb Norwegian|ne Nepali|
nl Dutch|nn NorwegianNynorsk|pl Polish|pt Portuguese|ro Romanian|ru Russian|sa Sanskrit|si Sinhala|sk Slovak|
sl Slovenian|sq Albanian|sr Serbian|sv Swedish|ta Tamil|te Telugu|th Thai|ti Tigrinya -|tl Tagalog|
tn Setswana|tr Turkish|tt Tatar|uk Ukrainian|ur Urdu <-|vi Vietnamese|yo Yoruba|zh Chinese -=
"""


def _read(table: str) -> dict[str, LanguageInfo]:
    found = {}
    for entry in table.replace("\n", "").split("|"):
        code, name, marks = [*entry.split(), ""][:3]
        found[code] = LanguageInfo(name, "rtl" if "<" in marks else "ltr", "-" not in marks, "=" not in marks)
    return found


LANGUAGES: dict[str, LanguageInfo] = _read(_TABLE)
