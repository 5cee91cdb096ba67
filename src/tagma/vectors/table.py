"""The table of word vectors: one float32 table, and the way from a key (hash of a text) to a vector.

default   each key has a row, `key2row`; several keys may share one
floret    each text has pieces, and each piece has one to four rows of the table by its hashes; the vector is the
          mean of all these rows, so that every text has one
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy
import numpy.typing as npt

from tagma.attrs import IDS
from tagma.errors import Errors, Warnings
from tagma.nn.packing import decode
from tagma.nn.types import Floats1d, Floats2d, Ints2d
from tagma.registries import registry
from tagma.strings import StringStore
from tagma.util.json_text import parse_json
from tagma.util.serialize import reading, unpack_map
from tagma.vectors._floret import Pieces
from tagma.vectors._rows import rows_of_keys
from tagma.vectors.base import BaseVectors, Mode
from tagma.vectors.files import (
    checked_keys,
    checked_table,
    read_keys,
    read_settings,
    read_table,
    write_file,
    write_table,
)
from tagma.vectors.nearest import distinct_rows, nearest_rows, rows_in_use

if TYPE_CHECKING:
    from tagma.nn.backends import Ops

__all__ = ["Vectors", "create_mode_vectors"]

MAX_HASHES = 4


class Vectors(BaseVectors):
    """Vectors of whole texts: `data` float32 (rows, width), `key2row` {key: row}. Several keys may share a row.

    strings      the store that knows the texts of keys
    shape        rows and width of an empty table; `data` and `keys`: a filled one, whose rows are none of them free
    mode         "default" or "floret" (ValueError E202 for others)
    attr         the lexical attribute whose value is the key: name or id; ORTH, also where the name is unknown
    minn, maxn   floret: sizes of the pieces of words in characters
    hash_count   floret: rows of each piece, 1 to 4
    hash_seed    floret: seed of the hashes
    bow, eow     floret: marks of begin and end that are put around a word before it is cut
    A floret table needs `data` (ValueError E864), takes no keys (E861), sizes with 0 <= minn <= maxn (E863) and a
    hash_count of 1 to 4 (E862). It cannot be changed: `add`, `resize` and setting an item warn (W115) and do nothing.
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
        minn: int = 0,
        maxn: int = 0,
        hash_count: int = 1,
        hash_seed: int = 0,
        bow: str = "<",
        eow: str = ">",
        attr: int | str = "ORTH",
    ) -> None:
        super().__init__(strings=strings)
        self.name = name
        self.mode: str = _mode(mode)
        self.attr: int = _attr(attr)
        self.minn: int = minn
        self.maxn: int = maxn
        self.hash_count: int = hash_count
        self.hash_seed: int = hash_seed
        self.bow: str = bow
        self.eow: str = eow
        self.key2row: dict[int, int] = {}
        # Rows without a key, the lowest last; None: to be found.
        self._free: dict[int, None] | None = None if data is None else {}
        self._pieces: tuple[tuple[Any, ...], Pieces] | None = None
        if self.mode == Mode.floret:
            _check_floret(data, keys, minn, maxn, hash_count)
        if data is None:
            data = numpy.zeros(shape or (0, 0), dtype="f")
        self.data: Floats2d = data
        for row, key in enumerate(() if keys is None else keys):
            self.add(key, row=row)

    def __eq__(self, other: object) -> bool:
        """Whether keys, rows and settings are the same; names and strings do not matter."""
        if self is other:
            return True
        if not isinstance(other, Vectors) or self.shape != other.shape or self.key2row != other.key2row:
            return False
        return self._config() == other._config() and bool((self.data == other.data).all())

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
        """Whether no row is free. A floret table always is."""
        return self.mode == Mode.floret or not self._free_rows()

    @property
    def n_keys(self) -> int:
        """Number of keys, more than rows where keys share them; -1 in floret mode, where there is no end of them."""
        return -1 if self.mode == Mode.floret else len(self.key2row)

    def __len__(self) -> int:
        return self.data.shape[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickle, (self.to_bytes(), self.name))

    def _key(self, key: int | str) -> int:
        return self.strings[key] if isinstance(key, str) else int(key)

    def _free_rows(self) -> dict[int, None]:
        if self._free is None:
            used = set(self.key2row.values())
            self._free = {row: None for row in range(len(self) - 1, -1, -1) if row not in used}
        return self._free

    def _refuse(self, method: str) -> bool:
        """Whether the table cannot be changed, with the warning W115 that says so."""
        if self.mode == Mode.floret:
            warnings.warn(Warnings.W115.format(method=f"Vectors.{method}"), stacklevel=3)
        return self.mode == Mode.floret

    def _check_default(self) -> None:
        if self.mode != Mode.default:
            raise ValueError(Errors.E858.format(mode=self.mode))

    def __getitem__(self, key: int | str) -> Floats1d:
        """Vector of a key (width,): a view of its row (KeyError E058 where there is none), in floret mode a new array.

        In floret mode, KeyError E018 for the hash of a text that the strings do not know.
        """
        if self.mode == Mode.floret:
            floret: Floats1d = self.get_batch([key])[0]
            return floret
        row = self.key2row.get(self._key(key), -1)
        if row < 0:
            raise KeyError(Errors.E058.format(key=key))
        vector: Floats1d = self.data[row]
        return vector

    def __setitem__(self, key: int | str, vector: npt.ArrayLike) -> None:
        """Overwrite the row of a known key (KeyError E058), and so the vectors of all keys that share it."""
        if self._refuse("__setitem__"):
            return
        row = self.key2row.get(self._key(key), -1)
        if row < 0:
            raise KeyError(Errors.E058.format(key=key))
        self.data[row] = vector

    def __contains__(self, key: object) -> bool:
        """Whether there is a row for a key; in floret mode there is always a vector."""
        if self.mode == Mode.floret:
            return True
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
        """Give a key a row (`row`, else the one it has, else the first free one) and, if given, the row a vector.

        Returns the row. Raises ValueError E060 where no row is free, E197 for a row that is not there.
        """
        if self._refuse("add"):
            return -1
        key = self.strings.add(key, allow_transient=False) if isinstance(key, str) else int(key)
        if row is None:
            row = self.key2row.get(key)
        if row is None:
            if not (free := self._free_rows()):
                raise ValueError(Errors.E060.format(rows=self.shape[0], cols=self.shape[1]))
            row, _ = free.popitem()
        else:
            row = int(row)
            if not 0 <= row < len(self):
                raise ValueError(Errors.E197.format(row=row, key=key, rows=len(self)))
            if self._free:
                self._free.pop(row, None)
        self.key2row[key] = row
        if vector is not None:
            self.data[row] = self.xp.asarray(vector)
        return row

    def resize(self, shape: tuple[int, int], inplace: bool = False) -> list[tuple[int, int]] | int:
        """Change rows and width; values are kept, keys of lost rows are dropped and returned as (key, row).

        In place, the width must stay (ValueError E193). -1 in floret mode.
        """
        if self._refuse("resize"):
            return -1
        if inplace and shape[1] != self.data.shape[1]:
            raise ValueError(Errors.E193.format(new_dim=shape[1], curr_dim=self.data.shape[1]))
        if inplace and self.xp is numpy and self.data.flags.owndata:
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
        """Forget all keys; the table stays. ValueError E859 in floret mode."""
        if self.mode == Mode.floret:
            raise ValueError(Errors.E859)
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

        Of several keys of a row it is the last. Exactly one must be given (ValueError E059). ValueError E858 in floret
        mode.
        """
        self._check_default()
        given = {"key": key, "keys": keys, "row": row, "rows": rows}
        if sum(value is not None for value in given.values()) != 1:
            raise ValueError(Errors.E059.format(kwargs=given))
        if key is not None:
            return self.key2row.get(self._key(key), -1)
        if keys is not None:
            return self.xp.asarray(self._rows(keys))
        row2key = {at: item for item, at in self.key2row.items()}
        if row is not None:
            return row2key[row]
        return self.xp.asarray([row2key[at] for at in rows or () if at in row2key], dtype="uint64")

    def _rows(self, keys: Any) -> npt.NDArray[numpy.int32]:
        if not (isinstance(keys, numpy.ndarray) and keys.dtype == numpy.uint64):
            keys = numpy.fromiter(map(self._key, keys), dtype=numpy.uint64)
        return rows_of_keys(self.key2row, keys)

    def get_batch(self, keys: Iterable[int | str]) -> Floats2d:
        """Vectors of many keys, float32 (n, width).

        In default mode, unknown keys get the last row of the table, as row -1: `find(keys=...)` tells which these are.
        """
        if self.mode == Mode.floret:
            return self._floret_batch(keys)
        rows = self._rows(keys)
        batch: Floats2d = self.data[rows] if len(self) else self.xp.zeros((len(rows), self.shape[1]), dtype="f")
        return batch

    def _floret_batch(self, keys: Any) -> Floats2d:
        """The mean of the rows of the pieces, computed once for each distinct text."""
        place: Any
        if isinstance(keys, numpy.ndarray) and keys.dtype == numpy.uint64:
            distinct, place = numpy.unique(keys, return_inverse=True)
            texts = [self.strings[key] for key in distinct.tolist()]
        else:
            given = [key if isinstance(key, str) else self.strings[int(key)] for key in keys]
            index = {text: i for i, text in enumerate(dict.fromkeys(given))}
            texts, place = list(index), [index[text] for text in given]
        vectors: Floats2d = self._embed(texts)[place]
        return vectors

    def _embed(self, texts: list[str]) -> Any:
        if not texts:
            return self.xp.zeros((0, self.shape[1]), dtype="f")
        pieces, table = self._floret_pieces(), self.data
        if isinstance(table, numpy.ndarray) and table.dtype == numpy.float32 and table.flags.c_contiguous:
            return pieces.embed(texts, table)
        rows, lengths = pieces.rows(texts)
        gathered = table[self.xp.asarray(rows)].astype("f")
        ends = numpy.cumsum(lengths)
        return self.xp.stack(
            [gathered[end - n : end].sum(axis=0) / max(int(n), 1) for n, end in zip(lengths, ends, strict=True)]
        )

    def _floret_pieces(self) -> Pieces:
        """How texts are cut, as the settings are now."""
        settings = (self.bow, self.eow, self.minn, self.maxn, self.hash_count, self.hash_seed, len(self))
        if self._pieces is None or self._pieces[0] != settings:
            self._pieces = settings, Pieces(*settings)
        return self._pieces[1]

    def most_similar(
        self, queries: Floats2d, *, batch_size: int = 1024, n: int = 1, sort: bool = True
    ) -> tuple[Ints2d, Ints2d, Floats2d]:
        """The `n` rows in use nearest by cosine to each query: keys uint64, rows int32, scores float32, (queries, n).

        Raises ValueError E198 when fewer than `n` rows are in use, E858 in floret mode.
        """
        self._check_default()
        xp = self.xp
        used, keys = rows_in_use(self.key2row)
        if n > len(used):
            raise ValueError(Errors.E198.format(n=n, n_rows=len(used)))
        queries = xp.asarray(queries, dtype="f")
        rows, scores = nearest_rows(xp, self.data, used, queries, n, batch_size, sort)
        on_host = rows if xp is numpy else rows.get()
        found = xp.asarray(keys[numpy.searchsorted(used, on_host)])
        return found, rows, xp.clip(xp.round(scores, 4), -1, 1)

    def deduplicate(self, *, overwrite: bool = False) -> None:
        """Keep every distinct row once, in the order of their values; keys of equal rows share it. No row is free then.

        A table of which all rows are in use and distinct stays as it is.
        overwrite   use the memory of the table that is there, which must be nobody else's.
        ValueError E858 in floret mode.
        """
        self._check_default()
        used, _ = rows_in_use(self.key2row)
        table, place = distinct_rows(self.xp, self.data, used, overwrite=overwrite)
        if table is not self.data:
            places = place.tolist()
            self.data, self._free = table, {}
            self.key2row = {key: places[row] for key, row in self.key2row.items()}

    def prune(self, priority: Iterable[int], nr_row: int, *, batch_size: int = 1024) -> dict[int, tuple[int, float]]:
        """Keep the vectors of the first `nr_row` keys of `priority`, each in a row of its own, in that order.

        The other keys get the row of the nearest of them. Returns {key: (key of the kept row, cosine)} for these.
        Raises ValueError E198 if none are kept, E858 in floret mode.
        """
        self._check_default()
        ordered = list(priority)
        kept, moved = ordered[:nr_row], ordered[nr_row:]
        rows = [self.key2row[key] for key in moved]
        old = self.data
        self.data = self.xp.ascontiguousarray(old[[self.key2row[key] for key in kept]])
        self.key2row = {key: row for row, key in enumerate(kept)}
        self._free = {}
        remap: dict[int, tuple[int, float]] = {}
        distinct, place = numpy.unique(numpy.asarray(rows, dtype=numpy.int64), return_inverse=True)
        keys, found, scores = self.most_similar(old[self.xp.asarray(distinct)], batch_size=batch_size)
        nearest = list(zip(keys[:, 0].tolist(), found[:, 0].tolist(), scores[:, 0].tolist(), strict=True))
        for key, i in zip(moved, place.tolist(), strict=True):
            near, row, score = nearest[i]
            self.key2row[key] = row
            remap[key] = (near, score)
        return remap

    def to_ops(self, ops: Ops) -> None:
        """Move the table to the device of `ops`."""
        self.data = ops.asarray(self.data)

    def _config(self) -> dict[str, Any]:
        if self.mode == Mode.default:
            return {"mode": self.mode} if self.attr == IDS["ORTH"] else {"mode": self.mode, "attr": self.attr}
        names = ("mode", "minn", "maxn", "hash_count", "hash_seed", "bow", "eow", "attr")
        return {name: getattr(self, name) for name in names}

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
        """Read `to_bytes`; ValueError E4010 for altered bytes, E202 for an unknown mode."""
        parts = unpack_map(data, "vectors")
        with reading("vectors"):
            config = parse_json(parts.get("vectors.cfg", "{}"))
            table = decode(parts["vectors"], "the table")
            if "strings" in parts and "strings" not in exclude:
                self.strings.from_bytes(parts["strings"])
            self._load(config, table, unpack_map(parts.get("key2row", b"\x80"), "vectors"), "vectors")
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write `vectors` (.npy), `key2row`, `vectors.cfg` and `strings.json` into the folder `path`.

        Each file is replaced as a whole, so that tables which are mapped from the old ones, this one too, stay as they
        are.
        """
        import srsly

        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        if "strings" not in exclude:
            self.strings.to_disk(path / "strings.json")
        write_table(path / "vectors", self._host_data())
        write_file(path / "key2row", srsly.msgpack_dumps(self.key2row))
        write_file(path / "vectors.cfg", srsly.json_dumps(self._config(), indent=2).encode("utf8"))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Vectors:
        """Read what `to_disk` wrote; files that are missing change nothing.

        A large table is mapped, not read: see `tagma.vectors.files.read_table`. Raises ValueError E4010 for a damaged
        file, E202 for an unknown mode.
        """
        path = Path(path)
        config = read_settings(path / "vectors.cfg")
        if "strings" not in exclude and (path / "strings.json").exists():
            self.strings.from_disk(path / "strings.json")
        if (path / "vectors").exists():
            with reading(f"vectors in {path}"):
                self._load(config, read_table(path / "vectors"), read_keys(path), f"vectors in {path}")
        return self

    def _host_data(self) -> Any:
        return self.data if isinstance(self.data, numpy.ndarray) else self.data.get()

    def _load(self, config: Any, table: Any, key2row: dict[Any, Any], what: str) -> None:
        table = checked_table(table, what)
        mode = _mode(config.get("mode", "default"))
        sizes = {name: config.get(name, 0) for name in ("minn", "maxn", "hash_count", "hash_seed")}
        marks = {"bow": config.get("bow", "<"), "eow": config.get("eow", ">")}
        attr = config.get("attr", "ORTH")
        if not all(type(size) is int for size in sizes.values()) or not all(type(m) is str for m in marks.values()):
            raise ValueError(Errors.E4010.format(what=what, reason=f"settings of a wrong type: {config}"))
        if mode == Mode.floret:
            _check_floret(table, None, sizes["minn"], sizes["maxn"], sizes["hash_count"])
            key2row = {}
        self.key2row = checked_keys(key2row, table.shape[0], what)
        self.mode, self.attr = mode, _attr(attr)
        vars(self).update(sizes, **marks)
        self.data = self.xp.asarray(table)
        self._free = None


