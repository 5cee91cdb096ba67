"""Schedules: their first values, by their formulas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tagma.nn import (
    Schedule,
    compounding,
    constant,
    constant_then,
    cyclic_triangular,
    decaying,
    plateau,
    slanted_triangular,
    warmup_linear,
)
from tagma.nn.config import registry


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (constant(0.2), [0.2] * 4),
        (constant_then(0.3, 2, [0.2, 0.1]), [0.3, 0.3, 0.2, 0.1]),
        (decaying(0.6, 0.25), [0.6 / (1 + 0.25 * k) for k in range(6)]),
        (decaying(0.6, 0.25, t=4), [0.6 / (1 + 0.25 * (4 + k)) for k in range(6)]),
        (compounding(2.0, 9.0, 1.6), [2, 2 * 1.6, 2 * 1.6**2, 2 * 1.6**3, 9, 9]),
        (compounding(5.0, 3.0, 0.8), [5, 5 * 0.8, 5 * 0.8**2, 3, 3]),
        # 4 steps up, then 3 down to 0 at step 7
        (warmup_linear(0.6, 4, 7), [0.6 * k / 4 for k in range(4)] + [0.6 * (7 - k) / 3 for k in (4, 5, 6, 7)] + [0]),
        # 3 of 12 steps up, 9 down; the first value is that of step 1
        (
            slanted_triangular(0.4, 12, cut_frac=0.25, ratio=5),
            [0.4 * (1 + p * 4) / 5 for p in [1 / 3, 2 / 3, 1, *(1 - k / 9 for k in range(1, 10))]],
        ),
        # 3 steps up, 3 down, again; the first value is that of step 1
        (cyclic_triangular(0.2, 0.8, 3), [0.4, 0.6, 0.8, 0.6, 0.4, 0.2, 0.4, 0.6, 0.8]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_values(schedule: Iterator[float], values: list[float]) -> None:
    """The first values are those of the formulas."""
    assert list(islice(schedule, len(values))) == pytest.approx(values)


def test_constant_then_ends_with_the_inner_schedule() -> None:
    """A finite schedule behind a constant is finite."""
    assert list(constant_then(1.0, 1, [2.0])) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("constant.v1", {"rate": 1.0}),
        ("compounding.v1", {"start": 1.0, "stop": 2.0, "compound": 1.1}),
        ("warmup_linear.v1", {"initial_rate": 1.0, "warmup_steps": 2, "total_steps": 4}),
    ],
)
def test_registered_schedules_are_iterators(name: str, settings: dict[str, Any]) -> None:
    """What the registry gives can be advanced with next()."""
    next(registry.schedules.get(name)(**settings))


@pytest.mark.parametrize(
    "schedule",
    [
        constant(0.2),
        decaying(0.6, 0.25, t=4),
        compounding(2.0, 9.0, 1.6),
        compounding(5.0, 3.0, 0.8),
        warmup_linear(0.6, 4, 7),
        slanted_triangular(0.4, 12, cut_frac=0.25, ratio=5, t=2.0),
        cyclic_triangular(0.2, 0.8, 3),
    ],
    ids=repr,
)
def test_asked_for_a_step(schedule: Schedule[float]) -> None:
    """The value of step k is the k-th value of the iterator, which goes on by itself; so are those of a generator."""
    values = [schedule(step) for step in range(12)]
    assert list(islice(schedule, 12)) == pytest.approx(values)
    assert list(islice(schedule.to_generator(1, 3), 4)) == values[1::3]
    for start, size in ((-1, 1), (0, -1)):
        with pytest.raises(ValueError, match="must not be below 0"):
            schedule.to_generator(start, size)
    with pytest.raises(ValueError, match=rf"{schedule.name}.*-1"):
        schedule(-1)


def test_where_asking_and_iterating_differ() -> None:
    """Iterating leaves out the offset of `compounding`, and begins what follows a constant with its first value."""
    assert compounding(1.0, 9.0, 2.0, t=1.0)(0) == 2.0
    assert next(compounding(1.0, 9.0, 2.0, t=1.0)) == 1.0
    schedule = constant_then(5.0, 2, compounding(1.0, 9.0, 2.0))
    assert [schedule(step) for step in range(4)] == [5.0, 5.0, 4.0, 8.0]
    assert list(islice(schedule, 4)) == [5.0, 5.0, 1.0, 2.0]


def test_own_schedules() -> None:
    """A function of a schedule, a step and what else is known; attributes are its own."""
    given = {"rate": 2}

    def rising(schedule: Schedule[str], step: int, **extra: Any) -> str:
        return f"{step * schedule.attrs['rate']}{extra.get('unit', '')}"

    schedule = Schedule("rising", rising, attrs=given)
    given["rate"] = 3
    assert schedule(4, unit="m") == "8m"
    assert [next(schedule), next(schedule)] == ["0", "2"]
    assert list(islice(schedule.to_generator(unit="s"), 2)) == ["0s", "2s"]


def test_plateau() -> None:
    """Two evaluations in a row without a better score halve the values; a better one, or none that is new, waits."""
    schedule = plateau(2, 0.5, constant(8.0))
    scores = [(0, 0.1), (0, 0.1), (1, 0.3), (2, 0.3), (2, 0.3), (3, 0.2), (4, 0.3), (5, 0.4), (6, 0.4), (7, 0.0)]
    found = [schedule(step, last_score=score) for step, score in enumerate(scores)]
    assert found == [8, 8, 8, 8, 8, 4, 4, 4, 4, 2]
    assert schedule(99) == 2
    assert schedule(99, last_score=(3, 0.9)) == 2  # better, though it is older
    with pytest.raises(ValueError, match="step 2 comes after that of step 3"):
        schedule(99, last_score=(2, 0.1))
    assert isinstance(registry.schedules.get("plateau.v1")(max_patience=1, scale=0.1, schedule=constant(1.0)), Schedule)
