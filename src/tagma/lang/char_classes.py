"""Building blocks of tokenization rules: character classes, and lists of signs and units.

`ALPHA`, `ALPHA_LOWER`, `ALPHA_UPPER` and all that begin with `LATIN` or `CONCAT`, `ICONS` and `COMBINING_DIACRITICS`
are the inside of a regular expression's `[...]`. The others are alternatives for `(?:...)`, already escaped, which are
also there as lists (`LIST_...`). Letters, signs and symbols follow the categories of Unicode.
"""

from tagma.lang import unicode_ranges


def code_points(ranges: str) -> list[range]:
    """The runs of a table of hexadecimal ranges."""
    runs: list[range] = []
    for entry in ranges.split():
        span, _, step = entry.partition("/")
        first, _, last = span.partition("-")
        runs.append(range(int(first, 16), int(last or first, 16) + 1, int(step or 1)))
    return runs


def _literal(code: int) -> str:
    return f"\\{chr(code)}" if chr(code) in "\\]^-[&~|" else chr(code)


def char_class(ranges: str) -> str:
    """The inside of a regular expression's character class for a table of hexadecimal ranges."""
    parts: list[str] = []
    for run in code_points(ranges):
        if len(run) > 2 and run.step == 1:
            parts.append(f"{_literal(run[0])}-{_literal(run[-1])}")
        else:
            parts.extend(map(_literal, run))
    return "".join(parts)


def split_chars(char: str) -> list[str]:
    """Words of a list written with spaces between."""
    return char.strip().split(" ")


def merge_chars(char: str) -> str:
    """A list written with spaces, as alternatives of a regular expression."""
    return char.strip().replace(" ", "|")


def group_chars(char: str) -> str:
    """A list written with spaces, as the inside of a character class."""
    return char.strip().replace(" ", "")


LATIN_LOWER_BASIC, LATIN_UPPER_BASIC = "a-z", "A-Z"
LATIN_BASIC = LATIN_LOWER_BASIC + LATIN_UPPER_BASIC
LATIN_LOWER = char_class(unicode_ranges.LATIN_LOWER)
LATIN_UPPER = char_class(unicode_ranges.LATIN_UPPER)
LATIN = LATIN_LOWER + LATIN_UPPER

# A letter without case passes as small and as capital: rules ask for case only to tell sentences from initials.
_LOWER = LATIN_LOWER + char_class(unicode_ranges.LOWER)
_UPPER = LATIN_UPPER + char_class(unicode_ranges.UPPER)
_UNCASED = char_class(unicode_ranges.UNCASED)
ALPHA_LOWER = _LOWER + _UNCASED
ALPHA_UPPER = _UPPER + _UNCASED
ALPHA = _LOWER + _UPPER + _UNCASED

COMBINING_DIACRITICS = char_class(unicode_ranges.DIACRITICS)
ICONS = CONCAT_ICONS = char_class(unicode_ranges.ICONS)

# One picture may be written with several characters: a flag as two letters or as a black flag with tags, a key as a
# sign in a box, and a picture with a selector of its form and a colour of skin, also joined with others. The members of a
# family are joined, too, but each is a picture by itself.
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f"
_KEY = "[0-9#*]\ufe0f?\u20e3"
_OTHER_PICTURES = "\u203c\u2049\u2194\u3030\u303d"  # marks and arrows that the selector makes pictures
_PICTURE = f"(?:[{ICONS}]|[{_OTHER_PICTURES}](?=\ufe0f))[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
_PERSONS = "\U0001f466-\U0001f469\U0001f9d1\U0001f9d2"
_JOINED = f"(?:(?<![{_PERSONS}])(?<![{_PERSONS}][\U0001f3fb-\U0001f3ff])\u200d|\u200d(?![{_PERSONS}]))"
LIST_ICONS = [f"(?:{_FLAG}|{_KEY}|{_PICTURE}(?:{_JOINED}{_PICTURE}){{0,6}})"]

CONCAT_QUOTES = char_class(unicode_ranges.QUOTES)
LIST_QUOTES = [f"[{CONCAT_QUOTES}]"]

# ASCII punctuation that stands outside of words; "." and "-" have rules of their own, and "@", "/", "|", "\" and "^"
# are parts of names, paths and faces.
_ASCII_MARKS = "!?,:;()\\[\\]{}<>*#_\\&"
CONCAT_PUNCT = _ASCII_MARKS + char_class(unicode_ranges.SENTENCE_MARKS)
LIST_PUNCT = ["……", f"[{CONCAT_PUNCT}]"]  # the first is the Chinese ellipsis
PUNCT = "|".join(LIST_PUNCT)

LIST_ELLIPSES = [r"\.{2,}", "…"]

# One sign or a run of hyphens and dashes; a swung dash for "from … to".
LIST_HYPHENS = [r"-+", f"[{char_class(unicode_ranges.DASHES)}]+", "~"]
HYPHENS = "|".join(LIST_HYPHENS)

# Letters before the dollar sign, for the countries that share it.
NAMED_CURRENCIES = ["A", "AU", "C", "CA", "HK", "NZ", "R", "S", "US"]
LIST_CURRENCY = [*(rf"{letters}\$" for letters in NAMED_CURRENCIES), f"[{char_class(unicode_ranges.CURRENCY_SIGNS)}]"]
CURRENCY = "|".join(LIST_CURRENCY)


def _with_prefixes(prefixes: str, units: str) -> list[str]:
    return [prefix + unit for unit in units.split() for prefix in ("", *prefixes)]


# What is written right after a number: SI units with the prefixes that are in use, other measures, magnitudes.
_LENGTHS = _with_prefixes("kdcmµn", "m")
_METRIC = [
    *(length + power for length in _LENGTHS for power in ("", "²", "³")),
    *_with_prefixes("kmµ", "g"),
    *_with_prefixes("kMGT", "B b W Wh Hz"),
    *_with_prefixes("kMh", "Pa"),
    *_with_prefixes("cdm", "l L"),
    *_with_prefixes("km", "V"),
    *("mA", "ms", "t", "ha", "bar", "mbar", "kcal", "kJ", "kN", "dB", "km/h", "m/s", "KB", "mb", "gb", "tb"),
]
_CUSTOMARY = ["in", "ft", "yd", "mi", "oz", "lb", "lbs", "mph", "kmh", "kph", "psi", "gal", "hp", "rpm"]
_MAGNITUDES = ["k", "K", "M", "bn", "mn", "%", "‰"]  # no "G" and "T": "4G" and "3T" are names
_CYRILLIC = [
    *(length + power for length in ("км", "м", "дм", "см", "мм", "нм") for power in ("", "²", "³")),
    *("мг", "г", "кг", "т", "л", "мл", "м/с", "км/ч", "Па", "кПа", "Вт", "кВт"),
    *("б", "кб", "мб", "гб", "тб", "КБ", "МБ", "ГБ", "ТБ"),
]
_ARABIC = [
    *(length + power for length in ("كم", "م", "سم", "مم") for power in ("", "²", "³")),
    *("كغ", "كجم", "غرام", "جرام", "ملغ", "لتر"),
]
LIST_UNITS = list(dict.fromkeys([*_METRIC, *_CUSTOMARY, *_MAGNITUDES, *_CYRILLIC, *_ARABIC]))
UNITS = "|".join(LIST_UNITS)
