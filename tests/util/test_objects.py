"""Questions about objects and the environment."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy
import pytest

from tagma.language import Language
from tagma.util import objects


class Named:
    name = "mine"


def function(a: int, b: int, *args: int, c: int = 1, **kwargs: int) -> None: ...


def test_names() -> None:
    """An object's name is its `name`, its `__name__` or the name of its class."""
    for obj, expected in ((Named(), "mine"), (function, "function"), (3, "int"), (dict, "dict")):
        assert objects.get_object_name(obj) == expected


def test_functions() -> None:
    """Names of arguments, equality of functions, and which are compiled."""
    assert objects.get_arg_names(function) == ["a", "b", "c"]
    assert objects.is_same_func(function, function)
    assert not objects.is_same_func(function, test_names)
    assert not objects.is_same_func(function, 1)  # type: ignore[arg-type]
    assert objects.is_cython_func(Language.Defaults.lex_attr_getters.get) is True
    assert objects.is_cython_func(function) is False


@pytest.mark.parametrize(
    ("value", "expected"), [(True, 1), (1, 1), (1.0, 1), (None, 0), (0, 0), (False, -1), (-1, -1), (2, -1), ("x", -1)]
)
def test_ternary(value: Any, expected: int) -> None:
    """True is 1, None is 0, anything else is -1."""
    assert objects.to_ternary_int(value) == expected


def test_all_equal() -> None:
    """True for none, and for equal items of several types."""
    assert objects.all_equal([])
    assert objects.all_equal([1, 1.0])
    assert not objects.all_equal("ab")


@pytest.mark.parametrize(("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True), ("no", True)])
def test_environment(monkeypatch: pytest.MonkeyPatch, value: str | None, expected: bool) -> None:
    """A variable counts as set unless it is empty or 0."""
    monkeypatch.delenv("TAGMA_TEST_FLAG", raising=False)
    if value is not None:
        monkeypatch.setenv("TAGMA_TEST_FLAG", value)
    assert objects.check_bool_env_var("TAGMA_TEST_FLAG") is expected


def test_where_this_runs() -> None:
    """A test runs neither in a notebook nor at a prompt."""
    assert not objects.is_in_jupyter()
    assert not objects.is_in_interactive()


def test_language_data(tmp_path: Path) -> None:
    """A JSON file is read, packed too; without either E160 names the path."""
    (tmp_path / "a.json").write_text('{"a": 1}')
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(b"[2]"))
    assert objects.load_language_data(tmp_path / "a.json") == {"a": 1}
    assert objects.load_language_data(tmp_path / "b.json") == [2]
    with pytest.raises(ValueError, match=r"\[E160\].*c\.json"):
        objects.load_language_data(tmp_path / "c.json")


def test_plain_numbers() -> None:
    """NumPy scalars become numbers, in nested dicts too; the rest stays."""
    found = objects.plain_numbers({"a": numpy.float32(0.5), "b": {"c": numpy.int64(3)}, "d": "x", "e": None, "f": [1]})
    assert found == {"a": 0.5, "b": {"c": 3}, "d": "x", "e": None, "f": [1]}
    assert type(found["a"]) is float
    assert type(found["b"]["c"]) is int
