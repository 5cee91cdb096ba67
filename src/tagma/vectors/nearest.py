"""Rows of a table compared: the nearest by cosine, and those that are equal."""

from __future__ import annotations

from typing import Any

import numpy

from tagma.vectors._rows import order_of_rows, put_in_order

__all__ = ["distinct_rows", "nearest_rows", "rows_in_use"]

TABLE_PART = 1 << 14  # rows that are compared with a batch of queries at once


def rows_in_use(key2row: dict[int, int]) -> tuple[Any, Any]:
    """The rows that keys point to, ascending, int64 (n,); and the key of each, uint64, of several the last."""
    n = len(key2row)
    keys = numpy.fromiter(key2row.keys(), dtype=numpy.uint64, count=n)
    rows, last = numpy.unique(numpy.fromiter(key2row.values(), dtype=numpy.int64, count=n)[::-1], return_index=True)
    return rows, keys[n - 1 - last]


def nearest_rows(xp: Any, table: Any, rows: Any, queries: Any, n: int, batch_size: int, sort: bool) -> tuple[Any, Any]:
    """The `n` of `rows` that are nearest to each query: int32 (n_queries, n), and their cosines, float32.

    A query or row of zeros has the cosine 0 with all. Needs memory for a part of the table at a time.
    """
    found = xp.zeros((queries.shape[0], n), dtype="i")
    scores = xp.full((queries.shape[0], n), -numpy.inf, dtype="f")
    everything = len(rows) == table.shape[0]
    for first in range(0, len(rows), TABLE_PART):
        part = rows[first : first + TABLE_PART]
        block = _unit(xp, table[first : first + TABLE_PART] if everything else table[xp.asarray(part)])
        numbers = xp.asarray(part, dtype="i")
        for start in range(0, queries.shape[0], batch_size):
            batch = slice(start, start + batch_size)
            cosine = _unit(xp, queries[batch]) @ block.T
            best, score = _highest(xp, cosine, min(n, len(part)))
            best = xp.concatenate([found[batch], numbers[best]], axis=1)
            score = xp.concatenate([scores[batch], score], axis=1)
            kept, scores[batch] = _highest(xp, score, n)
            found[batch] = xp.take_along_axis(best, kept, axis=1)
    if sort:
        order = xp.argsort(-scores, axis=1, kind="stable")
        found, scores = xp.take_along_axis(found, order, axis=1), xp.take_along_axis(scores, order, axis=1)
    return found, scores


def _highest(xp: Any, scores: Any, n: int) -> tuple[Any, Any]:
    """Places of the `n` highest scores of each row, in no order, and these scores."""
    best = xp.argpartition(scores, -n, axis=1)[:, -n:]
    return best, xp.take_along_axis(scores, best, axis=1)


def _unit(xp: Any, rows: Any) -> Any:
    norm = xp.linalg.norm(rows, axis=1, keepdims=True)
    return rows / xp.where(norm == 0, 1, norm)


def distinct_rows(xp: Any, table: Any, rows: Any, *, overwrite: bool) -> tuple[Any, Any]:
    """Of these rows of a table each distinct one once, in the order of their values; and the new row of each old one.

    The table itself where it has no other rows than these, and all are distinct.
    overwrite   make the new table in the place of the old one, which takes no memory for a second.
    """
    place = numpy.arange(len(table))
    if xp is not numpy or table.dtype != numpy.float32 or not table.flags.c_contiguous:
        distinct, place[rows] = xp.unique(table[rows], return_inverse=True, axis=0)
        return (table, numpy.arange(len(table))) if len(distinct) == len(table) else (distinct, place)
    order, differs = order_of_rows(table, rows.astype(numpy.int32))
    if len(order) == len(table) and differs.all():
        return table, place
    place[order] = numpy.cumsum(differs) - 1
    if not overwrite or not table.flags.writeable:
        return table[order[differs]], place
    others = numpy.setdiff1d(numpy.arange(len(table), dtype=numpy.int32), order[differs])
    put_in_order(table, numpy.concatenate([order[differs], others]))
    return table[: int(differs.sum())], place
