"""Translate the regular expressions of tokenization rules into programs for the native matcher.

Python's own parser reads the pattern, so its syntax is Python's. `translate` returns None for whatever the matcher of
csrc/regex_engine.h does not know (back references, flags such as MULTILINE or DOTALL, atomic groups, patterns that
match the empty text, callables that are no methods of a compiled pattern): the Python function is called then. Where
case does not matter, sets have all cases of their characters.

What a match must look like is worked out once: the characters it can begin with, those the text must end with, one it
must contain, and how far from the end it can begin. Assertions are left out of this, so each set may be too large,
never too small.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache, reduce
from re import _casefix  # type: ignore[attr-defined]  # which small letters re takes for one
from re import _constants as sre  # type: ignore[attr-defined]  # the parser of re is not public
from re import _parser as sre_parser  # type: ignore[attr-defined]  # neither is this
from typing import Any

from tagma.tokenizer.regexes import Expression

# Operations and places of the native matcher, in the order of its enums.
(
    OP_MATCH, OP_SET, OP_SPLIT, OP_JUMP, OP_AT, OP_LOOK, OP_REPEAT, OP_DISPATCH,
) = range(8)  # fmt: skip
AT_BEGIN, AT_END, AT_END_STRING, AT_BOUNDARY, AT_NON_BOUNDARY = range(5)

_ALL_ASCII = (1 << 128) - 1
_SLOT_OTHER, _SLOT_END = 128, 129
_KNOWN_FLAGS = re.UNICODE | re.VERBOSE | re.IGNORECASE
_SMALL_LETTERS = sum(1 << c for c in b"abcdefghijklmnopqrstuvwxyz")
_WIDEST_LIMITED = 100  # alternatives up to this width count as limited
_LAST_CASED = 0x20000  # planes of ideographs follow, and private ones
_LARGEST_UNROLLED = 2000  # operations that one repeat may be unrolled to
_MAXREPEAT = int(sre.MAXREPEAT)

_PLACES = {
    sre.AT_BEGINNING: AT_BEGIN,
    sre.AT_BEGINNING_STRING: AT_BEGIN,
    sre.AT_END: AT_END,
    sre.AT_END_STRING: AT_END_STRING,
    sre.AT_BOUNDARY: AT_BOUNDARY,
    sre.AT_NON_BOUNDARY: AT_NON_BOUNDARY,
}


def _ascii_bits(pattern: str) -> int:
    return sum(1 << c for c in range(128) if re.match(pattern, chr(c)))


# Category: bit in the native set, members among ASCII.
_CATEGORIES = {
    sre.CATEGORY_DIGIT: (1, _ascii_bits(r"\d")),
    sre.CATEGORY_NOT_DIGIT: (2, _ascii_bits(r"\D")),
    sre.CATEGORY_SPACE: (4, _ascii_bits(r"\s")),
    sre.CATEGORY_NOT_SPACE: (8, _ascii_bits(r"\S")),
    sre.CATEGORY_WORD: (16, _ascii_bits(r"\w")),
    sre.CATEGORY_NOT_WORD: (32, _ascii_bits(r"\W")),
}

# Kinds of nodes of a pattern as it is read here, and what each holds.
CHARS, BRANCH, REPEAT, LOOK, AT = "chars", "branch", "repeat", "look", "at"
Node = tuple[str, Any]  # CharSet | branches | (low, high, nodes, lazy) | (negative, back, nodes) | place


class NotNative(Exception):
    """The pattern needs something that the native matcher does not have."""


@dataclass(frozen=True)
class CharSet:
    """Characters: ASCII as bits, the rest as ranges (first, last) and categories, which `negated` turns around."""

    ascii: int = 0
    ranges: tuple[tuple[int, int], ...] = ()
    categories: int = 0
    negated: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether a character beyond ASCII can be in the set."""
        return self.negated or bool(self.ranges or self.categories)

    def union(self, other: "CharSet") -> "CharSet":
        """The union; everything beyond ASCII if it cannot be said more exactly."""
        bits = self.ascii | other.ascii
        if self.negated or other.negated:
            if (self.ranges, self.categories, self.negated) == (other.ranges, other.categories, other.negated):
                return CharSet(bits, self.ranges, self.categories, negated=True)
            return CharSet(bits, negated=True)
        return CharSet(bits, self.ranges + other.ranges, self.categories | other.categories)

    def bounds(self) -> list[int]:
        """Merged ranges beyond ASCII as first, last + 1, first, last + 1 …"""
        merged: list[int] = []
        for first, last in sorted(self.ranges):
            if merged and first <= merged[-1]:
                merged[-1] = max(merged[-1], last + 1)
            else:
                merged += [first, last + 1]
        return merged


