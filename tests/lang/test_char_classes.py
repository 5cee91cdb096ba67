"""Character classes of the rules."""

import importlib.util
import re
import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

from tagma.lang import char_classes, unicode_ranges

SCRIPT = Path(__file__).parents[2] / "scripts" / "unicode_ranges.py"


@pytest.mark.parametrize(("chars", "yes", "no"), [
    ("ALPHA_LOWER", "azßéıюяα中אกक", "AZÉЮΩ1.-"),
    ("ALPHA_UPPER", "AZÉİЮΩ中אกक", "azßéю1.-"),
    ("ALPHA", "aZéЮωǅ中ऻ", "1._- \u0301"),
    ("LATIN", "aZéĲ", "юω中1"),
    ("COMBINING_DIACRITICS", "\u0301\u20d7", "aé1"),
    ("ICONS", "😀©®°★", "aé.€"),
    ("CONCAT_QUOTES", "\"'`´«»“”‘’„「」（）", "a.()[]-"),
    ("CONCAT_PUNCT", "!?,:;()[]{}<>*#_&¿¡。，…•", "a.-/@|'\"%"),
])  # fmt: skip
def test_members(chars: str, yes: str, no: str) -> None:
    """Scripts without case count as both cases; digits and punctuation are no letters."""
    match = re.compile(f"[{getattr(char_classes, chars)}]").fullmatch
    assert all(match(char) for char in yes)
    assert not any(match(char) for char in no)


def test_ranges() -> None:
    """A table of ranges becomes the inside of a character class, every second code point where asked."""
    assert char_classes.char_class("61-63 7a 101-105/2") == "a-cz\u0101\u0103\u0105"
    assert re.fullmatch(f"[{char_classes.char_class('2d 5b-5e')}]+", "-[\\]^")


def test_lists() -> None:
    """A list is split, joined as alternatives, or grouped as a class."""
    assert char_classes.split_chars("a bc ") == ["a", "bc"]
    assert char_classes.merge_chars(" a bc") == "a|bc"
    assert char_classes.group_chars("a b") == "ab"
    assert set(char_classes.LIST_UNITS) >= {"km", "kg", "m²", "kWh", "%", "км"}
    assert all(re.fullmatch(entry, text) for entry, text in zip(char_classes.LIST_ELLIPSES, ["....", "…"], strict=True))
    for name in ("UNITS", "CURRENCY", "PUNCT", "HYPHENS"):
        entries = getattr(char_classes, f"LIST_{name}")
        assert getattr(char_classes, name) == "|".join(entries)
    match = re.compile(char_classes.CURRENCY).fullmatch
    assert all(match(sign) for sign in ["$", "€", "₿", "US$", "NZ$"])
    assert not match("USD")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that writes the tables."""
    spec = importlib.util.spec_from_file_location("write_unicode_ranges", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("table", [name for name in vars(unicode_ranges) if name.isupper() and "_VERSION" not in name])
def test_tables_hold_what_unicode_says(script: ModuleType, table: str) -> None:
    """A code point is in a table if the database of this Python says so; one that is assigned later may differ."""
    codes = {code for run in char_classes.code_points(getattr(unicode_ranges, table)) for code in run}
    _, member = script.CLASSES[table]
    differ = [
        code
        for code in range(sys.maxunicode + 1)
        if (code in codes) is not member(code) and script.category(code) != "Cn"
    ]
    if unicodedata.unidata_version == unicode_ranges.UNICODE_VERSION:
        assert not differ
    else:
        assert all(unicodedata.ucd_3_2_0.category(chr(code)) == "Cn" for code in differ)
