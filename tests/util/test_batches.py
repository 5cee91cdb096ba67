"""Batches of a stream."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tagma.util.batches import minibatch


@pytest.mark.parametrize(
    ("n", "size", "expected"),
    [
        (5, 2, [[0, 1], [2, 3], [4]]),
        (4, 2, [[0, 1], [2, 3]]),
        (2, 5, [[0, 1]]),
        (0, 3, []),
        (7, [1, 2, 3, 4], [[0], [1, 2], [3, 4, 5], [6]]),
        (7, [2, 3], [[0, 1], [2, 3, 4], [5, 6]]),
        (3, [1.9], [[0], [1], [2]]),
    ],
)
def test_sizes(n: int, size: Any, expected: list[list[int]]) -> None:
    """A number holds for all batches; of several numbers each is for one batch, the last one for the rest."""
    assert list(minibatch(range(n), size)) == expected


@pytest.mark.parametrize("size", [0, -1, [0], [2, 0]])
def test_sizes_below_one(size: Any) -> None:
    """A size that would lose the rest of the stream is an error with the size."""
    with pytest.raises(ValueError, match=r"the size is (0|-1)"):
        list(minibatch(range(5), size))


def test_lazy() -> None:
    """No more is read than the batch that is asked for."""
    stream = itertools.count()
    assert next(minibatch(stream, 3)) == [0, 1, 2]
    assert next(stream) == 3
