"""Widths, one-hot labels, kinds of arrays and nested containers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tagma.nn import Padded, Ragged
from tagma.nn.arrays import (
    ArrayInfo,
    convert_recursive,
    copy_array,
    get_array_module,
    get_width,
    is_cupy_array,
    is_xp_array,
    iterate_recursive,
    pair_recursive,
    to_categorical,
    to_numpy,
)
from tagma.nn.types import ArgsKwargs


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


def test_recursive_helpers() -> None:
    """Arrays are found and converted through every container, which keep their types."""
    x = _X(1)
    nested = {"a": [x, (x, 1)], "b": ArgsKwargs((x,), {"k": x})}
    assert len(list(iterate_recursive(is_xp_array, nested))) == 4
    found = convert_recursive(is_xp_array, lambda array: "array", nested)
    assert found == {"a": ["array", ("array", 1)], "b": ArgsKwargs(("array",), {"k": "array"})}


def test_pairs_of_two_nestings() -> None:
    """Items are paired with what stands in their place, which may be None or, in a dict, missing; lists must agree."""
    x, y = _X(1), _X(2)
    one = {"a": [x, (y, "text")], "b": ArgsKwargs((x,), {"k": y}), "c": x}
    other = {"a": [1, (2, None)], "b": ArgsKwargs((3,), {"k": None})}
    pairs = list(pair_recursive(is_xp_array, one, other))
    assert [partner for _, partner in pairs] == [1, 2, 3]
    assert [item is x for item, _ in pairs] == [True, False, True]
    with pytest.raises(ValueError, match="shorter"):
        list(pair_recursive(is_xp_array, [x, y], [1]))


def test_small_helpers() -> None:
    """Array modules, copies and checks do what their names say."""
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
