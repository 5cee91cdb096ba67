"""Word vectors in the formats that others publish, to the vectors of a pipeline.

    word2vec, fastText, GloVe   a line for each word: the word and its numbers; a first line "rows width" or none
    word2vec's binary format    .bin: the first line, then for each word its text and its numbers as float32
    floret                      a line for each row of the table, after one with the settings
    NumPy                       .npz, .npy: a table, whose rows are the ranks of the vocabulary's words

Text files are plain or packed: .gz, .zip, .tar.gz. They are read as a stream into one table, and sorted in its place.
"""

from __future__ import annotations

import gzip
import io
import logging
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy

from tagma.errors import Errors
from tagma.nn.types import Floats2d
from tagma.training._numbers import read_row
from tagma.vectors import Mode, Vectors

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["convert_vectors", "ensure_shape", "open_file", "read_vectors"]

logger: logging.Logger = logging.getLogger("tagma")

FLORET_HEADER = "bucket dim minn maxn hash_count hash_seed BOW EOW"
BYTES_A_NUMBER = 2  # at least, in text: a digit and a space
PACKED_AT_MOST = 1032  # how many times smaller deflate can make data
OOV_RANK = 2**64 - 1


def convert_vectors(
    nlp: Language,
    vectors_loc: str | Path | None,
    *,
    truncate: int,
    prune: int,
    name: str | None = None,
    mode: str = Mode.default,
    attr: str = "ORTH",
) -> None:
    """Give a pipeline the vectors of a file, with equal rows merged.

    vectors_loc   the file; None: the vectors that the pipeline has get a name, and are pruned
    truncate      read the first so many vectors of a file only; below 1: all (ValueError E860 for floret)
    prune         keep so many vectors only, and give the other words the nearest of them; below 1: all
    name          the name of the vectors, by which meta.json knows them; None: "<language>_<pipeline>.vectors"
    mode          "default" or "floret"
    attr          the lexical attribute that words of the file are values of, such as LOWER
    Raises ValueError that names file and line: E094, E4300–E4305.
    """
    if vectors_loc is not None:
        path = Path(vectors_loc)
        logger.info("Reading vectors from %s", path)
        if path.suffix in (".npz", ".npy"):
            _take_array(nlp, path, attr)
        else:
            _take_words(nlp, path, truncate, mode, attr)
    vectors = nlp.vocab.vectors
    vectors.name = name if name is not None else f"{nlp.meta['lang']}_{nlp.meta['name']}.vectors"
    nlp.meta["vectors"]["name"] = vectors.name
    if prune >= 1 and vectors.mode == Mode.default:
        nlp.vocab.prune_vectors(prune)


def _take_words(nlp: Language, path: Path, truncate: int, mode: str, attr: str) -> None:
    data, words, floret = read_vectors(path, truncate, mode=mode)
    strings = nlp.vocab.strings
    if floret:
        nlp.vocab.vectors = Vectors(strings=strings, data=data, attr=attr, **floret)
        return
    vectors = Vectors(strings=strings, data=data, keys=words, attr=attr)
    vectors.deduplicate(overwrite=True)
    nlp.vocab.vectors = vectors


def _take_array(nlp: Language, path: Path, attr: str) -> None:
    if attr.upper() not in ("ORTH", "TEXT"):
        raise ValueError(Errors.E4305.format(path=path, attr=attr))
    ranks = {lexeme.orth: lexeme.rank for lexeme in nlp.vocab if lexeme.rank != OOV_RANK}
    vectors = Vectors(strings=nlp.vocab.strings, data=_array_in(path))
    for key, row in ranks.items():
        vectors.add(key, row=row)
    vectors.deduplicate(overwrite=True)
    nlp.vocab.vectors = vectors


