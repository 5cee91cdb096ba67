"""`check_layer`: what is right passes, and of each thing that can be wrong it says what."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from tagma.nn import LSTM, Dropout, Embed, Model, Softmax, SparseLinear, list2padded, with_array, with_padded
from tagma.testing import check_gradients, check_layer

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
Forward = Callable[[Model[Any, Any], Any, bool], tuple[Any, Any]]


def _scale(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    g = model.get_param("g")

    def backprop(dY: Any) -> Any:
        model.inc_grad("g", (dY * X).sum(axis=0))
        return dY * g

    return X * g, backprop


def _init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    model.set_dim("nI", X.shape[1])
    model.set_param("g", np.linspace(0.5, 1.5, X.shape[1], dtype="float32"))


def _layer(forward: Forward = _scale, init: Callable[..., None] = _init) -> Model[Any, Any]:
    return Model("scale", forward, init=init, dims={"nI": None}, params={"g": None}, axes={"g": ("nI",)})


def test_right_layers_pass() -> None:
    """Layers of one's own and of the library, with their parameters, containers and random masks."""
    check_layer(_layer, X)
    check_layer(lambda: with_array(_layer()), [X, X[:0], X[:1]])
    check_layer(lambda: Dropout(0.5), X)
    check_layer(lambda: with_padded(LSTM(2)), [X, X[:1]])
    check_layer(lambda: Softmax(3), X, logits=True)
    check_layer(lambda: Embed(2, 5), np.array([1, 4, 1]))
    check_layer(list2padded, [X, X[:2]])
    features = (np.array([1, 2], dtype="uint64"), X[0, :2], np.array([2], dtype="int32"))
    check_layer(lambda: SparseLinear(2, 16), features, input_gradient=False)


def test_layers_that_stay_in_float32() -> None:
    """They are checked with longer steps, and a wrong gradient is still found."""

    def right(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
        return np.tanh(X).astype("float32"), lambda dY: (dY * (1 - np.tanh(X) ** 2)).astype("float32")

    def wrong(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
        return right(model, X, is_train)[0], lambda dY: (dY * (1 - np.tanh(X))).astype("float32")

    check_layer(lambda: Model("bent", right), X)
    with pytest.raises(AssertionError, match=r"bent: X\[0, 0\]: backprop says .*, differences say"):
        check_layer(lambda: Model("bent", wrong), X)


def _wrong_parameter(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    def backprop(dY: Any) -> Any:
        model.inc_grad("g", dY.sum(axis=0))
        return dY * model.get_param("g")

    return _scale(model, X, is_train)[0], backprop


def _writes(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    Y, backprop = _scale(model, X, is_train)
    if is_train:
        X[0] = 0
    return Y, backprop


def _random(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    np.random.uniform()
    return _scale(model, X, is_train)


CALLS = count()


def _counts(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    return X + np.float32(next(CALLS)), lambda dY: dY


def _fewer(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    return _scale(model, X, is_train)[0], lambda dY: None


def _narrow(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    return _scale(model, X, is_train)[0], lambda dY: dY[:, :2]


def _no_init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    model.set_dim("nI", X.shape[1])


def _no_dim(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    model.set_param("g", np.ones(X.shape[1], dtype="float32"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: _layer(_wrong_parameter), r"scale\.g\[0\]: backprop says"),
        (lambda: _layer(_writes), "scale writes to its input"),
        (lambda: _layer(_random), "scale draws random numbers to predict"),
        (lambda: _layer(_counts), "scale predicts otherwise the second time"),
        (lambda: _layer(_fewer), "X has 1 float arrays, but backprop returns 0"),
        (lambda: _layer(_narrow), r"X is \(3, 4\), but its gradient \(3, 2\)"),
        (lambda: _layer(init=_no_init), "scale: initialization leaves parameter 'g' unset"),
        (lambda: _layer(init=_no_dim), "scale: initialization leaves 'nI' unset, an axis of 'g'"),
    ],
)
def test_what_is_wrong_is_told(make: Callable[[], Model[Any, Any]], words: str) -> None:
    """A wrong gradient, an altered input, chance, a parameter or dimension that is forgotten."""
    with pytest.raises(AssertionError, match=words):
        check_layer(make, X.copy())


def test_files_and_copies() -> None:
    """What is not saved, and what copies share, is found."""
    shifts = iter(np.arange(10, dtype="float32"))

    def unsaved() -> Model[Any, Any]:
        shift = next(shifts)
        return Model("shift", lambda model, X, is_train: (X + shift, lambda dY: dY))

    with pytest.raises(AssertionError, match="shift predicts otherwise after from_bytes"):
        check_layer(unsaved, X)

    def shared() -> Model[Any, Any]:
        table = np.ones(4, dtype="float32")

        def forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
            table[:] = np.minimum(table, model.get_param("g"))
            return X * table, lambda dY: dY

        return _layer(forward)

    with pytest.raises(AssertionError, match="done to a copy of scale changes what"):
        check_layer(shared, X)


def test_nothing_to_differentiate() -> None:
    """A check of gradients that could check nothing fails instead of passing."""
    with pytest.raises(AssertionError, match="gives no gradient"):
        check_gradients(Model("none", lambda model, X, is_train: (X, lambda dY: dY)), np.array([1, 2]))
