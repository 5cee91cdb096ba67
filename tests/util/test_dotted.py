"""Dotted names and nested dicts."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.util.dotted import (
    copy_config,
    dict_to_dot,
    dot_to_dict,
    dot_to_object,
    set_dot_to_object,
)


def test_dot_to_dict() -> None:
    """Names become nested, lower-case keys; values stay as they are."""
    assert dot_to_dict({"a.b": 1, "a.C.d": 2, "x": {"Y": 3}}) == {"a": {"b": 1, "c": {"d": 2}}, "x": {"Y": 3}}


def test_dict_to_dot() -> None:
    """Leaves get dotted names; for overrides a block with a function is one leaf, and empty sections have none."""
    nested = {"a": {"b": {"@x": "f", "q": 1}}, "c": [1], "empty": {}}
    assert dict_to_dot(nested) == {"a.b.@x": "f", "a.b.q": 1, "c": [1]}
    assert dict_to_dot(nested, for_overrides=True) == {"a.b": {"@x": "f", "q": 1}, "c": [1]}
    assert dot_to_dict(dict_to_dot({"a": {"b": 1}})) == {"a": {"b": 1}}


@pytest.mark.parametrize("name", ["a.x", "x", "a.b.c", "x.y"])
def test_names_that_are_not_there(name: str) -> None:
    """Reading a name that is not there, or that goes on behind a value, is KeyError E952 with the name."""
    with pytest.raises(KeyError, match=rf"\[E952\].*{name}"):
        dot_to_object({"a": {"b": 1}}, name)


def test_setting() -> None:
    """A value of an existing section is set, a new one added; a section that is not there is E952."""
    config: dict[str, Any] = {"a": {"b": 1}}
    set_dot_to_object(config, "a.b", 2)
    set_dot_to_object(config, "a.new", 3)
    set_dot_to_object(config, "top", 4)
    assert config == {"a": {"b": 2, "new": 3}, "top": 4}
    assert dot_to_object(config, "a.new") == 3
    for name in ("x.y", "a.b.c", "a.b.c.d"):
        with pytest.raises(KeyError, match="E952"):
            set_dot_to_object(config, name, 0)


def test_copy_config() -> None:
    """A copy shares nothing; what cannot be copied is E961."""
    config: dict[str, Any] = {"a": {"b": [1]}}
    copied = copy_config(config)
    copied["a"]["b"].append(2)
    assert config == {"a": {"b": [1]}}
    with pytest.raises(ValueError, match="E961"):
        copy_config({"a": {"b": (i for i in range(3))}})
