"""SparseGradient: the gradient of a large table of which a step reads a few rows.

A bag-of-words model has a weight for each of 262,144 buckets and each class; a batch falls into a few hundred buckets.
The gradient is an array of the table's shape, all of it there, that knows where it may differ from 0. From that the
optimizer knows which weights there is anything to do for: those that ever had a gradient, or a value. All others are
0 with moments of 0, and a step leaves them so; the numbers are those of a step over the whole table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import numpy as np

__all__ = ["RowsInUse", "SparseGradient"]

DENSE_SHARE = 3  # a table of which a third is in use is reckoned with as a whole


class SparseGradient(np.ndarray[Any, Any]):
    """A vector of float32, made by `SparseGradient.zeros`, with a note of where it may differ from 0.

    classes    The table's: row r has a value for each of them, in r + c · (size / classes).
    Whoever writes by index, fills it, or adds to it as a whole makes it dense; who writes through a pointer or a plain
    view says so by `note`.
    """

    classes: int
    _noted: list[np.ndarray[Any, Any]] | None

    @classmethod
    def zeros(cls, size: int, classes: int) -> SparseGradient:
        """A gradient of zeros. `size` is a multiple of `classes`."""
        made = np.zeros(size, dtype=np.float32).view(cls)
        made.classes, made._noted = classes, []
        return made

    def __array_finalize__(self, source: Any) -> None:
        # What is made from a gradient, by slicing or reckoning, is dense until it is said to be otherwise.
        self.classes, self._noted = getattr(source, "classes", 1), None

    @property
    def is_sparse(self) -> bool:
        """Whether it is known where values other than 0 may be."""
        return self._noted is not None

    @property
    def plain(self) -> np.ndarray[Any, Any]:
        """The same memory as an ordinary array; who writes to it notes the rows."""
        return self.view(np.ndarray)

    def note(self, rows: np.ndarray[Any, Any] | None) -> None:
        """Rows, in any order and shape, in which something was written; None: anywhere."""
        if rows is None:
            self._noted = None
        elif self._noted is not None:
            self._noted.append(rows.reshape(-1))

    def rows(self) -> np.ndarray[Any, Any]:
        """The rows that were noted, ascending: int32 (n,)."""
        noted = self._noted
        if noted is None:
            raise ValueError("the gradient is dense: it is not known which rows were written to")
        if not noted:
            return np.zeros(0, dtype=np.int32)
        rows = noted[0] if len(noted) == 1 else np.concatenate(noted)
        marks = np.zeros(int(rows.max(initial=0)) + 1, dtype=np.bool_)
        marks[rows] = True
        found = np.flatnonzero(marks).astype(np.int32)
        self._noted = [found]
        return found

    def clear(self) -> None:
        """Say that all values are 0, as they are after a step of the optimizer."""
        self._noted = []

    def copy(self, order: Any = "C") -> SparseGradient:
        """A copy that knows its rows; no other memory is touched."""
        if self._noted is None:
            return super().copy(order)
        made, rows = SparseGradient.zeros(self.size, self.classes), self.rows()
        made._noted = [rows]
        mine, its = self.plain.reshape(self.classes, -1), made.plain.reshape(self.classes, -1)
        for c in range(self.classes):
            its[c, rows] = mine[c, rows]
        return made

    def __reduce__(self) -> Any:
        return self.plain.__reduce__()  # pickled as an ordinary array

    def __setitem__(self, key: Any, value: Any) -> None:
        self._noted = None
        super().__setitem__(key, value)

    def fill(self, value: Any) -> None:
        """Set all values."""
        super().fill(value)
        self._noted = [] if value == 0 else None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out", ())
        if out:
            for target in out:
                if isinstance(target, SparseGradient) and not (
                    ufunc in (np.multiply, np.divide) and method == "__call__"
                ):
                    target._noted = None
            kwargs["out"] = tuple(_plain(target) for target in out)
        result = getattr(ufunc, method)(*(_plain(value) for value in inputs), **kwargs)
        return out[0] if out and isinstance(out[0], SparseGradient) else result


def _plain(value: Any) -> Any:
    return value.plain if isinstance(value, SparseGradient) else value


class RowsInUse:
    """The rows of a table of weights that have anything to them: a value, a moment, or a gradient at some time.

    weights    The table (classes · rows,) when the rows were found. Another array in its place is looked at anew; one
               that somebody else writes to keeps the rows that it had.
    others     Arrays of the same layout, such as moments.
    """

    def __init__(self, weights: np.ndarray[Any, Any], classes: int, *others: np.ndarray[Any, Any] | None) -> None:
        self._weights, self._classes = ref(weights), classes
        self._marks = np.zeros(weights.size // classes, dtype=np.bool_)
        for array in (weights, *others):
            if array is not None and array.any():
                self._marks |= (array.reshape(classes, -1) != 0).any(axis=0)
        self._end = 1 + int(np.flatnonzero(self._marks).max(initial=-1))  # old models use the beginning of theirs alone
        self._find()

    def _find(self) -> None:
        self.rows: np.ndarray[Any, Any] = np.flatnonzero(self._marks[: self._end]).astype(np.int32)

    def belongs_to(self, weights: np.ndarray[Any, Any], classes: int) -> bool:
        """Whether these are the rows of that table."""
        return self._weights() is weights and self._classes == classes

    @property
    def are_most(self) -> bool:
        """Whether so many are in use that reckoning with the whole table is no slower."""
        return len(self.rows) * DENSE_SHARE > len(self._marks)

    def add(self, rows: np.ndarray[Any, Any]) -> None:
        """Take rows (n,), ascending, into use."""
        if not self._marks[rows].all():
            self._marks[rows] = True
            self._end = max(self._end, int(rows[-1]) + 1)
            self._find()

    def average(self, averages: Any, weights: Any, update: Callable[[Any, Any], None]) -> None:
        """Have `update(averages, weights)` change the averages of these rows, those of all others being 0."""
        tables = [array.reshape(self._classes, -1) for array in (averages, weights)]
        if self.are_most:
            update(*tables)
            return
        mine, its = (table[:, self.rows] for table in tables)
        update(mine, its)
        tables[0][:, self.rows] = mine
