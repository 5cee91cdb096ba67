"""How many edits lie between two texts, and whether that is few enough to call them alike."""

from __future__ import annotations

from collections.abc import Callable

from tagma.matcher._distance import levenshtein
from tagma.registries import registry

__all__ = ["levenshtein", "levenshtein_compare", "make_levenshtein_compare"]


def levenshtein_compare(input_text: str, pattern_text: str, fuzzy: int = -1) -> bool:
    """Whether `input_text` is at most `fuzzy` edits away; -1 allows 2, or 30 % of the pattern if that is more."""
    edits = fuzzy if fuzzy >= 0 else max(2, round(0.3 * len(pattern_text)))
    return levenshtein(input_text, pattern_text, edits) <= edits


@registry.misc("spacy.levenshtein_compare.v1")
def make_levenshtein_compare() -> Callable[[str, str, int], bool]:
    """The comparison that matchers and rulers use unless they are given another one."""
    return levenshtein_compare
