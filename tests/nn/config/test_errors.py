"""The error about a config: its text, and copies of it."""

from __future__ import annotations

import confection
import pytest

from tagma.nn.config.errors import ConfigValidationError

ERRORS = [
    {"loc": ["nlp", "lang"], "msg": "is missing", "type": "missing"},
    {"loc": [0], "msg": "is wrong"},
]
ARGUMENTS = [
    {},
    {"errors": ERRORS},
    {"errors": ERRORS, "config": {"nlp": {}}, "desc": "In a file.", "parent": "initialize"},
    {"errors": ERRORS, "config": {"nlp": {}}, "title": None, "show_config": False},
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_text(arguments: dict[str, object]) -> None:
    """The text, and what it is made of, are those that users of confection know."""
    ours, peers = ConfigValidationError(**arguments), confection.ConfigValidationError(**arguments)
    assert str(ours) == ours.text == peers.text
    assert ours.error_types == peers.error_types
    for name in ("config", "errors", "title", "desc", "parent", "show_config"):
        assert getattr(ours, name) == getattr(peers, name)


def test_errors_are_kept() -> None:
    """Errors that come from a generator are there for the text and for who looks at them afterwards."""
    error = ConfigValidationError(errors=iter(ERRORS))
    assert error.errors == ERRORS
    assert "nlp -> lang\tis missing\n0\tis wrong" in error.text


def test_from_error() -> None:
    """A copy has what is given, and the rest of what it is made from, be that one of confection."""
    first = confection.ConfigValidationError(errors=ERRORS, config={"a": 1}, desc="first")
    copy = ConfigValidationError.from_error(first, desc="second", show_config=False)
    assert (copy.title, copy.desc, copy.errors, copy.config) == (first.title, "second", ERRORS, {"a": 1})
    assert isinstance(copy, ValueError)
    assert "{'a': 1}" in first.text
    assert "{'a': 1}" not in copy.text
