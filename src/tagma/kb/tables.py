"""Tables of entities and aliases in files: CSV, TSV, JSON Lines, Parquet. Rows come one at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tagma.errors import Errors
from tagma.util.paths import read_json_lines

__all__ = ["Row", "read_table"]

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
LONGEST_CELL = 1 << 24


class Row(NamedTuple):
    """A row of a table, and where it stands, for messages."""

    place: str
    values: Mapping[str, Any]

    def wrong(self, reason: str) -> ValueError:
        """The error that says what is wrong with the row: E4494."""
        return ValueError(Errors.E4494.format(place=self.place, reason=reason))

    def text(self, name: str) -> str:
        """A value as text; "" where it is missing. Raises ValueError E4494 for a list or map."""
        value = self.values.get(name)
        if isinstance(value, list | dict):
            raise self.wrong(f"{name} is {str(value)[:50]}, which is no text")
        return "" if value is None else str(value).strip()

    def number(self, name: str) -> float | None:
        """A value as a number that is not below 0; None where it is missing. Raises ValueError E4494 for others."""
        text = self.text(name)
        try:
            value = float(text) if text else None
        except ValueError:
            raise self.wrong(f"{name} is {text[:50]!r}, which is no number") from None
        if value is not None and not 0 <= value < float("inf"):
            raise self.wrong(f"{name} is {text[:50]}; give a number from 0 on")
        return value

    def texts(self, name: str) -> list[str]:
        """Texts: a list, or one text in which they stand between bars, "a|b"."""
        value = self.values.get(name)
        items = value if isinstance(value, list) else str(value or "").split("|")
        return [text for item in items if (text := str(item).strip())]

    def numbers(self, name: str) -> list[float]:
        """Numbers: a list, or a text in which they stand between blanks or as a JSON list."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        items = value
        if isinstance(value, str):
            items = value.strip("[] ").replace(",", " ").split()
        try:
            return [float(item) for item in items]
        except (TypeError, ValueError):
            raise self.wrong(f"{name} is {str(value)[:50]!r}, which is no list of numbers") from None


def read_table(path: str | Path, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a file, by the ending of its name.

    columns    Names of the columns of a CSV or TSV file whose first line has none.
    Raises ValueError: E4495 for another ending, E4494 for a row that cannot be read; ImportError E4496 for Parquet
    without pyarrow.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        yield from _read_csv(path, "," if ending == ".csv" else "\t", columns)
    elif ending == ".jsonl":
        yield from _read_jsonl(path)
    elif ending == ".parquet":
        yield from _read_parquet(path)
    else:
        raise ValueError(Errors.E4495.format(path=path, formats=", ".join(FORMATS)))


def _read_csv(path: Path, separator: str, columns: Sequence[str]) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=separator)
        names = list(columns)
        try:
            for cells in lines:
                row = Row(f"{path}, line {lines.line_num}", {})
                if not names:
                    names = [cell.strip() for cell in cells]
                elif len(cells) > len(names):
                    raise row.wrong(f"it has {len(cells)} cells for {len(names)} columns ({', '.join(names)})")
                elif cells:
                    yield row._replace(values=dict(zip(names, cells, strict=False)))
        except (csv.Error, UnicodeDecodeError) as error:
            raise Row(f"{path}, line {lines.line_num}", {}).wrong(str(error)) from error


def _read_jsonl(path: Path) -> Iterator[Row]:
    lines = read_json_lines(path)
    while True:
        try:
            number, values = next(lines)
        except StopIteration:
            return
        except (ValueError, RecursionError) as error:  # which names file and line
            raise ValueError(Errors.E4494.format(place=path, reason=str(error)[:200])) from error
        row = Row(f"{path}, line {number}", {})
        if not isinstance(values, dict):
            raise row.wrong(f"it is {json.dumps(values)[:50]}, not a JSON object")
        yield row._replace(values=values)


def _read_parquet(path: Path) -> Iterator[Row]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ImportError(Errors.E4496.format(path=path)) from error
    try:
        batches: Iterable[Any] = ParquetFile(path).iter_batches()
        number = 0
        for batch in batches:
            for values in batch.to_pylist():
                number += 1
                yield Row(f"{path}, row {number}", values)
    except ArrowException as error:
        raise ValueError(Errors.E4494.format(place=path, reason=str(error)[:200])) from error