_ANYTHING = CharSet(_ALL_ASCII, negated=True)
_NO_LINE_FEED = CharSet(_ALL_ASCII & ~(1 << 10), negated=True)


@dataclass
class Program:
    """A pattern for the native matcher; the fields are those of RegexProgram in csrc/regex_engine.h."""

    code: list[int] = field(default_factory=list)
    sets: list[CharSet] = field(default_factory=list)
    set_numbers: dict[CharSet, int] = field(default_factory=dict)
    tables: list[list[list[int]]] = field(default_factory=list)
    first_set: int = -1
    last_set: int = -1
    needed_set: int = -1
    only_at_begin: bool = False
    tail_width: int = -1
    tail_set: int = -1

    def set_index(self, chars: CharSet) -> int:
        """Index of a set, added if new."""
        index = self.set_numbers.setdefault(chars, len(self.sets))
        if index == len(self.sets):
            self.sets.append(chars)
        return index


@cache
def _cases() -> dict[int, list[int]]:
    """All cases of each character that has several: those with the same small letter, as `re` compares them."""
    same: dict[int, set[int]] = {}
    for code in range(_LAST_CASED):
        small = chr(code).lower()
        if len(small) == 1 and ord(small) != code:
            same.setdefault(ord(small), {ord(small)}).add(code)
    same.setdefault(ord("i"), {ord("i")}).add(0x130)  # whose small letter is i and a dot, of which re takes the first
    groups = {small: {small, *found} for small, found in same.items()}
    for small, others in _casefix._EXTRA_CASES.items():
        groups.setdefault(small, {small}).update(case for other in others for case in same.get(other, {other}))
    return {code: sorted(group) for small, group in groups.items() for code in same.get(small, {small})}


@cache
def _cased() -> list[int]:
    return sorted(_cases())


