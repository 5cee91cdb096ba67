"""Word vectors: one float32 table, and a dict from key (hash of a text) to row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy
import numpy.typing as npt
from numpy.lib import format as npy

from tagma.attrs import IDS, intify_attr
from tagma.errors import Errors
from tagma.nn.packing import decode
from tagma.nn.types import Floats1d, Floats2d, Ints2d
from tagma.registries import registry
from tagma.strings import StringStore
from tagma.util.serialize import reading, unpack_map

WIDEST = 10**6  # columns that a table from elsewhere may claim

if TYPE_CHECKING:
    from tagma.nn.backends import Ops


class Mode(StrEnum):
    """How keys find rows."""

    default = "default"
    floret = "floret"

    @classmethod
    def values(cls) -> list[str]:
        """Names of the modes."""
        return list(cls.__members__)


class BaseVectors:
    """What a vocabulary needs of vectors. Subclass it and register a factory to bring your own."""

    name: str | None

    def __init__(self, *, strings: StringStore | None = None) -> None:
        self.strings: StringStore = StringStore() if strings is None else strings

    def __getitem__(self, key: int | str) -> Floats1d:
        raise NotImplementedError

    def __contains__(self, key: int | str) -> bool:
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether no row is free."""
        raise NotImplementedError

    def get_batch(self, keys: Iterable[int | str]) -> Floats2d:
        """Vectors of many keys: float32 (n, width)."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and width."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def vectors_length(self) -> int:
        """Width."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Rows times width."""
        raise NotImplementedError

    def add(self, key: int | str, *, vector: npt.ArrayLike | None = None) -> int:
        """Give a key a vector; returns its row."""
        raise NotImplementedError

    def to_ops(self, ops: Ops) -> None:
        """Move the table to another device."""

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """All of it as bytes."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read `to_bytes`."""
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write into the folder `path`."""

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read from the folder `path`."""
        return self


