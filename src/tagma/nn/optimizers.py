"""Optimizers: Adam, RAdam and SGD, with clipping, decay, averages and settings that follow schedules.

optimizer(key, weights, gradient) -> (weights, gradient)        key = (node id, parameter name)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from .backends import get_array_ops
from .backends.ops import AdamParam, Average, average_decay
from .config import registry
from .schedules import Schedule
from .sparse import RowsInUse, SparseGradient
from .types import FloatsXd, Generator

KeyT = tuple[int, str]
FloatOrSeq = float | list[float] | Generator

SGD_DEFAULTS: dict[str, float | bool | int] = {"L2": 0.0, "L2_is_weight_decay": True, "grad_clip": 1.0}
ADAM_DEFAULTS: dict[str, float | bool | int] = {
    "learn_rate": 0.001,
    "beta1": 0.9,
    "beta2": 0.999,
    "eps": 1e-08,
    "L2": 0.0,
    "grad_clip": 1.0,
    "L2_is_weight_decay": True,
}


@registry.optimizers("RAdam.v1")
def RAdam(
    learn_rate: FloatOrSeq = 0.001,
    *,
    beta1: FloatOrSeq = 0.9,
    beta2: FloatOrSeq = 0.999,
    eps: FloatOrSeq = 1e-08,
    L2: FloatOrSeq = 0.0,
    L2_is_weight_decay: bool = True,
    grad_clip: FloatOrSeq = 1.0,
    use_averages: bool = True,
) -> Optimizer:
    """Rectified Adam. Liu et al. 2020, https://arxiv.org/abs/1908.03265"""
    return Optimizer(
        learn_rate,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        L2=L2,
        use_averages=use_averages,
        use_radam=True,
    )


@registry.optimizers("Adam.v1")
def Adam(
    learn_rate: FloatOrSeq = 0.001,
    *,
    L2: FloatOrSeq = 0.0,
    beta1: FloatOrSeq = 0.9,
    beta2: FloatOrSeq = 0.999,
    eps: FloatOrSeq = 1e-08,
    grad_clip: FloatOrSeq = 1.0,
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
) -> Optimizer:
    """Adam. Kingma and Ba 2015, https://arxiv.org/abs/1412.6980"""
    return Optimizer(
        learn_rate,
        L2=L2,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        use_averages=use_averages,
        use_radam=False,
    )


@registry.optimizers("SGD.v1")
def SGD(
    learn_rate: FloatOrSeq,
    *,
    L2: FloatOrSeq = 0.0,
    grad_clip: FloatOrSeq = 1.0,
    L2_is_weight_decay: bool = True,
    use_averages: bool = True,
) -> Optimizer:
    """Plain gradient descent."""
    return Optimizer(
        learn_rate,
        L2=L2,
        grad_clip=grad_clip,
        L2_is_weight_decay=L2_is_weight_decay,
        beta1=0.0,
        beta2=0.0,
        use_averages=use_averages,
    )


