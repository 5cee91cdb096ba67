"""What a vocabulary needs of vectors, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy.typing as npt

from tagma.errors import Errors
from tagma.nn.types import Floats1d, Floats2d
from tagma.strings import StringStore

if TYPE_CHECKING:
    from tagma.nn.backends import Ops


class Mode(StrEnum):
    """How keys find rows: each by a row of its own, or by the rows of its pieces."""

    default = "default"
    floret = "floret"

    @classmethod
    def values(cls) -> list[str]:
        """Names of the modes."""
        return list(cls.__members__)


class BaseVectors:
    """What a vocabulary needs of vectors. Subclass it and register a factory to bring your own.

    Raises TypeError E1046 when it is made itself.
    """

    name: str | None = None

    def __init__(self, *, strings: StringStore | None = None) -> None:
        if type(self) is BaseVectors:
            raise TypeError(Errors.E1046.format(cls_name="BaseVectors"))
        self.strings: StringStore = StringStore() if strings is None else strings

    def __getitem__(self, key: int | str) -> Floats1d:
        raise NotImplementedError

    def __contains__(self, key: int | str) -> bool:
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether no row is free."""
        raise NotImplementedError

    def get_batch(self, keys: Iterable[int | str]) -> Floats2d:
        """Vectors of many keys: float32 (n, width)."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and width."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def vectors_length(self) -> int:
        """Width."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Rows times width."""
        raise NotImplementedError

    def add(self, key: int | str, *, vector: npt.ArrayLike | None = None) -> int:
        """Give a key a vector; returns its row."""
        raise NotImplementedError

    def to_ops(self, ops: Ops) -> None:
        """Move the table to another device."""

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """All of it as bytes."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read `to_bytes`."""
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write into the folder `path`."""

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> BaseVectors:
        """Read from the folder `path`."""
        return self