def _array_in(path: Path) -> Floats2d:
    """The one table that a file of NumPy holds."""
    try:
        found = numpy.load(path, allow_pickle=False)
        if isinstance(found, numpy.ndarray):
            arrays = [found]
        else:
            with found:
                arrays = [found[name] for name in found.files]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(Errors.E4304.format(path=path, found=error)) from error
    if len(arrays) != 1 or arrays[0].ndim != 2 or arrays[0].dtype.kind not in "fiu":
        kinds = ", ".join(f"{array.dtype} {array.shape}" for array in arrays) or "nothing"
        raise ValueError(Errors.E4304.format(path=path, found=f"it holds {kinds}"))
    table: Floats2d = numpy.ascontiguousarray(arrays[0], dtype="f")
    return table


def read_vectors(
    vectors_loc: str | Path, truncate_vectors: int, *, mode: str = Mode.default
) -> tuple[Floats2d, list[str], dict[str, Any]]:
    """The table of a file, float32 (rows, width), the words of its rows, and the settings of a floret table (else {}).

    Raises ValueError that names file and line: E094 for a line of another width, E4300 for what are no numbers, E4301
    where the file has not as many lines as it says, E4302 where it breaks off, E4303 for the first line, E860 for a
    floret table that is truncated.
    """
    path = Path(vectors_loc)
    if path.suffix == ".bin" and mode != Mode.floret:
        return *_read_binary(path, truncate_vectors), {}
    with _places(path) as at:
        lines = ensure_shape(path)
        header = _header(path, next(lines), mode)
        if header.floret and truncate_vectors >= 1:
            raise ValueError(Errors.E860)
        rows = min(truncate_vectors, header.rows) if truncate_vectors >= 1 else header.rows
        _check_claim(path, rows, header.width, BYTES_A_NUMBER)
        data = numpy.zeros((rows, header.width), dtype="f")
        words: list[str] = []
        for line in lines:
            if len(words) == rows:
                if rows < header.rows or not line.strip():
                    break
                raise ValueError(Errors.E4301.format(path=path, rows=rows, width=header.width, found="there are more"))
            at.line += 1
            words.append(_read_line(path, at.line, line, data[len(words)]))
        if len(words) < rows:
            found = f"it ends after {len(words)}"
            raise ValueError(Errors.E4301.format(path=path, rows=header.rows, width=header.width, found=found))
        return data, words, header.floret


class _Header(NamedTuple):
    """The first line of a file: rows and width of the table, and the settings of a floret table."""

    rows: int
    width: int
    floret: dict[str, Any]


def _header(path: Path, line: str, mode: str) -> _Header:
    parts = line.split()
    try:
        numbers = [int(part) for part in parts[: 6 if mode == Mode.floret else 2]]
    except ValueError:
        numbers = []
    if mode != Mode.floret:
        if len(parts) == 8:
            raise ValueError(Errors.E4303.format(path=path, line=line.strip(), wanted="rows width; is it floret?"))
        if len(parts) != 2 or len(numbers) != 2 or min(numbers) < 1:
            raise ValueError(Errors.E4303.format(path=path, line=line.strip()[:80], wanted="rows width"))
        return _Header(numbers[0], numbers[1], {})
    if len(parts) != 8 or len(numbers) != 6 or min(numbers) < 0:
        raise ValueError(Errors.E4303.format(path=path, line=line.strip()[:80], wanted=FLORET_HEADER))
    names = ("minn", "maxn", "hash_count", "hash_seed")
    settings = dict(zip(names, numbers[2:], strict=True))
    return _Header(numbers[0], numbers[1], {"mode": str(Mode.floret), **settings, "bow": parts[6], "eow": parts[7]})


def _read_line(path: Path, number: int, line: str, row: Any) -> str:
    """Put the numbers of a line into a row of the table; the word before them, which may hold spaces."""
    try:
        word = read_row(line, row)
    except ValueError as error:
        raise ValueError(Errors.E4300.format(line=number, path=path, reason=error)) from error
    if word is None:
        found = len(line.split(" ")) - 1
        raise ValueError(Errors.E094.format(line_num=number, loc=path, width=len(row), found=found))
    return word


