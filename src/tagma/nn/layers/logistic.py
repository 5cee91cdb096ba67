"""Logistic: the older name of `sigmoid_activation`."""

from __future__ import annotations

from ..config import registry
from ..model import FloatsModel
from .sigmoid_activation import forward

__all__ = ["Logistic"]


@registry.layers("Logistic.v1")
def Logistic() -> FloatsModel:
    """Turn scores into probabilities, one by one."""
    return FloatsModel("logistic", forward)
