"""Messages with codes."""

import re
import warnings

import pytest

from tagma.errors import Errors, MatchPatternError, Warnings, filter_warning


def codes(cls: type) -> list[str]:
    """Names of all messages of a class."""
    return [name for name in vars(cls) if not name.startswith("_")]


@pytest.mark.parametrize(("cls", "letter"), [(Errors, "E"), (Warnings, "W")])
def test_code_stands_in_front(cls: type, letter: str) -> None:
    """Reading a message gives its code in brackets, then its text."""
    assert len(codes(cls)) > 30
    for code in codes(cls):
        assert re.fullmatch(rf"{letter}\d{{3,4}}", code)
        assert getattr(cls, code).startswith(f"[{code}] ")


def test_messages_can_be_formatted() -> None:
    """Every message is a valid format string with named places only."""
    import string

    for cls in (Errors, Warnings):
        for code in codes(cls):
            fields = [field for _, field, _, _ in string.Formatter().parse(getattr(cls, code)) if field is not None]
            assert all(field and not field.isdigit() for field in fields), code


def test_codes_are_in_order() -> None:
    """The list can be searched by eye: codes ascend, and none is given twice."""
    for cls in (Errors, Warnings):
        numbers = [int(code[1:]) for code in codes(cls)]
        assert numbers == sorted(set(numbers))


def test_unknown_code() -> None:
    """A code that is not there is an AttributeError, as for any class."""
    with pytest.raises(AttributeError):
        _ = Errors.E000


def test_filter_by_code() -> None:
    """A filter for a code takes the warnings with that code and no others."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        filter_warning("ignore", "[W119]")
        warnings.warn(Warnings.W119.format(name_in_config="x"), stacklevel=1)
        warnings.warn(Warnings.W089, stacklevel=1)
    assert [str(warning.message)[:6] for warning in caught] == ["[W089]"]


def test_pattern_errors_are_listed() -> None:
    """All messages of all patterns are in the text."""
    error = MatchPatternError("KEY", {0: ["a is wrong", "b too"], 3: ["c"]})
    assert isinstance(error, ValueError)
    title, *lines = str(error).splitlines()
    assert "'KEY'" in title
    assert lines == ["pattern 0: a is wrong", "pattern 0: b too", "pattern 3: c"]