def _all_cases(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The range, and the other cases of its characters."""
    yield first, last
    cased = _cased()
    for code in cased[bisect_right(cased, first - 1) : bisect_right(cased, last)]:
        yield from ((case, case) for case in _cases()[code] if not first <= case <= last)


def _in_set(items: Iterable[tuple[Any, Any]], any_case: bool) -> CharSet:
    """The set of a character class, given as the parser's items."""
    bits, categories, negated = 0, 0, False
    ranges: list[tuple[int, int]] = []
    for op, value in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.CATEGORY:
            bit, ascii_members = _CATEGORIES[value]
            categories |= bit
            bits |= ascii_members
        else:
            given = value if op is sre.RANGE else (value, value)
            for first, last in _all_cases(*given) if any_case else [given]:
                if first < 128:
                    bits |= ((1 << (min(last, 127) + 1)) - 1) & ~((1 << first) - 1)
                if last > 127:
                    ranges.append((max(first, 128), last))
    return CharSet(bits ^ _ALL_ASCII if negated else bits, tuple(ranges), categories, negated)


@lru_cache(maxsize=4096)
def _set_of(items: tuple[tuple[Any, Any], ...], any_case: bool) -> CharSet:
    """As `_in_set`; long patterns have the same few sets again and again."""
    return _in_set(items, any_case)


def _read(parsed: Iterable[tuple[Any, Any]], any_case: bool) -> list[Node]:
    """The parser's tree with groups dissolved and everything that takes one character made a CharSet."""
    nodes: list[Node] = []
    for op, value in parsed:
        if op is sre.LITERAL:
            nodes.append((CHARS, _set_of(((op, value),), any_case)))
        elif op is sre.NOT_LITERAL:
            nodes.append((CHARS, _set_of(((sre.NEGATE, None), (sre.LITERAL, value)), any_case)))
        elif op is sre.IN:
            nodes.append((CHARS, _set_of(tuple(value), any_case)))
        elif op is sre.ANY:
            nodes.append((CHARS, _NO_LINE_FEED))
        elif op is sre.SUBPATTERN:
            _, add_flags, del_flags, inner = value
            if add_flags or del_flags:
                raise NotNative("flags inside the pattern")
            nodes += _read(inner, any_case)
        elif op is sre.BRANCH:
            nodes.append((BRANCH, _merged([_read(branch, any_case) for branch in value[1]])))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, inner = value
            nodes.append((REPEAT, (int(low), int(high), _read(inner, any_case), op is sre.MIN_REPEAT)))
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            direction, inner = value
            nodes.append((LOOK, (op is sre.ASSERT_NOT, direction < 0, _read(inner, any_case))))
        elif op is sre.AT and value in _PLACES:
            nodes.append((AT, _PLACES[value]))
        else:
            raise NotNative(f"{op} {value}")
    return nodes


def _merged(branches: list[list[Node]]) -> list[list[Node]]:
    """The branches, with neighbours that differ in their first character only made one."""
    merged: list[list[Node]] = []
    for branch in branches:
        if merged and branch and merged[-1] and merged[-1][1:] == branch[1:]:
            (op, chars), (last_op, last_chars) = branch[0], merged[-1][0]
            if op == last_op == CHARS and not (chars.negated or last_chars.negated):
                merged[-1] = [(CHARS, last_chars.union(chars)), *branch[1:]]
                continue
        merged.append(branch)
    return merged


def _first(nodes: list[Node]) -> tuple[CharSet, bool]:
    """Characters that a sequence can begin with, and whether it can pass without taking one."""
    chars = CharSet()
    for op, value in nodes:
        if op in (AT, LOOK):
            continue
        if op == CHARS:
            return chars.union(value), False
        if op == BRANCH:
            parts = [_first(branch) for branch in value]
            chars = chars.union(_union(part for part, _ in parts))
            empty = any(part_empty for _, part_empty in parts)
        else:
            low, _, inner, _ = value
            part, empty = _first(inner)
            chars, empty = chars.union(part), empty or low == 0
        if not empty:
            return chars, False
    return chars, True


def _last(nodes: list[Node]) -> CharSet:
    """Characters that a sequence can end with, or a larger set."""
    for op, value in reversed(nodes):
        if op in (AT, LOOK):
            continue
        if op == CHARS:
            chars: CharSet = value
            return chars
        if op == BRANCH and all(_width(branch)[0] > 0 for branch in value):
            return _union(_last(branch) for branch in value)
        if op == REPEAT and value[0] > 0 and _width(value[2])[0] > 0:
            return _last(value[2])
        break
    return _ANYTHING


def _taken(nodes: list[Node]) -> CharSet:
    """All characters that a sequence can take, anywhere."""
    chars = CharSet()
    for op, value in nodes:
        if op == CHARS:
            chars = chars.union(value)
        elif op == BRANCH:
            chars = chars.union(_union(_taken(branch) for branch in value))
        elif op == REPEAT:
            chars = chars.union(_taken(value[2]))
    return chars


def _needed(nodes: list[Node]) -> CharSet | None:
    """A set of which every match of the sequence takes a character, the rarest that is found; None if there is none."""
    found: list[CharSet] = []
    for op, value in nodes:
        if op == CHARS:
            found.append(value)
        elif op == BRANCH:
            parts = [part for branch in value if (part := _needed(branch)) is not None]
            if len(parts) == len(value):
                found.append(_union(parts))
        elif op == REPEAT and value[0] > 0 and (inner := _needed(value[2])) is not None:
            found.append(inner)
    return min(found, key=_weight, default=None)


def _weight(chars: CharSet) -> int:
    """How many characters of running text are in a set, roughly: letters count most."""
    return (chars.ascii & _SMALL_LETTERS).bit_count() * 1000 + chars.ascii.bit_count() + 100 * chars.is_wide


def _union(sets: Iterable[CharSet]) -> CharSet:
    return reduce(CharSet.union, sets, CharSet())


def _width(nodes: list[Node]) -> tuple[int, int]:
    """Least and greatest number of characters that a sequence takes; the greatest may be _MAXREPEAT or more."""
    least = most = 0
    for op, value in nodes:
        low = high = int(op == CHARS)
        if op == BRANCH:
            widths = [_width(branch) for branch in value]
            low, high = min(w[0] for w in widths), max(w[1] for w in widths)
        elif op == REPEAT:
            low, high = _width(value[2])
            low, high = low * value[0], high * value[1]
        least, most = least + low, most + high
    return least, most


class _Compiler:
    def __init__(self) -> None:
        self.program = Program()

    def sequence(self, nodes: list[Node]) -> None:
        code = self.program.code
        for op, value in nodes:
            if op == CHARS:
                code += [OP_SET, self.program.set_index(value)]
            elif op == BRANCH:
                self.branch(value)
            elif op == REPEAT:
                self.repeat(*value)
            elif op == LOOK:
                self.look(*value)
            else:
                code += [OP_AT, value]

    def look(self, negative: bool, back: bool, inner: list[Node]) -> None:
        code = self.program.code
        least, most = _width(inner)
        if back and least != most:
            raise NotNative("a look behind of no fixed width")
        code += [OP_LOOK, int(negative), int(back), least, 0]
        after = len(code) - 1
        self.sequence(inner)
        code.append(OP_MATCH)
        code[after] = len(code)

    def branch(self, branches: list[list[Node]]) -> None:
        """Alternatives, chosen by the next character."""
        program, code = self.program, self.program.code
        slots: list[list[int]] = [[] for _ in range(_SLOT_END + 1)]
        code += [OP_DISPATCH, len(program.tables)]
        program.tables.append(slots)
        ends: list[int] = []
        for branch in branches:
            chars, may_be_empty = _first(branch)
            for slot, targets in enumerate(slots):
                begins = chars.is_wide if slot == _SLOT_OTHER else chars.ascii >> slot & 1
                if may_be_empty or begins:
                    targets.append(len(code))
            self.sequence(branch)
            code += [OP_JUMP, 0]
            ends.append(len(code) - 1)
        for end in ends:
            code[end] = len(code)

    def repeat(self, low: int, high: int, inner: list[Node], lazy: bool) -> None:
        code = self.program.code
        unlimited = high >= _MAXREPEAT
        if len(inner) == 1 and inner[0][0] == CHARS:
            code += [OP_REPEAT, self.program.set_index(inner[0][1]), low, -1 if unlimited else high, int(lazy)]
            return
        if unlimited and _width(inner)[0] == 0:
            raise NotNative("an unlimited repeat of what may be empty")
        if _size(inner) * (low + 1 if unlimited else high) > _LARGEST_UNROLLED:
            raise NotNative("a large repeat")
        for _ in range(low):
            self.sequence(inner)
        if unlimited:
            top = len(code)
            leave = self.split(lazy)
            self.sequence(inner)
            code += [OP_JUMP, top]
            code[leave] = len(code)
            return
        exits = []
        for _ in range(high - low):
            exits.append(self.split(lazy))
            self.sequence(inner)
        for leave in exits:
            code[leave] = len(code)

    def split(self, lazy: bool) -> int:
        """Choose between going on right here and leaving; returns where the target of leaving is to be written."""
        code = self.program.code
        code += [OP_SPLIT, 0, 0]
        here, leave = len(code) - 2, len(code) - 1
        if lazy:
            here, leave = leave, here
        code[here] = len(code)
        return leave


def _size(nodes: list[Node]) -> int:
    """Operations that a sequence is compiled to, at most and roughly."""
    size = 0
    for op, value in nodes:
        size += 1
        if op == BRANCH:
            size += sum(_size(branch) + 1 for branch in value)
        elif op == REPEAT:
            size += _size(value[2]) * (value[0] + 1 if value[1] >= _MAXREPEAT else value[1])
        elif op == LOOK:
            size += _size(value[2])
    return size


def _only_at_begin(nodes: list[Node]) -> bool:
    if not nodes:
        return False
    op, value = nodes[0]
    if op == BRANCH:
        return all(_only_at_begin(branch) for branch in value)
    return op == AT and value == AT_BEGIN


def _tails(nodes: list[Node]) -> list[list[Node]] | None:
    """The alternatives of a pattern that matches at the end of the text only, without the anchor; else None."""
    if not nodes:
        return None
    op, value = nodes[-1]
    if op == AT and value in (AT_END, AT_END_STRING):
        return [nodes[:-1]]
    if op != BRANCH or len(nodes) > 1:
        return None
    tails: list[list[Node]] = []
    for branch in value:
        part = _tails(branch)
        if part is None:
            return None
        tails += part
    return tails


def _describe_tail(program: Program, nodes: list[Node]) -> None:
    """Of a pattern that matches at the end only: what the text ends with, and how far from there a match can begin."""
    tails = _tails(nodes)
    if tails is None:
        return
    line_feed = CharSet(1 << ord("\n"))  # "$" also matches before a line feed that ends the text
    limited = [tail for tail in tails if _width(tail)[1] <= _WIDEST_LIMITED]
    unlimited = [tail for tail in tails if _width(tail)[1] > _WIDEST_LIMITED]
    program.tail_width = max((_width(tail)[1] for tail in limited), default=0) + 1
    if unlimited:
        program.tail_set = program.set_index(_union([line_feed, *map(_taken, unlimited)]))
    program.last_set = program.set_index(_union([line_feed, *map(_last, tails)]))


@lru_cache(maxsize=256)
def _program(pattern: str, flags: int, method: str) -> Program | None:
    parsed = sre_parser.parse(pattern, flags & ~re.UNICODE)
    flags |= parsed.state.flags  # which may stand in the pattern itself
    if flags & ~_KNOWN_FLAGS:
        return None
    compiler = _Compiler()
    program = compiler.program
    try:
        nodes = _read(parsed, bool(flags & re.IGNORECASE))
        if _width(nodes)[0] == 0:
            raise NotNative("a match of the empty text")
        compiler.sequence(nodes)
    except NotNative:
        return None
    if method == "fullmatch":
        program.code += [OP_AT, AT_END_STRING]
    program.code.append(OP_MATCH)
    program.first_set = program.set_index(_first(nodes)[0])
    program.only_at_begin = method in ("match", "fullmatch") or _only_at_begin(nodes)
    needed = _needed(nodes)
    if needed is not None:
        program.needed_set = program.set_index(needed)
    if not program.only_at_begin:
        _describe_tail(program, nodes)
    return program


def translate(function: Callable[..., Any] | Expression | None, methods: tuple[str, ...]) -> Program | None:
    """The program of a bound method (one of `methods`) of a pattern, or None if Python must be called.

    Raises re.error for an `Expression` that is no regular expression.
    """
    if isinstance(function, Expression):
        return _program(function.pattern, re.UNICODE, function.method) if function.method in methods else None
    pattern = getattr(function, "__self__", None)
    method = getattr(function, "__name__", "")
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str) or method not in methods:
        return None
    return _program(pattern.pattern, pattern.flags, method)
