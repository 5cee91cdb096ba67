"""Logistic: the older name of `sigmoid_activation`."""

from __future__ import annotations

from ..config import registry
from ..model import Model
from ..types import Floats2d
from .sigmoid_activation import forward


@registry.layers("Logistic.v1")
def Logistic() -> Model[Floats2d, Floats2d]:
    """Turn scores into probabilities, one by one."""
    return Model("logistic", forward)
