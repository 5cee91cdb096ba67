"""Objects made of named parts, to and from bytes and folders. `exclude` leaves out parts by the name before the dot."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tagma.errors import Errors
from tagma.nn.config import code_of
from tagma.nn.packing import decode
from tagma.util.paths import check_place

__all__ = [
    "Part",
    "Parts",
    "from_bytes",
    "from_dict",
    "from_disk",
    "part_of",
    "reading",
    "to_bytes",
    "to_dict",
    "to_disk",
    "unpack",
    "unpack_map",
]

READ = "Read from"  # how a note begins that says where a wrong value stands
LONGEST_REASON = 200  # characters of a reason that are shown


class Part(NamedTuple):
    """How one part is written and read; None in forms that leave it out."""

    to_bytes: Callable[[], Any] | None
    from_bytes: Callable[[Any], Any] | None
    to_disk: Callable[[Path], Any] | None
    from_disk: Callable[[Path], Any] | None


def part_of(owner: Any, *, optional: bool = False, **kwargs: Any) -> Part:
    """A part that has the four methods itself, which are called with `kwargs`; if `optional`, it may lack some."""

    def method(name: str) -> Callable[..., Any] | None:
        if optional and not hasattr(owner, name):
            return None
        return lambda *args: getattr(owner, name)(*args, **kwargs)

    def from_bytes(data: Any) -> Any:
        if not isinstance(data, bytes):
            raise ValueError(f"found {type(data).__name__}, not bytes")
        return owner.from_bytes(data, **kwargs)

    part = Part(*map(method, Part._fields))
    return part if part.from_bytes is None else part._replace(from_bytes=from_bytes)


class Parts(dict[str, Part]):
    """The parts of an object by name, in the order in which they are written and read."""

    def _all(self, form: str) -> dict[str, Callable[..., Any]]:
        return {name: call for name, part in self.items() if (call := getattr(part, form)) is not None}

    def to_bytes(self, exclude: Iterable[str] = ()) -> bytes:
        """All parts as one msgpack map."""
        return to_bytes(self._all("to_bytes"), exclude)

    def from_bytes(self, bytes_data: bytes, exclude: Iterable[str] = ()) -> None:
        """Read what `to_bytes` wrote."""
        from_bytes(bytes_data, self._all("from_bytes"), exclude)

    def to_disk(self, path: str | Path, exclude: Iterable[str] = ()) -> None:
        """Each part in its entry of a folder."""
        to_disk(path, self._all("to_disk"), exclude)

    def from_disk(self, path: str | Path, exclude: Iterable[str] = ()) -> None:
        """Read what `to_disk` wrote."""
        from_disk(path, self._all("from_disk"), exclude)


def _wanted(key: str, exclude: Iterable[str]) -> bool:
    return key not in exclude and key.split(".")[0] not in exclude


def to_bytes(getters: dict[str, Callable[[], Any]], exclude: Iterable[str]) -> bytes:
    """msgpack of `to_dict`."""
    import srsly

    packed: bytes = srsly.msgpack_dumps(to_dict(getters, exclude))
    return packed


def from_bytes(bytes_data: bytes, setters: dict[str, Callable[[Any], Any]], exclude: Iterable[str]) -> None:
    """Hand each part of a msgpack map to its setter. Raises ValueError for bytes that are none."""

    from_dict(unpack_map(bytes_data, "data"), setters, exclude)


def to_dict(getters: dict[str, Callable[[], Any]], exclude: Iterable[str]) -> dict[str, Any]:
    """Name → what its getter returns."""
    return {key: getter() for key, getter in getters.items() if _wanted(key, exclude)}


def from_dict(msg: dict[str, Any], setters: dict[str, Callable[[Any], Any]], exclude: Iterable[str]) -> dict[str, Any]:
    """Hand each part to its setter; missing parts are passed over. Raises ValueError E4010 for damaged ones."""
    for key, setter in setters.items():
        if _wanted(key, exclude) and key in msg:
            with _named(f"part {key!r} of the data"):
                setter(msg[key])
    return msg


def to_disk(path: str | Path, writers: dict[str, Callable[[Path], Any]], exclude: Iterable[str]) -> Path:
    """Have each writer write its entry of the folder, which is made if needed; OSError where that is not possible."""
    folder = Path(path)
    check_place(folder, folder=True)
    folder.mkdir(exist_ok=True)
    for key, writer in writers.items():
        if _wanted(key, exclude):
            (folder / key).parent.mkdir(exist_ok=True, parents=True)  # of a component "package/measure"
            writer(folder / key)
    return folder


def from_disk(path: str | Path, readers: dict[str, Callable[[Path], Any]], exclude: Iterable[str]) -> Path:
    """Have each reader read its entry of the folder. Raises ValueError E4010 with the path for one that is damaged."""
    folder = Path(path)
    for key, reader in readers.items():
        if _wanted(key, exclude):
            with _named(folder / key):
                reader(folder / key)
    return folder


@contextmanager
def _named(what: object) -> Iterator[None]:
    """Say what could not be read, where the error alone says only what is wrong with some bytes."""
    try:
        yield
    except (ValueError, TypeError) as error:
        if code_of(error) is not None:
            _say_where(error, what)
            raise
        if not _of_a_format(error):
            raise
        raise ValueError(Errors.E4010.format(what=what, reason=str(error).rstrip("."))) from error


def _say_where(error: Exception, what: object) -> None:
    """Add a note about what was read to an error that does not name it; the innermost place says most."""
    if str(what) not in str(error) and not any(note.startswith(READ) for note in getattr(error, "__notes__", ())):
        error.add_note(f"{READ} {what}.")


def _of_a_format(error: Exception) -> bool:
    """Whether JSON, msgpack or UTF-8 were found wrong, which says nothing about where."""
    if isinstance(error, TypeError):
        return "unhashable" in str(error)  # a map in the place of a key, as msgpack finds it in altered bytes
    return type(error) in (ValueError, UnicodeDecodeError, json.JSONDecodeError) or "msgpack" in type(error).__module__


@contextmanager
def reading(what: object) -> Iterator[None]:
    """What goes wrong while data from elsewhere is read becomes ValueError E4010, unless it is one with a code.

    That one gets a note with the place.

    Values of a wrong type show in many ways, where they are used; for who reads a file it is one: the file is damaged.
    """
    try:
        yield
    except ValueError as error:
        if code_of(error) is not None:
            _say_where(error, what)
            raise
        raise ValueError(Errors.E4010.format(what=what, reason=_brief(error))) from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, re.error) as error:
        raise ValueError(Errors.E4010.format(what=what, reason=_brief(error))) from error


def _brief(error: Exception) -> str:
    """What is wrong, without the data that it is wrong in."""
    text = str(error).strip("\"'.") or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]} …"


def unpack(data: Any, what: object, *, use_list: bool = True) -> Any:
    """Unpack msgpack with the decoders that srsly knows. Raises ValueError E4010 for anything else."""
    try:
        if use_list and "srsly" not in sys.modules:  # so that nobody can have added a decoder
            return decode(data)
        import srsly

        return srsly.msgpack_loads(data, use_list=use_list)
    except Exception as error:  # msgpack, NumPy and decoders of users raise many types for altered bytes
        raise ValueError(Errors.E4010.format(what=what, reason=_brief(error))) from error


def unpack_map(data: Any, what: str) -> dict[Any, Any]:
    """Unpack a msgpack map; ValueError E4010 names `what` when the bytes are anything else."""
    try:
        unpacked = decode(data, "it")
    except ValueError as error:
        raise ValueError(Errors.E4010.format(what=what, reason=_brief(error))) from None
    if not isinstance(unpacked, dict):
        raise ValueError(Errors.E4010.format(what=what, reason=f"found {type(unpacked).__name__}, not a map"))
    return unpacked
