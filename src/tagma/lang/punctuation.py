"""Base rules for what is split off a chunk: at its beginning, at its end, and inside it.

Each entry is a regular expression. Prefixes and suffixes are alternatives; the leftmost suffix that reaches the end of
the chunk wins, so the order of suffixes is free.
"""

from tagma.lang.char_classes import (
    ALPHA,
    ALPHA_LOWER,
    ALPHA_UPPER,
    COMBINING_DIACRITICS,
    CONCAT_QUOTES,
    CURRENCY,
    HYPHENS,
    LIST_CURRENCY,
    LIST_ELLIPSES,
    LIST_ICONS,
    LIST_PUNCT,
    LIST_QUOTES,
    PUNCT,
    UNITS,
)

_POSSESSIVES = ["'s", "'S", "’s", "’S"]
_LONG_DASHES = ["—", "–"]

TOKENIZER_PREFIXES: list[str] = [
    *("§", "%", "=", *_LONG_DASHES),
    r"\+(?![0-9])",  # "+5" is a number
    *LIST_PUNCT,
    *LIST_ELLIPSES,
    *LIST_QUOTES,
    *LIST_CURRENCY,
    *LIST_ICONS,
]

TOKENIZER_SUFFIXES: list[str] = [
    *LIST_PUNCT,
    *LIST_ELLIPSES,
    *LIST_QUOTES,
    *LIST_ICONS,
    *_POSSESSIVES,
    *_LONG_DASHES,
    r"(?<=[0-9])\+",
    r"(?<=°[FfCcKk])\.",
    rf"(?<=[0-9])(?:{CURRENCY})",
    rf"(?<=[0-9])(?:{UNITS})",
    # A full stop ends a sentence after a lower case letter, a number or punctuation, or after two capitals; after one
    # capital it may be an initial.
    rf"(?<=[0-9{ALPHA_LOWER}%²\-\+{PUNCT}{CONCAT_QUOTES}])\.",
    rf"(?<=[{ALPHA_UPPER}][{ALPHA_UPPER}])\.",
]

TOKENIZER_INFIXES: list[str] = [
    *LIST_ELLIPSES,
    *LIST_ICONS,
    r"(?<=[0-9])[+\-\*^](?=[0-9-])",
    rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",
    rf"(?<=[{ALPHA}]),(?=[{ALPHA}])",
    rf"(?<=[{ALPHA}])(?:{HYPHENS})(?=[{ALPHA}])",
    rf"(?<=[{ALPHA}0-9])[:<>=/](?=[{ALPHA}])",
]

# For languages whose words are written with combining marks: a mark counts as part of the letter before it.
COMBINING_DIACRITICS_TOKENIZER_SUFFIXES: list[str] = [
    *TOKENIZER_SUFFIXES[:-2],
    rf"(?<=[0-9{ALPHA_LOWER}%²\-\+{PUNCT}{CONCAT_QUOTES}{COMBINING_DIACRITICS}])\.",
    rf"(?<=[{ALPHA_UPPER}{COMBINING_DIACRITICS}][{ALPHA_UPPER}{COMBINING_DIACRITICS}])\.",
]
COMBINING_DIACRITICS_TOKENIZER_INFIXES: list[str] = [
    *TOKENIZER_INFIXES[:-4],
    rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}{COMBINING_DIACRITICS}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",
    rf"(?<=[{ALPHA}{COMBINING_DIACRITICS}]),(?=[{ALPHA}])",
    rf"(?<=[{ALPHA}{COMBINING_DIACRITICS}])(?:{HYPHENS})(?=[{ALPHA}])",
    rf"(?<=[{ALPHA}{COMBINING_DIACRITICS}0-9])[:<>=/](?=[{ALPHA}])",
]
