"""Character classes of the rules."""

import re

import pytest

from tagma.lang import char_classes


@pytest.mark.parametrize(("chars", "yes", "no"), [
    ("ALPHA_LOWER", "azßéıюяα中אक", "AZÉЮΩ1.-"),
    ("ALPHA_UPPER", "AZÉİЮΩ中אक", "azßéю1.-"),
    ("ALPHA", "aZéЮωǅ中", "1._- "),
    ("ICONS", "😀©®°★", "aé.€"),
])  # fmt: skip
def test_members(chars: str, yes: str, no: str) -> None:
    """Scripts without case count as both cases; digits and punctuation are no letters."""
    match = re.compile(f"[{getattr(char_classes, chars)}]").fullmatch
    assert all(match(char) for char in yes)
    assert not any(match(char) for char in no)


def test_ranges() -> None:
    """A table of ranges becomes the inside of a character class, every second code point where asked."""
    assert char_classes.char_class("61-63 7a 101-105/2") == "a-cz\u0101\u0103\u0105"


def test_lists() -> None:
    """A list is split, joined as alternatives, or grouped as a class."""
    assert char_classes.split_chars("a bc ") == ["a", "bc"]
    assert char_classes.merge_chars(" a bc") == "a|bc"
    assert char_classes.group_chars("a b") == "ab"
    assert set(char_classes.LIST_UNITS) >= {"km", "kg", "%", "км"}
    assert all(re.fullmatch(entry, text) for entry, text in zip(char_classes.LIST_ELLIPSES, ["....", "…"], strict=True))
