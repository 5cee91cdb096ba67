"""Schedules: generators of settings that change while training, such as learning rates and batch sizes."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Iterator

from .config import registry


@registry.schedules("constant.v1")
def constant(rate: float) -> Iterator[float]:
    """rate, rate, …"""
    while True:
        yield rate


@registry.schedules("constant_then.v1")
def constant_then(rate: float, steps: int, schedule: Iterable[float]) -> Iterator[float]:
    """`rate` for `steps` values, then what `schedule` yields; ends with it."""
    yield from itertools.repeat(rate, steps)
    yield from schedule


@registry.schedules("decaying.v1")
def decaying(base_rate: float, decay: float, *, t: int = 0) -> Iterator[float]:
    """base_rate / (1 + decay·(t + k))."""
    for step in itertools.count(t):
        yield base_rate * (1.0 / (1.0 + decay * step))


@registry.schedules("compounding.v1")
def compounding(start: float, stop: float, compound: float, *, t: float = 0.0) -> Iterator[float]:
    """start·compoundᵏ, clipped at `stop`. `t` has no effect."""
    clip = min if start <= stop else max
    for value in itertools.accumulate(itertools.repeat(compound), operator.mul, initial=float(start)):
        yield clip(value, stop)


@registry.schedules("warmup_linear.v1")
def warmup_linear(initial_rate: float, warmup_steps: int, total_steps: int) -> Iterator[float]:
    """Linearly from 0 to `initial_rate` over the warm-up, then linearly to 0 at `total_steps`."""
    for step in itertools.count():
        if step < warmup_steps:
            factor = step / max(1, warmup_steps)
        else:
            factor = max(0.0, (total_steps - step) / max(1.0, total_steps - warmup_steps))
        yield factor * initial_rate


@registry.schedules("slanted_triangular.v1")
def slanted_triangular(
    max_rate: float,
    num_steps: int,
    *,
    cut_frac: float = 0.1,
    ratio: int = 32,
    decay: float = 1.0,
    t: float = 0.0,
) -> Iterator[float]:
    """Up to `max_rate` over the first `cut_frac` of the steps, then slowly down. Howard and Ruder 2018, section 3.2.

    `decay` has no effect. https://arxiv.org/abs/1801.06146
    """
    cut = int(num_steps * cut_frac)
    for step in itertools.count(t + 1):
        p = step / cut if step < cut else 1 - (step - cut) / (cut * (1 / cut_frac - 1))
        yield max_rate * (1 + p * (ratio - 1)) * (1 / ratio)


@registry.schedules("cyclic_triangular.v1")
def cyclic_triangular(min_lr: float, max_lr: float, period: int) -> Iterator[float]:
    """Between `min_lr` and `max_lr` and back every 2·`period` steps. Smith 2017, https://arxiv.org/abs/1506.01186"""
    for step in itertools.count(1):
        cycle = (2 * period + step) // (2 * period)
        x = abs(step / period - 2 * cycle + 1)
        yield min_lr + (max_lr - min_lr) * max(0.0, 1 - x)


__all__ = [
    "compounding",
    "constant",
    "constant_then",
    "cyclic_triangular",
    "decaying",
    "slanted_triangular",
    "warmup_linear",
]
