"""Samples checked against what a layer's forward declares."""

from __future__ import annotations

import numpy as np
import pytest

from tagma.nn import DataValidationError, Linear, Model, data_validation, noop


def _X(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_data_validation_checks_annotations() -> None:
    """With validation on, samples of the wrong rank or dtype are refused, also inside a network."""
    with data_validation(True):
        Linear(2).initialize(_X(2, 3), _X(2, 2))
        for bad in (_X(2, 3, 4), np.zeros((2, 3), dtype="int32"), [_X(2, 3)]):
            with pytest.raises(DataValidationError, match=r"linear \(X: (ndarray|list), Y: NoneType\) found\n    X: "):
                Linear(2).initialize(bad)  # type: ignore[arg-type]
        with pytest.raises(DataValidationError, match="three arguments"):
            Model("short", lambda model, X: (X, None)).initialize(_X(2, 3))
        noop().initialize("anything")
    with pytest.raises(ValueError, match=r"inhomogeneous|array|width") as caught:
        Linear(2).initialize([["not an array"]])  # type: ignore[arg-type]
    assert not isinstance(caught.value, DataValidationError)
