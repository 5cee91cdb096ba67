"""Arrays to add gradients to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import Model
from tagma.nn.gradients import gradient_arrays


def _model(**grads: np.ndarray) -> Model[Any, Any]:
    model: Model[Any, Any] = Model("node", lambda *args: None, params={"W": np.ones((2, 3), "f"), "b": np.ones(2, "f")})
    for name, grad in grads.items():
        model.set_grad(name, grad)
    return model


def test_stored_gradients_are_added_to_in_place() -> None:
    """The stored array is the one that is given."""
    stored = np.ones((2, 3), "f")
    model = _model(W=stored)
    with gradient_arrays((model, "W"), (model, "b")) as (dW, db):
        assert dW is stored
        dW += 1
        db += 5
    assert stored.tolist() == [[2] * 3] * 2
    assert model.get_grad("b").tolist() == [5, 5]


@pytest.mark.parametrize("stored", [np.ones((2, 3)), np.ones((3, 2), "f").T], ids=["float64", "transposed"])
def test_others_are_added_when_the_block_ends(stored: np.ndarray) -> None:
    """Stored gradients of another kind stay what they are."""
    model = _model(W=stored)
    with gradient_arrays((model, "W")) as (dW,):
        assert dW.dtype == np.float32
        assert dW.flags.c_contiguous
        assert not dW.any()
        dW += 2
    assert model.get_grad("W") is stored
    assert stored.tolist() == [[3] * 3] * 2


def test_an_error_adds_nothing() -> None:
    """What failed half-way leaves no gradient behind."""
    model = _model()

    def fail() -> None:
        with gradient_arrays((model, "b")) as (db,):
            db += 1
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not model.has_grad("b")
