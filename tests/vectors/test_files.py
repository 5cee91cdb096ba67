"""Tables in folders: mapped, and never harmed by what is saved over them."""

import math
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import tagma
from tagma.vectors import Vectors
from tagma.vectors.files import MAPPED_FROM

WIDTH = 64
ROWS = 5000  # so that the file is larger than what is read at once

pytestmark = pytest.mark.skipif(math.isinf(MAPPED_FROM), reason="files are not mapped on this system")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder with a large table, whose keys are w0, w1 …"""
    table = numpy.arange(ROWS * WIDTH, dtype="f").reshape(ROWS, WIDTH)
    Vectors(data=table, keys=[f"w{i}" for i in range(ROWS)]).to_disk(tmp_path / "vectors")
    return tmp_path / "vectors"


def is_mapped(vectors: Vectors) -> bool:
    """Whether the table is the content of a file."""
    base = vectors.data.base
    return isinstance(base, numpy.memmap)


def test_a_large_table_is_mapped(saved: Path) -> None:
    """It is a plain array to write to, and writing does not reach the file."""
    vectors = Vectors().from_disk(saved)
    assert is_mapped(vectors)
    assert type(vectors.data) is numpy.ndarray
    before = (saved / "vectors").read_bytes()
    vectors["w3"] = numpy.zeros(WIDTH)
    assert vectors["w3"].tolist() == [0] * WIDTH
    assert (saved / "vectors").read_bytes() == before
    assert Vectors().from_disk(saved)["w3"][0] == 3 * WIDTH


def test_saving_over_what_is_mapped(saved: Path) -> None:
    """The table in memory, and another that maps the same file, stay as they are when a smaller one takes its place."""
    vectors, other = Vectors().from_disk(saved), Vectors().from_disk(saved)
    last = other.data[-1].copy()
    vectors.resize((2, WIDTH))
    vectors.to_disk(saved)
    vectors.to_disk(saved)
    assert numpy.array_equal(other.data[-1], last)
    assert Vectors().from_disk(saved).shape == (2, WIDTH)
    other.to_disk(saved)
    assert numpy.array_equal(Vectors().from_disk(saved).data, other.data)


def test_a_pipeline_saved_over_itself(saved: Path, tmp_path: Path) -> None:
    """A pipeline, and a vocabulary, can be saved where they were loaded from."""
    nlp = tagma.blank("en")
    nlp.vocab.vectors = Vectors().from_disk(saved)
    for _ in range(2):
        nlp.to_disk(tmp_path / "nlp")
        nlp = tagma.load(tmp_path / "nlp")
        assert is_mapped(nlp.vocab.vectors)
    nlp.vocab.to_disk(tmp_path / "nlp" / "vocab")
    assert nlp.vocab["w7"].vector[0] == tagma.load(tmp_path / "nlp").vocab["w7"].vector[0] == 7 * WIDTH


def test_growing_in_place(saved: Path) -> None:
    """A mapped table grows in a copy."""
    vectors = Vectors().from_disk(saved)
    vectors.resize((ROWS + 10, WIDTH), inplace=True)
    assert vectors["w3"][0] == 3 * WIDTH
    vectors.add("new", vector=numpy.ones(WIDTH))
    assert vectors["new"].tolist() == [1] * WIDTH


def test_memory_is_used_where_rows_are(saved: Path, tmp_path: Path) -> None:
    """Loading a table of 128 MB and taking a few rows needs a small part of it."""
    big = numpy.lib.format.open_memmap(saved / "vectors", mode="w+", dtype="f", shape=(ROWS * 100, WIDTH))
    big[:] = 1
    big.flush()
    code = (
        "import sys, resource; from tagma.vectors import Vectors\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "vectors = Vectors().from_disk(sys.argv[1]); assert vectors['w7'][0] == 1\n"
        "used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "assert used * 1024 < vectors.data.nbytes / 4, used\n"
    )
    subprocess.run([sys.executable, "-c", code, str(saved)], check=True)


@pytest.mark.parametrize("dtype", [">f4", "<f8", "<i4"])
def test_other_numbers(dtype: str, tmp_path: Path, saved: Path) -> None:
    """Tables of another byte order or type have the same values."""
    table = numpy.arange(ROWS * WIDTH).reshape(ROWS, WIDTH).astype(dtype)
    numpy.save(saved / "table.npy", table)
    (saved / "table.npy").replace(saved / "vectors")
    vectors = Vectors().from_disk(saved)
    assert vectors.data.dtype.isnative
    assert numpy.array_equal(vectors.data, table)


def test_cut_files(saved: Path) -> None:
    """A table that is shorter than it says is an error, before it is mapped."""
    data = (saved / "vectors").read_bytes()
    (saved / "vectors").write_bytes(data[:-1])
    with pytest.raises(ValueError, match=r"E4010.*takes 1280000 bytes"):
        Vectors().from_disk(saved)


def test_keys_of_older_versions(saved: Path) -> None:
    """A file of keys in the order of their rows takes the place of key2row."""
    keys = numpy.asarray(list(Vectors().from_disk(saved).keys()), dtype="uint64")
    (saved / "key2row").unlink()
    with (saved / "keys").open("wb") as file:
        numpy.save(file, keys)
    assert Vectors().from_disk(saved)["w9"][0] == 9 * WIDTH
