"""Optimizers: the trajectories of the contract, schedules as settings, averages and edge cases."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from tagma.nn import SGD, Adam, Optimizer, RAdam, compounding, constant, constant_then, decaying, plateau

START, GRADIENT = [0.5, -0.25, 0.125], [0.1, -2.0, 0.03]


def _steps(optimizer: Optimizer, n: int = 3, **kwargs: Any) -> list[np.ndarray]:
    weights = np.array(START, dtype="float32")
    results = []
    for _ in range(n):
        gradient = np.array(GRADIENT, dtype="float32")
        weights, _ = optimizer((1, "W"), weights, gradient, **kwargs)
        assert not gradient.any(), "the gradient is zeroed in place"
        results.append(weights.copy())
    return results


@pytest.mark.parametrize(
    ("optimizer", "first", "third"),
    [
        (Adam(0.001), [0.499, -0.249, 0.124], [0.497, -0.247, 0.122]),
        (Adam(0.001, L2=0.01), [0.498995, -0.2489975, 0.1239988], [0.496985, -0.2469926, 0.1219963]),
        (Adam(0.001, L2=0.01, L2_is_weight_decay=False), [0.499, -0.249, 0.124], [0.497, -0.247, 0.1220001]),
        (RAdam(0.001), [0.4999737, -0.2494744, 0.1249921], [0.4998994, -0.2479873, 0.1249698]),
        (SGD(0.1), [0.4950068, -0.150136, 0.123502], [0.4850204, 0.0495921, 0.1205061]),
    ],
)
def test_trajectories(optimizer: Optimizer, first: list[float], third: list[float]) -> None:
    """Three steps with the same gradient give the contract's numbers."""
    results = _steps(optimizer)
    np.testing.assert_allclose(results[0], first, atol=2e-7)
    np.testing.assert_allclose(results[2], third, atol=2e-7)


def test_averages() -> None:
    """The running average follows the weights from zero."""
    optimizer = Adam(0.001)
    _steps(optimizer)
    assert optimizer.averages is not None
    np.testing.assert_allclose(optimizer.averages[(1, "W")], [0.490406, -0.243902, 0.12065], atol=1e-6)
    assert Adam(use_averages=False).averages is None


def test_radam_becomes_rectified() -> None:
    """After enough steps RAdam divides by the root of the second moment, by the formula written out."""
    optimizer = RAdam(0.01, grad_clip=0.0)
    weights = np.array([1.0, 2.0], dtype="float32")
    expected, m, v = np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)
    for t in range(1, 40):
        g = np.array([0.3, -0.2]) * t
        weights, _ = optimizer((1, "W"), weights, g.astype("float32"))
        m, v, s = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, t + 1
        longest = 2 / 0.001 - 1
        length = longest - 2 * s * 0.999**s / (1 - 0.999**s)
        if length >= 5:
            scale = (1 - 0.999**s) * (length - 4) / (longest - 4) * (length - 2) / length * longest / (longest - 2)
            expected -= np.sqrt(scale) / (1 - 0.9**s) * 0.01 * m / (np.sqrt(v) + 1e-8)
        else:
            expected -= 0.01 * m / (1 - 0.9**s)
    assert length >= 5
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


def test_clipping_is_by_each_array() -> None:
    """A gradient longer than grad_clip is scaled to it; a shorter one is left alone; 0 switches clipping off."""
    weights, gradient = np.zeros(2, dtype="float32"), np.array([3.0, 4.0], dtype="float32")
    for clip, expected in ((1.0, [-0.6, -0.8]), (10.0, [-3, -4]), (0.0, [-3, -4])):
        moved, _ = SGD(1.0, grad_clip=clip)((1, "W"), weights.copy(), gradient.copy())
        np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_weights_of_any_rank_change_in_place() -> None:
    """Matrices are updated like their flat values, in the array that was given."""
    flat, matrix = np.array(START + [1.0], dtype="float32"), np.array(START + [1.0], dtype="float32").reshape(2, 2)
    gradient = np.array(GRADIENT + [1.0], dtype="float32")
    Adam()((1, "W"), flat, gradient.copy())
    result, _ = Adam()((1, "W"), matrix, gradient.reshape(2, 2).copy())
    assert result is matrix
    np.testing.assert_array_equal(matrix.reshape(-1), flat)


