"""Vectors of Docs and spans, and how alike two things with vectors are."""

from __future__ import annotations

import warnings
from typing import Any

import numpy

from tagma.errors import Warnings
from tagma.lexeme import vector_similarity


def mean_vector(doc: Any, tokens: Any) -> Any:
    """Mean of the vectors of a Doc or Span, else of its rows of the Doc's tensor, else zeros: float32 (width,)."""
    vectors = doc.vocab.vectors
    n = len(tokens)
    if n and vectors.size:
        keys = tokens.to_array(vectors.attr).tolist() if hasattr(vectors, "attr") else [token.orth for token in tokens]
        return vectors.get_batch(keys).mean(axis=0)
    if n and doc.tensor.size:
        start = getattr(tokens, "start", 0)
        return doc.tensor[start : start + n].mean(axis=0)
    return numpy.zeros((doc.vocab.vectors_length,), dtype="float32")


def norm_of(vector: Any) -> float:
    """Euclidean norm of a vector."""
    return float((vector * vector).sum() ** 0.5)


def similarity(first: Any, second: Any) -> float:
    """Cosine of two things with vectors; 1.0 for equal words. Warns W007 where there are no vectors, W008 for zeros."""
    if _words(first) == _words(second):
        return 1.0
    if not first.vocab.vectors.size:
        warnings.warn(Warnings.W007.format(obj=type(first).__name__), stacklevel=2)
    if first.vector_norm == 0 or second.vector_norm == 0:
        warnings.warn(Warnings.W008.format(obj=type(first).__name__), stacklevel=2)
        return 0.0
    return vector_similarity(first, second)


def _words(item: Any) -> list[int]:
    orth = getattr(item, "orth", None)
    return [token.orth for token in item] if orth is None else [orth]
