"""Losses: values by their formulas, missing and negated labels, smoothing, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import CategoricalCrossentropy, CosineDistance, L2Distance, SequenceCategoricalCrossentropy
from tagma.nn.config import registry

# Five rows of three classes; cross-entropy asks for values in 0 … 1, not for rows that sum to 1.
GUESSES = np.array([[0.7, 0.2, 0.1], [0, 0.9, 0.4], [0.25, 0, 0.5], [1, 0.3, 0], [0.15, 0.8, 0.05]], dtype="float32")
LABELS = np.array([0, 2, 2, 1, 1], dtype="int32")
ONE_HOT = np.eye(3, dtype="float32")[LABELS]


@pytest.mark.parametrize("truths", [LABELS, LABELS.tolist(), ONE_HOT])
@pytest.mark.parametrize("missing", [None, 0, 2])
def test_crossentropy_is_the_squared_difference(truths: Any, missing: int | None) -> None:
    """Σ ((guess − truth)/n)² over the rows that are not missing, for class ids, lists of them and distributions."""
    expected = 0.0
    for row, label in zip(GUESSES.tolist(), LABELS.tolist(), strict=True):
        if label != missing:
            expected += sum(((p - (k == label)) / len(LABELS)) ** 2 for k, p in enumerate(row))
    loss = CategoricalCrossentropy(missing_value=missing)
    assert loss.get_loss(GUESSES, truths) == pytest.approx(expected)
    grad, value = loss(GUESSES, truths)
    present = [[label != missing] for label in LABELS]
    np.testing.assert_allclose(grad, np.where(present, (GUESSES - ONE_HOT) / 5, 0), rtol=1e-6)
    assert value == pytest.approx(expected)


def test_names_missing_and_negated() -> None:
    """Names are looked up, missing rows masked, and a negated name says something of its own class only."""
    loss = CategoricalCrossentropy(normalize=False, names=["a", "b", "c"], missing_value="", neg_prefix="!")
    grad = loss.get_grad(GUESSES, ["c", "!b", "", "a", "!a"])
    expected = np.array([[0.7, 0.2, -0.9], [0, 0.9, 0], [0, 0, 0], [0, 0.3, 0], [0.15, 0, 0]])
    np.testing.assert_allclose(grad, expected, rtol=1e-6)
    with pytest.raises(KeyError, match="unknown"):
        loss.get_grad(GUESSES, ["unknown", *"aaaa"])
    with pytest.raises(ValueError, match="names"):
        CategoricalCrossentropy().get_grad(GUESSES, list("aaaaa"))


def test_label_smoothing() -> None:
    """The truth is spread over the other classes; distributions cannot be smoothed."""
    grad = CategoricalCrossentropy(normalize=False, label_smoothing=0.2).get_grad(GUESSES, LABELS)
    np.testing.assert_allclose(grad, GUESSES - np.where(ONE_HOT == 1, 0.8, 0.1), atol=1e-6)
    with pytest.raises(ValueError, match="smoothing"):
        CategoricalCrossentropy(label_smoothing=0.2).get_grad(GUESSES, ONE_HOT)


def test_crossentropy_refuses_what_is_no_probability() -> None:
    """Values outside 0 … 1 and other shapes are errors."""
    for guesses, truths in ((GUESSES * 2, LABELS), (GUESSES, ONE_HOT * 2), (GUESSES, ONE_HOT[:, :2])):
        with pytest.raises(ValueError, match=r"probabilities|shape"):
            CategoricalCrossentropy().get_grad(guesses, truths)


def test_sequences() -> None:
    """Gradients are those of the single sequences, divided by their number; lengths must agree."""
    single = CategoricalCrossentropy(normalize=False)
    grads, loss = SequenceCategoricalCrossentropy()([GUESSES, GUESSES[:2]], [LABELS, LABELS[:2]])
    np.testing.assert_allclose(grads[0], single.get_grad(GUESSES, LABELS) / 2)
    assert loss == pytest.approx(sum(float((grad**2).sum()) for grad in grads))
    assert SequenceCategoricalCrossentropy()([], []) == ([], 0.0)
    with pytest.raises(ValueError, match=r"2 sequences.*1"):
        SequenceCategoricalCrossentropy()([GUESSES, GUESSES], [LABELS])


def test_the_truths_are_left_alone() -> None:
    """A distribution that is passed in is not changed by masks."""
    truths = ONE_HOT.copy()
    CategoricalCrossentropy(missing_value=0).get_grad(GUESSES, truths)
    np.testing.assert_array_equal(truths, ONE_HOT)


def test_l2_distance() -> None:
    """The gradient is the difference, by rows if normalized, and the loss its square."""
    grad, loss = L2Distance()(GUESSES, ONE_HOT)
    np.testing.assert_allclose(grad, (GUESSES - ONE_HOT) / 5)
    assert loss == pytest.approx(float((grad**2).sum()))
    with pytest.raises(ValueError, match="shape"):
        L2Distance()(GUESSES, ONE_HOT[:2])


def test_cosine_distance() -> None:
    """Equal directions cost nothing; the gradient is the derivative; zero rows can be ignored."""
    rng = np.random.default_rng(0)
    guesses, truths = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    loss = CosineDistance(normalize=False)
    assert loss.get_loss(truths * 3, truths) == pytest.approx(0, abs=1e-6)
    assert loss.get_similarity(guesses, truths).shape == (3, 1)
    grad = loss.get_grad(guesses, truths)
    for place in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[place] = 1e-5
        slope = (loss.get_loss(guesses + step, truths) - loss.get_loss(guesses - step, truths)) / 2e-5
        assert grad[place] == pytest.approx(slope, abs=1e-6)
    truths[1] = 0
    ignoring = CosineDistance(normalize=False, ignore_zeros=True)
    assert not ignoring.get_grad(guesses, truths)[1].any()
    others = [0, 2]
    assert ignoring.get_loss(guesses, truths) == pytest.approx(loss.get_loss(guesses[others], truths[others]))
    by_rows = CosineDistance(ignore_zeros=True)  # ignored rows count among the n
    np.testing.assert_allclose(by_rows.get_grad(guesses, truths), ignoring.get_grad(guesses, truths) / 3)
    assert by_rows.get_loss(guesses, truths) == pytest.approx(ignoring.get_loss(guesses, truths) / 3)
    with pytest.raises(ValueError, match="shape"):
        loss(guesses, truths[:2])


def test_losses_are_registered() -> None:
    """Every version's factory gives an instance of its class."""
    for kind in (CategoricalCrossentropy, SequenceCategoricalCrossentropy):
        for version in (1, 2, 3):
            assert isinstance(registry.losses.get(f"{kind.__name__}.v{version}")(), kind)
    assert isinstance(registry.losses.get("L2Distance.v1")(normalize=False), L2Distance)
    assert isinstance(registry.losses.get("CosineDistance.v1")(), CosineDistance)
