"""Initial values of parameters: `fn(ops, shape) -> float32 array`.

Random numbers come from `numpy.random` on every backend, drawn as float64 in C order and then cast, so that a seed
gives the same weights everywhere. For a scaled initializer shape[0] is the fan-out and shape[1] the fan-in.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .backends import Ops
from .config import registry
from .types import FloatsXd, Shape

Initializer = Callable[[Ops, Shape], FloatsXd]
PartialT = TypeVar("PartialT")


def partial(func: Callable[..., PartialT], *args: Any, **kwargs: Any) -> Callable[..., PartialT]:
    """`functools.partial` that keeps the docstring."""
    bound = functools.partial(func, *args, **kwargs)
    bound.__doc__ = func.__doc__
    return bound


def _uniform(ops: Ops, shape: Shape, scale: float) -> FloatsXd:
    return ops.asarray_f(np.random.uniform(-scale, scale, shape))


def _normal(ops: Ops, shape: Shape, variance: float) -> FloatsXd:
    return ops.asarray_f(np.random.normal(scale=math.sqrt(variance), size=shape))


def lecun_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """N(0, 1/shape[1]). LeCun et al. 1998."""
    return _normal(ops, shape, 1.0 / shape[1])


@registry.initializers("lecun_normal_init.v1")
def configure_lecun_normal_init() -> Initializer:
    return partial(lecun_normal_init)


def lecun_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """U(−s, s), s = √(3/shape[1]). LeCun et al. 1998."""
    return _uniform(ops, shape, math.sqrt(3.0 / shape[1]))


@registry.initializers("lecun_uniform_init.v1")
def configure_lecun_uniform_init() -> Initializer:
    return partial(lecun_uniform_init)


def he_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """N(0, 2/shape[1]). He et al. 2015, https://arxiv.org/abs/1502.01852"""
    return _normal(ops, shape, 2.0 / shape[1])


@registry.initializers("he_normal_init.v1")
def configure_he_normal_init() -> Initializer:
    return partial(he_normal_init)


def he_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """U(−s, s), s = √(6/shape[1]). He et al. 2015, https://arxiv.org/abs/1502.01852"""
    return _uniform(ops, shape, math.sqrt(6.0 / shape[1]))


@registry.initializers("he_uniform_init.v1")
def configure_he_uniform_init() -> Initializer:
    return partial(he_uniform_init)


def glorot_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """N(0, 2/(shape[0] + shape[1])). Glorot and Bengio 2010."""
    return _normal(ops, shape, 2.0 / (shape[1] + shape[0]))


@registry.initializers("glorot_normal_init.v1")
def configure_glorot_normal_init() -> Initializer:
    return partial(glorot_normal_init)


def glorot_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """U(−s, s), s = √(6/(shape[0] + shape[1])). Glorot and Bengio 2010."""
    return _uniform(ops, shape, math.sqrt(6.0 / (shape[0] + shape[1])))


@registry.initializers("glorot_uniform_init.v1")
def configure_glorot_uniform_init() -> Initializer:
    return partial(glorot_uniform_init)


def zero_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Zeros."""
    return ops.alloc_f(shape)


@registry.initializers("zero_init.v1")
def configure_zero_init() -> Initializer:
    return partial(zero_init)


def uniform_init(ops: Ops, shape: Shape, *, lo: float = -0.1, hi: float = 0.1) -> FloatsXd:
    """U(lo, hi)."""
    return ops.asarray_f(np.random.uniform(lo, hi, shape))


@registry.initializers("uniform_init.v1")
def configure_uniform_init(*, lo: float = -0.1, hi: float = 0.1) -> Initializer:
    return partial(uniform_init, lo=lo, hi=hi)


def normal_init(ops: Ops, shape: Shape, *, mean: float = 0) -> FloatsXd:
    """N(0, mean²): the argument is the *standard deviation*, whatever its name says, so the default gives zeros.

    Saved configs rely on that scale, so it stays.
    """
    return ops.asarray_f(np.random.normal(scale=mean, size=shape))


@registry.initializers("normal_init.v1")
def configure_normal_init(*, mean: float = 0) -> Initializer:
    return partial(normal_init, mean=mean)
