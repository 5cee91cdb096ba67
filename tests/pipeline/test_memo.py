"""Rows numbered by content."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.pipeline._memo import Memo

ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 1, 2**64 - 1])), max_size=300)


@given(st.lists(ROWS, max_size=4))
def test_numbers_follow_first_sight(batches: list[list[tuple[int, int]]]) -> None:
    """Over several batches, a row has the number of the first time that it was seen, and new ones are told."""
    memo, seen = Memo(2), {}
    for batch in batches:
        rows = np.asarray(batch, dtype="uint64").reshape(-1, 2)
        known = len(seen)
        expected = [seen.setdefault(row, len(seen)) for row in batch]
        numbers, new = memo.number(rows)
        assert numbers.tolist() == expected
        assert [seen[batch[place]] for place in new.tolist()] == list(range(known, len(seen)))
        assert len(memo) == len(seen)


def test_grows_and_forgets() -> None:
    """Many rows, then none."""
    memo = Memo(1)
    rows = np.arange(100_000, dtype="uint64").reshape(-1, 1)
    assert memo.number(rows)[0].tolist() == list(range(100_000))
    assert memo.number(rows[::-1].copy())[0][0] == 99_999
    memo.clear()
    assert len(memo) == 0
    assert len(memo.number(rows[:3].copy())[1]) == 3
    assert len(pickle.loads(pickle.dumps(memo))) == 0


def test_other_widths_are_refused() -> None:
    """The rows of a memo have one width."""
    with pytest.raises(ValueError, match="rows of 3 keys, not of 2"):
        Memo(2).number(np.zeros((1, 3), dtype="uint64"))
