"""Tables of vectors in folders: mapped where that can be, not copied, and written beside before they replace a file."""

from __future__ import annotations

import math
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy
from numpy.lib import format as npy

from tagma.errors import Errors
from tagma.util.json_text import read_json
from tagma.util.paths import replace_file
from tagma.util.serialize import unpack_map

__all__ = ["checked_keys", "checked_table", "read_keys", "read_settings", "read_table", "write_file", "write_table"]

WIDEST = 10**6  # columns that a table from elsewhere may claim
# Smaller files are read: mapping them gains nothing. Windows does not let a mapped file be replaced.
MAPPED_FROM = 1 << 20 if os.name == "posix" else math.inf


def read_table(path: Path) -> Any:
    """The array of an .npy file, for reading and writing.

    A large one is mapped: it costs memory only where it is used, and shares that with other processes. What is written
    to the array stays in this process, and never gets into the file. Raises ValueError E4010.
    """
    try:
        with path.open("rb") as file:
            shape, dtype, fortran = _header(file)
            expected, found = math.prod(shape) * dtype.itemsize, os.fstat(file.fileno()).st_size - file.tell()
            if expected > found:
                kind = f"an array of shape {shape} and type {dtype}"
                raise ValueError(f"{kind} takes {expected} bytes, but {found} are there")
            if found < MAPPED_FROM or fortran or dtype.hasobject or not dtype.isnative:
                file.seek(0)
                return numpy.load(BytesIO(file.read()), allow_pickle=False)
            return numpy.asarray(numpy.memmap(file, dtype=dtype, mode="c", offset=file.tell(), shape=shape))
    except (ValueError, EOFError, OSError, TypeError, SyntaxError) as error:
        raise ValueError(Errors.E4010.format(what=f"vectors in {path}", reason=error)) from None


def _header(file: Any) -> tuple[tuple[int, ...], Any, bool]:
    version = npy.read_magic(file)
    shape, fortran, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    return shape, dtype, fortran


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a table, a JSON map; without the file, none."""
    if not path.exists():
        return {}
    what = f"settings of the vectors in {path}"
    try:
        config = read_json(path)
    except ValueError as error:
        raise ValueError(Errors.E4010.format(what=what, reason=error)) from None
    if not isinstance(config, dict):
        raise ValueError(Errors.E4010.format(what=what, reason="it is no map"))
    return config


def read_keys(folder: Path) -> dict[Any, Any]:
    """The row of each key, from the file key2row or from the older file of keys in the order of their rows."""
    path = folder / "key2row"
    if path.exists():
        return unpack_map(path.read_bytes(), f"keys of the vectors in {path}")
    path = folder / "keys"
    return {int(key): row for row, key in enumerate(read_table(path))} if path.exists() else {}


def checked_table(table: Any, what: str) -> Any:
    """The array in the byte order of this machine. Raises ValueError E4010 unless it is a table of numbers."""
    if not isinstance(table, numpy.ndarray) or table.ndim != 2:
        raise ValueError(Errors.E4010.format(what=what, reason="the table is not a 2-d array"))
    if table.dtype.kind not in "fiu" or table.shape[1] > WIDEST:
        reason = f"the table is {table.dtype} of width {table.shape[1]}"
        raise ValueError(Errors.E4010.format(what=what, reason=reason))
    return table if table.dtype.isnative else table.astype(table.dtype.newbyteorder("="))


def checked_keys(key2row: dict[Any, Any], n_rows: int, what: str) -> dict[int, int]:
    """Keys that have a row (that of others is -1). Raises ValueError E4010 for rows that are not there."""
    rows = key2row.values()
    if not (set(map(type, key2row)) <= {int} and set(map(type, rows)) <= {int}) or max(rows, default=-1) >= n_rows:
        raise ValueError(Errors.E4010.format(what=what, reason=f"a key points outside the {n_rows} rows"))
    if min(rows, default=0) >= 0:
        return key2row
    return {key: row for key, row in key2row.items() if row >= 0}


def write_table(path: Path, table: Any) -> None:
    """Write an .npy file, little-endian. The file that was there stays whole for those who have mapped it."""
    with replace_file(path) as beside, beside.open("wb") as file:
        numpy.save(file, table.astype(table.dtype.newbyteorder("<"), copy=False), allow_pickle=False)


def write_file(path: Path, data: bytes) -> None:
    """Write a file, which is never seen half written."""
    with replace_file(path) as beside:
        beside.write_bytes(data)
