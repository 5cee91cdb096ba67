"""Token patterns as they are written, taken apart into what the automaton runs on.

    {"LOWER": {"IN": ["cat", "dog"]}, "TAG": "NN", "OP": "+"}

asks for two *atoms*, "LOWER is among …" and "TAG is among NN". An atom names values of a column, or tests them (see
`_tests`). A *literal* is an atom or its contrary; a token must satisfy all literals of its *spec*. Operators become
items that take one token each: "+" is an item that takes one token and one that takes any number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tagma.attrs import IDS, intify_attr
from tagma.errors import Errors, Warnings, warn_user
from tagma.matcher._tests import (
    COMPARISONS,
    Comparison,
    ExtensionEquals,
    ExtensionFuzzy,
    ExtensionIn,
    ExtensionSet,
    Fuzzy,
    FuzzyCompare,
    MorphSet,
    Regex,
    Test,
)

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = ["ANNOTATED", "MAYBE", "NOT", "ONE", "STAR", "Among", "Holds", "Pattern", "attribute_id", "parse_pattern"]

# Operators of items, as csrc/automaton.h numbers them.
ONE, NOT, MAYBE, STAR = range(4)
# Attributes that a component must have set before they can be matched, and what that component is called in E155.
ANNOTATED = {"TAG": "tagger", "POS": "morphologizer", "MORPH": "morphologizer", "LEMMA": "lemmatizer", "DEP": "parser"}
IOB = ("", "I", "O", "B")
SETS = ("IS_SUBSET", "IS_SUPERSET", "INTERSECTS")
TEXTS = {
    IDS[name] for name in ["ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LEMMA", "POS", "TAG", "DEP", "MORPH"]
}
TEXTS |= {IDS[name] for name in ["ENT_TYPE", "ENT_ID", "ENT_KB_ID", "LANG"]}

# An attribute by its id, an extension attribute by its name.
Column: TypeAlias = int | str


class Among(NamedTuple):
    """The column has one of these values."""

    column: int
    values: frozenset[int]


class Holds(NamedTuple):
    """The test holds for the value of the column."""

    column: Column
    test: Test


Atom: TypeAlias = Among | Holds
Literal: TypeAlias = tuple[Atom, bool]  # with False, the atom must not hold
Spec: TypeAlias = tuple[Literal, ...]


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern.

    items       spec, operator, and index of the token pattern that it was made from
    annotated   attributes of ANNOTATED that are compared with plain values
    """

    items: tuple[tuple[Spec, int, int], ...]
    annotated: frozenset[str]


def parse_pattern(vocab: Vocab, pattern: Sequence[Any], compare: FuzzyCompare) -> Pattern:
    """Raises ValueError: E011 (operator), E152 (attribute), E153 (value), E154 (not a dict), E4360 (REGEX or FUZZY of a
    number), E4362 (FUZZY in REGEX); warns W035 about predicates that do not exist."""
    items: list[tuple[Spec, int, int]] = []
    annotated: set[str] = set()
    for index, token in enumerate(pattern):
        if token is None:
            token = {}
        if not isinstance(token, Mapping):
            raise ValueError(Errors.E154.format(value=token))
        spec = tuple(_literals(vocab, token, compare, annotated))
        items += [(spec, op, index) for op in _operators(token)]
    return Pattern(tuple(items), frozenset(annotated))


def attribute_id(name: Any) -> int:
    """Id of an attribute given by name, in any case, or id. Raises ValueError E152 for others."""
    text = name.upper() if isinstance(name, str) else name
    attr = IDS["ORTH"] if text == "TEXT" else intify_attr(text) if isinstance(text, str | int) else None
    if not attr or attr not in _KNOWN:
        raise ValueError(Errors.E152.format(attr=name))
    return attr


_KNOWN = frozenset(IDS.values())


def _operators(token: Mapping[Any, Any]) -> list[int]:
    op = next((value for key, value in token.items() if isinstance(key, str) and key.upper() == "OP"), "1")
    simple = {"1": [ONE], "!": [NOT], "?": [MAYBE], "*": [STAR], "+": [ONE, STAR]}
    if op in simple:
        return simple[op]
    counts = re.fullmatch(r"\{(\d*)(,?)(\d*)\}", op) if isinstance(op, str) else None
    if counts is None or not (counts[1] or counts[3]):
        raise ValueError(Errors.E011.format(op=op))
    low = int(counts[1] or 0)
    if not counts[2]:
        return [ONE] * low
    if not counts[3]:
        return [*[ONE] * low, STAR]
    if int(counts[3]) < low:
        raise ValueError(Errors.E011.format(op=op))
    return [*[ONE] * low, *[MAYBE] * (int(counts[3]) - low)]


def _literals(vocab: Vocab, token: Mapping[Any, Any], compare: FuzzyCompare, annotated: set[str]) -> Iterator[Literal]:
    for name, value in token.items():
        if isinstance(name, str) and name.upper() == "OP":
            continue
        if name == "_":
            if not isinstance(value, Mapping):
                raise ValueError(Errors.E154.format(value=value))
            for extension, wanted in value.items():
                yield from _extension_literals(extension, wanted, compare)
            continue
        attr = attribute_id(name)
        if isinstance(value, Mapping):
            yield from _Predicates(vocab, attr, compare).literals(value)
        else:
            yield Among(attr, frozenset([_plain_value(vocab, attr, value)])), True
            annotated.update(known for known in ANNOTATED if IDS[known] == attr)