def ensure_shape(vectors_loc: str | Path) -> Iterator[str]:
    """The lines of a file, after a first one with rows and width, which is counted if the file has none."""
    path = Path(vectors_loc)
    lines = iter(open_file(path))
    first = next(lines, None)
    if first is None:
        raise ValueError(Errors.E4303.format(path=path, line="", wanted="rows width"))
    try:
        [int(size) for size in first.split()[:2]]
    except ValueError:
        width = len(first.split()) - 1
        yield f"{1 + sum(1 for line in lines if line.strip())} {width}"
        lines = iter(open_file(path))
    else:
        yield first
    yield from lines


def open_file(loc: str | Path) -> Iterator[str]:
    """The lines of a UTF-8 file, plain or packed: .gz, .zip and .tar.gz, of which the first file is read."""
    path = Path(loc)
    if path.name.endswith((".tar.gz", ".tgz", ".tar")):
        return _lines(lambda: _in_tar(path))
    if path.suffix == ".gz":
        return _lines(lambda: io.BufferedReader(gzip.GzipFile(path)))
    if path.suffix == ".zip":
        return _lines(lambda: _in_zip(path))
    return _lines(lambda: path.open("rb"))


def _lines(opened: Callable[[], IO[bytes]]) -> Iterator[str]:
    with opened() as file:
        for number, line in enumerate(file):
            yield line.decode("utf-8-sig" if number == 0 else "utf8")


def _in_zip(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if not names:
        raise ValueError(Errors.E4302.format(path=path, line=0, reason="the archive is empty"))
    return archive.open(names[0])


def _in_tar(path: Path) -> IO[bytes]:
    archive = tarfile.open(path)  # noqa: SIM115 - closed with the file that is read
    for member in archive:
        if member.isfile() and (file := archive.extractfile(member)) is not None:
            return file
    raise ValueError(Errors.E4302.format(path=path, line=0, reason="the archive is empty"))


def _read_binary(path: Path, truncate: int) -> tuple[Floats2d, list[str]]:
    """The table of a file of word2vec's binary format, and its words."""
    with _places(path) as at, path.open("rb") as file:
        header = _header(path, file.readline(1000).decode("utf8"), Mode.default)
        rows = min(truncate, header.rows) if truncate >= 1 else header.rows
        _check_claim(path, rows, header.width, 4)
        data = numpy.empty((rows, header.width), dtype="<f4")
        words = []
        for row in data:
            at.line += 1
            word = bytearray()
            while (byte := file.read(1)) != b" ":
                if not byte:
                    raise EOFError("it ends within a word")
                word += byte
            if file.readinto(row.data.cast("B")) < row.nbytes:
                raise EOFError("it ends within the numbers of a word")
            words.append(word.decode("utf8", "replace").lstrip("\n"))
        return data, words


def _check_claim(path: Path, rows: int, width: int, size: int) -> None:
    """Make no room for what a file claims but cannot hold. Raises ValueError E4301."""
    held = path.stat().st_size * (PACKED_AT_MOST if path.suffix in (".gz", ".zip", ".tgz") else 1)
    if rows * width * size > held:
        found = f"the file has only {path.stat().st_size} bytes"
        raise ValueError(Errors.E4301.format(path=path, rows=rows, width=width, found=found))


class _places:
    """Where in a file reading is; what goes wrong there names file and line (ValueError E4302)."""

    def __init__(self, path: Path) -> None:
        self.path, self.line = path, 1

    def __enter__(self) -> _places:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        broken = (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, zipfile.BadZipFile)
        if isinstance(error, UnicodeDecodeError):
            reason = f"it is not UTF-8 text (byte 0x{error.object[error.start]:02x})"
            if self.line == 1:
                reason += "; word2vec's binary format is read from files that end in .bin"
            raise ValueError(Errors.E4302.format(path=self.path, line=self.line, reason=reason)) from error
        if isinstance(error, broken):
            raise ValueError(Errors.E4302.format(path=self.path, line=self.line, reason=error)) from error
