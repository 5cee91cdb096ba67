"""Optimizers: Adam, RAdam and SGD, with clipping, decay, averages and settings that follow schedules.

    optimizer(key, weights, gradient) -> (weights, gradient)        key = (node id, parameter name)

`nn.md`, section 5.2, has the order of the steps and their formulas.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from .backends import get_array_ops
from .config import registry
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
        "_radam_steps",
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
        self.mom1 = {}
        self.mom2 = {}
        self.averages = {} if use_averages else None
        self.schedules = {}
        self.nr_update = defaultdict(int)
        self.last_seen = defaultdict(int)
        self._radam_steps: dict[tuple[int, float, float], tuple[float, bool]] = {}
        self._set_attr_or_schedule("grad_clip", grad_clip)
        self._set_attr_or_schedule("learn_rate", learn_rate)
        self._set_attr_or_schedule("b1", beta1)
        self._set_attr_or_schedule("b2", beta2)
        self._set_attr_or_schedule("eps", eps)
        self._set_attr_or_schedule("L2", L2)
        self.use_radam = use_radam
        self.L2_is_weight_decay = L2_is_weight_decay

    def _set_attr_or_schedule(self, name: str, value: Any) -> None:
        if isinstance(value, Real | bool | np.number):
            setattr(self, name, value if isinstance(value, int | float) else float(value))  # type: ignore[arg-type]
            return
        if not isinstance(value, Iterable) or isinstance(value, str | bytes):
            raise ValueError(f"{name} must be a number, a list of numbers or a schedule, but is {value!r}")
        schedule = iter(value)
        try:
            first = next(schedule)
        except StopIteration:
            raise ValueError(f"the schedule for {name} yields nothing: {value!r}") from None
        self.schedules[name] = schedule
        setattr(self, name, first)

    def step_schedules(self) -> None:
        """Advance every schedule by one; exhausted ones keep their last value."""
        for name, schedule in self.schedules.items():
            value = next(schedule, None)
            if value is not None:
                setattr(self, name, value)

    def __call__(
        self, key: KeyT, weights: FloatsXd, gradient: FloatsXd, *, lr_scale: float = 1.0
    ) -> tuple[FloatsXd, FloatsXd]:
        """Update `weights` (in place where possible) by `gradient`, which is zeroed. Use the returned arrays.

        Raises ValueError if the shapes differ, NotImplementedError for beta2 without beta1.
        """
        if len(gradient) < 1:
            return weights, gradient
        if weights.shape != gradient.shape:
            raise ValueError(f"parameter {key} has shape {weights.shape}, but its gradient {gradient.shape}")
        ops = get_array_ops(weights)
        self.nr_update[key] += 1
        nr_upd = self.nr_update[key]
        contiguous = weights.flags.c_contiguous and gradient.flags.c_contiguous
        w = weights if contiguous else ops.as_contig(weights)
        g = gradient if contiguous else ops.as_contig(gradient)
        if not w.flags.writeable:
            w = w.copy()
        if self.L2 != 0 and not self.L2_is_weight_decay:
            g += self.L2 * w
        decay = lr_scale * self.learn_rate * self.L2 if self.L2_is_weight_decay else 0.0
        if not self.use_radam and self.b1 > 0.0 and self.b2 > 0.0:
            mom1, mom2 = self._moments(ops, key, g)
            correction = math.sqrt(1.0 - self.b2**nr_upd) / (1.0 - self.b1**nr_upd)
            ops.adam_step(
                w.reshape(-1),
                g.reshape(-1),
                mom1,
                mom2,
                beta1=self.b1,
                beta2=self.b2,
                eps=self.eps,
                learn_rate=self.learn_rate * correction * lr_scale,
                grad_clip=self.grad_clip or 0.0,
                decay=decay,
            )
        else:
            if self.grad_clip:
                g = ops.clip_gradient(g, self.grad_clip)
            if self.use_radam:
                self._radam(ops, w, g, lr_scale, key, nr_upd)
            elif self.b2 > 0.0:
                raise NotImplementedError("an optimizer with beta2 but without beta1 is not defined: set beta1 too")
            else:
                w -= lr_scale * self.learn_rate * g
            g.fill(0)
            if decay:
                w -= decay * w
        if g is not gradient:
            gradient[...] = 0
        if self.averages is not None:
            if key not in self.averages:
                self.averages[key] = ops.alloc(w.shape, dtype="float32")
            ops.update_averages(self.averages[key], w, nr_upd)
        return w, gradient

    def _moments(self, ops: Any, key: KeyT, gradient: Any) -> tuple[Any, Any]:
        if key not in self.mom1:
            self.mom1[key] = ops.alloc1f(gradient.size)
        if key not in self.mom2:
            self.mom2[key] = ops.alloc1f(gradient.size)
        return self.mom1[key], self.mom2[key]

    def _radam(self, ops: Any, weights: Any, gradient: Any, lr_scale: float, key: KeyT, nr_upd: int) -> None:
        mom1, mom2 = self._moments(ops, key, gradient)
        flat = gradient.reshape(-1)
        mom2 *= self.b2
        mom2 += (1 - self.b2) * flat * flat
        mom1 *= self.b1
        mom1 += (1 - self.b1) * flat
        step, rectified = self._radam_step(nr_upd + 1)
        change = step * self.learn_rate * lr_scale * mom1
        if rectified:
            change /= ops.xp.sqrt(mom2) + self.eps
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


__all__ = ["ADAM_DEFAULTS", "SGD_DEFAULTS", "Adam", "Optimizer", "RAdam", "SGD"]
