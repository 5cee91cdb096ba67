"""English number words."""

from tagma.attrs import LIKE_NUM
from tagma.lang.lex_attrs import Getter, without_number_marks
from tagma.lang.lex_attrs import like_num as is_written_in_digits

# Cardinals and their ordinals: up to twenty in full, tens, then the powers (short scale).
_UP_TO_TWENTY = """
one first two second three third four fourth five fifth six sixth seven seventh eight eighth nine ninth ten tenth
eleven eleventh twelve twelfth thirteen thirteenth fourteen fourteenth fifteen fifteenth sixteen sixteenth
seventeen seventeenth eighteen eighteenth nineteen nineteenth twenty twentieth
"""
_TENS = [f"{stem}ty" for stem in ("thir", "for", "fif", "six", "seven", "eigh", "nine")]
_POWERS = ["hundred", "thousand"] + [
    f"{stem}illion" for stem in ("m", "b", "tr", "quadr", "quint", "sext", "sept", "oct", "non", "dec")
]
_NUMBER_WORDS = frozenset(
    ["zero", *_UP_TO_TWENTY.split(), *_TENS, *(f"{ten[:-1]}ieth" for ten in _TENS), *_POWERS]
    + [f"{power}th" for power in _POWERS]
)
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")


def like_num(text: str) -> bool:
    """A number in digits, a cardinal or ordinal in words, or digits with an ordinal ending ("21st")."""
    word = without_number_marks(text).lower()
    ordinal = word.endswith(_ORDINAL_ENDINGS) and word[:-2].isdigit()
    return ordinal or word in _NUMBER_WORDS or is_written_in_digits(text)


LEX_ATTRS: dict[int, Getter] = {LIKE_NUM: like_num}
