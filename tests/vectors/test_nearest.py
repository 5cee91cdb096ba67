"""Rows of a table compared."""

import numpy
import pytest

from tagma.vectors._rows import order_of_rows, put_in_order, rows_of_keys
from tagma.vectors.nearest import distinct_rows, nearest_rows, rows_in_use


def random_table(rows: int, width: int, values: int, seed: int = 0) -> numpy.ndarray:
    """A table of few values, so that rows are equal."""
    return numpy.random.default_rng(seed).integers(-values, values, (rows, width)).astype("f")


def test_rows_in_use_have_their_last_key() -> None:
    """Rows ascend; of several keys of a row it is the one that came last."""
    rows, keys = rows_in_use({50: 3, 60: 1, 70: 3})
    assert (rows.tolist(), keys.tolist()) == ([1, 3], [60, 70])
    assert rows_in_use({})[0].tolist() == []


def test_rows_of_keys() -> None:
    """Keys of all 64 bits; -1 for those that are not there."""
    keys = numpy.asarray([2**64 - 1, 5, 7], dtype="uint64")
    assert rows_of_keys({2**64 - 1: 2, 7: 0}, keys).tolist() == [2, -1, 0]


@pytest.mark.parametrize("n", [1, 5, 40])
def test_nearest_rows(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of the table and batches of queries give what all at once gives."""
    monkeypatch.setattr("tagma.vectors.nearest.TABLE_PART", 7)
    rng = numpy.random.default_rng(1)
    table, queries = rng.normal(size=(60, 4)).astype("f"), rng.normal(size=(11, 4)).astype("f")
    queries[3] = 0
    rows = numpy.arange(0, 60, 1 if n == 40 else 2)[:40]
    unit = table[rows] / numpy.linalg.norm(table[rows], axis=1, keepdims=True)
    cosine = queries @ unit.T / numpy.maximum(numpy.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
    before = queries.copy()
    found, scores = nearest_rows(numpy, table, rows, queries, min(n, len(rows)), 3, sort=True)
    expected = -numpy.sort(-cosine, axis=1)[:, : min(n, len(rows))]
    assert numpy.allclose(scores, expected, atol=1e-6)
    other = [i for i in range(11) if i != 3]
    assert numpy.array_equal(found[other], rows[numpy.argsort(-cosine, axis=1)[other, : found.shape[1]]])
    assert numpy.array_equal(queries, before)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize(("rows", "width", "values"), [(0, 3, 2), (200, 2, 3), (300, 3, 20), (5, 0, 1)])
def test_distinct_rows(rows: int, width: int, values: int, step: int, overwrite: bool) -> None:
    """Each of those in use once, in the order of their values, as NumPy has it; the way back gives the old table."""
    table, used = random_table(rows, width, values), numpy.arange(0, rows, step)
    old = table.copy()
    distinct, place = distinct_rows(numpy, table, used, overwrite=overwrite)
    if rows and width:
        assert numpy.array_equal(distinct, numpy.unique(old[used], axis=0))
    assert numpy.array_equal(distinct[place[used]], old[used])
    assert numpy.shares_memory(distinct, table) == (overwrite and table.size > 0)
    if not overwrite:
        assert numpy.array_equal(table, old)


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_nothing_to_merge(dtype: str) -> None:
    """A table of distinct rows that are all in use stays, also its order; not so if one is not in use."""
    table = numpy.asarray([[3, 1], [2, 2], [0, 5]], dtype=dtype)
    distinct, place = distinct_rows(numpy, table, numpy.arange(3), overwrite=True)
    assert distinct is table
    assert (place.tolist(), table[:, 0].tolist()) == ([0, 1, 2], [3, 2, 0])
    distinct, place = distinct_rows(numpy, table, numpy.asarray([0, 2]), overwrite=True)
    assert (distinct[:, 0].tolist(), place[[0, 2]].tolist()) == ([0, 3], [1, 0])


def test_distinct_rows_of_other_tables() -> None:
    """Tables of other numbers, or that are laid out otherwise, are made distinct as well."""
    table = random_table(50, 2, 2)
    for other in (table.astype("d"), numpy.asfortranarray(table)):
        distinct, inverse = distinct_rows(numpy, other, numpy.arange(50), overwrite=True)
        assert numpy.array_equal(distinct[inverse], table)
        assert numpy.array_equal(distinct, numpy.unique(table, axis=0))


def test_order_of_special_values() -> None:
    """0.0 and -0.0 are one value; all that is no number is one value, the last."""
    nan = numpy.float32("nan")
    table = numpy.asarray([[nan], [0.0], [-numpy.inf], [-0.0], [-nan], [1.0]], dtype="f")
    rows, differs = order_of_rows(table, numpy.arange(6, dtype="int32"))
    assert rows.tolist() == [2, 1, 3, 5, 0, 4]
    assert differs.tolist() == [True, True, False, True, True, False]


def test_put_in_order() -> None:
    """Row i becomes the old row `order[i]`, for any order."""
    table, order = random_table(40, 3, 99), numpy.random.default_rng(2).permutation(40).astype("int32")
    expected = table[order]
    put_in_order(table, order)
    assert numpy.array_equal(table, expected)
