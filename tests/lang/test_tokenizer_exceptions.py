"""Base special cases and the URL pattern."""

import pytest

import tagma
from tagma.attrs import ORTH
from tagma.lang.emoticons import EMOTICONS
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
    "192.168.0.1",
    "127.0.0.1:8080/index",
    "https://10.0.0.1",
]
OTHERS = [
    "a",
    "a.",
    "a.b",
    ".com",
    "a..com",
    "end.Start",
    "a.COM",
    "256.1.1.1",
    "1.2.3",
    "http://",
    "a.com:123456",
    "-a.com",
]


@pytest.mark.parametrize("text", [*URLS, "a." + "b" * 63, "x" * 63 + ".com"])
def test_urls(text: str) -> None:
    """Hosts, addresses and mail addresses, with scheme, port and path."""
    assert URL_MATCH(text)


@pytest.mark.parametrize("text", [*OTHERS, "a." + "b" * 64, "x" * 64 + ".com"])
def test_no_urls(text: str) -> None:
    """Upper case top level names, labels that are too long, octets above 255 and bare words are no URLs."""
    assert not URL_MATCH(text)


def test_base_exceptions() -> None:
    """White space, initials, faces and degrees; each spells its text."""
    assert all("".join(token[ORTH] for token in tokens) == text for text, tokens in BASE_EXCEPTIONS.items())
    assert [token[ORTH] for token in BASE_EXCEPTIONS["°C."]] == ["°", "C", "."]
    assert {" ", "\t", "\n", "''", "a.", "z."} <= set(BASE_EXCEPTIONS)
    assert not {"k.", "m.", "A."} & set(BASE_EXCEPTIONS)
    assert emoticons == EMOTICONS
    assert set(BASE_EXCEPTIONS) >= EMOTICONS


@pytest.mark.parametrize("face", [
    ":)", ":-(", ":D", ":'(", ";-)", "=)", ":P", ":-/", ":))))", ":o)", ">:(", "(-:", "8-)", "xD", "<3", "</3", "^_^",
    "-__-", "o_O", ">.<", "(>_<)", "._.", "T_T", "¯\\_(ツ)_/¯",
])  # fmt: skip
def test_faces(face: str) -> None:
    """A face is one token, also between punctuation and after a word."""
    nlp = tagma.blank("xx")
    assert face in EMOTICONS
    assert [token.text for token in nlp(f"ok {face} !")] == ["ok", face, "!"]


@pytest.mark.parametrize("text", ["8)", "):", "D:", "x)", "0.0", "=p", "[:", ":1", "p:"])
def test_what_is_no_face(text: str) -> None:
    """What ends items and brackets, begins lines or stands in formulas."""
    assert text not in EMOTICONS


def test_brackets_before_a_colon() -> None:
    """A closing bracket and a colon are two tokens, an item of a list is no face."""
    assert [token.text for token in tagma.blank("xx")("(so): (1-8) 8)")] == [
        "(", "so", ")", ":", "(", "1", "-", "8", ")", "8", ")",
    ]  # fmt: skip
