"""Sizes and counts that are refused (nn/errors.py)."""

from __future__ import annotations

import numpy
import pytest

from tagma.nn.errors import DimensionError, require_count, require_size


@pytest.mark.parametrize("size", [1, 7, numpy.int64(3), None])
def test_sizes(size: int | None) -> None:
    """Whole numbers from 1 pass, of Python and of NumPy, and None, which is inferred."""
    require_size("relu", "nO", size)


@pytest.mark.parametrize("count", [0, 5])
def test_counts(count: int) -> None:
    """Counts may be 0 unless a least one is given."""
    require_count("clone", "n", count)
    with pytest.raises(DimensionError, match=rf"clone: n is {count}\. Give it at least 6"):
        require_count("clone", "n", count, least=6)


@pytest.mark.parametrize("size", ["a", 2.0, True, [2]])
def test_no_whole_numbers(size: object) -> None:
    """What is no whole number is shown as it is."""
    with pytest.raises(DimensionError, match=r"relu: nO is .*\. Give it a whole number of at least 1, or leave it out"):
        require_size("relu", "nO", size)


def test_long_paths() -> None:
    """Of a long path the end is shown; a place comes first, and takes the place of the advice if it has its own."""
    error = DimensionError("maxout", "nI is 6, but got input of width 7", "Build it with nI=7")
    error.path[:0] = ["x>>" * 40, "maxout>>layernorm"]
    assert str(error) == "… / maxout>>layernorm / maxout: nI is 6, but got input of width 7. Build it with nI=7"
    error.place = "[components.tagger]"
    assert str(error).startswith("[components.tagger] … / maxout>>layernorm / maxout: nI is 6")
    error.place = "[a] width: it is 6; give both the same."
    assert str(error).endswith("the same. (… / maxout>>layernorm / maxout: nI is 6, but got input of width 7)")
