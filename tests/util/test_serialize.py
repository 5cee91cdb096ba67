"""Objects made of named parts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import srsly

from tagma.errors import Errors
from tagma.util import serialize


def test_bytes() -> None:
    """Parts come back to their setters; excluded, missing and unknown ones are passed over."""
    data = serialize.to_bytes({"a": lambda: 1, "b.x": lambda: 2, "c": lambda: 3}, ["b"])
    assert srsly.msgpack_loads(data) == {"a": 1, "c": 3}
    found: dict[str, Any] = {}
    setters = {name: lambda value, name=name: found.update({name: value}) for name in ("a", "b", "c", "d")}
    serialize.from_bytes(data, setters, ["c"])
    assert found == {"a": 1}


def test_folder(tmp_path: Path) -> None:
    """Each part has its entry in the folder."""
    parts = {name: lambda file, name=name: file.write_text(name) for name in ("a", "b")}
    serialize.to_disk(tmp_path / "x", parts, ["b"])
    assert [file.name for file in (tmp_path / "x").iterdir()] == ["a"]
    found = []
    serialize.from_disk(tmp_path / "x", {"a": lambda file: found.append(file.read_text())}, [])
    assert found == ["a"]


@pytest.mark.parametrize("data", [b"", b"\x00", b"junk", b"\x93\x01\x02\x03", b"\x81\xa1a"])
def test_bytes_that_are_no_map(data: bytes) -> None:
    """Anything but a msgpack map is E4010."""
    with pytest.raises(ValueError, match=r"\[E4010\] Could not read the data"):
        serialize.from_bytes(data, {}, [])


@pytest.mark.parametrize(
    "fail",
    [
        lambda value: srsly.json_loads("{"),
        lambda value: srsly.msgpack_loads(b"\x01\x02"),
        lambda value: b"\xff".decode("utf8"),
        lambda value: {{}: 1},
    ],
)
def test_damaged_parts_are_named(tmp_path: Path, fail: Any) -> None:
    """What a format finds wrong is E4010 with the name of the part, or with its path."""
    with pytest.raises(ValueError, match=r"\[E4010\].*part 'a'"):
        serialize.from_dict({"a": 1}, {"a": fail}, [])
    with pytest.raises(ValueError, match=rf"\[E4010\].*{tmp_path / 'a'}"):
        serialize.from_disk(tmp_path, {"a": fail}, [])


@pytest.mark.parametrize(
    "error", [ValueError(Errors.E4022.format(name="n", value=0, besides="")), KeyError("x"), TypeError("wrong call")]
)
def test_other_errors_pass(error: Exception) -> None:
    """Errors that tell enough, or that are not about bytes, come through unchanged."""

    def fail(value: Any) -> None:
        raise error

    with pytest.raises(type(error)) as found:
        serialize.from_dict({"a": 1}, {"a": fail}, [])
    assert found.value is error


def test_parts(tmp_path: Path) -> None:
    """The four methods of a part get its keywords, in order; forms that it leaves out are passed over."""

    class Owner:
        def to_bytes(self, *, mark: str) -> str:
            return mark

        def to_disk(self, file: Path, *, mark: str) -> None:
            file.write_text(mark)

        def from_disk(self, file: Path, *, mark: str) -> None:
            found.append(file.read_text() + mark)

    found: list[Any] = []
    only_bytes = serialize.Part(lambda: 1, found.append, None, None)
    parts = serialize.Parts(a=only_bytes, b=serialize.part_of(Owner(), optional=True, mark="x"))
    data = parts.to_bytes()
    assert list(srsly.msgpack_loads(data).items()) == [("a", 1), ("b", "x")]
    parts.from_bytes(data)
    parts.to_disk(tmp_path / "parts")
    assert [file.name for file in (tmp_path / "parts").iterdir()] == ["b"]
    parts.from_disk(tmp_path / "parts")
    parts.from_disk(tmp_path / "parts", exclude=["b"])
    assert found == [1, "xx"]


def test_a_part_needs_its_methods() -> None:
    """A method that a part lacks is told when it is called, unless the part is optional."""
    parts = serialize.Parts(a=serialize.part_of(object()))
    with pytest.raises(AttributeError, match="to_bytes"):
        parts.to_bytes()
    assert parts.to_bytes(exclude=["a"]) == serialize.to_bytes({}, [])
    with pytest.raises(ValueError, match=r"E4010.*'a'.*found int, not bytes"):
        parts.from_bytes(serialize.to_bytes({"a": lambda: 5}, []))


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("no"), MemoryError(), re.error("no"), ValueError("no")])
def test_reading(error: Exception) -> None:
    """Whatever values of a wrong type lead to is one error with a code, which says what was read; long data is cut."""
    with (
        pytest.raises(ValueError, match=r"\[E4010\] Could not read the thing: .+") as caught,
        serialize.reading("thing"),
    ):
        raise error
    assert caught.value.__cause__ is error
    with (
        pytest.raises(ValueError, match=r"^\[E4022\]") as caught,
        serialize.reading("thing"),
        serialize.reading("part"),
    ):
        raise ValueError(Errors.E4022.format(name="n", value=0, besides=""))
    assert caught.value.__notes__ == ["Read from part."]
    with pytest.raises(ValueError, match="E4010") as caught, serialize.reading("thing"):
        raise TypeError("x" * 10_000)
    assert len(str(caught.value)) < 400
    with pytest.raises(OSError, match="disk"), serialize.reading("thing"):
        raise OSError("disk")


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80\x80", "text", None])
def test_unpack(data: Any) -> None:
    """What is no msgpack document is E4010, too."""
    with pytest.raises(ValueError, match=r"\[E4010\] Could not read the thing"):
        serialize.unpack(data, "thing")
    assert serialize.unpack(srsly.msgpack_dumps({"a": [1]}), "thing") == {"a": [1]}
    assert serialize.unpack(srsly.msgpack_dumps([1]), "thing", use_list=False) == (1,)
