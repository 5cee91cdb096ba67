"""GPU memory from PyTorch or TensorFlow, with stand-ins for the frameworks and for CuPy's memory: what is asked of
whom, and what is said where something is missing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tagma.nn import get_ops, set_current_ops, set_gpu_allocator
from tagma.nn.backends import context_pools

from .cupy_on_host import CupyOpsOnHost

DEVICE = 3  # the current one of the stand-in


class Memory:
    """CuPy's memory of another owner."""

    def __init__(self, address: int, size: int, owner: Any) -> None:
        self.address, self.size, self.owner = address, size, owner


class Pool:
    """CuPy's pool: it asks its allocator each time."""

    def __init__(self, *, allocator: Any) -> None:
        self.allocator = allocator

    def malloc(self, size: int) -> Any:
        return self.allocator(size)


class Cupy:
    """CuPy as far as memory goes; `allocator` is what was set."""

    def __init__(self) -> None:
        memory = SimpleNamespace(UnownedMemory=Memory, MemoryPointer=lambda memory, offset: (memory, offset))
        runtime = SimpleNamespace(getDevice=lambda: DEVICE)
        self.allocator: Any = None
        self.cuda = SimpleNamespace(memory=memory, runtime=runtime, MemoryPool=Pool, set_allocator=self._set)
        self.ndarray = np.ndarray

    def _set(self, allocator: Any) -> None:
        self.allocator = allocator

    def from_dlpack(self, data: Any) -> Any:
        assert data.__dlpack_device__() == (2, DEVICE)
        tensor = data.__dlpack__(stream=None)
        return SimpleNamespace(data=SimpleNamespace(ptr=tensor["address"]), tensor=tensor)


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cupy]:
    """CuPy is there, CupyOps is the backend, and no pool was made."""
    found = Cupy()
    monkeypatch.setitem(sys.modules, "cupy", found)
    pools = context_pools.set({})
    set_current_ops(CupyOpsOnHost())
    yield found
    set_current_ops(get_ops("cpu"))
    context_pools.reset(pools)


def torch_with(*, cuda: bool) -> tuple[Any, list[Any]]:
    """PyTorch, and what was asked of it."""
    asked: list[Any] = []

    def empty(size: int, *, dtype: str, device: str) -> Any:
        asked.append((size, dtype, device))
        return SimpleNamespace(data_ptr=lambda: 4096)

    found = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda), empty=empty, uint8="uint8", __version__="2.13.0"
    )
    return found, asked


def tensorflow_with(gpus: list[str]) -> tuple[Any, list[Any]]:
    """TensorFlow, and what was asked of it."""
    asked: list[Any] = []

    @contextlib.contextmanager
    def device(name: str) -> Iterator[None]:
        asked.append(name)
        yield

    def zeros(shape: tuple[int], *, dtype: str) -> Any:
        asked.append((shape, dtype))
        return {"address": 8192}

    found = SimpleNamespace(
        config=SimpleNamespace(list_physical_devices=lambda kind: gpus),
        device=device,
        zeros=zeros,
        uint8="uint8",
        experimental=SimpleNamespace(dlpack=SimpleNamespace(to_dlpack=lambda tensor: tensor)),
        __version__="2.20.0",
    )
    return found, asked


def test_memory_of_pytorch(cupy: Cupy, monkeypatch: pytest.MonkeyPatch) -> None:
    """CuPy gets the address of a tensor on its own device, and keeps the tensor; the pool is made once."""
    torch, asked = torch_with(cuda=True)
    monkeypatch.setitem(sys.modules, "torch", torch)
    set_gpu_allocator("pytorch")
    memory, offset = cupy.allocator(1000)
    assert asked == [(1001, "uint8", f"cuda:{DEVICE}")]
    assert (memory.address, memory.size, offset) == (4096, 1000, 0)
    assert memory.owner.data_ptr() == 4096
    pool = context_pools.get()["pytorch"]
    set_gpu_allocator("pytorch")
    assert context_pools.get() == {"pytorch": pool}


def test_memory_of_tensorflow(cupy: Cupy, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of PyTorch, by DLPack."""
    tensorflow, asked = tensorflow_with(["GPU:0"])
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    set_gpu_allocator("tensorflow")
    memory, offset = cupy.allocator(0)
    assert asked == [f"/GPU:{DEVICE}", ((1,), "uint8")]
    assert (memory.address, memory.size, offset) == (8192, 0, 0)
    assert memory.owner.tensor == {"address": 8192}
    assert list(context_pools.get()) == ["tensorflow"]


@pytest.mark.parametrize(
    ("name", "absent", "framework", "error", "reason"),
    [
        ("pytorch", ["torch"], None, ImportError, "the module 'torch'"),
        ("tensorflow", ["tensorflow"], None, ImportError, "the module 'tensorflow'"),
        ("pytorch", ["cupy"], torch_with(cuda=True)[0], ImportError, "the module 'cupy'"),
        ("tensorflow", ["cupy"], tensorflow_with(["GPU:0"])[0], ImportError, "the module 'cupy'"),
        ("pytorch", [], torch_with(cuda=False)[0], ValueError, r"PyTorch 2\.13\.0 finds none"),
        ("tensorflow", [], tensorflow_with([])[0], ValueError, r"TensorFlow 2\.20\.0 finds none"),
        ("jax", [], None, ValueError, "choose 'pytorch' or 'tensorflow'"),
    ],
)
def test_what_is_missing_is_named(
    cupy: Cupy,
    name: str,
    absent: list[str],
    framework: Any,
    error: type[Exception],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error says what was looked for, and CuPy's memory stays as it was."""
    if framework is not None:
        monkeypatch.setitem(sys.modules, {"pytorch": "torch"}.get(name, name), framework)
    for module in absent:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(error, match=reason):
        set_gpu_allocator(name)
    assert cupy.allocator is None
    assert not context_pools.get()


def test_pytorch_on_the_cpu_changes_nothing(cupy: Cupy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under NumpyOps nothing is asked of PyTorch, with or without a GPU."""
    set_current_ops(get_ops("cpu"))
    for cuda in (True, False):
        torch, asked = torch_with(cuda=cuda)
        monkeypatch.setitem(sys.modules, "torch", torch)
        set_gpu_allocator("pytorch")
        assert not asked
    assert cupy.allocator is None
