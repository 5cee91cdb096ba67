"""The best label of each row, without the scores of the whole batch, is the argmax of the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import Linear, Model, Softmax_v2, chain, noop, with_array
from tagma.nn.backends.numpy_ops import NumpyOps
from tagma.nn.fusion import best_labels, fusion
from tagma.threads import get_num_threads, set_num_threads

from .graphs import rows


def network(nO: int = 7, nI: int = 12, **settings: Any) -> Model:
    """Rows as they are, and a softmax layer with weights at random."""
    output = Softmax_v2(nO, nI, **settings)
    model: Model = chain(noop(), with_array(output)).initialize()
    random = np.random.RandomState(0)
    output.set_param("W", random.normal(size=(nO, nI)).astype("float32"))
    output.set_param("b", random.normal(size=nO).astype("float32"))
    return model


def check(model: Model, X: list[np.ndarray]) -> None:
    best = best_labels(model, X)
    with fusion(False):
        plain = best_labels(model, X)
        scores = model.predict(X)
    assert len(best) == len(plain) == len(X)
    for own, other, expected in zip(best, plain, scores, strict=True):
        assert own.dtype == other.dtype == np.int64
        assert own.tolist() == other.tolist() == expected.argmax(axis=1).tolist()


@pytest.mark.parametrize("nO", [1, 2, 15, 16, 17, 50])
@pytest.mark.parametrize("settings", [{"normalize_outputs": False}, {"temperature": 3.0}], ids=["scores", "softmax"])
def test_equals_argmax(nO: int, settings: dict[str, Any]) -> None:
    """For any number of labels, with and without the softmax, over documents of any length."""
    check(network(nO, **settings), [rows(5), rows(1), rows(0), rows(40)])


def test_batches_of_several_parts() -> None:
    """The same labels by one thread and by three."""
    before = get_num_threads()
    model, X = network(50, 96, normalize_outputs=False), [rows(3000, 96), rows(70, 96)]
    try:
        for n in (1, 3):
            set_num_threads(n)
            check(model, X)
    finally:
        set_num_threads(before)


@pytest.mark.parametrize("nO", [3, 40])
def test_ties_and_numbers_that_are_none(nO: int) -> None:
    """Of equal scores the first wins, and of NaN the first, as in numpy.argmax; infinities are numbers."""
    model = network(nO, normalize_outputs=False)
    output = model.layers[1].layers[0]
    output.set_param("W", np.zeros((nO, 12), dtype="float32"))
    for values in ([0, 0, 0], [1, 2, 2], [np.nan, 1, 2], [1, np.nan, np.nan], [-np.inf] * 3, [1, np.inf, np.inf]):
        b = np.full(nO, -np.inf, dtype="float32")
        b[-3:] = values
        output.set_param("b", b)
        check(model, [rows(4)])


def test_scores_are_not_computed_for_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The softmax layer's own product is not asked for."""

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("all scores were computed")

    model = network()
    monkeypatch.setattr(NumpyOps, "dense", refuse)
    assert len(best_labels(model, [rows(5)])[0]) == 5
    with fusion(False), pytest.raises(AssertionError, match="all scores were computed"):
        best_labels(model, [rows(5)])


def test_other_networks_go_the_usual_way() -> None:
    """Another output layer, weights of another precision, a batch without rows."""
    linear: Model = chain(noop(), with_array(Linear(4, 12))).initialize()
    check(linear, [rows(5), rows(2)])
    model = network()
    for name in ("W", "b"):
        output = model.layers[1].layers[0]
        output.set_param(name, output.get_param(name).astype("float64"))
        check(model, [rows(5)])
    check(network(), [rows(0)])


def test_errors_are_those_of_the_network() -> None:
    """They say where in the network, and a temperature is checked."""
    model = network()
    with fusion(False), pytest.raises(ValueError, match="nI is 12") as expected:
        model.predict([rows(3, 5)])
    with pytest.raises(ValueError, match="nI is 12") as raised:
        best_labels(model, [rows(3, 5)])
    assert str(raised.value) == str(expected.value)
    model.layers[1].layers[0].attrs["softmax_temperature"] = 0.0
    with pytest.raises(ValueError, match="temperature of a softmax must be greater than 0"):
        best_labels(model, [rows(3)])
