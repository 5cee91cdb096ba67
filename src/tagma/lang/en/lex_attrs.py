"""English number words."""

from tagma.attrs import LIKE_NUM
from tagma.lang.lex_attrs import Getter
from tagma.lang.lex_attrs import like_num as is_written_in_digits

_UNITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_POWERS = [
    "hundred",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
    "decillion",
    "gajillion",
    "bazillion",
]
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def _ordinal(cardinal: str) -> str:
    if cardinal in _IRREGULAR:
        return _IRREGULAR[cardinal]
    return f"{cardinal[:-1]}ieth" if cardinal.endswith("y") else f"{cardinal}th"


_CARDINALS = frozenset(["zero", *_UNITS, *_TEENS, *_TENS, *_POWERS])
_ORDINALS = frozenset(_ordinal(word) for word in _CARDINALS - {"zero"})
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")


def like_num(text: str) -> bool:
    """A number in digits, a cardinal or ordinal in words, or digits with an ordinal ending ("21st")."""
    if is_written_in_digits(text):
        return True
    if text.startswith(("+", "-", "±", "~")):
        text = text[1:]
    word = text.replace(",", "").replace(".", "").lower()
    if word in _CARDINALS or word in _ORDINALS:
        return True
    return word.endswith(_ORDINAL_ENDINGS) and word[:-2].isdigit()


LEX_ATTRS: dict[int, Getter] = {LIKE_NUM: like_num}
