"""Codes and classes of languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tagma.lang.en import English
from tagma.language.codes import find_matching_language, get_lang_class, lang_class_is_loaded, set_lang_class
from tagma.nn.config import REGISTRY


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("in", "id"),
        ("scr", "hr"),
        ("ger", "de"),
        ("baq", "eu"),
        ("mol", "ro"),
        ("mul", "xx"),
        ("sv", None),
        ("qaa", None),
    ],
)
def test_other_codes(code: str, expected: str | None) -> None:
    """Codes of three letters and old ones stand for the code that is used; others for none."""
    assert find_matching_language(code) == expected


def test_classes() -> None:
    """A class is found by each of its codes, and is then known to be loaded."""
    assert get_lang_class("en") is get_lang_class("eng") is English
    assert get_lang_class("mul").__name__ == "MultiLanguage"
    assert lang_class_is_loaded("en")
    assert not lang_class_is_loaded("zz")


@pytest.mark.parametrize("code", ["zzz", "char_classes", "../en", ""])
def test_unknown_codes(code: str) -> None:
    """Anything else is ImportError E048 with the codes that there are, also the names of other modules."""
    with pytest.raises(ImportError, match=r"\[E048\].*en.*xx"):
        get_lang_class(code)


@pytest.fixture
def scratch_language() -> Iterator[str]:
    """A code that is free again after the test."""
    yield "qqx"
    REGISTRY.pop(("tagma", "languages", "qqx"), None)


def test_own_class(scratch_language: str) -> None:
    """A class that is set under a code is the one for it."""
    set_lang_class(scratch_language, English)
    assert get_lang_class(scratch_language) is English
