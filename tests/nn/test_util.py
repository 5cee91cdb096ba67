"""Widths, one-hot labels, random seeds and containers."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma.nn
import tagma.nn.api
from tagma.nn import (
    Padded,
    Ragged,
    fix_random_seed,
    get_array_module,
    get_ops,
    get_width,
    is_cupy_array,
    require_cpu,
    to_categorical,
    to_numpy,
)
from tagma.nn.types import ArgsKwargs
from tagma.nn.util import (
    ArrayInfo,
    convert_recursive,
    copy_array,
    is_xp_array,
    iterate_recursive,
    make_tempfile,
    partial,
)


def _X(*shape: int) -> np.ndarray:
    return np.zeros(shape, dtype="float32")


@pytest.mark.parametrize(
    ("X", "width"),
    [
        (_X(2, 5), 5),
        (_X(2, 3, 4), 4),
        (np.array([1, 7, 2]), 8),
        (np.array(3.0), 0),
        ([_X(2, 5), _X(1, 5)], 5),
        ([], 0),
        ((_X(1, 4),), 4),
        (Ragged(_X(3, 6), np.array([3], dtype="int32")), 6),
        (Padded(_X(2, 3, 4), None, None, None), 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_get_width(X: Any, width: int) -> None:
    """Each container's width is that of its rows; vectors hold class ids."""
    assert get_width(X) == width


def test_get_width_of_something_else() -> None:
    """What has no width is refused by the name of its type; another axis can be asked for."""
    with pytest.raises(ValueError, match="str"):
        get_width("text")
    assert get_width(_X(2, 5), dim=0) == 2


def test_to_categorical() -> None:
    """Rows are one-hot, or smoothed; nonsense is refused."""
    assert to_categorical(np.array([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert to_categorical(np.array([[1]]), 2).shape == (1, 1, 2)
    np.testing.assert_allclose(to_categorical(np.array([1]), 3, label_smoothing=0.2), [[0.1, 0.8, 0.1]])
    assert to_categorical(np.array([0])).dtype == np.float32
    for n, smoothing in ((3, -0.1), (0, 0.0), (1, 0.1), (2, 0.5)):
        with pytest.raises(ValueError, match=r"label_smoothing|n_classes"):
            to_categorical(np.array([0]), n, label_smoothing=smoothing)
    with pytest.raises(IndexError):
        to_categorical(np.array([3]), 3)


def test_fix_random_seed() -> None:
    """The same seed, the same numbers, from Python's and NumPy's generators."""
    draws = []
    for _ in range(2):
        fix_random_seed(2**32 + 5)
        draws.append((random.random(), np.random.uniform()))
    assert draws[0] == draws[1]


def test_recursive_helpers() -> None:
    """Arrays are found and converted through every container, which keep their types."""
    x = _X(1)
    nested = {"a": [x, (x, 1)], "b": ArgsKwargs((x,), {"k": x})}
    assert len(list(iterate_recursive(is_xp_array, nested))) == 4
    found = convert_recursive(is_xp_array, lambda array: "array", nested)
    assert found == {"a": ["array", ("array", 1)], "b": ArgsKwargs(("array",), {"k": "array"})}


def test_small_helpers() -> None:
    """Array modules, copies, checks, partials and temporary files do what their names say."""
    assert get_array_module(_X(1)) is np
    with pytest.raises(ValueError, match="list"):
        get_array_module([1])
    assert not is_cupy_array(_X(1))
    assert to_numpy([1, 2]).tolist() == [1, 2]
    target = _X(2)
    copy_array(target, np.ones(2))
    assert target.tolist() == [1, 1]
    with pytest.raises(ValueError, match="shape"):
        ArrayInfo.from_array(_X(2)).check_consistency(_X(3))
    with pytest.raises(ValueError, match="dtype"):
        ArrayInfo.from_array(_X(2)).check_consistency(np.zeros(2))
    assert partial(test_fix_random_seed).__doc__ == test_fix_random_seed.__doc__
    with make_tempfile("w") as file_:
        path = Path(file_.name)
        assert path.exists()
    assert not path.exists()
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


def test_both_doors_offer_the_same() -> None:
    """tagma.nn and tagma.nn.api export the same names, all of which exist."""
    assert tagma.nn.__all__ == tagma.nn.api.__all__
    for name in tagma.nn.__all__:
        assert getattr(tagma.nn, name) is getattr(tagma.nn.api, name)
