"""Loggers of a GPU's memory, against stand-ins of the libraries; they were not run on a GPU."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import tagma
from tagma.registries import registry

MEGABYTE = 2**20


def measured(logger: str, **settings: Any) -> dict[str, Any]:
    """What a logger adds to an info."""
    info: dict[str, Any] = {}
    log_step, finalize = registry.get("loggers", logger)(**settings)(tagma.blank("en"), io.StringIO(), io.StringIO())
    log_step(None)
    log_step(info)
    finalize()
    return info


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """PyTorch with statistics of one device; gives the devices that were asked about."""
    asked: list[int] = []

    def memory_stats(device: int) -> dict[str, int]:
        asked.append(device)
        return {
            "allocated_bytes.all.current": 2 * MEGABYTE,
            "allocated_bytes.all.peak": 3 * MEGABYTE,
            "allocated_bytes.small_pool.current": MEGABYTE,
            "oversize.current": 7,
            "num_ooms": 1,
        }

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(memory_stats=memory_stats)))
    return asked


def test_pytorch(torch: list[int]) -> None:
    """Bytes are megabytes; pool and metric select; what has neither is kept."""
    assert measured("spacy.PyTorchLogger.v1", device=1) == {
        "pytorch.allocated_megabytes.all.current": 2.0,
        "pytorch.allocated_megabytes.all.peak": 3.0,
        "pytorch.oversize.current": 7,
        "pytorch.num_ooms": 1,
    }
    assert torch == [1]
    chosen = measured("spacy.PyTorchLogger.v1", prefix="p", cuda_mem_pool="small_pool", cuda_mem_metric="peak")
    assert chosen == {"p.num_ooms": 1}


@pytest.mark.parametrize("setting", ["cuda_mem_pool", "cuda_mem_metric"])
def test_pytorch_refuses(torch: list[int], setting: str) -> None:
    """Another pool or metric is named, with those that there are."""
    with pytest.raises(ValueError, match=rf"\[E4444\] {setting} is 'most'.*all"):
        registry.get("loggers", "spacy.PyTorchLogger.v1")(**{setting: "most"})


def test_libraries_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package; CuPy without a GPU is another one."""
    for name in ("torch", "cupy"):
        monkeypatch.setitem(sys.modules, name, None)
    for logger in ("spacy.PyTorchLogger.v1", "spacy.CupyLogger.v1"):
        with pytest.raises(ImportError, match=r"\[E4442\]"):
            registry.get("loggers", logger)()
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=None))
    monkeypatch.setattr("tagma.nn.compat.has_cupy_gpu", False)
    with pytest.raises(ValueError, match=r"\[E4445\]"):
        registry.get("loggers", "spacy.CupyLogger.v1")()


@pytest.mark.parametrize("source", ["default", "pytorch", "tensorflow"])
def test_cupy(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Whose pool it is, and how much of it is used."""
    from tagma.nn.backends import context_pools

    class Pool:
        """A pool of four megabytes."""

        total_bytes = staticmethod(lambda: 4 * MEGABYTE)
        used_bytes = staticmethod(lambda: 3 * MEGABYTE)
        free_bytes = staticmethod(lambda: MEGABYTE)
        n_free_blocks = staticmethod(lambda: 5)

        def malloc(self) -> None:
            """What the allocator is a method of."""

    pool = Pool()
    cuda = SimpleNamespace(get_allocator=lambda: pool.malloc)
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr("tagma.nn.compat.has_cupy_gpu", True)
    token = context_pools.set({source: pool})
    try:
        assert measured("spacy.CupyLogger.v1") == {
            "cupy.pool.source": source,
            "cupy.pool.acquired_mib": 4.0,
            "cupy.pool.used_mib": 3.0,
            "cupy.pool.free_mib": 1.0,
            "cupy.pool.num_free_blocks": 5,
        }
    finally:
        context_pools.reset(token)
