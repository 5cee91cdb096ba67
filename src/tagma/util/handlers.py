"""Error handlers of pipelines: what is done with docs on which a component fails."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import Any, NoReturn

from tagma.errors import PACKAGE
from tagma.nn.config import code_of

__all__ = ["ignore_error", "place_in_user_code", "raise_error", "say_where"]


def raise_error(proc_name: str | None, proc: Any, docs: Any, e: Exception) -> NoReturn:
    """Raise the error again, with a note of the component."""
    if proc_name is not None:
        say_where(e, f"component {proc_name!r}")
    raise e


def say_where(error: Exception, what: str) -> None:
    """Add "In <what>." to an exception, unless something inside it has done so; not where the message has a code."""
    if code_of(error) is None and not any(note.startswith("In ") for note in _notes(error)):
        error.add_note(f"In {what}.")


def _notes(error: Exception) -> list[str]:
    return getattr(error, "__notes__", [])


def place_in_user_code(error: Exception) -> str | None:
    """ "own.py, line 12, in f": the innermost frame that belongs neither to tagma nor to an installed library."""
    paths = sysconfig.get_paths()
    libraries = [Path(PACKAGE), *(Path(paths[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib"))]
    place = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.suffix == ".py" and not any(file.resolve().is_relative_to(folder.resolve()) for folder in libraries):
            place = f"{file}, line {line}, in {frame.f_code.co_qualname}"
    return place


def ignore_error(proc_name: str | None, proc: Any, docs: Any, e: Exception) -> None:
    """Go on without the docs."""
