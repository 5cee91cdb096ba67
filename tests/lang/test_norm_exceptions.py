"""Base norms."""

import pytest

import tagma
from tagma.lang.norm_exceptions import BASE_NORMS


@pytest.mark.parametrize(("norm", "variants"), [
    ('"', ['"', "”", "“", "„", "''", "``", "’’", "«", "»"]),
    ("'", ["'", "’", "‘", "`", "´"]),
    ("'s", ["'s", "'S", "’s", "’S"]),
    ("-", ["-", "–", "—", "--", "---", "——"]),
    ("$", ["$", "€", "£", "¥", "₹", "฿", "US$", "C$"]),
    ("...", ["…"]), (".", ["。", "।"]), (",", ["，"]), (";", ["；"]), (":", ["："]), ("?", ["？"]), ("!", ["！"]),
])  # fmt: skip
def test_variants_share_a_norm(norm: str, variants: list[str]) -> None:
    """Quotes, dashes, currency signs and punctuation of full width have one norm each."""
    vocab = tagma.blank("en").vocab
    assert {vocab[text].norm_ for text in variants} == {norm}


@pytest.mark.parametrize("text", ["¤", "₽", "HK$", "‐", "‚", "‹", "〝", "＂", "．"])
def test_other_signs_keep_their_own(text: str) -> None:
    """Signs that published pipelines did not see as another one are not made one."""
    assert tagma.blank("en").vocab[text].norm_ == text.lower()


def test_norms_are_final() -> None:
    """The norm of a norm is itself, and words keep theirs."""
    assert all(BASE_NORMS.get(norm, norm) == norm for norm in BASE_NORMS.values())
    assert tagma.blank("xx").vocab["Apple"].norm_ == "apple"
