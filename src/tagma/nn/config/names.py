"""Names that configs use: which one may have been meant, and the code of an error; `unknown` has that about a name.

Imports nothing that takes time, since every registry asks here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["code_of", "suggest"]


def suggest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x' or 'y'?" for the nearest known names, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


def code_of(error: BaseException | str) -> str | None:
    """The code of an error, a warning or a message, such as "E913": its own, or that of the text it was made from."""
    message = error.args[0] if isinstance(error, BaseException) and error.args else error
    return getattr(error, "code", None) or getattr(message, "code", None)
