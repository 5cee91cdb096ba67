"""English special cases: generated contractions and lists."""

import pytest

from tagma.attrs import NORM, ORTH
from tagma.lang.en.tokenizer_exceptions import TOKENIZER_EXCEPTIONS as CASES


def form(text: str) -> str:
    """Tokens and norms of a special case, as "do/do n't/not"; a token without norm stands alone."""
    return " ".join(token[ORTH] + (f"/{token[NORM]}" if NORM in token else "") for token in CASES[text])


@pytest.mark.parametrize("text", CASES)
def test_no_case_changes_its_text(text: str) -> None:
    """The tokens of each case spell it, and nothing but ORTH and NORM is set."""
    assert "".join(token[ORTH] for token in CASES[text]) == text
    assert all(set(token) <= {ORTH, NORM} for token in CASES[text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't", "do/do n't/not"),
        ("Didnt", "Did/do nt/not"),
        ("can’t’ve", "ca/can n’t/not ’ve/have"),
        ("we'd've", "we/we 'd/would 've/have"),
        ("he'd", "he/he 'd/'d"),
        ("theyll", "they/they ll/will"),
        ("im", "i/i m"),
        ("Who've", "Who/who 've"),
        ("Whove", "Who ve/have"),
        ("not've", "not 've/have"),
        ("Cannot", "Can/can not"),
        ("gonna", "gon/going na/to"),
        ("y'all", "y'/you all"),
        ("12p.m.", "12 p.m./p.m."),
        ("nothin'", "nothin'/nothing"),
        ("’cause", "’cause/because"),
        ("Sept.", "Sept./September"),
        ("Ph.D.", "Ph.D."),
    ],
)
def test_norms(text: str, expected: str) -> None:
    """Each part has the norm of the full word."""
    assert form(text) == expected


@pytest.mark.parametrize("text", ["ill", "hell", "shell", "well", "shed", "were", "its", "whore", "Its", "Well"])
def test_other_words_are_left_alone(text: str) -> None:
    """A contraction without its apostrophe is no case where that is another word."""
    assert text not in CASES


def test_number_of_cases() -> None:
    """The generator yields as many cases as the peer has."""
    assert len(CASES) == 1347
