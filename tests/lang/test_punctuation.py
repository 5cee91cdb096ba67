"""Base prefixes, suffixes and infixes."""

import pytest

from tagma.lang.punctuation import (
    COMBINING_DIACRITICS_TOKENIZER_INFIXES,
    COMBINING_DIACRITICS_TOKENIZER_SUFFIXES,
    TOKENIZER_INFIXES,
    TOKENIZER_PREFIXES,
    TOKENIZER_SUFFIXES,
)
from tagma.tokenizer.regexes import compile_infix_regex, compile_prefix_regex, compile_suffix_regex


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("(a", "("),
        ("...a", "..."),
        ("+a", "+"),
        ("+5", ""),
        ("US$5", "US$"),
        ("NZ$5", "NZ$"),
        ("=a", "="),
        ("%a", "%"),
        ("§5", "§"),
        ("……a", "……"),
        ("/a", ""),
        ("😀a", "😀"),
        ("👍🏿!", "👍🏿"),
        ("🇩🇪🇫🇷", "🇩🇪"),
        ("1️⃣a", "1️⃣"),
        ("#️⃣a", "#️⃣"),
        ("–a", "–"),
        ("-a", ""),
        ("@a", ""),
    ],
)
def test_prefixes(text: str, prefix: str) -> None:
    """What is split off at the beginning."""
    found = compile_prefix_regex(TOKENIZER_PREFIXES).search(text)
    assert (found.group() if found else "") == prefix


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("end.", "."), ("A.", ""), ("USA.", "."), ("5%.", "."), ("°C.", "."), ("a......", "......"), ("John's", "'s"),
        ("John’S", "’S"), ("5km", "km"), ("akm", ""), ("5€", "€"), ("a€", ""), ("5k", "k"),
        ("5kWh", "kWh"), ("B2B", ""), ("x16k", ""), ("4G", ""), ("a-.", "."), ("5²", ""), ("m².", "."), ("A…", "…"),
        ("5+", "+"), ("a+", ""), ("a😀", "😀"), ("!👍🏿", "👍🏿"), ("🇩🇪🇫🇷", "🇫🇷"), ("a❤️", "❤️"), ("bar/.", "."),
        ("/.", ""), ("=x.", "."), ("v=.", "."), ("a/B.", "."), ("ScQ.", "."), ("17H.", "."), ("U.S.", ""),
    ],
)  # fmt: skip
def test_suffixes(text: str, suffix: str) -> None:
    """What is split off at the end."""
    found = compile_suffix_regex(TOKENIZER_SUFFIXES).search(text)
    assert (found.group() if found else "") == suffix


@pytest.mark.parametrize(
    ("text", "infixes"),
    [
        ("a-b", ["-"]),
        ("5-b", []),
        ("2*3", ["*"]),
        ("2-3", ["-"]),
        ("2–3", ["–"]),
        ("a:b", [":"]),
        ("end.Start", ["."]),
        ("end.,then", [".", ","]),
        ("U.S.,then", [","]),
        ("a,1", []),
        ("a----b", ["----"]),
        ("a/b", ["/"]),
        ("grew.[4", [".", "["]),
        ("e.g.(so", ["("]),
        ("translation(MT", ["("]),
        ("(so).doc", [")"]),
        ("[1]–[11", ["]", "–", "["]),
        ("[1]-[4", ["]", "-", "["]),
        ('red","blue', ['"', ",", '"']),
        ("red','blue", ["'", ",", "'"]),
        ('a":"b', ['"', ":", '"']),
        ('left."A', [".", '"']),
        ("left.'A", [".", "'"]),
        ('5"x7', []),
        ("what?!No", ["?", "!"]),
        ("u?v=w", ["="]),
        ("ok:)ok", []),
        (":'(so", []),
        ("!👍🏿x", ["👍🏿"]),
        ("a👩\u200d💻b", ["👩\u200d💻"]),
        ("a👨\u200d👩b", ["👨", "👩"]),
    ],
)
def test_infixes(text: str, infixes: list[str]) -> None:
    """What splits inside a chunk."""
    assert [match.group() for match in compile_infix_regex(TOKENIZER_INFIXES).finditer(text)] == infixes


def test_rules_for_combining_marks() -> None:
    """A combining mark counts as part of the letter before it."""
    mark = "a\u0301"
    assert not compile_suffix_regex(TOKENIZER_SUFFIXES).search(f"{mark}.")
    assert compile_suffix_regex(COMBINING_DIACRITICS_TOKENIZER_SUFFIXES).search(f"{mark}.")
    assert not list(compile_infix_regex(TOKENIZER_INFIXES).finditer(f"{mark}-b"))
    assert list(compile_infix_regex(COMBINING_DIACRITICS_TOKENIZER_INFIXES).finditer(f"{mark}-b"))
