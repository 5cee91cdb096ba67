"""Write src/tagma/lang/unicode_ranges.py: the character classes of the tokenizer, from the Unicode character database.

    python scripts/unicode_ranges.py

The classes follow the general category and the name of a character, as Python's `unicodedata` has them. Code points
that are not assigned yet join the ranges on both of their sides, so a later letter or emoji inside a block is known.
"""

import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "tagma" / "lang" / "unicode_ranges.py"
WIDTH = 120

_SENTENCE_MARKS = (
    "FULL STOP", "COMMA", "SEMICOLON", "COLON", "QUESTION MARK", "EXCLAMATION MARK", "INTERROBANG", "ELLIPSIS",
    "PERCENT SIGN", "PER MILLE SIGN", "DANDA", "MIDDLE DOT", "BULLET", "DAGGER", "PILCROW", "SECTION SIGN",
    "REFERENCE MARK",
)  # fmt: skip


@cache
def category(code: int) -> str:
    """General category of a code point: "Lu", "Po" …; "Cn" if it is not assigned."""
    return unicodedata.category(chr(code))


@cache
def name(code: int) -> str:
    """Name of a code point, empty if it has none."""
    return unicodedata.name(chr(code), "")


@cache
def uncased_scripts() -> frozenset[str]:
    """First words of the names of letters without case: "HEBREW", "THAI", "CJK" …"""
    codes = (code for code in range(sys.maxunicode + 1) if category(code) == "Lo")
    return frozenset(name(code).partition(" ")[0] for code in codes) - {"LATIN"}


def is_uncased(code: int) -> bool:
    """A letter without case, or a mark of a script whose letters have none."""
    if category(code) in ("Mn", "Mc"):
        return name(code).partition(" ")[0] in uncased_scripts()
    return category(code) in ("Lo", "Lm")


def is_quote(code: int) -> bool:
    """A quotation mark, an accent used as one, or a pair of brackets that quotes where it is used (beyond ASCII)."""
    if category(code) in ("Pi", "Pf"):
        return True
    if category(code) in ("Ps", "Pe"):
        return code > 127
    if category(code) not in ("Po", "Sk", "So"):
        return False
    return "QUOTATION MARK" in name(code) or name(code) in ("APOSTROPHE", "GRAVE ACCENT", "ACUTE ACCENT")


def is_sentence_mark(code: int) -> bool:
    """Punctuation beyond ASCII that ends or divides sentences, or refers to a note."""
    return code > 127 and category(code) == "Po" and name(code).endswith(_SENTENCE_MARKS)


CLASSES: dict[str, tuple[str, Callable[[int], bool]]] = {
    "LATIN_LOWER": (
        "Small letters of the Latin script.",
        lambda code: category(code) == "Ll" and "LATIN" in name(code),
    ),
    "LATIN_UPPER": (
        "Capital letters of the Latin script, digraphs with a capital first letter among them.",
        lambda code: category(code) in ("Lu", "Lt") and "LATIN" in name(code),
    ),
    "LOWER": ("Small letters of the other scripts.", lambda code: category(code) == "Ll" and "LATIN" not in name(code)),
    "UPPER": (
        "Capital letters of the other scripts.",
        lambda code: category(code) in ("Lu", "Lt") and "LATIN" not in name(code),
    ),
    "UNCASED": ("Letters without case, with the marks that are written on them.", is_uncased),
    "DIACRITICS": (
        "Marks that combine with letters of any script.",
        lambda code: category(code) == "Mn" and name(code).startswith("COMBINING"),
    ),
    "ICONS": ("Pictures, emoji among them, and other symbols.", lambda code: category(code) == "So"),
    "CURRENCY_SIGNS": ("Currency signs.", lambda code: category(code) == "Sc"),
    "DASHES": ("Dashes and hyphens.", lambda code: category(code) == "Pd" and code < 0x2E00),
    "QUOTES": ("Quotation marks, and brackets that quote.", is_quote),
    "SENTENCE_MARKS": ("Punctuation beyond ASCII that stands outside of words.", is_sentence_mark),
}


def spans(member: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """First and last code point of each run of members, runs with nothing but unassigned ones between joined."""
    first = last = -1
    for code in range(sys.maxunicode + 1):
        if member(code):
            if first < 0:
                first = code
            last = code
        elif first >= 0 and category(code) != "Cn":
            yield first, last
            first = -1
    if first >= 0:
        yield first, last


def ranges(member: Callable[[int], bool]) -> Iterator[str]:
    """Entries of a table: "61-7a" for a run, "101-137/2" for every second code point, "ad" for a single one."""
    runs = list(spans(member))
    at = 0
    while at < len(runs):
        first, last = runs[at]
        end = at
        while first == last and end + 1 < len(runs) and runs[end + 1] == (runs[end][0] + 2,) * 2:
            end += 1
        if end > at + 1:
            yield f"{first:x}-{runs[end][0]:x}/2"
            at = end + 1
            continue
        yield f"{first:x}" if first == last else f"{first:x}-{last:x}"
        at += 1


def table(title: str, comment: str, member: Callable[[int], bool]) -> str:
    """The assignment of one table, in lines of limited width."""
    lines, line = [], ""
    for entry in ranges(member):
        if len(line) + len(entry) + 8 > WIDTH:
            lines.append(line + " ")
            line = entry
        else:
            line = f"{line} {entry}" if line else entry
    lines.append(line)
    if len(lines) == 1:
        return f'# {comment}\n{title} = "{line}"\n'
    body = "\n".join(f'    "{line}"' for line in lines)
    return f"# {comment}\n{title} = (\n{body}\n)\n"


def module() -> str:
    """The text of the module."""
    head = (
        '"""Ranges of code points, in hexadecimal: of the Unicode character database, by scripts/unicode_ranges.py.\n\n'
        "`61-7a` is a range, `101-137/2` every second code point of one (capitals and small letters take turns),\n"
        '`ad` a single one.\n"""\n\n'
    )
    version = f'UNICODE_VERSION = "{unicodedata.unidata_version}"\n\n'
    return head + version + "\n".join(table(title, comment, member) for title, (comment, member) in CLASSES.items())


if __name__ == "__main__":
    TARGET.write_text(module(), encoding="utf8")
    print(f"wrote {TARGET} for Unicode {unicodedata.unidata_version}")
