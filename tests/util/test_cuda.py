"""Copies to a GPU, with a stand-in for CuPy: they were not run on a GPU."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tagma.util import get_async, get_cuda_stream, warn_if_jupyter_cupy


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """CuPy with streams, and arrays that keep what is set."""
    module = ModuleType("cupy")
    cuda = ModuleType("cupy.cuda")
    cuda.Stream = lambda non_blocking: SimpleNamespace(non_blocking=non_blocking)  # type: ignore[attr-defined]

    class Array:
        """An array on a GPU."""

        def __init__(self, shape: tuple[int, ...], order: str, dtype: Any) -> None:
            self.shape, self.dtype = shape, dtype

        def set(self, values: Any, stream: Any) -> None:
            """Copy values."""
            self.values, self.stream = values, stream

    module.ndarray, module.cuda = Array, cuda  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cupy", module)
    monkeypatch.setitem(sys.modules, "cupy.cuda", cuda)
    monkeypatch.setattr("tagma.nn.compat.has_cupy", True)
    return module


def test_on_the_cpu() -> None:
    """Without CuPy there is no stream, and an array is itself."""
    array = np.zeros(3)
    assert get_cuda_stream() is None
    assert get_async(None, array) is array


def test_with_cupy(cupy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the CPU computes there is no stream; else a new one, in which an array is copied."""
    assert get_cuda_stream(require=True) is None
    monkeypatch.setattr("tagma.nn.backends.get_current_ops", lambda: object())
    stream = get_cuda_stream(non_blocking=False)
    assert stream.non_blocking is False
    array = np.arange(6, dtype="int32").reshape(2, 3)
    copied = get_async(stream, array)
    assert (copied.shape, copied.dtype, copied.values is array, copied.stream) == ((2, 3), array.dtype, True, stream)


CASES = [(True, False, True), (True, True, False), (False, False, False)]


@pytest.mark.parametrize(("jupyter", "shared", "warned"), CASES)
def test_notebooks(
    cupy: ModuleType, monkeypatch: pytest.MonkeyPatch, jupyter: bool, shared: bool, warned: bool
) -> None:
    """A warning where cells of a notebook do not share the backend."""
    monkeypatch.setattr("tagma.util.cuda.is_in_jupyter", lambda: jupyter)
    monkeypatch.setattr("tagma.nn.backends.contextvars_eq_thread_ops", lambda: shared)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_jupyter_cupy()
    assert ["[W111]" in str(warning.message) for warning in caught] == [True] * warned
