"""Schedules: their first values, by their formulas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tagma.nn import (
    compounding,
    constant,
    constant_then,
    cyclic_triangular,
    decaying,
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
