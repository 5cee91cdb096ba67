"""Scaling of gradients: passing through, refusing, and how the factor adapts."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tagma.nn import PyTorchGradScaler

pytestmark = pytest.mark.torch


def _tensors(*rows: list[float]) -> list[Any]:
    import torch

    return [torch.tensor(row) for row in rows]


def test_a_disabled_scaler_passes_everything_through() -> None:
    """Nothing is scaled, nothing is found, and the factor stays."""
    scaler = PyTorchGradScaler(False, init_scale=4.0)
    tensors = _tensors([1.0, math.inf])
    assert scaler.scale(tensors) is tensors
    assert scaler.unscale(tensors) is False
    scaler.update()
    assert (scaler.found_inf, scaler.scale_factor) == (False, 4.0)


@pytest.mark.parametrize("wrong", [3, [1.0], "on the CPU"])
def test_what_cannot_be_scaled_is_refused(wrong: Any) -> None:
    """Numbers, lists of numbers, and tensors that are not on a CUDA device."""
    scaler = PyTorchGradScaler(True)
    value = _tensors([1.0])[0] if wrong == "on the CPU" else wrong
    with pytest.raises(ValueError, match=r"tensor|CUDA"):
        scaler.scale(value)


def test_unscaling_divides_and_finds_overflows() -> None:
    """Values are divided in place; one that is not finite is reported, and remembered until `update`."""
    scaler = PyTorchGradScaler(True, init_scale=4.0)
    (good, bad) = _tensors([8.0, 2.0], [1.0, math.nan])
    assert scaler.unscale([good]) is False
    assert good.tolist() == [2.0, 0.5]
    assert scaler.unscale([good, bad]) is True
    assert scaler.unscale(good) is False
    assert scaler.found_inf


def test_the_factor_adapts() -> None:
    """An overflow halves the factor, and two updates without one double it."""
    scaler = PyTorchGradScaler(True, init_scale=8.0, growth_interval=2)
    scaler.unscale(_tensors([math.inf]))
    scaler.update()
    assert (scaler.scale_factor, scaler.found_inf) == (4.0, False)
    scaler.update()
    assert scaler.scale_factor == 4.0
    scaler.update()
    assert scaler.scale_factor == 8.0
