"""Ids of attributes."""

import pytest

from tagma import attrs, symbols


@pytest.mark.parametrize(
    ("name", "key"),
    [("IS_ALPHA", 1), ("ORTH", 65), ("SENT_START", 80), ("ENT_KB_ID", 452), ("MORPH", 453), ("IDX", 455)],
)
def test_attribute_ids(name: str, key: int) -> None:
    """Attributes have spaCy's ids, as entries and as constants."""
    assert attrs.IDS[name] == getattr(attrs, name) == key
    assert attrs.NAMES[key] == name


def test_attributes_are_symbols() -> None:
    """An attribute and the symbol of its name have the same id."""
    assert all(symbols.IDS[name] == key for name, key in attrs.IDS.items())


def test_intify() -> None:
    """Names in any case become ids, unknown ones are left out, texts become keys where strings are given."""
    assert attrs.intify_attr("tag") == attrs.IDS["TAG"]
    assert attrs.intify_attr("nope") is None
    assert attrs.intify_attrs({"tag": "NN", "nope": 1, 74: 92}) == {75: "NN", 74: 92}


@pytest.mark.parametrize(("name", "words"), [("NROM", "did you mean 'NORM'"), ("shap", "'SHAPE'"), ("?", "LEMMA, ")])
def test_unknown_attribute(name: str, words: str) -> None:
    """The error for a name that is none offers the nearest, or all, without the numbered flags."""
    message = attrs.unknown_attr(name).args[0]
    assert message.startswith(f"[E983] Invalid key {name!r} in attrs; ")
    assert words in message
    assert "FLAG" not in message