def test_arrays_of_odd_layout() -> None:
    """A transposed or read-only parameter is updated to the same values; the returned array counts."""
    W = np.arange(6, dtype="float32").reshape(2, 3)
    plain, _ = Adam()((1, "W"), W.copy(), np.ones((2, 3), dtype="float32"))
    turned, _ = Adam()((1, "W"), np.asfortranarray(W), np.ones((2, 3), dtype="float32"))
    frozen = W.copy()
    frozen.flags.writeable = False
    thawed, _ = Adam()((1, "W"), frozen, np.ones((2, 3), dtype="float32"))
    np.testing.assert_array_equal(turned, plain)
    np.testing.assert_array_equal(thawed, plain)
    np.testing.assert_array_equal(frozen, W)


def test_lr_scale() -> None:
    """lr_scale multiplies the step of every kind of optimizer."""
    for make in (Adam, RAdam, SGD):
        whole, half = _steps(make(0.02), 1)[0], _steps(make(0.01), 1)[0]
        np.testing.assert_allclose(_steps(make(0.02), 1, lr_scale=0.5)[0], half, atol=1e-7)
        assert not np.allclose(whole, half)


def test_schedules_as_settings() -> None:
    """Lists and iterators give their first value at once, advance on request, and keep their last."""
    optimizer = Adam([0.3, 0.2], beta1=decaying(0.9, 0.1), L2=compounding(1.0, 2.0, 2.0))
    assert (optimizer.learn_rate, optimizer.b1, optimizer.L2) == (0.3, 0.9, 1.0)
    for expected in (0.2, 0.2):
        optimizer.step_schedules()
        assert optimizer.learn_rate == expected
    assert optimizer.L2 == 2.0
    assert set(optimizer.schedules) == {"learn_rate", "b1", "L2"}


def test_scores_reach_schedules() -> None:
    """A schedule that depends on scores is told of the last one, with the step at which the optimizer heard of it."""
    optimizer = Adam(
        plateau(2, 0.5, compounding(1.0, 0.0, 0.9)), L2=constant_then(0.1, 2, plateau(1, 0.5, constant(1)))
    )
    assert (optimizer.step, optimizer.last_score) == (0, None)
    rates, decays = [optimizer.learn_rate], [optimizer.L2]
    for score in (0.5, 0.5, 0.4, 0.6):
        optimizer.step_schedules()
        optimizer.last_score = score
        rates.append(optimizer.learn_rate)
        decays.append(optimizer.L2)
    assert (optimizer.step, optimizer.last_score) == (4, (4, 0.6))
    assert rates == pytest.approx([1, 0.9, 0.81, 0.729, 0.5 * 0.9**4])
    assert decays == [0.1, 0.1, 1, 0.5, 0.25]  # it is asked, and told, only when its turn has come


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(1), 1])
def test_any_real_number_is_a_setting(number: Any) -> None:
    """NumPy numbers are numbers, not schedules."""
    optimizer = Adam(number)
    assert optimizer.learn_rate == float(number)
    assert not optimizer.schedules


@pytest.mark.parametrize("bad", [[], "text that is no number", None])
def test_bad_settings(bad: Any) -> None:
    """What yields nothing, or no numbers, is refused with the setting's name."""
    with pytest.raises(ValueError, match="learn_rate"):
        Adam(bad)


def test_edge_cases() -> None:
    """Empty gradients pass; shapes must agree; beta2 alone is not defined; unknown attributes are refused."""
    optimizer = Adam()
    empty = np.zeros((0, 3), dtype="float32")
    assert optimizer((1, "E"), empty, empty)[0] is empty
    assert not optimizer.nr_update
    with pytest.raises(ValueError, match=r"shape"):
        optimizer((1, "W"), np.zeros(2, dtype="float32"), np.zeros(3, dtype="float32"))
    with pytest.raises(NotImplementedError):
        Optimizer(0.1, beta1=0.0)((1, "W"), np.zeros(2, dtype="float32"), np.ones(2, dtype="float32"))
    with pytest.raises(AttributeError):
        optimizer.unknown = 1  # type: ignore[attr-defined]


def test_pickling_resumes() -> None:
    """A pickled optimizer goes on as if nothing had happened."""
    optimizer = Adam(0.01)
    weights = _steps(optimizer)[-1]
    twin = pickle.loads(pickle.dumps(optimizer))
    gradient = np.array(GRADIENT, dtype="float32")
    expected, _ = optimizer((1, "W"), weights.copy(), gradient.copy())
    np.testing.assert_array_equal(twin((1, "W"), weights.copy(), gradient.copy())[0], expected)
