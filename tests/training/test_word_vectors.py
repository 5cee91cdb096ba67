"""Vectors in the formats that others publish."""

import gzip
import io
import logging
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

import tagma
from tagma.training._numbers import read_row
from tagma.training.initialize import convert_vectors, ensure_shape, open_file, read_vectors
from tagma.vectors import Vectors

GLOVE = "the 1 2.5 -3e-1\nNew York 0.25 0 1\nthe. 1 2.5 -3e-1\n"
WORD2VEC = "3 3\n" + GLOVE
ROWS = [[1, 2.5, -0.3], [0.25, 0, 1], [1, 2.5, -0.3]]
FLORET = "4 2 2 3 2 2166136261 < >\n" + "".join(f"{i} {i}.5 -{i}\n" for i in range(4))

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a text to a file, packed as its name says."""

    def write(name: str, text: str | bytes = WORD2VEC) -> Path:
        path = tmp_path / name
        data = text.encode() if isinstance(text, str) else text
        if name.endswith(".tar.gz"):
            info = tarfile.TarInfo("in/vectors.txt")
            info.size = len(data)
            folder = tarfile.TarInfo("in")
            folder.type = tarfile.DIRTYPE
            with tarfile.open(path, "w:gz") as archive:
                archive.addfile(folder)
                archive.addfile(info, io.BytesIO(data))
        elif name.endswith(".gz"):
            path.write_bytes(gzip.compress(data))
        elif name.endswith(".zip"):
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("in/", "")
                file.writestr("in/vectors.txt", data)
        else:
            path.write_bytes(data)
        return path

    return write


def read(path: Path, truncate: int = 0, mode: str = "default") -> tuple[list[list[float]], list[str]]:
    """Rows and words of a file."""
    data, words, _ = read_vectors(path, truncate, mode=mode)
    assert data.dtype == numpy.float32
    return data.tolist(), words


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v.vec.gz", "v.zip", "v.tar.gz"])
@pytest.mark.parametrize("text", [GLOVE, WORD2VEC, WORD2VEC.replace("\n", " \r\n"), "\ufeff" + WORD2VEC + "\n"])
def test_words_and_numbers(name: str, text: str, write: Write) -> None:
    """With a first line of sizes or without, packed or plain; words may hold spaces."""
    rows, words = read(write(name, text))
    assert words == ["the", "New York", "the."]
    assert rows == numpy.asarray(ROWS, dtype="f").tolist()


def test_truncate(write: Write) -> None:
    """The first lines alone are read, as far as there are any."""
    path = write("v.txt")
    assert read(path, 1)[1] == ["the"]
    assert read(path, 9)[1] == ["the", "New York", "the."]
    assert next(ensure_shape(write("glove.txt", GLOVE))) == "3 3"
    assert "".join(open_file(path)) == WORD2VEC


def test_binary(write: Write) -> None:
    """word2vec's own format, with and without line ends between words."""
    for end in (b"", b"\n"):
        words = {"the": ROWS[0], "größe": ROWS[1]}
        body = [word.encode() + b" " + numpy.asarray(row, dtype="<f4").tobytes() + end for word, row in words.items()]
        path = write("v.bin", b"2 3\n" + b"".join(body))
        assert read(path) == (numpy.asarray(ROWS[:2], dtype="f").tolist(), list(words))
        assert read(path, 1)[1] == ["the"]
        path.write_bytes(path.read_bytes()[:-4])
        with pytest.raises(ValueError, match=r"E4302.*v\.bin.*line 3"):
            read(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2 3\na 1 2 3\nb 1 2\n", r"E094.*Line 3 .*v\.txt has 2 numbers, not 3"),
        ("2 3\na 1 2 3\n\nb 1 2 3\n", r"E094.*Line 3 "),
        ("2 3\na 1 2 3\nb 1 x 3\n", r"E4300.*Line 3 .*v\.txt.*'x'"),
        ("3 3\na 1 2 3\nb 1 2 3\n", r"E4301.*v\.txt.*3 vectors of 3 .*ends after 2"),
        ("1 3\na 1 2 3\nb 1 2 3\n", r"E4301.*1 vectors of 3 .*there are more"),
        ("1000000000 300\na 1 2 3\n", r"E4301.*only 23 bytes"),
        ("", r"E4303.*v\.txt"),
        ("3 3 3\na 1 2 3\n", r"E4303.*'3 3 3'"),
        ("0 3\n", r"E4303"),
        (FLORET, r"E4303.*is it floret\?"),
        (b"2 3\na 1 2 3\n\xff 1 2 3\n", r"E4302.*line 2 .*0xff"),
        (b"\x00\xff\x00", r"E4302.*line 1 .*\.bin"),
    ],
)
def test_malformed_files(text: str | bytes, told: str, write: Write) -> None:
    """File and line are named."""
    with pytest.raises(ValueError, match=told):
        read(write("v.txt", text))


