"""Tables in files: formats, values, and what cannot be read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tagma.kb import read_table
from tagma.kb.tables import Row


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf8")
    return path


def test_csv(tmp_path: Path) -> None:
    """The first line has the names; quotes, empty lines and a byte-order mark are as usual; rows may be short."""
    path = written(tmp_path, "a.csv", '\ufeffid, name\n1,"a, ""b"""\n\n2\n')
    rows = list(read_table(path))
    assert [dict(row.values) for row in rows] == [{"id": "1", "name": 'a, "b"'}, {"id": "2"}]
    assert rows[0].place == f"{path}, line 2"


def test_csv_without_names(tmp_path: Path) -> None:
    """They are given."""
    path = written(tmp_path, "a.tsv", "1\tone\n2\ttwo\n")
    assert [row.text("name") for row in read_table(path, ["id", "name"])] == ["one", "two"]


def test_jsonl(tmp_path: Path) -> None:
    """A JSON object in each line."""
    path = written(tmp_path, "a.jsonl", '{"id": "1", "vector": [1, 2]}\n\n{"id": 2}\n')
    rows = list(read_table(path))
    assert [(row.text("id"), row.numbers("vector")) for row in rows] == [("1", [1.0, 2.0]), ("2", [])]
    assert rows[1].place == f"{path}, line 3"


def test_parquet_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, the error names the file and the package (E4496)."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"E4496.*a\.parquet.*pip install pyarrow"):
        next(read_table(tmp_path / "a.parquet"))


def test_parquet(tmp_path: Path) -> None:
    """Rows with their types; a file of another kind is told."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"id": ["1", "2"], "vector": [[1.0, 2.0], None], "freq": [3, None]})
    parquet.write_table(table, tmp_path / "a.parquet")
    rows = list(read_table(tmp_path / "a.parquet"))
    assert [(row.text("id"), row.numbers("vector"), row.number("freq")) for row in rows] == [
        ("1", [1.0, 2.0], 3.0),
        ("2", [], None),
    ]
    with pytest.raises(ValueError, match=r"E4494.*b\.parquet"):
        next(read_table(written(tmp_path, "b.parquet", "no parquet")))


def test_values() -> None:
    """Texts, numbers and lists of both, as the formats have them."""
    row = Row("here", {"a": " x ", "b": None, "c": 3, "d": "1.5", "e": "p| q |", "f": ["r", 7], "g": "[1, 2.5]"})
    assert [row.text(name) for name in "abcz"] == ["x", "", "3", ""]
    assert [row.number(name) for name in "bcdz"] == [None, 3.0, 1.5, None]
    assert [row.texts(name) for name in "befz"] == [[], ["p", "q"], ["r", "7"], []]
    assert [row.numbers(name) for name in "bgz"] == [[], [1.0, 2.5], []]


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("text", ["a"], "which is no text"),
        ("number", "many", "'many', which is no number"),
        ("number", "-1", "is -1; give a number from 0 on"),
        ("number", "inf", "is inf"),
        ("number", "nan", "is nan"),
        ("numbers", "1 two", "which is no list of numbers"),
        ("numbers", {"a": 1}, "which is no list of numbers"),
        ("numbers", 5, "which is no list of numbers"),
    ],
)
def test_wrong_values(method: str, value: object, message: str) -> None:
    """The error (E4494) names the place, the column and the value."""
    with pytest.raises(ValueError, match=rf"E4494.*line 7: x .*{message}"):
        getattr(Row("line 7", {"x": value}), method)("x")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "a,b\n1,2,3\n", r"line 2: it has 3 cells for 2 columns \(a, b\)"),
        ("a.csv", 'a\n"' + "x" * (1 << 24) + '1"\n', "line 2: field larger"),
        ("a.jsonl", '{"id": 1}\n{"id": \n', "line 2 is not JSON"),
        ("a.jsonl", "[1]\n", r"line 1: it is \[1\], not a JSON object"),
        ("a.jsonl", "[" * 100_000 + "\n", "recursion"),
    ],
)
def test_wrong_lines(tmp_path: Path, name: str, text: str, message: str) -> None:
    """The error (E4494) names file and line."""
    with pytest.raises(ValueError, match=rf"E4494.*{message}"):
        list(read_table(written(tmp_path, name, text)))


def test_files_that_are_no_text(tmp_path: Path) -> None:
    """Neither in UTF-8 nor of a known kind (E4495)."""
    for name in ("a.csv", "a.jsonl"):
        (tmp_path / name).write_bytes(b"id\n\xff\xfe\n")
        with pytest.raises(ValueError, match=r"E4494.*line"):
            list(read_table(tmp_path / name))
    with pytest.raises(ValueError, match=r"E4495.*a\.xlsx.*\.csv, \.tsv, \.jsonl, \.parquet"):
        next(read_table(tmp_path / "a.xlsx"))