class Vectors(BaseVectors):
    """Vectors of whole texts: `data` float32 (rows, width), `key2row` {key: row}. Several keys may share a row.

    `attr`: the lexical attribute whose value is looked up (ORTH).
    """

    def __init__(
        self,
        *,
        strings: StringStore | None = None,
        shape: tuple[int, int] | None = None,
        data: Floats2d | None = None,
        keys: Iterable[int | str] | None = None,
        name: str | None = None,
        mode: Mode | str = Mode.default,
        attr: int | str = "ORTH",
    ) -> None:
        super().__init__(strings=strings)
        self.name = name
        if mode not in Mode.values() or Mode(mode) != Mode.default:
            raise ValueError(Errors.E4014.format(mode=mode, modes=[Mode.default.value]))
        self.mode = Mode.default.value
        self.attr: int = _attr(attr)
        if data is None:
            data = numpy.zeros(shape or (0, 0), dtype="f")
        self.data: Floats2d = data
        self.key2row: dict[int, int] = {}
        self._free: list[int] | None = None
        for row, key in enumerate(keys or ()):
            self.add(key, row=row)

    def __eq__(self, other: object) -> bool:
        """Whether keys, rows and settings are the same; names and strings do not matter."""
        if self is other:
            return True
        if not isinstance(other, Vectors) or self.shape != other.shape or self.key2row != other.key2row:
            return False
        return self.to_bytes(exclude=["strings"]) == other.to_bytes(exclude=["strings"])

    # a table changes, so it cannot be looked up by what it holds
    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as Python does

    @property
    def xp(self) -> Any:
        """The array module of the table (NumPy or CuPy)."""
        if isinstance(self.data, numpy.ndarray):
            return numpy
        import cupy

        return cupy

    @property
    def shape(self) -> tuple[int, int]:
        return self.data.shape

    @property
    def size(self) -> int:
        return self.data.shape[0] * self.data.shape[1]

    @property
    def vectors_length(self) -> int:
        return self.data.shape[1]

    @property
    def is_full(self) -> bool:  # type: ignore[override]  # a method of the base, as users know both
        return not self._free_rows()

    @property
    def n_keys(self) -> int:
        """Number of keys, more than rows where keys share them."""
        return len(self.key2row)

    def __len__(self) -> int:
        return self.data.shape[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickle, (self.to_bytes(), self.name))

    def _key(self, key: int | str) -> int:
        return self.strings[key] if isinstance(key, str) else int(key)

    def _free_rows(self) -> list[int]:
        """Rows that no key points to, the first one last."""
        if self._free is None:
            used = set(self.key2row.values())
            self._free = [row for row in range(len(self) - 1, -1, -1) if row not in used]
        return self._free

    def __getitem__(self, key: int | str) -> Floats1d:
        """Vector of a key, a view (width,); KeyError E058 where there is none."""
        row = self.key2row.get(self._key(key), -1)
        if row < 0:
            raise KeyError(Errors.E058.format(key=key))
        vector: Floats1d = self.data[row]
        return vector

    def __setitem__(self, key: int | str, vector: npt.ArrayLike) -> None:
        """Overwrite the vector of a known key (KeyError E058)."""
        row = self.key2row.get(self._key(key), -1)
        if row < 0:
            raise KeyError(Errors.E058.format(key=key))
        self.data[row] = vector

    def __contains__(self, key: object) -> bool:
        return (self.strings[key] if isinstance(key, str) else key) in self.key2row

    def __iter__(self) -> Iterator[int]:
        return iter(self.key2row)

    def keys(self) -> Iterable[int]:
        """Keys in the order they came."""
        return self.key2row.keys()

    def values(self) -> Iterator[Floats1d]:
        """Vectors of the rows in use, in row order."""
        for row in sorted(set(self.key2row.values())):
            yield self.data[row]

    def items(self) -> Iterator[tuple[int, Floats1d]]:
        """Pairs (key, vector)."""
        for key, row in self.key2row.items():
            yield key, self.data[row]

    def add(self, key: int | str, *, vector: npt.ArrayLike | None = None, row: int | None = None) -> int:
        """Give a key a row (the one it has, `row`, or a free one) and, if given, the row a vector. Returns the row.

        Raises ValueError E060 when the table is full or `row` is outside.
        """
        key = self.strings.add(key, allow_transient=False) if isinstance(key, str) else int(key)
        if row is None:
            row = self.key2row.get(key)
            if row is None:
                free = self._free_rows()
                if not free:
                    raise ValueError(Errors.E060.format(rows=self.shape[0], cols=self.shape[1]))
                row = free.pop()
        elif not 0 <= row < len(self):
            raise ValueError(Errors.E060.format(rows=self.shape[0], cols=self.shape[1]))
        else:
            self._free = None
        self.key2row[key] = row
        if vector is not None:
            self.data[row] = self.xp.asarray(vector)
        return row

    def resize(self, shape: tuple[int, int], inplace: bool = False) -> list[tuple[int, int]]:
        """Change rows and width; values are kept, keys of lost rows are dropped and returned as (key, row).

        In place, the width must stay (ValueError E193).
        """
        if inplace and shape[1] != self.data.shape[1]:
            raise ValueError(Errors.E193.format(new_dim=shape[1], curr_dim=self.data.shape[1]))
        if inplace:
            self.data.resize(shape, refcheck=False)
        else:
            grown = self.xp.zeros(shape, dtype=self.data.dtype)
            rows, width = (min(a, b) for a, b in zip(self.data.shape, shape, strict=True))
            grown[:rows, :width] = self.data[:rows, :width]
            self.data = grown
        lost = [(key, row) for key, row in self.key2row.items() if row >= shape[0]]
        for key, _ in lost:
            del self.key2row[key]
        self._free = None
        return lost

    def clear(self) -> None:
        """Forget all keys; the table stays."""
        self.key2row.clear()
        self._free = None

    def find(
        self,
        *,
        key: int | str | None = None,
        keys: Iterable[int | str] | None = None,
        row: int | None = None,
        rows: Iterable[int] | None = None,
    ) -> Any:
        """Row of `key` (-1 if unknown), rows int32 (n,) of `keys`, key of `row`, or keys uint64 (n,) of `rows`.

        Exactly one must be given (ValueError E059).
        """
        given = {"key": key, "keys": keys, "row": row, "rows": rows}
        if sum(value is not None for value in given.values()) != 1:
            raise ValueError(Errors.E059.format(kwargs=given))
        if key is not None:
            return self.key2row.get(self._key(key), -1)
        if keys is not None:
            found = [self.key2row.get(self._key(item), -1) for item in keys]
            return self.xp.asarray(found, dtype="i")
        row2key = {at: item for item, at in self.key2row.items()}
        if row is not None:
            return row2key[row]
        return self.xp.asarray([row2key[at] for at in rows or () if at in row2key], dtype="uint64")

    def get_batch(self, keys: Iterable[int | str]) -> Floats2d:
        """Vectors of many keys, float32 (n, width); unknown keys get zeros."""
        rows = self.find(keys=keys)
        batch: Floats2d
        if not len(self):
            batch = self.xp.zeros((len(rows), self.data.shape[1]), dtype="f")
            return batch
        batch = self.data[rows]
        batch[rows < 0] = 0
        return batch

    def most_similar(
        self, queries: Floats2d, *, batch_size: int = 1024, n: int = 1, sort: bool = True
    ) -> tuple[Ints2d, Ints2d, Floats2d]:
        """The `n` rows in use nearest by cosine to each query: keys uint64, rows int32, scores float32, (queries, n).

        Raises ValueError E198 when fewer than `n` rows are in use.
        """
        xp = self.xp
        used = sorted(set(self.key2row.values()))
        if n > len(used):
            raise ValueError(Errors.E198.format(n=n, n_rows=len(used)))
        rows_in_use = xp.asarray(used, dtype="i")
        table = _unit(xp, self.data[rows_in_use])
        queries = xp.asarray(queries, dtype="f")
        best_rows = xp.zeros((queries.shape[0], n), dtype="i")
        scores = xp.zeros((queries.shape[0], n), dtype="f")
        for start in range(0, queries.shape[0], batch_size):
            part = slice(start, start + batch_size)
            cosine = _unit(xp, queries[part]) @ table.T
            best = xp.argpartition(cosine, -n, axis=1)[:, -n:]
            score = xp.take_along_axis(cosine, best, axis=1)
            if sort:
                order = xp.argsort(-score, axis=1)
                best, score = xp.take_along_axis(best, order, axis=1), xp.take_along_axis(score, order, axis=1)
            best_rows[part], scores[part] = rows_in_use[best], xp.clip(xp.round(score, 4), -1, 1)
        row2key = {row: key for key, row in self.key2row.items()}
        keys = numpy.asarray([[row2key[int(row)] for row in rows] for rows in best_rows], dtype="uint64")
        return xp.asarray(keys.reshape(best_rows.shape)), best_rows, scores

    def deduplicate(self) -> None:
        """Keep every distinct row once; keys of equal rows share it."""
        table, inverse = self.xp.unique(self.data, return_inverse=True, axis=0)
        inverse = inverse.reshape(-1)
        self.key2row = {key: int(inverse[row]) for key, row in self.key2row.items()}
        self.data = table
        self._free = None

    def to_ops(self, ops: Ops) -> None:
        """Move the table to the device of `ops`."""
        self.data = ops.asarray(self.data)

    def _config(self) -> dict[str, Any]:
        return {"mode": "default"} if self.attr == IDS["ORTH"] else {"mode": "default", "attr": self.attr}

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Strings, keys, table and settings as a msgpack map."""
        import srsly

        parts: dict[str, Any] = {}
        if "strings" not in exclude:
            parts["strings"] = self.strings.to_bytes().decode("utf8")
        parts["key2row"] = srsly.msgpack_dumps(self.key2row)
        parts["vectors"] = srsly.msgpack_dumps(self._host_data())
        parts["vectors.cfg"] = srsly.json_dumps(self._config())
        packed: bytes = srsly.msgpack_dumps(parts)
        return packed

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Vectors:
        """Read `to_bytes`; ValueError E4010 for altered bytes."""
        import srsly

        parts = unpack_map(data, "vectors")
        with reading("vectors"):
            config = srsly.json_loads(parts.get("vectors.cfg", "{}"))
            table = decode(parts["vectors"], "the table")
            if "strings" in parts and "strings" not in exclude:
                for string in StringStore().from_bytes(parts["strings"]):
                    self.strings.add(string, allow_transient=False)
            self._load(config, table, unpack_map(parts.get("key2row", b""), "vectors"), "vectors")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write `vectors` (.npy), `key2row`, `vectors.cfg` and `strings.json` into the folder `path`."""
        import srsly

        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if "strings" not in exclude:
            self.strings.to_disk(path / "strings.json")
        with (path / "vectors").open("wb") as file:
            numpy.save(file, self._host_data(), allow_pickle=False)
        (path / "key2row").write_bytes(srsly.msgpack_dumps(self.key2row))
        srsly.write_json(path / "vectors.cfg", self._config())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Vectors:
        """Read what `to_disk` wrote; files that are missing change nothing."""
        import srsly

        path = Path(path)
        config: Any = {}
        if (path / "vectors.cfg").exists():
            try:
                config = srsly.read_json(path / "vectors.cfg")
            except ValueError as error:
                what = f"settings of the vectors in {path / 'vectors.cfg'}"
                raise ValueError(Errors.E4010.format(what=what, reason=error)) from None
        if "strings" not in exclude and (path / "strings.json").exists():
            for string in StringStore().from_disk(path / "strings.json"):
                self.strings.add(string, allow_transient=False)
        if (path / "vectors").exists():
            try:
                table = _read_table((path / "vectors").read_bytes())
            except (ValueError, EOFError, OSError, TypeError, SyntaxError) as error:
                raise ValueError(Errors.E4010.format(what=f"vectors in {path / 'vectors'}", reason=error)) from None
            file = path / "key2row"
            keys = unpack_map(file.read_bytes(), f"keys of the vectors in {file}") if file.exists() else {}
            self._load(config, table, keys, f"vectors in {path}")
        return self

    def _host_data(self) -> Any:
        return self.data if isinstance(self.data, numpy.ndarray) else self.data.get()

    def _load(self, config: Any, table: Any, key2row: dict[Any, Any], what: str) -> None:
        if not isinstance(config, dict) or config.get("mode", "default") != "default":
            raise ValueError(Errors.E4014.format(mode=config, modes=[Mode.default.value]))
        if not isinstance(table, numpy.ndarray) or table.ndim != 2:
            raise ValueError(Errors.E4010.format(what=what, reason="the table is not a 2-d array"))
        if table.dtype.kind not in "fiu" or table.shape[1] > WIDEST:
            reason = f"the table is {table.dtype} of width {table.shape[1]}"
            raise ValueError(Errors.E4010.format(what=what, reason=reason))
        n = table.shape[0]
        if not all(isinstance(k, int) and isinstance(row, int) and row < n for k, row in key2row.items()):
            raise ValueError(Errors.E4010.format(what=what, reason=f"a key points outside the {n} rows"))
        self.attr = _attr(config.get("attr", "ORTH"))
        self.data = self.xp.asarray(table)
        self.key2row = {key: row for key, row in key2row.items() if row >= 0}
        self._free = None


