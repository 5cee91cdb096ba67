"""Names that configs use: which one may have been meant, and errors for those that are not there.

Imports nothing that takes time, since every registry asks here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ._catalogue import RegistryError

__all__ = ["RegistryError", "UnknownNameError", "code_of", "suggest"]


def suggest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x' or 'y'?" for the nearest known names, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""


class UnknownNameError(RegistryError):
    """A name that is not there.

    what     what was asked for, such as "function 'x' in the registry 'layers'"
    name     the name alone
    known    the names that there are
    code     of the message, such as "E893"; none if empty
    reason   why it is not there, in place of the nearest names; "" if that is not known
    """

    def __init__(self, what: str, name: str, known: Iterable[str], code: str = "", reason: str = "") -> None:
        super().__init__(what, name, known, code, reason)
        self.what: str = what
        self.name: str = name
        self.known: list[str] = sorted(known)
        self.code: str = code
        self.reason: str = reason

    @property
    def short(self) -> str:
        """The message with the reason or the nearest names, but without the list of all."""
        code = f"[{self.code}] " if self.code else ""
        why = f": {self.reason}." if self.reason else suggest(self.name, self.known) or "."
        return f"{code}No {self.what}{why}"

    def __str__(self) -> str:
        return f"{self.short} There are: {', '.join(self.known) or 'none'}"


def code_of(error: BaseException | str) -> str | None:
    """The code of an error, a warning or a message, such as "E913": its own, or that of the text it was made from."""
    message = error.args[0] if isinstance(error, BaseException) and error.args else error
    return getattr(error, "code", None) or getattr(message, "code", None)
