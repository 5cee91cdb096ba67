"""Errors of this room that carry more than a message."""

from __future__ import annotations


class DimensionError(ValueError):
    """A width that does not fit, found while running or initializing a tree of layers.

    Every node the error passes on its way up puts its name before the path, so the message says where in the tree the
    mismatch is; nothing is computed while all is well.
    """

    def __init__(self, node: str, what: str, advice: str) -> None:
        super().__init__(node, what, advice)
        self.path: list[str] = [node]
        self.what: str = what
        self.advice: str = advice

    def __str__(self) -> str:
        return f"{' / '.join(self.path)}: {self.what}. {self.advice}"


def require_size(node: str, dim: str, size: int | None) -> None:
    """No dim may be below 1: arrays without width would reach kernels that divide by it."""
    if size is not None and size < 1:
        raise DimensionError(node, f"{dim} is {size}", "Give it at least 1, or leave it out to have it inferred")
