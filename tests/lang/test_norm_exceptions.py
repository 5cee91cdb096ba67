"""Base norms."""

import tagma
from tagma.lang.norm_exceptions import BASE_NORMS


def test_variants_share_a_norm() -> None:
    """Quotes, dashes and currency signs have one norm each; the table has 45 entries."""
    assert len(BASE_NORMS) == 45
    vocab = tagma.blank("en").vocab
    assert {vocab[text].norm_ for text in ["”", "“", "''", "«", '"']} == {'"'}
    assert {vocab[text].norm_ for text in ["€", "£", "US$", "$"]} == {"$"}
    assert vocab["Apple"].norm_ == "apple"