def _plain_value(vocab: Vocab, attr: int, value: Any) -> int:
    if isinstance(value, str):
        if attr == IDS["ENT_IOB"] and value in IOB:
            return IOB.index(value)
        return vocab.strings.add(value)
    if not isinstance(value, int):
        raise ValueError(Errors.E153.format(vtype=type(value).__name__, value=value))
    return _unsigned(int(value))


def _unsigned(value: int) -> int:
    if not 0 <= value < 1 << 64:
        raise ValueError(Errors.E154.format(value=value))
    return value


def _fuzzy_edits(kind: str) -> int | None:
    """What FUZZY, FUZZY1 … FUZZY9 allow, -1 for what is left to the comparison; None for other predicates."""
    if kind == "FUZZY":
        return -1
    return int(kind[5:]) if re.fullmatch("FUZZY[1-9]", kind) else None


@dataclass
class _Predicates:
    """Predicates of one attribute as literals."""

    vocab: Vocab
    attr: int
    compare: FuzzyCompare

    def literals(self, predicates: Mapping[Any, Any], inside: str = "") -> Iterator[Literal]:
        """`inside` is REGEX or FUZZY… when the predicates are nested in it."""
        for kind, value in predicates.items():
            name = kind.upper() if isinstance(kind, str) else ""
            if name == "REGEX" or _fuzzy_edits(name) is not None:
                yield from self._of_texts(name, value, inside)
            elif name in ("IN", "NOT_IN") and inside:
                yield Holds(self.attr, self._nested(inside, value, negated=name == "NOT_IN")), True
            elif name == "IN":
                yield self._among(value), True
            elif name == "NOT_IN":
                yield self._among(value), False
            elif name in SETS:
                # In REGEX the items are expressions, and those are no values.
                yield from [(Among(self.attr, frozenset()), True)] if inside == "REGEX" else self._of_sets(name, value)
            elif name in COMPARISONS and not inside:
                yield Holds(self.attr, Comparison(name, value)), True
            else:
                warn_user(Warnings.W035.format(pattern={kind: value}))

    def _of_texts(self, name: str, value: Any, inside: str) -> Iterator[Literal]:
        if self.attr not in TEXTS:
            raise ValueError(Errors.E4360.format(predicate=name, attr=_name_of(self.attr)))
        if inside == "REGEX" and name != "REGEX":
            raise ValueError(Errors.E4362.format(predicate=name))
        if isinstance(value, Mapping):
            yield from self.literals(value, name)
        else:
            yield Holds(self.attr, self._nested(name, [value], negated=False)), True

    def _nested(self, inside: str, values: Iterable[Any], *, negated: bool) -> Test:
        if inside == "REGEX":
            return Regex(_expressions(values), negated)
        return Fuzzy(_texts(values), _edits(inside), self.compare, negated)

    def _among(self, values: Iterable[Any]) -> Among:
        return Among(self.attr, frozenset(item for item in map(self._item, values) if item is not None))

    def _item(self, value: Any) -> int | None:
        """None for a number that no value can be."""
        if isinstance(value, str):
            return self.vocab.morphology.add(value) if self.attr == IDS["MORPH"] else self.vocab.strings.add(value)
        if not isinstance(value, int | float):
            raise ValueError(Errors.E153.format(vtype=type(value).__name__, value=value))
        return int(value) if 0 <= value < 1 << 64 and value == int(value) else None

    def _of_sets(self, kind: str, values: Iterable[Any]) -> Iterator[Literal]:
        """Of MORPH, sets of features; of others, the set that has the value alone, so that it comes to be a list."""
        if self.attr == IDS["MORPH"]:
            normal = (self.vocab.strings[self.vocab.morphology.add(value)] for value in values)
            yield Holds(self.attr, MorphSet(kind, frozenset(normal))), True
        elif kind != "IS_SUPERSET":
            yield self._among(values), True
        elif values := list(values):
            yield self._among(values if len(set(values)) == 1 else []), True


def _extension_literals(name: str, wanted: Any, compare: FuzzyCompare) -> Iterator[Literal]:
    if isinstance(wanted, Mapping):
        for kind, value in wanted.items():
            test = _extension_test(kind, value, compare)
            if test is None:
                warn_user(Warnings.W035.format(pattern={kind: value}))
            else:
                yield Holds(name, test), True
    elif isinstance(wanted, str | int | float):
        yield Holds(name, ExtensionEquals(name, wanted)), True
    else:
        raise ValueError(Errors.E153.format(vtype=type(wanted).__name__, value=wanted))


def _extension_test(kind: Any, value: Any, compare: FuzzyCompare) -> Test | None:
    if kind == "REGEX" or (isinstance(kind, str) and _fuzzy_edits(kind) is not None):
        values, negated = [value], False
        if isinstance(value, Mapping):
            nested, values = next(iter(value.items()), ("IN", []))
            if nested == "REGEX":
                return _extension_test("REGEX", values, compare)
            if nested not in ("IN", "NOT_IN"):
                return None
            negated = nested == "NOT_IN"
        if kind == "REGEX":
            return Regex(_expressions(values), negated)
        return ExtensionFuzzy(_texts(values), _edits(kind), compare, negated)
    if kind in ("IN", "NOT_IN"):
        return ExtensionIn(frozenset(value), kind == "NOT_IN")
    if kind in SETS:
        return ExtensionSet(kind, frozenset(value))
    return Comparison(kind, value) if kind in COMPARISONS else None


def _expressions(values: Iterable[Any]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(value) for value in values)


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    texts = tuple(values)
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(Errors.E153.format(vtype=type(text).__name__, value=text))
    return texts


def _edits(kind: str) -> int:
    edits = _fuzzy_edits(kind)
    assert edits is not None
    return edits


def _name_of(attr: int) -> str:
    return next(name for name, known in IDS.items() if known == attr)
