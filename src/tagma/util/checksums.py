"""Checksums of saved models, in which a changed weight could not be seen otherwise.

A saved model is a msgpack map of four keys. Behind them stands a fifth, `tagma`, with the digest of the map of the
four; readers that do not know it pass over it. Models without it, as spaCy saves them, are not checked. The first
version wrote the digest of `model` beside it, in `model.sha256`; where such a file is, it counts.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tagma.errors import Errors

__all__ = ["lacks", "signed", "sum_beside", "verify", "verify_beside"]

# First bytes of maps of four and of five keys; and what stands between the four keys and the 32 bytes of the digest.
_FOUR, _FIVE = b"\x84", b"\x85"
_SEAL = b"\xa5tagma\x82\xa9algorithm\xa6sha256\xa6digest\xc4\x20"
_SEAL_SIZE = len(_SEAL) + hashlib.sha256().digest_size


def signed(model: bytes) -> tuple[bytes | memoryview, ...]:
    """The pieces of a model's bytes with its digest as fifth key; they are not joined, since models are large.

    What is no map of four keys, as a model of another kind may be, stays as it is.
    """
    if model[:1] != _FOUR:
        return (model,)
    return _FIVE, memoryview(model)[1:], _SEAL, hashlib.sha256(model).digest()


def verify(data: bytes, what: object) -> bool:
    """Compare a saved model with the digest inside; False if it has none. Raises ValueError E4023 for altered bytes."""
    if data[:1] != _FIVE:
        return False
    seal = data[-_SEAL_SIZE:]
    found = hashlib.sha256(_FOUR)
    found.update(memoryview(data)[1:-_SEAL_SIZE])
    if seal != _SEAL + found.digest():
        raise ValueError(Errors.E4023.format(what=what, size=len(data), where="inside", besides=""))
    return True


def sum_beside(path: Path) -> Path:
    """The file in which the first version of tagma wrote the digest of the model `path`."""
    return path.with_name(f"{path.name}.sha256")


def verify_beside(path: Path, data: bytes) -> None:
    """Compare what was read from a file with the sum beside it, if there is one. Raises ValueError E4023."""
    beside = sum_beside(path)
    if beside.exists():
        written = beside.read_text(encoding="utf8", errors="replace").split()[:1]
        if written != [hashlib.sha256(data).hexdigest()]:
            way_out = f"; if another program wrote it on purpose, delete {beside.name}"
            described = {"what": path, "size": len(data), "where": f"in {beside.name}"}
            raise ValueError(Errors.E4023.format(besides=way_out, **described))


def lacks(folder: Path, file: Path) -> FileNotFoundError:
    """The error E4024 for a missing file of a pipeline's folder; its part is the first name of its path."""
    return FileNotFoundError(Errors.E4024.format(path=folder, file=file, part=file.parts[0]))
