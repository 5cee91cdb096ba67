"""Schedules: the values of the contract."""

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
        (constant(0.5), [0.5, 0.5, 0.5]),
        (constant_then(1.0, 2, [3.0, 4.0]), [1.0, 1.0, 3.0, 4.0]),
        (decaying(1.0, 0.5), [1.0, 1 / 1.5, 0.5]),
        (decaying(1.0, 0.5, t=1), [1 / 1.5, 0.5]),
        (compounding(1.0, 4.0, 1.5), [1, 1.5, 2.25, 3.375, 4, 4]),
        (compounding(4.0, 1.0, 0.5), [4, 2, 1, 1]),
        (warmup_linear(1.0, 2, 10), [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0, 0]),
        (slanted_triangular(1.0, 20, ratio=10), [0.55, 1, 0.95, 0.9]),
        (cyclic_triangular(0.1, 1.0, 2), [0.55, 1, 0.55, 0.1, 0.55]),
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
