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

# Signs that are words of their own on either side of a chunk. Emoji come first: some begin with a mark ("#️⃣").
_SIGNS = [*LIST_ICONS, *LIST_PUNCT, *LIST_ELLIPSES, *LIST_QUOTES]
_LONG_DASH = "[‒–—―]"
# Inside a chunk: brackets, and quotation marks that are no apostrophes and, but for what follows, no inches.
_OPENING, _CLOSING, _DOUBLE_QUOTES = r"(\[{", r")\]}", '"“”„«»'
# Digits that are no part of a name: "B2B" and "MP3" are names.
_AFTER_NUMBER = "(?<=[0-9])(?<![A-Za-z][0-9])(?<![A-Za-z][0-9]{2})"


def suffixes(marks: str = "") -> list[str]:
    """Suffix rules; `marks` (the inside of a character class) may stand on the letter before a full stop."""
    ends_sentence = [
        # after a small letter, a number or a sign, and after a capital that is not the first; behind a single capital a
        # full stop belongs to an initial or an abbreviation ("U.S.")
        rf"(?<=[{ALPHA_LOWER}{marks}0-9²³%+\-{CONCAT_PUNCT}{CONCAT_QUOTES}])\.",
        rf"(?<=[{ALPHA}{marks}0-9][{ALPHA_UPPER}{marks}])\.",
        # after what addresses and formulas end in, and after a letter that is the name of a page
        r"(?<=[^\s.][/=~@$|^\\])\.",
        rf"(?<=[^\s.]/[{ALPHA_UPPER}])\.",
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
        f"(?<=[{letter}0-9{_CLOSING}{_DOUBLE_QUOTES}])[/:=<>](?=[{ALPHA}{_DOUBLE_QUOTES}])",
        *_commas(letter),
        *_ends_of_sentences(f"{ALPHA_LOWER}{marks}", letter),
        *_quotes(letter),
        *_brackets(letter),
        # between numbers, the second of which may be negative
        r"(?<=[0-9])[*+^–\-](?=-?[0-9])",
        # anywhere
        *LIST_ICONS,
        *LIST_ELLIPSES,
    ]


def _commas(letter: str) -> list[str]:
    """Between words, quotations and asides: `"red","blue"`. A semicolon before a bracket is the eyes of a face."""
    return [
        f"(?<=[{letter}.{CONCAT_QUOTES}{_CLOSING}])[,;](?=[{ALPHA}{CONCAT_QUOTES}])",
        f"(?<=[{letter}.{CONCAT_QUOTES}{_CLOSING}]),(?=[{_OPENING}])",
        f"(?<=[0-9]),(?=[{_DOUBLE_QUOTES}{_OPENING}])",
    ]


def _ends_of_sentences(small: str, letter: str) -> list[str]:
    """Without a space: "end.Start", "end.,and", `end."Start`, "end.[4]", "end?Start". No abbreviation: "e.g.(so)"."""
    return [
        rf"(?<!\.[{ALPHA}])(?<=[{small}{CONCAT_QUOTES}{_CLOSING}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES},{_OPENING}])",
        f"(?<=[{small}!?])[!?](?=[!?]*[{ALPHA_UPPER}])",
        f"(?<=[{letter}0-9{_CLOSING}!?])[!?](?=[!?]*[{_DOUBLE_QUOTES}{_OPENING}])",
    ]


def _quotes(letter: str) -> list[str]:
    """Quotation marks; one that may be an apostrophe only beside a mark, one that may be an inch only before a mark."""
    return [
        f"(?<![0-9])[{_DOUBLE_QUOTES}]",
        rf"[{_DOUBLE_QUOTES}](?=[,;:.!?{_CLOSING}])",
        f"(?<=[{letter}])['’](?=[,;:!?])",
        f"(?<=[,:!?{_OPENING}])['‘](?=[{ALPHA}])",
        rf"(?<=[{ALPHA_LOWER}]\.)['‘](?=[{ALPHA_UPPER}])",
    ]


def _brackets(letter: str) -> list[str]:
    """Brackets after what is no face: "translation(MT)", "[1]–[4]", "(so).doc"."""
    return [
        f"(?<=[{letter}0-9.,!?…–—{_DOUBLE_QUOTES}{_OPENING}{_CLOSING}])[{_OPENING}]",
        f"(?<=[{_CLOSING}]-)[{_OPENING}]",
        f"(?<=[{letter}0-9.,!?…%+*'’{_DOUBLE_QUOTES}{_OPENING}{_CLOSING}])[{_CLOSING}]",
        f"(?<=[{_CLOSING}])(?:{HYPHENS})(?=[{ALPHA}0-9{_OPENING}])",
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
