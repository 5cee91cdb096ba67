"""Trigrams of aliases: how similar two names are written, whatever their case."""

from __future__ import annotations

__all__ = ["jaccard", "trigrams"]


def trigrams(text: str) -> frozenset[str]:
    """All runs of three characters of a text, which is case-folded, with a blank in front and behind."""
    padded = f" {' '.join(text.casefold().split())} "
    return frozenset(padded[i : i + 3] for i in range(max(1, len(padded) - 2)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of both sets that is in both; 0.0 for two that are empty."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0
