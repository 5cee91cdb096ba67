"""Conditions on single tokens, as a matcher's patterns have them, decided by tables.

What matters of a value is which tests it passes: values that pass the same ones are a class. What matters of a token
is the classes of its values: tokens that agree in these are a kind. There are few kinds, and each is judged once; from
then on a token is looked up, value by value and then as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tagma.attrs import IDS, intify_attr
from tagma.pipeline._memo import Memo
from tagma.strings import get_string_id
from tagma.tokens.columns import gather

if TYPE_CHECKING:
    from tagma.tokens import Doc
    from tagma.vocab import Vocab

Array = np.ndarray[Any, Any]
Test = Callable[[int], bool]

MOST_VALUES = 1 << 20  # of one attribute; with more, all are forgotten and tested again
TEXTS = frozenset(
    IDS[name]
    for name in ("ORTH", "LOWER", "NORM", "SHAPE", "LEMMA", "POS", "TAG", "DEP", "ENT_TYPE", "ENT_ID", "ENT_KB_ID")
)
_FLAG_NAMES = """
IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_UPPER IS_TITLE IS_PUNCT IS_SPACE IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT
IS_CURRENCY IS_STOP LIKE_NUM LIKE_URL LIKE_EMAIL SPACY
"""
FLAGS = frozenset(IDS[name] for name in _FLAG_NAMES.split())


class _Column:
    """The tests of one attribute, and what its values have passed so far."""

    def __init__(self, attr: int) -> None:
        self.attr = attr
        self.tests: list[Test] = []
        self._numbers: dict[Any, int] = {}
        self.forget()

    def forget(self) -> None:
        self.memo = Memo(1)
        self.classes: Array = np.zeros(0, dtype="uint64")  # of each value
        self._class_numbers: dict[bytes, int] = {}
        self.passed: list[Array] = []  # of each class: bool (n_tests,)

    def number(self, key: Any, test: Test) -> int:
        """The number of a test, which is added if there is none of the same key."""
        if key not in self._numbers:
            self._numbers[key] = len(self.tests)
            self.tests.append(test)
        return self._numbers[key]

    def classify(self, values: Array) -> Array:
        """The class of each value, uint64 (n,)."""
        if len(self.memo) > MOST_VALUES:
            self.memo, self.classes = Memo(1), self.classes[:0]
        numbers, new = self.memo.number(values.reshape(-1, 1))
        if len(new):
            found = [self._class_of(value) for value in values[new].tolist()]
            self.classes = np.concatenate([self.classes, np.asarray(found, dtype="uint64")])
        classes: Array = self.classes[numbers]
        return classes

    def _class_of(self, value: int) -> int:
        passed = np.fromiter((test(value) for test in self.tests), dtype=bool, count=len(self.tests))
        number = self._class_numbers.setdefault(passed.tobytes(), len(self.passed))
        if number == len(self.passed):
            self.passed.append(passed)
        return number


class TokenConditions:
    """Conditions, numbered as they are added; see `judge`."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._columns: dict[int, _Column] = {}
        self._conditions: list[list[tuple[int, int]]] = []  # attribute and test, all of which must be passed
        self._numbers: dict[tuple[tuple[int, int], ...], int] = {}
        self._forget()

    def __len__(self) -> int:
        return len(self._conditions)

    def _forget(self) -> None:
        self._kinds: Memo | None = None
        self.holds: Array = np.zeros((0, len(self._conditions)), dtype=bool)
        for column in self._columns.values():
            column.forget()

    def add(self, pattern: object) -> int | None:
        """The number of a condition: one token of a pattern. None if it is of a form that needs a matcher."""
        parsed = self._parse(pattern)
        if parsed is None:
            return None
        condition = sorted({(attr, self._column(attr).number(key, test)) for attr, key, test in parsed})
        number = self._numbers.setdefault(tuple(condition), len(self._conditions))
        if number == len(self._conditions):
            self._conditions.append(condition)
            self._forget()
        return number

    def _column(self, attr: int) -> _Column:
        return self._columns.setdefault(attr, _Column(attr))

    def _parse(self, pattern: object) -> list[tuple[int, Any, Test]] | None:
        """(attribute, key of a test, test) of each part."""
        if not isinstance(pattern, Mapping):
            return None
        parsed: list[tuple[int, Any, Test]] = []
        for name, wanted in pattern.items():
            attr = intify_attr("ORTH" if isinstance(name, str) and name.upper() == "TEXT" else name)
            if attr in FLAGS and isinstance(wanted, bool):
                tests: list[tuple[Any, Test]] = [(wanted, int(wanted).__eq__)]
            elif attr in TEXTS:
                tests = self._tests(wanted)
            else:
                return None
            if not tests:
                return None
            parsed += [(attr, key, test) for key, test in tests]
        return parsed

    def _tests(self, wanted: object) -> list[tuple[Any, Test]]:
        """Tests of a text; none for what is not known here."""
        if isinstance(wanted, str):
            return [(wanted, self.vocab.strings.add(wanted).__eq__)]
        if not isinstance(wanted, Mapping):
            return []
        made = [self._predicate(name, value) for name, value in wanted.items()]
        return [test for test in made if test is not None] if all(made) else []

    def _predicate(self, name: object, value: object) -> tuple[Any, Test] | None:
        if name in ("IN", "NOT_IN") and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            keys = frozenset(get_string_id(text) for text in value)
            return (name, keys), (keys.__contains__ if name == "IN" else lambda number: number not in keys)
        if name == "REGEX" and isinstance(value, str):
            search, strings = re.compile(value).search, self.vocab.strings
            return (name, value), lambda number: search(strings[number]) is not None
        return None

    def judge(self, docs: Sequence[Doc]) -> tuple[Array, Array]:
        """The kind of each token, int32 (n_tokens,), and the number of tokens of each doc.

        `holds`, bool (n_kinds, n_conditions), says which conditions a token of a kind fulfils. It grows.
        """
        columns = list(self._columns.values())
        values, lengths = gather(docs, [column.attr for column in columns])
        classes = np.zeros((len(values), max(len(columns), 1)), dtype="uint64")
        for place, column in enumerate(columns):
            classes[:, place] = column.classify(np.ascontiguousarray(values[:, place]))
        if self._kinds is None:
            self._kinds = Memo(classes.shape[1])
        kinds, new = self._kinds.number(classes)
        if len(new):
            judged = np.ones((len(new), len(self._conditions)), dtype=bool)
            for place, column in enumerate(columns):
                passed = np.stack(column.passed)[classes[new, place].astype("int64")]
                for number, condition in enumerate(self._conditions):
                    for attr, test in condition:
                        if attr == column.attr:
                            judged[:, number] &= passed[:, test]
            self.holds = np.concatenate([self.holds, judged])
        return kinds, lengths
