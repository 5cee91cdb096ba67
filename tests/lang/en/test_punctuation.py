"""English infixes."""

import pytest

from tagma.lang.en.punctuation import TOKENIZER_INFIXES
from tagma.tokenizer.regexes import compile_infix_regex


@pytest.mark.parametrize(
    ("text", "infixes"),
    [
        ("20th-century", ["-"]),
        ("5-year", ["-"]),
        ("1-2", ["-"]),
        ("a-1", []),
        ("x---y", ["---"]),
        ("end.Start", ["."]),
        ("end.start", []),
        ("a,b", [","]),
        ("1,000", []),
        ("a/b=c", ["/", "="]),
        ("a...b…c", ["...", "…"]),
    ],
)
def test_infixes(text: str, infixes: list[str]) -> None:
    """What splits inside a chunk."""
    assert [match.group() for match in compile_infix_regex(TOKENIZER_INFIXES).finditer(text)] == infixes
