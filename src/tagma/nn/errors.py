"""Errors of this room that carry more than a message."""

from __future__ import annotations

import operator
from typing import Any

PATH_LENGTH = 100  # characters; names of composed layers hold those of all their parts


class DimensionError(ValueError):
    """A size or a kind of input that does not fit, found while running or initializing a tree of layers.

    Every node the error passes on its way up puts its name before the path, so the message says where in the tree the
    mismatch is; nothing is computed while all is well. Of a long path the end is shown. `place` is what the message
    begins with: a [section], or a sentence about the setting that is to be changed.
    """

    def __init__(self, node: str, what: str, advice: str) -> None:
        super().__init__(node, what, advice)
        self.path: list[str] = [node]
        self.what: str = what
        self.advice: str = advice
        self.place: str = ""

    def __str__(self) -> str:
        found = f"{self._shown_path()}: {self.what}"
        if self.place.endswith("]"):
            return f"{self.place} {found}. {self.advice}"
        return f"{self.place} ({found})" if self.place else f"{found}. {self.advice}"

    def _shown_path(self) -> str:
        """The path, or as much of its end as is read at a glance."""
        shown = self.path[-1]
        for name in reversed(self.path[:-1]):
            if len(name) + len(shown) > PATH_LENGTH:
                return f"… / {shown}"
            shown = f"{name} / {shown}"
        return shown


def require_size(node: str, dim: str, size: Any) -> None:
    """Sizes are whole numbers from 1: arrays without width would reach kernels that divide by it. None is inferred."""
    if size is not None:
        advice = f"Give it {_at_least(size, 1)}, or leave it out to have it inferred"
        _require_whole(node, dim, size, 1, advice)


def require_count(node: str, what: str, count: Any, least: int = 0) -> None:
    """Counts, as of layers or of rows beside a row, are whole numbers from `least`."""
    _require_whole(node, what, count, least, f"Give it {_at_least(count, least)}")


def _require_whole(node: str, what: str, value: Any, least: int, advice: str) -> None:
    if not _is_whole(value) or value < least:
        raise DimensionError(node, f"{what} is {value!r}", advice)


def _at_least(value: Any, least: int) -> str:
    return f"at least {least}" if _is_whole(value) else f"a whole number of at least {least}"


def _is_whole(value: Any) -> bool:
    """Whether a value is an int of Python or of an array library; True and False are not."""
    try:
        operator.index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)
