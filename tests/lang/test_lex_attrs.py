"""Getters of lexical attributes, and their native twins in the vocabulary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagma
from tagma.lang import lex_attrs
from tagma.lang.lex_attrs import LEX_ATTRS, like_email, like_num, like_url, word_shape


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Apple", "Xxxxx"), ("10,000", "dd,ddd"), ("don't", "xxx'x"), ("http://a.com", "xxxx://x.xxx"), ("日本", "xx"),
        ("xxxxabcdDDDD1234567", "xxxxXXXXdddd"), ("McDonald", "XxXxxxx"), ("😀", "😀"), ("a" * 99, "xxxx"),
        ("a" * 100, "LONG"), ("½", "½"), ("ǅ", "x"), ("٣", "d"),
    ],
)  # fmt: skip
def test_shape(text: str, shape: str) -> None:
    """Runs of the same sign are cut at four; long strings are LONG."""
    assert word_shape(text) == shape


@pytest.mark.parametrize(("function", "yes", "no"), [
    ("is_bracket", "( ) [ ] { } < >", "a (( «"),
    ("is_quote", "\" ' ` « » “ ” `` ''", "a ´ , ‘‘"),
    ("is_left_punct", "( [ { < \" ' « ``", "a ) »"),
    ("is_right_punct", ") ] } > \" ' » ''", "a ( «"),
    ("is_currency", "$ € £ ₿ $$", "a US$ %"),
    ("is_punct", ". ?! ... “ -", "a $ + a."),
    ("is_digit", "1 123 ٣ ²", "1. a ½"),
    ("is_title", "Apple U.S. A", "apple aB a"),
])  # fmt: skip
def test_flags(function: str, yes: str, no: str) -> None:
    """What has a flag and what has not."""
    getter = getattr(lex_attrs, function)
    assert all(getter(text) for text in yes.split())
    assert not any(getter(text) for text in no.split())


@pytest.mark.parametrize("text", ["10", "1,000.5", "-5", "1/2", "±1", "٣"])
def test_like_num(text: str) -> None:
    """Digits with separators and signs, fractions."""
    assert like_num(text)
    assert not like_num(text + "x")


@pytest.mark.parametrize("text", ["a@b.co", "a.b+c@d-e.f", "A@B.CO"])
def test_like_email(text: str) -> None:
    """User, "@", host with a dot."""
    assert like_email(text)
    assert not like_email(text.replace("@", "@@"))
    assert not like_email(text.partition(".")[0])


@pytest.mark.parametrize(("text", "is_url"), [
    ("http://a", True), ("https://", True), ("www.x", True), ("www.", False), ("a.com", True), ("a,b.com", True),
    ("a,b.com:80", True), ("a,b.COM", False), ("a@b.com", False), (".com", False), ("a.com.", False), ("a.b", False),
    ("ftp://a.b", False), ("x", False),
])  # fmt: skip
def test_like_url(text: str, is_url: bool) -> None:
    """By scheme, by "www.", by top level domain, by the URL pattern."""
    assert like_url(text) is is_url


NAMES = [attr for attr, getter in LEX_ATTRS.items() if hasattr(getter, "native")]


@given(st.text(min_size=1, max_size=12))
def test_native_columns_equal_the_getters(text: str) -> None:
    """What the vocabulary fills natively is what the Python getter says."""
    vocab = VOCAB
    lexeme = vocab[text]
    for attr in NAMES:
        getter = vocab.lex_attr_getters[attr]
        expected = getter(text)
        if isinstance(expected, str):
            expected = vocab.strings.add(expected)
        assert vocab[text].check_flag(attr) == expected if attr < 64 else True
    assert lexeme.shape_ == word_shape(text)
    assert lexeme.lower_ == text.lower()
    assert lexeme.prefix_ == text[0]
    assert lexeme.suffix_ == text[-3:]


VOCAB = tagma.blank("en").vocab
