"""Names of components, given as a list or as one name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["Names", "listed"]

Names: TypeAlias = str | Iterable[str]


def listed(names: Names) -> list[str]:
    """The names; one name by itself is a list of one, not of its letters."""
    return [names] if isinstance(names, str) else list(names)
