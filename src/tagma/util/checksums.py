"""Checksums beside files whose format cannot tell that a byte of them was changed, such as the weights of a model.

`model` has its sum in `model.sha256`, in the format of the command `sha256sum`, which can check it too. Files without a
sum, such as those that spaCy saves, are not checked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tagma.errors import Errors

__all__ = ["lacks", "verify_checksum", "write_checksum"]

SUFFIX = ".sha256"


def write_checksum(path: Path) -> None:
    """Write the sum of a file beside it."""
    path.with_name(path.name + SUFFIX).write_text(f"{_sum(path.read_bytes())}  {path.name}\n", encoding="utf8")


def verify_checksum(path: Path, data: bytes) -> None:
    """Compare what was read from a file with the sum beside it, if there is one. Raises ValueError E4023."""
    beside = path.with_name(path.name + SUFFIX)
    if beside.exists() and beside.read_text(encoding="utf8", errors="replace").split()[:1] != [_sum(data)]:
        raise ValueError(Errors.E4023.format(path=path, size=len(data), beside=beside.name))


def lacks(folder: Path, file: Path) -> FileNotFoundError:
    """The error E4024 for a missing file of a pipeline's folder; its part is the first name of its path."""
    return FileNotFoundError(Errors.E4024.format(path=folder, file=file, part=file.parts[0]))


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
