"""Errors of this room that carry more than a message."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from .diagram import Node, diagram

PATH_LENGTH = 100  # characters; names of composed layers hold those of all their parts


class DimensionError(ValueError):
    """A size or a kind of input that does not fit, found while running or initializing a tree of layers.

    Every node the error passes on its way up puts its name before the path, so the message says where in the tree the
    mismatch is; nothing is computed while all is well. Of a long path the end is shown. `place` is what the message
    begins with: a [section], or a sentence about the setting that is to be changed.

    The message ends in a diagram of the tree that points at the node, with `mark`, and at the layer whose output it
    got, with `given`; or at the input of the whole, if no layer is known that made it.
    """

    def __init__(self, node: str, what: str, advice: str, *, mark: str = "", given: str = "") -> None:
        super().__init__(node, what, advice)
        self.path: list[str] = [node]
        self.what: str = what
        self.advice: str = advice
        self.place: str = ""
        self.mark: str = mark
        self.given: str = given
        self.tree: str = ""
        self._marks: dict[int, str] = {}
        self._giver: int | None = None

    def __str__(self) -> str:
        found = f"{self._shown_path()}: {self.what}"
        if self.place and not self.place.endswith("]"):
            return f"{self.place} ({found})"
        lead = f"{self.place} " if self.place else ""
        return f"{lead}{found}. {self.advice}" + (f"\n\n{self.tree}" if self.tree else "")

    def came_through(self, node: Node) -> None:
        """Draw the tree below a node that the error passes, the one where it was raised first."""
        self._marks = self._marks or {node.id: self.mark or "here"}
        given = self.given if self._giver is None else ""
        # A lone node shows nothing that the message does not say.
        self.tree = diagram(node, self._marks, given=given) if node.layers else ""

    def came_after(self, layers: Sequence[Node]) -> None:
        """Say which layers ran before the one that the error comes from, in order; what is said first holds.

        The last of them that knows the width of its output is the one that gave it.
        """
        if self._giver is None and self.given and self._marks and layers:
            giver = next((node for node in reversed(layers) if node.maybe_get_dim("nO") is not None), layers[-1])
            self._giver = giver.id
            self._marks[giver.id] = self.given

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
