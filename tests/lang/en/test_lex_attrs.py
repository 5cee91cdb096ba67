"""English number words."""

import pytest

from tagma.lang.en.lex_attrs import like_num

NUMBERS = [
    "10",
    "10,000",
    "1.5",
    "1/2",
    "+5",
    "-5",
    "±5",
    "~5",
    "ten",
    "Ten",
    "TEN",
    "zero",
    "first",
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "21ST",
    "twelfth",
    "hundred",
    "hundredth",
    "twentieth",
    "million",
    "octillion",
    "thirtieth",
    "quintillionth",
    "decillionth",
    "ninth",
    "1,000th",
    "10,",
    "million,",
]
OTHERS = [
    "a",
    "half",
    "zillion",
    "bazillion",
    "ninety-nine",
    "//",
    "1/",
    "1/2/3",
    "+",
    "5%",
    "Ⅷ",
    "½",
    "1e5",
    "th",
    "-th",
    "zeroth",
    "dozen",
    "one-half",
    "quarter",
    "--5",
    "+-5",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers(text: str) -> None:
    """Digits, fractions, cardinals and ordinals are numbers."""
    assert like_num(text)


@pytest.mark.parametrize("text", OTHERS)
def test_no_numbers(text: str) -> None:
    """Other words are not."""
    assert not like_num(text)
