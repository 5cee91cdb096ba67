"""Base rules for what is split off a chunk: at its beginning, at its end, and inside it.

A chunk is what stands between white space. Each entry is a regular expression; one list is one set of alternatives.
Prefixes and suffixes are split off one after the other until none is found. The leftmost suffix that reaches the end
of the chunk wins, whatever the order in the list.
"""

from tagma.lang.char_classes import (
    ALPHA,
    ALPHA_LOWER,
    ALPHA_UPPER,
    COMBINING_DIACRITICS,
    CONCAT_PUNCT,
    CONCAT_QUOTES,
    CURRENCY,
    HYPHENS,
    LIST_CURRENCY,
    LIST_ELLIPSES,
    LIST_ICONS,
    LIST_PUNCT,
    LIST_QUOTES,
    UNITS,
)

# Signs that are words of their own on either side of a chunk.
_SIGNS = [*LIST_PUNCT, *LIST_ELLIPSES, *LIST_QUOTES, *LIST_ICONS]
_LONG_DASH = "[‒–—―]"
# Digits that are no part of a name: "B2B" and "MP3" are names.
_AFTER_NUMBER = "(?<=[0-9])(?<![A-Za-z][0-9])(?<![A-Za-z][0-9]{2})"


def suffixes(marks: str = "") -> list[str]:
    """Suffix rules; `marks` (the inside of a character class) may stand on the letter before a full stop."""
    ends_sentence = [
        # after a small letter, a number or a sign, and after two capitals; behind a single capital a full stop belongs
        # to an initial or an abbreviation ("U.S.")
        rf"(?<=[{ALPHA_LOWER}{marks}0-9²³%+\-{CONCAT_PUNCT}{CONCAT_QUOTES}])\.",
        rf"(?<=[{ALPHA_UPPER}{marks}][{ALPHA_UPPER}{marks}])\.",
        r"(?<=°[A-Za-z])\.",
    ]
    after_number = [f"{_AFTER_NUMBER}(?:{UNITS}|{CURRENCY})", r"(?<=[0-9])\+"]
    return [*ends_sentence, *after_number, "['’][Ss]", _LONG_DASH, *_SIGNS]


def infixes(marks: str = "", before_hyphen: str = "") -> list[str]:
    """Infix rules; `marks` may stand on the letter before an infix, and `before_hyphen` in its place before a hyphen.

    Both are the inside of a character class.
    """
    letter = f"{ALPHA}{marks}"
    return [
        # between words
        f"(?<=[{letter}{before_hyphen}])(?:{HYPHENS})(?=[{ALPHA}])",
        f"(?<=[{letter}0-9])[/:=<>](?=[{ALPHA}])",
        f"(?<=[{letter}.]),(?=[{ALPHA}])",
        # between sentences without a space: "end.Start", "end.,and"
        rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}{marks}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES},])",
        # between numbers, the second of which may be negative
        r"(?<=[0-9])[*+^–\-](?=-?[0-9])",
        # anywhere
        *LIST_ICONS,
        *LIST_ELLIPSES,
    ]


TOKENIZER_PREFIXES: list[str] = [
    *_SIGNS,
    _LONG_DASH,
    "[%=]",
    r"\+(?![0-9])",  # "+5" is a number
    *LIST_CURRENCY,
]
TOKENIZER_SUFFIXES: list[str] = suffixes()
TOKENIZER_INFIXES: list[str] = infixes()

# For languages whose words are written with combining marks.
COMBINING_DIACRITICS_TOKENIZER_SUFFIXES: list[str] = suffixes(COMBINING_DIACRITICS)
COMBINING_DIACRITICS_TOKENIZER_INFIXES: list[str] = infixes(COMBINING_DIACRITICS)
