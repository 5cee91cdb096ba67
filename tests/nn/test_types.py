"""Containers that flow between layers, and array annotations."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from tagma.nn import ArgsKwargs, Padded, Ragged, get_current_ops
from tagma.nn.config import ConfigValidationError, registry
from tagma.nn.types import ArrayList, Floats1d, Floats2d, Generator, Ints2d, Pairs, SizedGenerator, validate_array


def _rows(*shape: int) -> np.ndarray:
    return np.arange(int(np.prod(shape)), dtype="float32").reshape(shape)


def _ragged() -> Ragged:
    return Ragged(_rows(6, 2), np.array([2, 0, 1, 3], dtype="int32"))


PARTS = [_rows(6, 2)[:2], _rows(6, 2)[2:2], _rows(6, 2)[2:3], _rows(6, 2)[3:]]


@pytest.mark.parametrize(
    "index",
    [0, 3, -1, -4, slice(None), slice(1, 3), slice(-2, None), slice(None, None, 2), slice(2, 1), [3, 0, 3], [1], []],
    ids=str,
)
def test_ragged_is_indexed_like_a_list_of_sequences(index: Any) -> None:
    """Ints, slices and lists of ints select sequences, in that order, with their width."""
    if isinstance(index, int):
        expected = [PARTS[index]]
    else:
        expected = PARTS[index] if isinstance(index, slice) else [PARTS[i] for i in index]
    found = _ragged()[index]
    assert found.lengths.tolist() == [len(part) for part in expected]
    np.testing.assert_array_equal(found.dataXd, np.concatenate([*expected, np.zeros((0, 2))]))


def test_ragged_refuses_what_is_no_index_of_sequences() -> None:
    """Tuples and numbers out of range are errors."""
    for bad in ((0, 1), 4, -5, [0, 4]):
        with pytest.raises(IndexError):
            _ragged()[bad]


def test_ragged_keeps_trailing_dims() -> None:
    """Data of any rank is seen as rows, and comes back in its rank, also when there is nothing in it."""
    ragged = Ragged(_rows(3, 2, 4), np.array([1, 2], dtype="int32"))
    assert ragged.data.shape == (3, 8)
    assert ragged.dataXd.shape == (3, 2, 4)
    assert ragged[1].dataXd.shape == (2, 2, 4)
    empty = Ragged(_rows(0, 5), np.array([0, 0], dtype="int32"))
    assert (empty.data.shape, empty.dataXd.shape, empty.rows.shape, len(empty)) == ((0, 0), (0, 5), (0, 5), 2)
    assert empty[0].dataXd.shape == (0, 5)


def test_padded_selects_columns() -> None:
    """Selected sequences make a consistent Padded, whatever the order they are asked for."""
    ops = get_current_ops()
    seqs = [_rows(n, 2) + n for n in (2, 4, 1, 3)]
    padded = ops.list2padded(seqs)
    for index in (slice(1, 3), [2, 0], 1, -1):
        part = padded[index]
        assert (np.diff(part.lengths) <= 0).all()
        np.testing.assert_array_equal(part.size_at_t, [(part.lengths > t).sum() for t in range(4)])
        order = sorted(part.indices.tolist())
        for original, back in zip([seqs[i] for i in order], ops.padded2list(part), strict=True):
            np.testing.assert_array_equal(original, back)
    assert isinstance(padded.copy(), Padded)
    for bad in (9, (0, 1)):
        with pytest.raises(IndexError):
            padded[bad]


def test_array_list() -> None:
    """A list of views remembers its array until somebody changes the list; values may change in place."""
    flat = _rows(5, 2)
    views = ArrayList.from_flat(flat, [2, 0, 3])
    assert views.intact()
    assert views.flat is flat
    assert [len(view) for view in views] == views.lengths.tolist() == [2, 0, 3]
    views[0][0, 0] = 9
    assert flat[0, 0] == 9
    for change in (
        lambda v: v.append(flat),
        lambda v: v.pop(),
        lambda v: v.__setitem__(0, flat[:2]),
        lambda v: v.reverse(),
        lambda v: v.clear(),
    ):
        views = ArrayList.from_flat(flat, [2, 0, 3])
        change(views)
        assert not views.intact()
    assert not ArrayList([flat]).intact()
    assert ArrayList.from_flat(flat, [1]).flat.shape == (1, 2)


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), lambda v: v[:]]
)
def test_copies_of_array_lists_are_plain(duplicate: Any) -> None:
    """A copy does not claim to be views of the original's array."""
    views = ArrayList.from_flat(_rows(5, 2), [2, 3])
    twin = duplicate(views)
    assert not (isinstance(twin, ArrayList) and twin.intact())
    np.testing.assert_array_equal(np.concatenate(twin), views.flat)


