"""Choosing a device, and what is said where there is none."""

from __future__ import annotations

import pytest

import tagma.nn
from tagma.nn import get_ops
from tagma.nn.devices import require_cpu


def test_the_cpu_is_always_there() -> None:
    """Computing on the CPU can be asked for anywhere."""
    assert require_cpu()


def test_gpu_functions_without_a_gpu() -> None:
    """Where there is no GPU the errors say what is missing, and preferring one is harmless."""
    if tagma.nn.has_cupy:
        pytest.skip("CuPy is installed")
    with pytest.raises(ValueError, match="CuPy"):
        tagma.nn.require_gpu()
    with pytest.raises(ValueError, match="CuPy"):
        get_ops("cupy")
    assert tagma.nn.prefer_gpu() is False
    with pytest.raises(ValueError, match="pytorch"):
        tagma.nn.set_gpu_allocator("unknown")


@pytest.mark.parametrize(
    ("platform", "facts", "reason"),
    [
        ("darwin", {"has_torch_mps": False}, "MPS support"),
        ("linux", {"has_cupy": False}, "CuPy is not installed"),
        ("linux", {"has_cupy": True}, "none was detected"),
    ],
)
def test_the_missing_part_of_a_gpu_is_named(
    platform: str, facts: dict[str, bool], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says what to install for this platform, or that there is no device."""
    monkeypatch.setattr("sys.platform", platform)
    for name, value in {"has_gpu": False, **facts}.items():
        monkeypatch.setitem(vars(tagma.nn.compat), name, value)  # some are computed when asked for
    with pytest.raises(ValueError, match=f"no GPU: .*{reason}"):
        tagma.nn.require_gpu()
