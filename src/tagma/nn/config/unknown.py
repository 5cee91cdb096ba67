"""The error about a name that no registry has: one of catalogue's, as users know it. Imported when it is raised."""

from __future__ import annotations

from collections.abc import Iterable

from ._catalogue import RegistryError
from .names import suggest

__all__ = ["RegistryError", "UnknownNameError"]


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
