"""Translate the regular expressions of tokenization rules into programs for the native matcher.

Python's own parser reads the pattern, so its syntax is Python's. `translate` returns None for whatever the matcher of
csrc/tokenizer_regex.h does not know (back references, flags such as IGNORECASE or DOTALL, atomic groups, patterns that match the
empty text, callables that are no methods of a compiled pattern): the tokenizer then calls the Python function.

What a match must look like is worked out once: the characters it can begin with, those the text must end with, one it
must contain, and how far from the end it can begin. Assertions are left out of this, so each set may be too large,
never too small.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

# Operations and places of the native matcher, in the order of its enums.
(
    OP_MATCH, OP_SET, OP_SPLIT, OP_JUMP, OP_AT, OP_LOOK, OP_REPEAT, OP_DISPATCH,
) = range(8)  # fmt: skip
AT_BEGIN, AT_END, AT_END_STRING, AT_BOUNDARY, AT_NON_BOUNDARY = range(5)

_ASCII = range(128)
_ALL_ASCII = (1 << 128) - 1
_SLOT_OTHER, _SLOT_END = 128, 129
_KNOWN_FLAGS = re.UNICODE | re.VERBOSE
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
    return sum(1 << c for c in _ASCII if re.match(pattern, chr(c)))


# Category: bit in the native set, members among ASCII.
_CATEGORIES = {
    sre.CATEGORY_DIGIT: (1, _ascii_bits(r"\d")),
    sre.CATEGORY_NOT_DIGIT: (2, _ascii_bits(r"\D")),
    sre.CATEGORY_SPACE: (4, _ascii_bits(r"\s")),
    sre.CATEGORY_NOT_SPACE: (8, _ascii_bits(r"\S")),
    sre.CATEGORY_WORD: (16, _ascii_bits(r"\w")),
    sre.CATEGORY_NOT_WORD: (32, _ascii_bits(r"\W")),
}

Node = tuple[Any, Any]


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
    """A pattern for the native matcher; the fields are those of RegexProgram in csrc/tokenizer_regex.h."""

    code: list[int] = field(default_factory=list)
    sets: list[CharSet] = field(default_factory=list)
    tables: list[list[list[int]]] = field(default_factory=list)
    first_set: int = -1
    last_set: int = -1
    needed_set: int = -1
    only_at_begin: bool = False
    tail_width: int = -1
    tail_set: int = -1

    def set_index(self, chars: CharSet) -> int:
        """Index of a set, added if new."""
        if chars not in self.sets:
            self.sets.append(chars)
        return self.sets.index(chars)


def _range_set(first: int, last: int) -> CharSet:
    bits = ((1 << (min(last, 127) + 1)) - 1) & ~((1 << first) - 1) if first < 128 else 0
    return CharSet(bits, ((max(first, 128), last),) if last > 127 else ())


def _in_set(items: list[Node]) -> CharSet:
    """The set of a character class."""
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
            span = _range_set(*value) if op is sre.RANGE else _range_set(value, value)
            bits |= span.ascii
            ranges += span.ranges
    return CharSet(bits ^ _ALL_ASCII if negated else bits, tuple(ranges), categories, negated)


def _char_set(node: Node) -> CharSet | None:
    """The set of a node that takes exactly one character, else None."""
    op, value = node
    if op is sre.LITERAL:
        return _range_set(value, value)
    if op is sre.NOT_LITERAL:
        one = _range_set(value, value)
        return CharSet(one.ascii ^ _ALL_ASCII, one.ranges, negated=True)
    if op is sre.IN:
        return _in_set(value)
    if op is sre.ANY:
        return _NO_LINE_FEED
    if op is sre.SUBPATTERN and not (value[1] or value[2]) and len(value[3]) == 1:
        return _char_set(value[3][0])
    return None


def _alternatives(branches: Iterable[Iterable[Node]]) -> list[list[Node]]:
    """The branches, with neighbours that differ in one character only merged into one character class."""
    merged: list[list[Node]] = []
    sets: list[CharSet | None] = []
    for branch in branches:
        nodes = list(branch)
        chars = _char_set(nodes[0]) if nodes else None
        mergeable = chars is not None and not chars.negated
        if mergeable and merged and sets[-1] is not None and repr(merged[-1][1:]) == repr(nodes[1:]):
            sets[-1] = sets[-1].union(chars)
            merged[-1][0] = ("set", sets[-1])
        else:
            merged.append(nodes)
            sets.append(chars if mergeable else None)
    return merged


def _node_set(node: Node) -> CharSet | None:
    return node[1] if node[0] == "set" else _char_set(node)


def _first(nodes: Iterable[Node]) -> tuple[CharSet, bool]:
    """Characters that a sequence can begin with, and whether it can pass without taking one."""
    chars = CharSet()
    for node in nodes:
        op, value = node
        one = _node_set(node)
        if one is not None:
            return chars.union(one), False
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        empty = False
        if op is sre.SUBPATTERN:
            inner, empty = _first(value[3])
        elif op is sre.BRANCH:
            inner = CharSet()
            for branch in value[1]:
                part, part_empty = _first(branch)
                inner, empty = inner.union(part), empty or part_empty
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            inner, empty = _first(value[2])
            empty = empty or value[0] == 0
        else:
            raise NotNative(str(op))
        chars = chars.union(inner)
        if not empty:
            return chars, False
    return chars, True


def _weight(chars: CharSet) -> int:
    """How many characters of running text are in a set, roughly: letters count most."""
    letters = sum(chars.ascii >> ord(c) & 1 for c in "abcdefghijklmnopqrstuvwxyz")
    return letters * 1000 + chars.ascii.bit_count() + 100 * chars.is_wide


def _needed(nodes: Iterable[Node]) -> CharSet | None:
    """A set of which every match of the sequence takes a character, the rarest that is found; None if there is none."""
    found: list[CharSet] = []
    for node in nodes:
        op, value = node
        part = _node_set(node)
        if part is None and op is sre.SUBPATTERN:
            part = _needed(value[3])
        elif part is None and op is sre.BRANCH:
            parts = [_needed(branch) for branch in value[1]]
            if all(p is not None for p in parts):
                part = CharSet()
                for p in parts:
                    part = part.union(p)  # type: ignore[arg-type]
        elif part is None and op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
            part = _needed(value[2])
        if part is not None:
            found.append(part)
    return min(found, key=_weight, default=None)


def _taken(nodes: Iterable[Node]) -> CharSet:
    """All characters that a sequence can take, anywhere."""
    chars = CharSet()
    for node in nodes:
        op, value = node
        one = _node_set(node)
        if one is not None:
            chars = chars.union(one)
        elif op is sre.SUBPATTERN:
            chars = chars.union(_taken(value[3]))
        elif op is sre.BRANCH:
            for branch in value[1]:
                chars = chars.union(_taken(branch))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            chars = chars.union(_taken(value[2]))
    return chars


def _width(nodes: Iterable[Node]) -> tuple[int, int]:
    """Least and greatest number of characters that a sequence takes; the greatest may be _MAXREPEAT or more."""
    least = most = 0
    for node in nodes:
        op, value = node
        if _node_set(node) is not None:
            low = high = 1
        elif op is sre.SUBPATTERN:
            low, high = _width(value[3])
        elif op is sre.BRANCH:
            widths = [_width(branch) for branch in value[1]]
            low, high = min(w[0] for w in widths), max(w[1] for w in widths)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high = _width(value[2])
            low, high = low * int(value[0]), high * int(value[1])
        else:
            low = high = 0
        least, most = least + low, most + high
    return least, most


class _Compiler:
    def __init__(self) -> None:
        self.program = Program()

    def sequence(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.node(node)

    def one_of(self, chars: CharSet) -> None:
        self.program.code += [OP_SET, self.program.set_index(chars)]

    def node(self, node: Node) -> None:
        op, value = node
        code = self.program.code
        if (chars := _node_set(node)) is not None:
            self.one_of(chars)
        elif op is sre.SUBPATTERN:
            _, add_flags, del_flags, inner = value
            if add_flags or del_flags:
                raise NotNative("flags inside the pattern")
            self.sequence(inner)
        elif op is sre.BRANCH:
            self.branch(value[1])
        elif op is sre.AT:
            if value not in _PLACES:
                raise NotNative(str(value))
            code += [OP_AT, _PLACES[value]]
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            self.look(op, *value)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            self.repeat(*value, lazy=op is sre.MIN_REPEAT)
        else:
            raise NotNative(str(op))

    def look(self, op: Any, direction: int, inner: Iterable[Node]) -> None:
        code = self.program.code
        least, most = _width(inner)
        if direction < 0 and least != most:
            raise NotNative("a look behind of no fixed width")
        code += [OP_LOOK, int(op is sre.ASSERT_NOT), int(direction < 0), least, 0]
        after = len(code) - 1
        self.sequence(inner)
        code.append(OP_MATCH)
        code[after] = len(code)

    def branch(self, branches: Iterable[Iterable[Node]]) -> None:
        """Alternatives, chosen by the next character."""
        program, code = self.program, self.program.code
        alternatives = _alternatives(branches)
        slots: list[list[int]] = [[] for _ in range(130)]
        code += [OP_DISPATCH, len(program.tables)]
        program.tables.append(slots)
        ends: list[int] = []
        for alternative in alternatives:
            chars, may_be_empty = _first(alternative)
            for slot in (*_ASCII, _SLOT_OTHER, _SLOT_END):
                begins = chars.ascii >> slot & 1 if slot < _SLOT_OTHER else slot == _SLOT_OTHER and chars.is_wide
                if may_be_empty or begins:
                    slots[slot].append(len(code))
            self.sequence(alternative)
            code += [OP_JUMP, 0]
            ends.append(len(code) - 1)
        for end in ends:
            code[end] = len(code)

    def repeat(self, low: int, high: int, inner: Any, *, lazy: bool) -> None:
        code = self.program.code
        unlimited = high is sre.MAXREPEAT or high >= _MAXREPEAT
        if len(inner) == 1 and (chars := _char_set(inner[0])) is not None:
            limit = -1 if unlimited else int(high)
            code += [OP_REPEAT, self.program.set_index(chars), int(low), limit, int(lazy)]
            return
        if _width(inner)[0] == 0 and unlimited:
            raise NotNative("an unlimited repeat of what may be empty")
        before = len(code)
        self.sequence(inner)
        size = len(code) - before
        del code[before:]
        if size * (low + (1 if unlimited else high - low)) > _LARGEST_UNROLLED:
            raise NotNative("a large repeat")
        for _ in range(low):
            self.sequence(inner)
        if unlimited:
            top = len(code)
            body_and_after = self.split(lazy)
            self.sequence(inner)
            code += [OP_JUMP, top]
            code[body_and_after] = len(code)
            return
        exits = []
        for _ in range(high - low):
            exits.append(self.split(lazy))
            self.sequence(inner)
        for exit_at in exits:
            code[exit_at] = len(code)

    def split(self, lazy: bool) -> int:
        """Choose between going on right here and leaving; returns where the target of leaving is to be written."""
        code = self.program.code
        code += [OP_SPLIT, 0, 0]
        here, leave = len(code) - 2, len(code) - 1
        if lazy:
            here, leave = leave, here
        code[here] = len(code)
        return leave


def _begins_at_begin(nodes: list[Node]) -> bool:
    if not nodes:
        return False
    op, value = nodes[0]
    if op is sre.BRANCH:
        return all(_begins_at_begin(list(branch)) for branch in value[1])
    if op is sre.SUBPATTERN:
        return _begins_at_begin(list(value[3]))
    return op is sre.AT and value in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)


def _tails(nodes: list[Node]) -> list[list[Node]] | None:
    """The alternatives of a pattern that matches at the end of the text only, without the anchor; else None."""
    if not nodes:
        return None
    if len(nodes) == 1 and nodes[0][0] is sre.BRANCH:
        tails: list[list[Node]] = []
        for branch in nodes[0][1][1]:
            part = _tails(list(branch))
            if part is None:
                return None
            tails += part
        return tails
    op, value = nodes[-1]
    if op is sre.AT and value in (sre.AT_END, sre.AT_END_STRING):
        return [nodes[:-1]]
    return None


def _describe_tail(program: Program, nodes: list[Node]) -> None:
    """Of a pattern that matches at the end only: how far from the end a match can begin."""
    tails = _tails(nodes)
    if tails is None:
        return
    widest, unlimited = 0, CharSet()
    for tail in tails:
        most = _width(tail)[1]
        if most >= 1000:
            unlimited = unlimited.union(_taken(tail))
        else:
            widest = max(widest, most)
    # "$" also matches before a line feed that ends the text
    program.tail_width = widest + 1
    line_feed = CharSet(1 << 10)
    if unlimited != CharSet():
        program.tail_set = program.set_index(unlimited.union(line_feed))
    last = line_feed
    for tail in tails:
        last = last.union(_last(tail))
    program.last_set = program.set_index(last)


def _last(nodes: Iterable[Node]) -> CharSet:
    """Characters that a sequence can end with, or a larger set."""
    for node in reversed(list(nodes)):
        one = _node_set(node)
        if one is not None:
            return one
        if node[0] in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        if node[0] in (sre.MAX_REPEAT, sre.MIN_REPEAT) and node[1][0] > 0 and _width(node[1][2])[0] > 0:
            return _last(node[1][2])
        if node[0] is sre.BRANCH and all(_width(branch)[0] > 0 for branch in node[1][1]):
            chars = CharSet()
            for branch in node[1][1]:
                chars = chars.union(_last(branch))
            return chars
        if node[0] is sre.SUBPATTERN and _width(node[1][3])[0] > 0:
            return _last(node[1][3])
        return _ANYTHING
    return _ANYTHING


@lru_cache(maxsize=256)
def _program(pattern: str, flags: int, method: str) -> Program | None:
    if flags & ~_KNOWN_FLAGS:
        return None
    nodes = list(sre_parser.parse(pattern, flags & ~re.UNICODE))
    compiler = _Compiler()
    program = compiler.program
    try:
        if _width(nodes)[0] == 0:
            return None
        compiler.sequence(nodes)
        first, _ = _first(nodes)
    except NotNative:
        return None
    if method == "fullmatch":
        program.code += [OP_AT, AT_END_STRING]
    program.code.append(OP_MATCH)
    program.first_set = program.set_index(first)
    program.only_at_begin = method in ("match", "fullmatch") or _begins_at_begin(nodes)
    needed = _needed(nodes)
    if needed is not None:
        program.needed_set = program.set_index(needed)
    if not program.only_at_begin:
        _describe_tail(program, nodes)
    return program


def translate(function: Callable[..., Any] | None, methods: tuple[str, ...]) -> Program | None:
    """The program of a bound method (one of `methods`) of a compiled pattern, or None if Python must be called."""
    pattern = getattr(function, "__self__", None)
    method = getattr(function, "__name__", "")
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str) or method not in methods:
        return None
    return _program(pattern.pattern, pattern.flags, method)
