"""Messages with codes."""

import pickle
import re
import warnings
from pathlib import Path

import pytest

from tagma.errors import Errors, MatchPatternError, Warnings, filter_warning, warn_user
from tagma.nn.config import code_of

SRC = Path(__file__).parent.parent / "src" / "tagma"


def codes(cls: type) -> list[str]:
    """Names of all messages of a class."""
    return [name for name in vars(cls) if not name.startswith("_")]


@pytest.mark.parametrize(("cls", "letter"), [(Errors, "E"), (Warnings, "W")])
def test_code_stands_in_front(cls: type, letter: str) -> None:
    """Reading a message gives its code in brackets, then its text."""
    assert len(codes(cls)) > 20
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


def library() -> dict[str, str]:
    """The text of each source file but the table of messages."""
    files = [*SRC.rglob("*.py"), *SRC.rglob("*.pyx")]
    return {str(path): path.read_text(encoding="utf8") for path in files if path != SRC / "errors.py"}


def test_every_message_is_raised() -> None:
    """A message that no file of the library uses is not in the table."""
    text = "\n".join(library().values())
    unused = [code for cls in (Errors, Warnings) for code in codes(cls) if f"{cls.__name__}.{code}" not in text]
    assert not unused


def test_messages_stand_in_the_table_alone() -> None:
    """No file writes a code into a message of its own, nor looks for one in the text of an error."""
    written = [
        f"{path}: {found}"
        for path, text in library().items()
        for found in re.findall(r"[\"'(]\[[EW]\d{3,4}\][^\"']{0,20}|startswith\([\"']\[[EW]", text)
    ]
    assert not written


def test_an_error_knows_its_code() -> None:
    """The code of an error is that of its message, also filled in, with more behind it, and pickled."""
    error = ValueError(Errors.E4022.format(name="n", value=0, besides="") + " More.")
    assert code_of(error) == "E4022"
    assert code_of(pickle.loads(pickle.dumps(error))) == "E4022"
    assert str(error).endswith(" More.")
    assert code_of(ValueError("[E4022] written by hand")) is None


def test_a_warning_names_the_users_line() -> None:
    """`warn_user` gives the first line outside of the library, however deep it is called."""
    with pytest.warns(UserWarning, match="text") as caught:
        warn_user("text")
    assert caught[0].filename == __file__
