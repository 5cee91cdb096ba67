"""Base norms: signs that are written in several ways count as one form, in every language.

Quotation marks count as straight ones, dashes as a hyphen, currency signs as the dollar's, full width punctuation as
that of ASCII (compatibility decomposition, Unicode Standard Annex 15), and full stops of other scripts as ".".
"""

import unicodedata

from tagma.lang.char_classes import NAMED_CURRENCIES, code_points
from tagma.lang.unicode_ranges import CURRENCY_SIGNS, DASHES

_SINGLE_QUOTES = "'`´‘’‚‛‹›"
_DOUBLE_QUOTES = ['"', "“", "”", "„", "‟", "«", "»", "〝", "〞", "＂"]
_FULL_WIDTH = "！＂＇，．：；？（）"
_FULL_STOPS = "。｡।॥۔։።"


def _signs(ranges: str) -> list[str]:
    return [chr(code) for run in code_points(ranges) for code in run]


def _base_norms() -> dict[str, str]:
    norms = {char: unicodedata.normalize("NFKC", char) for char in f"{_FULL_WIDTH}…"}
    norms.update(dict.fromkeys([*_signs(DASHES), "--", "---", "——"], "-"))
    norms.update(dict.fromkeys([*_signs(CURRENCY_SIGNS), *(f"{letters}$" for letters in NAMED_CURRENCIES)], "$"))
    norms.update(dict.fromkeys(_FULL_STOPS, "."))
    for single in _SINGLE_QUOTES:  # two single ones are a double one, as LaTeX and the Penn Treebank write it
        norms.update({single: "'", single * 2: '"'})
    norms.update(dict.fromkeys(_DOUBLE_QUOTES, '"'))
    norms.update({apostrophe + letter: "'s" for apostrophe in "'’" for letter in "sS"})
    return norms


BASE_NORMS: dict[str, str] = _base_norms()
