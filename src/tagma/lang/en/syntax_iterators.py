"""Base noun phrases of a parsed English text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tagma.errors import Errors

# What a noun is to its head where it stands for a phrase of its own, and is no part of another noun's.
PHRASES = frozenset(["oprd", "nsubj", "dobj", "nsubjpass", "pcomp", "pobj", "dative", "appos", "attr", "ROOT"])
NOUNS = frozenset(["NOUN", "PROPN", "PRON"])


def noun_chunks(doclike: Any) -> Iterator[tuple[int, int, int]]:
    """(start, end, label) of each noun of a Doc or Span with what stands before it, left to right, none within another.

    Raises ValueError E029 without a parse.
    """
    doc = doclike.doc
    if not doc.has_annotation("DEP"):
        raise ValueError(Errors.E029)
    label = doc.vocab.strings.add("NP")
    end = 0
    for word in doclike:
        if word.pos_ in NOUNS and word.left_edge.i >= end and _role(word) in PHRASES:
            end = word.i + 1
            yield word.left_edge.i, end, label


def _role(word: Any) -> str:
    """The label of a word; of a conjunct that of the first of its series, which only its own conjunct may precede."""
    if word.dep_ == "conj":
        word = word.head
        while word.dep_ == "conj" and word.head.i < word.i:
            word = word.head
    return str(word.dep_)


SYNTAX_ITERATORS: dict[str, Callable[..., Any]] = {"noun_chunks": noun_chunks}
