"""Checksums beside files whose format cannot tell that a byte of them was changed, such as the weights of a model.

`model` has its sum in `model.sha256`; a pipeline's folder has those of its other files in `files.sha256`. Both have
the format of the command `sha256sum`, which can check them too. Files without a sum, such as those that spaCy saves,
are not checked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from tagma.errors import Errors

__all__ = ["lacks", "verify_checksum", "verify_checksums", "write_checksum", "write_checksums"]

SUFFIX = ".sha256"
LIST = f"files{SUFFIX}"
LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def write_checksum(path: Path) -> None:
    """Write the sum of a file beside it."""
    path.with_name(path.name + SUFFIX).write_text(f"{_sum(path.read_bytes())}  {path.name}\n", encoding="utf8")


def verify_checksum(path: Path, data: bytes) -> None:
    """Compare what was read from a file with the sum beside it, if there is one. Raises ValueError E4023."""
    beside = path.with_name(path.name + SUFFIX)
    if beside.exists() and beside.read_text(encoding="utf8", errors="replace").split()[:1] != [_sum(data)]:
        raise ValueError(Errors.E4023.format(path=path, size=len(data), beside=beside.name))


def write_checksums(folder: Path, *, besides: Iterable[str] = ()) -> None:
    """Write the sums of the files of a folder into one, but for those with a sum beside them and those in `besides`."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != SUFFIX]
    with (folder / LIST).open("w", encoding="utf8", newline="\n") as out:
        for file in files:
            name = file.relative_to(folder).as_posix()
            if name not in besides and "\n" not in name and not file.with_name(file.name + SUFFIX).exists():
                out.write(f"{_sum_of_file(file)}  {name}\n")


def verify_checksums(folder: Path, wanted: Callable[[PurePosixPath], bool]) -> None:
    """Compare the files of a folder with their sums, if there is such a list, as far as they are wanted.

    Raises ValueError E4023 for an altered file, E4010 for a damaged list; FileNotFoundError E4024.
    """
    if not (folder / LIST).is_file():
        return
    text = (folder / LIST).read_bytes().decode("utf8", "replace").removesuffix("\n")
    for number, line in enumerate(text.split("\n") if text else [], 1):
        found = LINE.fullmatch(line)
        if found is None:
            reason = f"line {number} is no checksum with a path"
            raise ValueError(Errors.E4010.format(what=f"checksums in {folder / LIST}", reason=reason))
        name = PurePosixPath(found[2])
        if not wanted(name):
            continue
        file = folder / name
        if not file.is_file():
            raise lacks(folder, name, f" If the file is not needed, delete {LIST}.")
        if _sum_of_file(file) != found[1]:
            raise ValueError(Errors.E4023.format(path=file, size=file.stat().st_size, beside=LIST))


def lacks(folder: Path, file: Path | PurePosixPath, besides: str = "") -> FileNotFoundError:
    """The error E4024 for a missing file of a pipeline's folder; its part is the first name of its path."""
    return FileNotFoundError(Errors.E4024.format(path=folder, file=file, part=file.parts[0], besides=besides))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sum_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
