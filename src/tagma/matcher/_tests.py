"""What predicates ask of a value, one object a predicate: hashable, so that patterns that ask the same share it.

Those of attributes are shown each distinct value once, as a text or as a number (`reads`). Those of extension
attributes (`Extension…`) are shown whatever a token has there.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from tagma.errors import Errors

__all__ = [
    "Comparison",
    "ExtensionEquals",
    "ExtensionFuzzy",
    "ExtensionIn",
    "ExtensionSet",
    "Fuzzy",
    "FuzzyCompare",
    "MorphSet",
    "Regex",
    "Test",
]

FuzzyCompare: TypeAlias = Callable[[str, str, int], bool]
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Test:
    """A question about one value."""

    reads: ClassVar[str] = "text"

    def __call__(self, value: Any) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class Regex(Test):
    """Any of the expressions is found in the text; with `negated`, none is."""

    patterns: tuple[re.Pattern[str], ...]
    negated: bool = False

    def __call__(self, value: Any) -> bool:
        return any(pattern.search(value) for pattern in self.patterns) != self.negated


@dataclass(frozen=True)
class Fuzzy(Test):
    """The text is one of `texts`, or close to one by `compare(text, one, edits)`; with `negated`, it is not."""

    texts: tuple[str, ...]
    edits: int
    compare: FuzzyCompare
    negated: bool = False

    def __call__(self, value: Any) -> bool:
        close = value in self.texts or any(self.compare(value, text, self.edits) for text in self.texts)
        return close != self.negated


@dataclass(frozen=True)
class Comparison(Test):
    """The number compares so with another one."""

    reads: ClassVar[str] = "number"
    sign: str
    number: float

    def __call__(self, value: Any) -> bool:
        return bool(COMPARISONS[self.sign](value, self.number))


@dataclass(frozen=True)
class MorphSet(Test):
    """The single features of a token, `Field=Value`, compared as a set with those of the pattern."""

    kind: str
    features: frozenset[str]

    def __call__(self, value: Any) -> bool:
        return _compares(self.kind, set(_single_features(value)), self.features)


@dataclass(frozen=True)
class ExtensionEquals(Test):
    """The value is that of the pattern, and TypeError E4361 for one that is no text and no number."""

    name: str
    value: str | float

    def __call__(self, value: Any) -> bool:
        if not isinstance(value, str | int | float):
            raise TypeError(Errors.E4361.format(name=self.name, value=value, kind=type(value).__name__))
        return value == self.value


@dataclass(frozen=True)
class ExtensionIn(Test):
    """The value is among those of the pattern; with `negated`, it is not. What is no text and no int is neither."""

    values: frozenset[Any]
    negated: bool = False

    def __call__(self, value: Any) -> bool:
        return isinstance(value, str | int) and (value in self.values) != self.negated


@dataclass(frozen=True)
class ExtensionSet(Test):
    """A value, or a collection of values, compared as a set with those of the pattern."""

    kind: str
    values: frozenset[Any]

    def __call__(self, value: Any) -> bool:
        if isinstance(value, str | int):
            return _compares(self.kind, {value}, self.values)
        if not isinstance(value, Collection) or not all(isinstance(item, str | int) for item in value):
            return False
        return _compares(self.kind, set(value), self.values)


@dataclass(frozen=True)
class ExtensionFuzzy(Fuzzy):
    """Fuzzy, of a value that is a text; for another one it does not hold, negated or not."""

    def __call__(self, value: Any) -> bool:
        return isinstance(value, str) and super().__call__(value)


def _compares(kind: str, own: set[Any], given: frozenset[Any]) -> bool:
    if kind == "IS_SUBSET":
        return own <= given
    return own >= given if kind == "IS_SUPERSET" else not own.isdisjoint(given)


def _single_features(text: str) -> list[str]:
    """`B=2,3|C=1` has three."""
    if text in ("", "_"):
        return []
    pairs = (feature.partition("=") for feature in text.split("|"))
    return [f"{field}={value}" for field, _, values in pairs for value in values.split(",")]