def test_args_kwargs() -> None:
    """Int keys become positional in the order given, str keys keywords."""
    value = ArgsKwargs.from_items([(5, "a"), ("k", 1), (0, "b")])
    assert (value.args, value.kwargs) == (("a", "b"), {"k": 1})
    assert list(value.keys()) == [0, 1, "k"]
    assert list(value.items()) == [(0, "a"), (1, "b"), ("k", 1)]
    assert list(value.values()) == ["a", "b", 1]


def test_pairs_and_sized_generators() -> None:
    """Pairs are indexed together; a sized generator starts anew each time."""
    pairs = Pairs([1, 2, 3], "abc")  # type: ignore[arg-type]
    assert (len(pairs), pairs[1:].one, pairs[1:].two) == (3, [2, 3], "bc")
    generator = SizedGenerator(lambda: iter([1, 2]), 2)
    assert len(generator) == 2
    assert list(generator) == list(generator) == [1, 2]


def test_validate_array() -> None:
    """Rank and dtype are checked together, and anything but an array is refused."""
    X = np.zeros((2, 3), dtype="float32")
    assert validate_array(X, ndim=2, dtype="f") is X
    validate_array(np.zeros(2, dtype="uint64"), ndim=1, dtype="i")
    with pytest.raises(ValueError, match=r"axes is 2; needed: 1; dtype is float32; allowed: int32, int64"):
        validate_array(X, ndim=1, dtype="i")
    for bad in (X.astype("float64"), [[1.0]]):
        with pytest.raises(ValueError, match=r"float64|list"):
            validate_array(bad, dtype="f")


def test_annotations_are_enforced_in_configs() -> None:
    """A registered function's array annotations refuse arrays of another rank or kind; iterators are not consumed."""

    @registry.datasets("test_types.arrays")
    def make(X: Floats2d, ids: Ints2d, steps: Generator) -> Any:
        return X, ids, next(steps)

    good = {"X": np.zeros((1, 2), dtype="float32"), "ids": np.zeros((1, 1), dtype="int32"), "steps": iter([7, 8])}
    assert registry.resolve({"d": {"@datasets": "test_types.arrays", **good}})["d"][2] == 7
    for key, bad in (("X", np.zeros(3, dtype="float32")), ("ids", np.zeros((1, 1), dtype="float32"))):
        with pytest.raises(ValueError, match=key):
            registry.resolve({"d": {"@datasets": "test_types.arrays", **good, key: bad}})
    with pytest.raises(TypeError, match="int"):
        Generator.validate(3)


def test_arrays_are_not_instances_of_annotations() -> None:
    """Annotations are for checkers; at run time arrays are just arrays."""
    if not isinstance(Floats1d, type):
        pytest.skip("not classes here")
    assert not isinstance(np.zeros(2, dtype="float32"), Floats1d)


@pytest.mark.parametrize("method", [registry.fill, registry.resolve])
def test_a_function_needs_a_section(method: Any) -> None:
    """Settings of a function at the top level of a config are refused, with the key that names it."""
    with pytest.raises(ConfigValidationError, match="@layers stands outside of any section"):
        method({"@layers": "relu.v1", "nO": 3})
