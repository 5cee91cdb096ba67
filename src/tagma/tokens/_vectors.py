"""Vectors of Docs and spans, and how alike two things with vectors are."""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from tagma.attrs import NAMES
from tagma.errors import Warnings
from tagma.lexeme import vector_similarity
from tagma.symbols import ORTH
from tagma.vectors import Mode


def mean_vector(doc: Any, tokens: Any) -> Any:
    """Mean of the vectors of a Doc or Span, else of its rows of the Doc's tensor, else zeros: float32 (width,)."""
    vectors = doc.vocab.vectors
    n = len(tokens)
    if n and vectors.size:
        return vectors_of(vectors, tokens).mean(axis=0)
    if n and doc.tensor.size:
        start = getattr(tokens, "start", 0)
        return doc.tensor[start : start + n].mean(axis=0)
    return numpy.zeros((doc.vocab.vectors_length,), dtype="float32")


def vectors_of(vectors: Any, tokens: Any) -> Any:
    """The vector of each token, zeros where there is none: float32 (n, width)."""
    keys = tokens.to_array(getattr(vectors, "attr", ORTH))
    if getattr(vectors, "mode", None) != Mode.default:
        return vectors.get_batch(keys)
    rows = vectors.find(keys=keys)
    found = vectors.data[rows]
    found[rows < 0] = 0
    return found


def norm_of(vector: Any) -> float:
    """Euclidean norm of a vector."""
    return float((vector * vector).sum() ** 0.5)


def similarity(first: Any, second: Any) -> float:
    """Cosine of two things with vectors; 1.0 for equal words. Warns W007 where there are no vectors, W008 for zeros."""
    attr = getattr(first.vocab.vectors, "attr", ORTH)
    if _words(first, attr) == _words(second, attr):
        return 1.0
    if not first.vocab.vectors.size or not getattr(first.vocab.vectors, "n_keys", -1):
        warnings.warn(Warnings.W007.format(obj=type(first).__name__), stacklevel=2)
    if first.vector_norm == 0 or second.vector_norm == 0:
        warnings.warn(Warnings.W008.format(obj=type(first).__name__), stacklevel=2)
        return 0.0
    return vector_similarity(first, second)


def _words(item: Any, attr: int) -> list[int]:
    """The keys of the words by which the vectors know them."""
    if not hasattr(item, "orth"):
        keys: list[int] = item.to_array(attr).tolist()
        return keys
    return [getattr(item, str(NAMES[attr]).lower())]