class Optimizer:
    """Updates parameters in place, each with its own moments, step count and running average.

    learn_rate, L2, beta1, beta2, eps, grad_clip
                          a number, a list, or an iterator; `step_schedules` advances those that are not numbers
                          and tells a `Schedule` the `last_score`
    L2_is_weight_decay    take L2 from the weights after the step, not add it to the gradient
    use_averages          keep `averages`, to be used with `model.use_params(optimizer.averages)`
    use_radam             rectify the step
    """

    mom1: dict[KeyT, Any]
    mom2: dict[KeyT, Any]
    averages: dict[KeyT, Any] | None
    schedules: dict[str, Iterator[float]]
    nr_update: dict[KeyT, int]
    last_seen: dict[KeyT, int]
    grad_clip: float
    learn_rate: float
    b1: float
    b2: float
    eps: float
    L2: float
    use_radam: bool
    L2_is_weight_decay: bool

    __slots__ = (
        "L2",
        "L2_is_weight_decay",
        "_in_use",
        "_last_score",
        "_radam_steps",
        "_steps",
        "averages",
        "b1",
        "b2",
        "eps",
        "grad_clip",
        "last_seen",
        "learn_rate",
        "mom1",
        "mom2",
        "nr_update",
        "schedules",
        "use_radam",
    )

    def __init__(
        self,
        learn_rate: FloatOrSeq,
        *,
        L2: FloatOrSeq = 0.0,
        beta1: FloatOrSeq = 0.9,
        beta2: FloatOrSeq = 0.999,
        eps: FloatOrSeq = 1e-08,
        grad_clip: FloatOrSeq = 1.0,
        use_averages: bool = True,
        use_radam: bool = False,
        L2_is_weight_decay: bool = True,
    ) -> None:
        self.mom1, self.mom2 = {}, {}
        self.nr_update, self.last_seen = defaultdict(int), defaultdict(int)
        self.averages = {} if use_averages else None
        self.use_radam, self.L2_is_weight_decay = use_radam, L2_is_weight_decay
        self._in_use: dict[KeyT, RowsInUse] = {}
        self._radam_steps: dict[tuple[int, float, float], tuple[float, bool]] = {}
        self.schedules = {}
        self._steps = 0
        self._last_score: tuple[int, float] | None = None
        settings = {"learn_rate": learn_rate, "L2": L2, "b1": beta1, "b2": beta2, "eps": eps, "grad_clip": grad_clip}
        for name, value in settings.items():
            self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        """Take a number, or the first one of a schedule, whose next ones are up to `step_schedules`."""
        if not isinstance(value, Real):
            if not isinstance(value, Iterable) or isinstance(value, str | bytes):
                raise ValueError(f"{name} must be a number, a list of numbers or a schedule, but is {value!r}")
            schedule = self.schedules[name] = iter(value)
            value = next(schedule, None)
            if value is None:
                raise ValueError(f"the schedule for {name} is empty")
        setattr(self, name, value if isinstance(value, int | float) else float(value))

    @property
    def step(self) -> int:
        """How often the schedules were advanced."""
        return self._steps

    @property
    def last_score(self) -> tuple[int, float] | None:
        """(step, score) of the last evaluation, if there was one; set to a score, it takes the step that is now."""
        return self._last_score

    @last_score.setter
    def last_score(self, score: float) -> None:
        self._last_score = self._steps, score

    def step_schedules(self) -> None:
        """Advance every schedule by one; exhausted ones keep their last value."""
        self._steps += 1
        for name, schedule in self.schedules.items():
            try:
                if isinstance(schedule, Schedule):
                    value = schedule.advance(last_score=self._last_score)
                else:
                    value = next(schedule)
            except StopIteration:
                continue
            setattr(self, name, value)

    def __call__(
        self, key: KeyT, weights: FloatsXd, gradient: FloatsXd, *, lr_scale: float = 1.0
    ) -> tuple[FloatsXd, FloatsXd]:
        """Update `weights` (in place where possible) by `gradient`, which is zeroed. Use the returned arrays.

        Raises ValueError if the shapes differ, NotImplementedError for beta2 without beta1.
        """
        return self._update([(key, weights, gradient)], lr_scale)[0]

    def update_many(self, params: list[tuple[KeyT, Any, Any]]) -> list[tuple[Any, Any]]:
        """What calls with each (key, weights, gradient) return; faster than these, since they run as one."""
        if type(self).__call__ is not Optimizer.__call__:
            return [self(*param) for param in params]
        return self._update(params, 1.0)

    def _update(self, params: list[tuple[KeyT, Any, Any]], lr_scale: float) -> list[tuple[Any, Any]]:
        is_adam = not self.use_radam and self.b1 > 0.0 and self.b2 > 0.0
        decay = lr_scale * self.learn_rate * self.L2 if self.L2_is_weight_decay else 0.0
        updated: list[tuple[Any, Any]] = []
        steps: dict[type, list[tuple[AdamParam, Average | None]]] = {}  # by kind of array: one backend each
        apart: set[KeyT] = set()  # stepped by rows, without their averages
        for key, weights, gradient in params:
            if len(gradient) < 1:
                updated.append((weights, gradient))
                continue
            if weights.shape != gradient.shape:
                raise ValueError(f"parameter {key} has shape {weights.shape}, but its gradient {gradient.shape}")
            self.nr_update[key] += 1
            w, g = _contiguous(weights), _contiguous(gradient)
            if not w.flags.writeable:
                w = w.copy()
            if self.L2 != 0 and not self.L2_is_weight_decay:
                g += self.L2 * w
            if is_adam:
                step = self._adam_param(key, w, g, lr_scale, decay)
                if self._adam_rows(key, step, w, g):
                    apart.add(key)
                else:
                    steps.setdefault(type(w), []).append((step, self._average(key, w)))
            else:
                self._step(key, w, g, lr_scale, decay)
            if g is not gradient:
                gradient[...] = 0
            updated.append((w, gradient))
        for same in steps.values():
            ops, adam_params, averages = get_array_ops(same[0][0][0]), *map(list, zip(*same, strict=True))
            ops.adam_steps(adam_params, averages, beta1=self.b1, beta2=self.b2, eps=self.eps)
        for key, _, gradient in params:
            if isinstance(gradient, SparseGradient) and not gradient.is_sparse:  # the step zeroed it as a whole
                self._in_use.pop(key, None)
                gradient.clear()
        if self.averages is not None:
            for (key, _, gradient), (w, _) in zip(params, updated, strict=True):
                if len(gradient) and (not is_adam or key in apart):
                    self._move_average(key, w)
        return updated

    def _average(self, key: KeyT, weights: Any) -> Average | None:
        """The running average of a parameter and how far it moves now; None if there are none."""
        if self.averages is None:
            return None
        if key not in self.averages:
            self.averages[key] = get_array_ops(weights).alloc(weights.shape, dtype="float32")
        return self.averages[key].reshape(-1), 1.0 - average_decay(self.nr_update[key])

    def _move_average(self, key: KeyT, weights: Any) -> None:
        """Move the average of a parameter whose step did not: one that is not Adam's, or of rows alone."""
        if self.averages is None or (moving := self._average(key, weights)) is None:
            return
        average, share = moving
        if key in self._in_use:
            ops, count = get_array_ops(weights), self.nr_update[key]
            self._in_use[key].average(
                self.averages[key], weights, lambda ema, rows: ops.update_averages(ema, rows, count)
            )
        else:
            average += share * (weights.reshape(-1) - average)

    def _adam_rows(self, key: KeyT, param: AdamParam, weights: Any, gradient: Any) -> bool:
        """A step of a table with few rows in use, with the numbers of a step over the whole of it. False if it is none:
        then nothing is done."""
        if not (isinstance(gradient, SparseGradient) and gradient.is_sparse and type(weights) is np.ndarray):
            return False
        in_use = self._in_use.get(key)
        if in_use is None or not in_use.belongs_to(weights, gradient.classes):
            averages = (self.averages or {}).get(key)
            in_use = self._in_use[key] = RowsInUse(weights, gradient.classes, *param[2:4], averages)
        fresh = gradient.rows()
        in_use.add(fresh)
        gradient.clear()
        if in_use.are_most:
            return False
        get_array_ops(weights).adam_rows(
            param, in_use.rows, fresh, gradient.classes, beta1=self.b1, beta2=self.b2, eps=self.eps
        )
        return True

    def _adam_param(self, key: KeyT, weights: Any, gradient: Any, lr_scale: float, decay: float) -> AdamParam:
        mom1, mom2 = self._moments(key, gradient)
        n = self.nr_update[key]
        learn_rate = self.learn_rate * lr_scale * math.sqrt(1.0 - self.b2**n) / (1.0 - self.b1**n)
        flat = gradient.plain if isinstance(gradient, SparseGradient) else gradient.reshape(-1)
        return weights.reshape(-1), flat, mom1, mom2, learn_rate, self.grad_clip or 0.0, decay

    def _step(self, key: KeyT, weights: Any, gradient: Any, lr_scale: float, decay: float) -> None:
        """Rectified Adam, or plain descent."""
        if self.grad_clip:
            gradient = get_array_ops(gradient).clip_gradient(gradient, self.grad_clip)
        if self.use_radam:
            self._radam(weights, gradient, lr_scale, key)
        elif self.b2 > 0.0:
            raise NotImplementedError("an optimizer with beta2 but without beta1 is not defined: set beta1 too")
        else:
            weights -= lr_scale * self.learn_rate * gradient
        gradient.fill(0)
        if decay:
            weights -= decay * weights

    def _moments(self, key: KeyT, gradient: Any) -> tuple[Any, Any]:
        for moments in (self.mom1, self.mom2):
            if key not in moments:
                moments[key] = get_array_ops(gradient).alloc1f(gradient.size)
        return self.mom1[key], self.mom2[key]

    def _radam(self, weights: Any, gradient: Any, lr_scale: float, key: KeyT) -> None:
        mom1, mom2 = self._moments(key, gradient)
        flat = gradient.reshape(-1)
        mom2 *= self.b2
        mom2 += (1 - self.b2) * flat * flat
        mom1 *= self.b1
        mom1 += (1 - self.b1) * flat
        step, rectified = self._radam_step(self.nr_update[key] + 1)
        change = step * self.learn_rate * lr_scale * mom1
        if rectified:
            change /= get_array_ops(mom2).xp.sqrt(mom2) + self.eps
        weights -= change.reshape(weights.shape)

    def _radam_step(self, t: int) -> tuple[float, bool]:
        """The size of the step at count t, and whether the variance is known well enough to be used."""
        cached = self._radam_steps.get((t, self.b1, self.b2))
        if cached is None:
            b2t = self.b2**t
            longest = 2 / (1 - self.b2) - 1
            length = longest - 2 * t * b2t / (1 - b2t)
            rectified = length >= 5
            step = 1.0 / (1 - self.b1**t)
            if rectified:
                step *= math.sqrt(
                    (1 - b2t) * (length - 4) / (longest - 4) * (length - 2) / length * longest / (longest - 2)
                )
            if len(self._radam_steps) > 16:  # parameters advance together: few counts are in use at a time
                self._radam_steps.clear()
            cached = self._radam_steps[(t, self.b1, self.b2)] = (step, rectified)
        return cached


def _contiguous(array: Any) -> Any:
    return array if array.flags.c_contiguous else get_array_ops(array).as_contig(array)


__all__ = ["ADAM_DEFAULTS", "SGD_DEFAULTS", "Adam", "Optimizer", "RAdam", "SGD"]
