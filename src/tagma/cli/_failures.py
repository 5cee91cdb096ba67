"""Expected failures as one screen: what is wrong, with which value, and the way out. No traceback.

`TAGMA_TRACEBACK=1` shows where an error came from.
"""

import configparser
import dis
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagma.cli._overrides import WITHOUT_VALUE
from tagma.cli._report import Printer
from tagma.nn.config import code_of
from tagma.util.handlers import place_in_user_code

EXPECTED = (ValueError, KeyError, OSError, ImportError, AssertionError, NotImplementedError)
OWN = ("E893", "E002")  # a function or factory that may be one of the user's own
IN_PYTHON = re.compile(r", or load it without that part: exclude=\[.*?\]")  # a way out that commands do not have
OWN_CODE: list[str | Path | None] = []  # the files of --code, and None in a command that has such an option
PACKAGE = Path(__file__).parents[1]
RAISE = bytes([dis.opmap["RAISE_VARARGS"]])
MAX_ERRORS = 8  # of a config
MAX_LINES = 20  # of a config block or a message: the error has to stay on one screen


@contextmanager
def checked_failures() -> Iterator[None]:
    """Turn an expected exception into a fail message and exit status 1, and so any that the user's own code raised.

    Anything else keeps its traceback.
    """
    OWN_CODE.clear()
    try:
        with show_validation_error(hint_fill=False):
            yield
    except BrokenPipeError:
        raise
    except Exception as error:
        if code_of(error) == "E871" and isinstance(error.__cause__, Exception):
            error = error.__cause__  # of a worker process: the same as without one
        message = _text(error)
        coded = code_of(error) is not None
        notes = getattr(error, "__notes__", [])
        place = None if coded else place_in_user_code(error)
        if place:
            notes = [*notes, f"Raised in {place}."]
        expected = coded or any("Raised in" in note for note in notes) or (isinstance(error, EXPECTED) and message)
        if os.environ.get("TAGMA_TRACEBACK") or not expected:
            raise
        title, _, detail = IN_PYTHON.sub("", message).partition("\n")
        if not coded:
            is_file = isinstance(error, OSError)
            if notes or not (is_file or type(error) is ValueError):  # which say it all
                title = f"{type(error).__name__}: {title}"
            hint = (
                []
                if not notes and (is_file or is_our_own(error))
                else ["(TAGMA_TRACEBACK=1 shows where this came from.)"]
            )
            detail = "\n".join([_shorten(detail), *notes, *hint]).strip()
        else:
            own = _own_code_hint() if code_of(error) in OWN else []
            detail = "\n".join(filter(None, [detail, *notes, *own]))
        Printer().fail_and_exit(title, _shorten(detail))


def is_our_own(error: Exception) -> bool:
    """Whether a `raise` of this library made the error, so that its message was written to say it all."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None or not Path(place.tb_frame.f_code.co_filename).is_relative_to(PACKAGE):
        return False
    return place.tb_frame.f_code.co_code[place.tb_lasti : place.tb_lasti + 1] == RAISE


def _text(error: Exception) -> str:
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _own_code_hint() -> list[str]:
    """The way out for names of the user's own, in a command that has it."""
    if not OWN_CODE:
        return []
    files = ", ".join(str(path) for path in OWN_CODE if path is not None)
    if files:
        return [f"{files}, given with --code, registers no such name."]
    return ["For a function or component of your own, name its Python file: --code FILE.py"]


@contextmanager
def short_warnings() -> Iterator[None]:
    """Warnings with a code as one line on stderr; what line of code gave them helps nobody here."""

    def show(message: Warning | str, *place: Any, **more: Any) -> None:
        if code_of(message) is not None:
            Printer(stream=sys.stderr).warn(str(message))
        else:
            plain(message, *place, **more)

    with warnings.catch_warnings():
        plain = warnings.showwarning
        warnings.showwarning = show
        yield


@contextmanager
def show_validation_error(
    file_path: str | Path | None = None,
    *,
    title: str | None = None,
    desc: str = "",
    show_config: bool | None = None,
    hint_fill: bool = True,
) -> Iterator[None]:
    """Print a config error as dotted places with their messages, then the block concerned, and exit with 1.

    file_path   The config, named in the hint to fill it; `config.cfg` stands for stdin.
    hint_fill   Whether a missing value may be answered with that hint.
    """
    msg = Printer()
    try:
        yield
    except Exception as caught:
        error: Any = caught
        if isinstance(error, configparser.Error):
            msg.fail_and_exit("Config validation error", str(error))
        if type(error).__name__ != "ConfigValidationError" or os.environ.get("TAGMA_TRACEBACK"):
            raise  # by name, so that confection is not loaded for this
        heading = title if title is not None else str(error.title or "Config validation error")
        msg.text()
        msg.fail(heading, desc or str(error.desc or ""))
        errors = list(error.errors or [])
        msg.named((location(e, error.parent), str(e.get("msg", ""))) for e in errors[:MAX_ERRORS])
        if len(errors) > MAX_ERRORS:
            msg.text(f"… and {len(errors) - MAX_ERRORS} more")
        if (show_config if show_config is not None else error.show_config) and error.config:
            msg.text(_shorten(_block(error.config)))
        for option in WITHOUT_VALUE if "not True" in str(errors) else ():
            msg.text(f"{option} needs a value; without one it is set to true.")
        if any(e.get("type") == "unknown_function" for e in errors):
            for line in _own_code_hint():
                msg.text(line)
        if hint_fill and any(is_missing(e) for e in errors):
            name = "config.cfg" if file_path is None or str(file_path) == "-" else str(file_path)
            msg.text()
            msg.text("This writes the default of every missing setting into the file:")
            msg.text(f"tagma init fill-config {name} {name}")
        msg.text()
        raise SystemExit(1) from None


def location(error: Mapping[str, Any], parent: str | None = None) -> str:
    """`training -> max_steps`."""
    places = [str(place) for place in error.get("loc", ())]
    return " -> ".join([parent, *places] if parent else places)


def is_missing(error: Mapping[str, Any]) -> bool:
    return "missing" in str(error.get("type", "")) or "required" in str(error.get("msg", "")).lower()


def _block(config: Any) -> str:
    from pprint import pformat

    return pformat(dict(config) if isinstance(config, Mapping) else config, width=78, depth=3, sort_dicts=False)


def _shorten(text: str) -> str:
    lines = text.split("\n")
    return (
        text if len(lines) <= MAX_LINES else "\n".join([*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines"])
    )
