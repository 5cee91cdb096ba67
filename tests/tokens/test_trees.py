"""What makes heads a tree."""

import pytest

from tagma.tokens.trees import find_cycle


@pytest.mark.parametrize(
    ("heads", "cycle"),
    [
        ([], []),
        ([1, 1, 1], []),
        ([1, 0], [0, 1]),
        ([1, 2, 3, 1, 4], [1, 2, 3]),
        ([0, 2, 1, 2], [1, 2]),
        ([None, 0, None], []),
        ([1, 2, 7], []),
        ([-1, 0], []),
        ([1, 2, 2, 5, 3, 4], [3, 5, 4]),
    ],
)
def test_cycles(heads: list[int | None], cycle: list[int]) -> None:
    """The first cycle is found in its order; roots, unknown heads and heads outside end the way up."""
    assert find_cycle(heads) == cycle


def test_long_chains() -> None:
    """A chain of a hundred thousand arcs is followed once, not from each of its tokens again."""
    heads = [*range(1, 100_000), 99_999]
    assert find_cycle(heads) == []
    assert len(find_cycle([*heads[:-1], 0])) == 100_000
