"""Logistic: the older name of `sigmoid_activation`."""

from __future__ import annotations

from typing import Any

from ..config import registry
from ..model import Model
from .sigmoid_activation import forward

__all__ = ["Logistic"]


@registry.layers("Logistic.v1")
def Logistic() -> Model[Any, Any]:
    """Turn scores into probabilities, one by one."""
    return Model("logistic", forward)