@pytest.mark.parametrize(("name", "cut"), [("v.vec.gz", 8), ("v.zip", 30), ("v.tar.gz", 90)])
def test_broken_archives(name: str, cut: int, write: Write) -> None:
    """What breaks off, or is none, is told with its name."""
    path = write(name, WORD2VEC)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ValueError, match=rf"E4302.*{name}"):
        read(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match=rf"E4302.*{name}"):
        read(path)


def test_empty_archives(tmp_path: Path) -> None:
    """An archive of folders alone holds no vectors."""
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as file:
        file.writestr("in/", "")
    with tarfile.open(tmp_path / "v.tar.gz", "w:gz"):
        pass
    for name in ("v.zip", "v.tar.gz"):
        with pytest.raises(ValueError, match=r"E4302.*archive is empty"):
            read(tmp_path / name)


def test_floret_files(write: Write) -> None:
    """The first line has the settings, each other one a row."""
    data, _, settings = read_vectors(write("v.floret", FLORET), 0, mode="floret")
    assert data.tolist() == [[i + 0.5, -i] for i in range(4)]
    sizes = {"minn": 2, "maxn": 3, "hash_count": 2, "hash_seed": 2166136261}
    assert settings == {"mode": "floret", **sizes, "bow": "<", "eow": ">"}
    nlp = tagma.blank("en")
    convert_vectors(nlp, write("v.floret", FLORET), truncate=0, prune=2, mode="floret", attr="LOWER")
    assert nlp.vocab.vectors["cat"].tolist() == Vectors(data=data, **settings)["cat"].tolist()
    assert (nlp.vocab.vectors.attr, nlp.vocab.vectors.mode) == (66, "floret")
    with pytest.raises(ValueError, match="E860"):
        read(write("v.floret", FLORET), 2, "floret")
    for first in ("4 2\n", "4 2 2 3 x 1 < >\n", "4 2 2 3 2 1 < > +\n"):
        with pytest.raises(ValueError, match=r"E4303.*bucket dim"):
            read(write("v.floret", first + FLORET), 0, "floret")


