"""Models as dicts, bytes and files."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ._model_tree import ModelTree
from .types import Unserializable

if TYPE_CHECKING:
    from .model import Model


class ModelFiles(ModelTree):
    """What `Model` has for saving and loading; the layout is in `_serialize`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Nodes, attributes, parameters and shims of the tree, by level. Arrays are the live ones."""
        from ._serialize import model_to_dict

        return model_to_dict(self._root)

    def from_dict(self, msg: dict[str, Any]) -> Self:
        """Load what `to_dict` made into a tree of the same structure.

        Raises ValueError if the structure differs or a dim conflicts, KeyError for an unknown dim.
        """
        from ._serialize import model_from_dict

        model_from_dict(self._root, msg)
        return self

    def can_from_dict(self, msg: dict[str, Any], *, strict: bool = True) -> bool:
        """Whether `from_dict` would fit. `strict` also compares names and attributes."""
        from ._serialize import can_from_dict

        return can_from_dict(self._root, msg, strict=strict)

    def to_bytes(self) -> bytes:
        """The tree as one MessagePack document, arrays little-endian."""
        from ._serialize import model_to_dict
        from .packing import encode

        return encode(model_to_dict(self._root))

    def from_bytes(self, bytes_data: bytes) -> Self:
        """Load what `to_bytes` made. Raises ValueError if the bytes are truncated or altered, saying what is wrong."""
        from ._serialize import decode_model, model_from_dict

        model_from_dict(self._root, decode_model(bytes_data))
        return self

    def can_from_bytes(self, bytes_data: bytes, *, strict: bool = True) -> bool:
        """Whether `from_bytes` would fit; False for unreadable bytes."""
        from ._serialize import can_from_bytes

        return can_from_bytes(self._root, bytes_data, strict=strict)

    def to_disk(self, path: Path | str) -> None:
        """Write `to_bytes` to one file; beside it first, then renamed, so that no half-written file is left."""
        data = self.to_bytes()
        path = _as_path(path)
        if not isinstance(path, Path):
            with path.open("wb") as file_:
                file_.write(data)
            return
        beside = path.with_name(f".{path.name}.part")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def from_disk(self, path: Path | str) -> Self:
        """Load what `to_disk` wrote."""
        return self.from_bytes(_read(path))

    def can_from_disk(self, path: Path | str, *, strict: bool = True) -> bool:
        """Whether `from_disk` would fit; False for a missing file or a directory."""
        try:
            data = _read(path)
        except OSError:
            return False
        return self.can_from_bytes(data, strict=strict)


def _as_path(path: Path | str) -> Path:
    """A text as a path; other objects that can be opened as they are."""
    return Path(path) if isinstance(path, str) else path


def _read(path: Path | str) -> bytes:
    with _as_path(path).open("rb") as file_:
        return file_.read()


@functools.singledispatch
def serialize_attr(_: Any, value: Any, name: str, model: Model[Any, Any]) -> bytes:
    """An attribute's value as bytes; dispatches on the type of the value. Register your own types.

    Raises TypeError for what cannot be saved; such attributes are left out of the file.
    """
    from .packing import encode

    return encode(value)


@serialize_attr.register(Unserializable)
def _serialize_unserializable(_: Any, value: Any, name: str, model: Model[Any, Any]) -> bytes:
    raise TypeError(f"attribute {name!r} of {model.name} is marked as not to be saved")


@functools.singledispatch
def deserialize_attr(_: Any, value: Any, name: str, model: Model[Any, Any]) -> Any:
    """The inverse of `serialize_attr`; dispatches on the type of the attribute's current value on the model."""
    from .packing import decode

    return decode(value, f"attribute {name!r} of {model.name}")


@contextmanager
def make_tempfile(mode: str = "r") -> Iterator[Any]:
    """An open temporary file that is removed afterwards, also on Windows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.touch()
        with path.open(mode) as file_:
            yield file_
