"""Schedules: settings that change while training, such as learning rates and batch sizes.

A schedule is an iterator over its values, as optimizers and batchers use it, and can be asked for the value of a step.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from .config import registry

ValueT = TypeVar("ValueT")


class Schedule(Generic[ValueT]):
    """A value for each step.

    name         the kind of schedule
    schedule     (this schedule, step, **extra) → value
    attrs        settings, and what the function remembers
    following    (**extra) → the next value, where iterating gives others than the steps 0, 1, … do

    `extra` is what the caller knows besides the step; optimizers give `last_score`, (step, score) or None.
    """

    __slots__ = ("_following", "_schedule", "_step", "attrs", "name")

    def __init__(
        self,
        name: str,
        schedule: Callable[..., ValueT],
        *,
        attrs: dict[str, Any] = {},  # noqa: B006 - copied, never changed
        following: Callable[..., ValueT] | None = None,
    ) -> None:
        self.name: str = name
        self.attrs: dict[str, Any] = dict(attrs)
        self._schedule = schedule
        self._following = following
        self._step = 0

    def __repr__(self) -> str:
        return f"<Schedule {self.name}>"

    def __call__(self, step: int, **extra: Any) -> ValueT:
        """The value at a step. Raises ValueError for a step below 0."""
        if step < 0:
            raise ValueError(f"the schedule {self.name!r} has no value for step {step}: steps begin with 0")
        return self._schedule(self, step, **extra)

    def __iter__(self) -> Iterator[ValueT]:
        return self

    def __next__(self) -> ValueT:
        return self.advance()

    def advance(self, **extra: Any) -> ValueT:
        """The next value, as `next` gives it. Raises StopIteration if there is none."""
        if self._following is not None:
            return self._following(**extra)
        self._step += 1
        return self(self._step - 1, **extra)

    def to_generator(self, start: int = 0, step_size: int = 1, **extra: Any) -> Iterator[ValueT]:
        """The values at `start`, `start + step_size`, … Raises ValueError if one of them is below 0."""
        if start < 0 or step_size < 0:
            raise ValueError(f"start and step_size must not be below 0, but are {start} and {step_size}")
        return (self(step, **extra) for step in itertools.count(start, step_size))


@registry.schedules("constant.v1")
def constant(rate: float) -> Schedule[float]:
    """rate, rate, …"""
    return Schedule("constant", _constant, attrs={"rate": rate})


def _constant(schedule: Schedule[float], step: int, **extra: Any) -> float:
    rate: float = schedule.attrs["rate"]
    return rate


@registry.schedules("constant_then.v1")
def constant_then(rate: float, steps: int, schedule: Iterable[float]) -> Schedule[float]:
    """`rate` for `steps` values, then what `schedule` yields; ends with it.

    Asked for a step, it asks `schedule` for the same step, which so must be one that can be asked.
    """
    first, rest = itertools.repeat(rate, steps), iter(schedule)

    def following(**extra: Any) -> float:
        if (value := next(first, None)) is not None:
            return value
        return rest.advance(**extra) if isinstance(rest, Schedule) else next(rest)

    attrs = {"rate": rate, "steps": steps, "schedule": schedule}
    return Schedule("constant_then", _constant_then, attrs=attrs, following=following)


def _constant_then(schedule: Schedule[float], step: int, **extra: Any) -> float:
    rate, steps, inner = (schedule.attrs[name] for name in ("rate", "steps", "schedule"))
    value: float = rate if step < steps else inner(step, **extra)
    return value


@registry.schedules("decaying.v1")
def decaying(base_rate: float, decay: float, *, t: int = 0) -> Schedule[float]:
    """base_rate / (1 + decay·(t + k))."""
    return Schedule("decaying", _decaying, attrs={"base_rate": base_rate, "decay": decay, "t": t})


def _decaying(schedule: Schedule[float], step: int, **extra: Any) -> float:
    base_rate, decay, t = (schedule.attrs[name] for name in ("base_rate", "decay", "t"))
    value: float = base_rate * (1.0 / (1.0 + decay * (step + t)))
    return value


@registry.schedules("compounding.v1")
def compounding(start: float, stop: float, compound: float, *, t: float = 0.0) -> Schedule[float]:
    """start·compoundᵏ, clipped at `stop`. `t` is added to the steps it is asked for; it has no effect on iteration."""
    clip = min if start <= stop else max
    powers = itertools.accumulate(itertools.repeat(compound), operator.mul, initial=float(start))
    attrs = {"start": start, "stop": stop, "compound": compound, "t": t}
    return Schedule("compounding", _compounding, attrs=attrs, following=lambda **extra: clip(next(powers), stop))


def _compounding(schedule: Schedule[float], step: int, **extra: Any) -> float:
    start, stop, compound, t = (schedule.attrs[name] for name in ("start", "stop", "compound", "t"))
    clip = min if start <= stop else max
    value: float = clip(start * compound ** (step + t), stop)
    return value


@registry.schedules("warmup_linear.v1")
def warmup_linear(initial_rate: float, warmup_steps: int, total_steps: int) -> Schedule[float]:
    """Linearly from 0 to `initial_rate` over the warm-up, then linearly to 0 at `total_steps`."""
    attrs = {"initial_rate": initial_rate, "warmup_steps": warmup_steps, "total_steps": total_steps}
    return Schedule("warmup_linear", _warmup_linear, attrs=attrs)


def _warmup_linear(schedule: Schedule[float], step: int, **extra: Any) -> float:
    rate, warmup, total = (schedule.attrs[name] for name in ("initial_rate", "warmup_steps", "total_steps"))
    if step < warmup:
        factor = step / max(1, warmup)
    else:
        factor = max(0.0, (total - step) / max(1.0, total - warmup))
    value: float = factor * rate
    return value


@registry.schedules("slanted_triangular.v1")
def slanted_triangular(
    max_rate: float,
    num_steps: int,
    *,
    cut_frac: float = 0.1,
    ratio: int = 32,
    decay: float = 1.0,
    t: float = 0.0,
) -> Schedule[float]:
    """Up to `max_rate` over the first `cut_frac` of the steps, then slowly down. Howard and Ruder 2018, section 3.2.

    `decay` has no effect. https://arxiv.org/abs/1801.06146
    """
    attrs = {"max_rate": max_rate, "num_steps": num_steps, "cut_frac": cut_frac, "ratio": ratio, "t": t}
    return Schedule("slanted_triangular", _slanted_triangular, attrs=attrs)


def _slanted_triangular(schedule: Schedule[float], step: int, **extra: Any) -> float:
    max_rate, num_steps, cut_frac, ratio, t = (
        schedule.attrs[name] for name in ("max_rate", "num_steps", "cut_frac", "ratio", "t")
    )
    place, cut = step + t + 1, int(num_steps * cut_frac)
    p = place / cut if place < cut else 1 - (place - cut) / (cut * (1 / cut_frac - 1))
    value: float = max_rate * (1 + p * (ratio - 1)) * (1 / ratio)
    return value


@registry.schedules("cyclic_triangular.v1")
def cyclic_triangular(min_lr: float, max_lr: float, period: int) -> Schedule[float]:
    """Between `min_lr` and `max_lr` and back every 2·`period` steps. Smith 2017, https://arxiv.org/abs/1506.01186"""
    attrs = {"min_lr": min_lr, "max_lr": max_lr, "period": period}
    return Schedule("cyclic_triangular", _cyclic_triangular, attrs=attrs)


