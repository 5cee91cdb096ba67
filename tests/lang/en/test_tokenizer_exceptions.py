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
        ("don't", "do n't/not"),
        ("DON’T", "DO N’T/not"),
        ("Didnt", "Did nt/not"),
        ("can’t’ve", "ca/can n’t/not ’ve/have"),
        ("CANT", "CA/can NT/not"),
        ("we'd've", "we 'd/would 've/have"),
        ("he'd", "he 'd"),
        ("theyll", "they ll/will"),
        ("im", "i m/am"),
        ("I'M", "I 'M/am"),
        ("Who've", "Who 've/have"),
        ("Thats", "That s/'s"),
        ("Let's", "Let 's/us"),
        ("Cannot", "Can not"),
        ("gonna", "gon/going na/to"),
        ("y'all", "y'/you all"),
        ("Y'ALL", "Y'/you ALL"),
        ("'Twas", "'T/it was"),
        ("12p.m.", "12 p.m./p.m."),
        ("5PM", "5 PM/p.m."),
        ("nothin'", "nothin'/nothing"),
        ("’cause", "’cause/because"),
        ("Sept.", "Sept./september"),
        ("Calif.", "Calif./california"),
        ("w/o", "w/o/without"),
        ("And/or", "And/or"),
        ("Ph.D.", "Ph.D."),
    ],
)
def test_norms(text: str, expected: str) -> None:
    """A part that is not its own lower case form has the norm of the full word."""
    assert form(text) == expected


@pytest.mark.parametrize(
    "text", ["ill", "hell", "shell", "well", "shed", "wed", "id", "were", "its", "whore", "Its", "Well", "IM", "IVE"]
)
def test_other_words_are_left_alone(text: str) -> None:
    """A contraction without its apostrophe is no case where that is another word or an abbreviation."""
    assert text not in CASES


@pytest.mark.parametrize("part", [0, 1])
def test_every_spelling_of_a_contraction(part: int) -> None:
    """A contraction exists with both apostrophes, in small letters, with a capital and in capitals."""
    for text in ("shouldn't", "they're"):
        for spelling in (text, text.capitalize(), text.upper()):
            for apostrophe in "'’":
                tokens = CASES[spelling.replace("'", apostrophe)]
                assert len(tokens) == 2
                lower = tokens[part][ORTH].lower().replace("’", "'")
                assert lower == CASES[text][part][ORTH]
                assert tokens[part].get(NORM) == CASES[text][part].get(NORM)
