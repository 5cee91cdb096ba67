"""Getters of NORM: tables of exceptions in front of another getter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["LookupGetter", "add_lookups"]


class LookupGetter:
    """The first table that holds the string says what it becomes, else `default` does.

    The vocabulary computes it natively if `default` is the stock lower-casing (attributes `native`, `tables`).
    """

    def __init__(self, default: Callable[[str], Any], tables: tuple[Mapping[str, Any], ...]) -> None:
        self.default = default
        self.tables = list(tables)
        self.native = "norm" if getattr(default, "native", None) == "lower" else None

    def __call__(self, string: str) -> Any:
        for table in self.tables:
            if string in table:
                return table[string]
        return self.default(string)


def add_lookups(default_func: Callable[[str], Any], *lookups: Mapping[str, Any]) -> LookupGetter:
    """A picklable getter that looks in the tables first."""
    return LookupGetter(default_func, lookups)