def _cyclic_triangular(schedule: Schedule[float], step: int, **extra: Any) -> float:
    low, high, period = (schedule.attrs[name] for name in ("min_lr", "max_lr", "period"))
    place = step + 1
    cycle = (2 * period + place) // (2 * period)
    x = abs(place / period - 2 * cycle + 1)
    value: float = low + (high - low) * max(0.0, 1 - x)
    return value


@registry.schedules("plateau.v1")
def plateau(max_patience: int, scale: float, schedule: Schedule[float]) -> Schedule[float]:
    """The values of `schedule`, times `scale` each time that the score has not improved for long enough.

    max_patience    evaluations in a row without a better score, after which the values are scaled (once more)

    Evaluations are told of as `last_score`, (step, score): by an optimizer that has been given its `last_score`, as
    training does. Raises ValueError if one comes that is older than the last, and no better.
    """
    attrs = {"max_patience": max_patience, "scale": scale, "schedule": schedule}
    return Schedule("plateau", _plateau, attrs={**attrs, "best": None, "seen": -1, "waited": 0, "times": 0})


def _plateau(
    schedule: Schedule[float], step: int, *, last_score: tuple[int, float] | None = None, **extra: Any
) -> float:
    attrs = schedule.attrs
    if last_score is not None:
        evaluated, score = last_score
        if attrs["best"] is None or score > attrs["best"]:
            attrs.update(best=score, seen=evaluated, waited=0)
        elif evaluated < attrs["seen"]:
            raise ValueError(f"plateau: the score of step {evaluated} comes after that of step {attrs['seen']}")
        elif evaluated > attrs["seen"]:
            attrs.update(seen=evaluated, waited=attrs["waited"] + 1)
            if attrs["waited"] == attrs["max_patience"]:
                attrs.update(waited=0, times=attrs["times"] + 1)
    value: float = attrs["schedule"](step, last_score=last_score, **extra) * attrs["scale"] ** attrs["times"]
    return value


__all__ = [
    "Schedule",
    "compounding",
    "constant",
    "constant_then",
    "cyclic_triangular",
    "decaying",
    "plateau",
    "slanted_triangular",
    "warmup_linear",
]