def _read_table(data: bytes) -> Any:
    """The array of an .npy file. Raises ValueError, before room is made for it, where the file is too short."""
    file = BytesIO(data)
    version = npy.read_magic(file)
    shape, _, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    expected, found = math.prod(shape) * dtype.itemsize, len(data) - file.tell()
    if expected > found:
        raise ValueError(f"an array of shape {shape} and type {dtype} takes {expected} bytes, but {found} are there")
    file.seek(0)
    return numpy.load(file, allow_pickle=False)


def prune(vectors: Vectors, nr_row: int, *, batch_size: int = 1024) -> dict[int, tuple[int, float]]:
    """Keep the first `nr_row` rows in use and give the other keys the nearest of them.

    Returns {key: (key of the kept row, cosine)} for the keys that moved.
    """
    rows = sorted(set(vectors.key2row.values()))
    kept, dropped = rows[:nr_row], rows[nr_row:]
    new_row = {row: i for i, row in enumerate(kept)}
    old_keys, old_data = vectors.key2row, vectors.data
    vectors.data = vectors.xp.ascontiguousarray(old_data[kept])
    vectors.key2row = {key: new_row[row] for key, row in old_keys.items() if row in new_row}
    vectors._free = None
    moved: dict[int, tuple[int, float]] = {}
    if dropped and kept:
        keys, found, scores = vectors.most_similar(old_data[dropped], batch_size=batch_size)
        nearest = {row: (int(keys[i, 0]), int(found[i, 0]), float(scores[i, 0])) for i, row in enumerate(dropped)}
        for key, row in old_keys.items():
            if row in nearest:
                vectors.key2row[key] = nearest[row][1]
                moved[key] = (nearest[row][0], nearest[row][2])
    return moved


def _unit(xp: Any, rows: Any) -> Any:
    norm = xp.linalg.norm(rows, axis=1, keepdims=True)
    return rows / xp.where(norm == 0, 1, norm)


def _attr(attr: int | str) -> int:
    found = intify_attr(attr)
    if found is None:
        raise ValueError(Errors.E4012.format(attr=attr))
    return found


def _unpickle(data: bytes, name: str | None) -> Vectors:
    return Vectors(name=name).from_bytes(data)


@registry.vectors("spacy.Vectors.v1")
def create_mode_vectors() -> Callable[[Any], Vectors]:
    """Factory for `[nlp.vectors]`: an empty table in default mode over the strings of a vocabulary."""

    def vectors_factory(vocab: Any) -> Vectors:
        return Vectors(strings=vocab.strings)

    return vectors_factory