def test_a_pipeline_gets_vectors(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Equal rows are merged and sorted; the vectors have a name, which meta.json has as well."""
    nlp = tagma.blank("en")
    with caplog.at_level(logging.INFO, "tagma"):
        convert_vectors(nlp, write("v.txt"), truncate=0, prune=-1)
    assert "v.txt" in caplog.text
    vectors = nlp.vocab.vectors
    assert vectors.data.tolist() == numpy.asarray([ROWS[1], ROWS[0]], dtype="f").tolist()
    assert vectors["the"].tolist() == vectors["the."].tolist() == vectors.data[1].tolist()
    assert (vectors.name, nlp.meta["vectors"]["name"]) == ("en_pipeline.vectors", "en_pipeline.vectors")
    assert nlp("the")[0].has_vector
    assert vectors.is_full
    convert_vectors(nlp, None, truncate=0, prune=1, name="mine")
    assert (nlp.vocab.vectors.shape, nlp.vocab.vectors.n_keys, nlp.meta["vectors"]["name"]) == ((1, 3), 3, "mine")


def test_words_of_another_attribute(write: Write) -> None:
    """The words of the file are values of it."""
    nlp = tagma.blank("en")
    convert_vectors(nlp, write("v.txt"), truncate=0, prune=-1, attr="LOWER")
    assert nlp("THE the nothing").vector.tolist() == pytest.approx([2 / 3, 5 / 3, -0.2])


@pytest.mark.parametrize("name", ["v.npz", "v.npy"])
def test_arrays(name: str, tmp_path: Path) -> None:
    """Rows are those of the words that have ranks."""
    path = tmp_path / name
    table = numpy.asarray(ROWS, dtype="f")
    save = numpy.savez if name == "v.npz" else numpy.save
    save(path, table)  # type: ignore[operator]  # both take a path and an array
    nlp = tagma.blank("en")
    for rank, word in enumerate(["a", "b", "c"]):
        nlp.vocab[word].rank = rank
    convert_vectors(nlp, path, truncate=0, prune=-1)
    assert numpy.array_equal([nlp.vocab[word].vector for word in "abc"], table)
    with pytest.raises(ValueError, match=r"E4305.*LOWER"):
        convert_vectors(nlp, path, truncate=0, prune=-1, attr="LOWER")
    for wrong in ({"a": table, "b": table}, {"a": table[0]}, {"a": numpy.asarray([["x"]])}, {}):
        numpy.savez(tmp_path / "wrong.npz", **wrong)
        with pytest.raises(ValueError, match=r"E4304.*wrong\.npz"):
            convert_vectors(nlp, tmp_path / "wrong.npz", truncate=0, prune=-1)
    path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=rf"E4304.*{name}"):
        convert_vectors(nlp, path, truncate=0, prune=-1)


def test_numbers_are_those_of_python() -> None:
    """Each is the float32 of the double that Python reads."""
    rng, row = random.Random(0), numpy.zeros(1, dtype="f")
    given = ["nan", "inf", "-inf", "1e5", "+3", "-0.0", ".5", "-.5", "5.", "1_0", "0" * 30 + "1", "9" * 38]
    for _ in range(20_000):
        given.append(repr(rng.gauss(0, 1) * 10 ** rng.randint(-30, 30)))
        given.append(f"{rng.gauss(0, 1):.{rng.randint(0, 25)}f}")
    for number in given:
        assert read_row(f"a b {number}", row) == "a b"
        assert row[0].tobytes() == numpy.float32(float(number)).tobytes(), number


@pytest.mark.parametrize("number", ["", "-", "x", "1x", "1..2", "--1", "1-", "é"])
def test_what_is_no_number(number: str) -> None:
    """Anything that Python does not read as a float is an error."""
    with pytest.raises(ValueError, match="could not convert"):
        read_row(f"a {number} 1", numpy.zeros(2, dtype="f"))


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for the memory in use")
def test_memory_is_that_of_the_table(write: Write) -> None:
    """Reading, merging and saving 40,000 vectors of 250 numbers needs the table once, not twice."""
    rng = numpy.random.default_rng(0)
    lines = [f"w{i} " + " ".join(map(str, row)) for i, row in enumerate(rng.integers(-9, 9, (40_000, 250)))]
    path = write("v.txt", f"{len(lines)} 250\n" + "\n".join(lines))
    code = (
        "import sys, resource, tagma; from tagma.training.initialize import convert_vectors\n"
        "nlp = tagma.blank('en'); peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); convert_vectors(nlp, sys.argv[1], truncate=0, prune=-1)\n"
        "nlp.to_disk(sys.argv[2]); used = (peak() - before) * 1024\n"
        "assert used < 1.6 * nlp.vocab.vectors.data.nbytes, (used, nlp.vocab.vectors.data.nbytes)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path), str(path.parent / "out")], check=True)