def _mode(mode: Any) -> str:
    if mode not in Mode.values():
        raise ValueError(Errors.E202.format(name="vectors", mode=mode, modes=Mode.values()))
    return Mode(mode).value


def _check_floret(data: Any, keys: Any, minn: int, maxn: int, hash_count: int) -> None:
    if not 0 <= minn <= maxn:
        raise ValueError(Errors.E863.format(minn=minn, maxn=maxn))
    if not 1 <= hash_count <= MAX_HASHES:
        raise ValueError(Errors.E862.format(hash_count=hash_count))
    if data is None:
        raise ValueError(Errors.E864)
    if keys is not None:
        raise ValueError(Errors.E861)


def _attr(attr: int | str) -> int:
    """Id of an attribute; ORTH for unknown names."""
    if isinstance(attr, int):
        return attr
    return IDS.get("ORTH" if attr.upper() == "TEXT" else attr.upper(), IDS["ORTH"])


def _unpickle(data: bytes, name: str | None) -> Vectors:
    return Vectors(name=name).from_bytes(data)


@registry.vectors("spacy.Vectors.v1")
def create_mode_vectors() -> Callable[[Any], Vectors]:
    """Factory for `[nlp.vectors]`: an empty table in default mode over the strings of a vocabulary."""

    def vectors_factory(vocab: Any) -> Vectors:
        return Vectors(strings=vocab.strings)

    return vectors_factory
