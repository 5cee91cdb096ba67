"""Base special cases and the URL pattern."""

import pytest

from tagma.attrs import NORM, ORTH
from tagma.lang.tokenizer_exceptions import BASE_EXCEPTIONS, URL_MATCH, emoticons

URLS = [
    "a.com",
    "http://a.b.co",
    "https://example.com/a?b=c#d",
    "www.test.org/path.html",
    "first.last+tag@mail.example.co.uk",
    "node.js",
    "8.8.8.8",
    "8.8.8.8:80/x",
    "ftp://user:password@a.de:2121",
    "пример.рф",
    "1.com",
    "a-b.c_d.org",
]
OTHERS = [
    "a",
    "a.",
    "a.b",
    ".com",
    "a..com",
    "end.Start",
    "a.COM",
    "192.168.0.1",
    "10.0.0.1",
    "127.0.0.1",
    "172.16.3.4",
    "169.254.1.1",
    "256.1.1.1",
    "1.2.3",
    "http://",
    "a.com:123456",
    "-a.com",
]


@pytest.mark.parametrize("text", [*URLS, "a." + "b" * 63, "x" * 64 + ".com"])
def test_urls(text: str) -> None:
    """Hosts, addresses and mail addresses, with scheme, port and path."""
    assert URL_MATCH(text)


@pytest.mark.parametrize("text", [*OTHERS, "a." + "b" * 64, "x" * 65 + ".com"])
def test_no_urls(text: str) -> None:
    """Private networks, upper case top level names, labels that are too long and bare words are no URLs."""
    assert not URL_MATCH(text)


def test_base_exceptions() -> None:
    """White space, initials, faces and degrees; each spells its text."""
    assert len(BASE_EXCEPTIONS) == 176
    assert all("".join(token[ORTH] for token in tokens) == text for text, tokens in BASE_EXCEPTIONS.items())
    assert BASE_EXCEPTIONS["\u00a0"] == [{ORTH: "\u00a0", NORM: "  "}]
    assert [token[ORTH] for token in BASE_EXCEPTIONS["°C."]] == ["°", "C", "."]
    assert {":)", ":-(", "^_^", "<3", "xD"} <= emoticons <= set(BASE_EXCEPTIONS)
