"""Parsed patterns, compiled: columns, atoms and specs numbered, and given to the automaton."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tagma.matcher._automaton import Automaton
from tagma.matcher._patterns import Among, Atom, Column, Holds, Pattern, Spec
from tagma.matcher._tests import Test
from tagma.tokens import Token

if TYPE_CHECKING:
    from tagma.strings import StringStore
    from tagma.tokens import Doc

__all__ = ["Program"]

MOST_VALUES = 10_000  # of an extension attribute, whose atoms are kept


class Program:
    """Patterns that can be searched for. Does not change, so that several threads may search at once.

    rules   the key and the pattern of each, in the order in which matches of one token are told
    """

    def __init__(self, rules: Iterable[tuple[int, Pattern]]) -> None:
        rules = list(rules)
        self.annotated = frozenset(attr for _, pattern in rules for attr in pattern.annotated)
        specs = dict.fromkeys(spec for _, pattern in rules for spec, _, _ in pattern.items if spec)
        atoms = {atom: number for number, atom in enumerate(dict.fromkeys(atom for spec in specs for atom, _ in spec))}
        used = dict.fromkeys(atom.column for atom in atoms)
        attrs = [column for column in used if isinstance(column, int)]
        self._tests: dict[Column, list[tuple[int, Test]]] = {column: [] for column in used}
        for atom, number in atoms.items():
            if isinstance(atom, Holds):
                self._tests[atom.column].append((number, atom.test))
        self._attrs = attrs
        self._extensions = [_Extension(column, self._tests[column]) for column in used if isinstance(column, str)]
        self._automaton = Automaton(attrs, [bool(self._tests[attr]) for attr in attrs], self._learn)
        self._add_atoms(atoms)
        numbers = self._add_specs(specs, atoms)
        for key, pattern in rules:
            self._automaton.add_pattern(key, [(numbers[spec], op, token) for spec, op, token in pattern.items])

    def search(self, doc: Doc, start: int, end: int, *, aligned: bool = False) -> list[Any]:
        """(key, start, end) of all matches within doc[start:end], counted from `start`; with `aligned`, a fourth item
        has the index of the token pattern of each token."""
        holding = [extension.atoms(doc, start, end) for extension in self._extensions]
        return self._automaton.search(doc, start, end, holding, aligned)

    def _add_atoms(self, atoms: dict[Atom, int]) -> None:
        numbers = {attr: number for number, attr in enumerate(self._attrs)}
        for atom, number in atoms.items():
            if isinstance(atom, Among):
                for value in atom.values:
                    self._automaton.name(numbers[atom.column], value, number)

    def _add_specs(self, specs: Iterable[Spec], atoms: dict[Atom, int]) -> dict[Spec, int]:
        numbers: dict[Spec, int] = {(): -1}
        for spec in specs:
            numbers[spec] = len(numbers) - 1
            self._automaton.add_spec([2 * atoms[atom] + (not holds) for atom, holds in spec])
        return numbers

    def _learn(self, column: int, values: list[int], strings: StringStore) -> list[list[int]]:
        """For each value of an attribute the atoms whose tests hold."""
        tests = self._tests[self._attrs[column]]
        by_text = any(test.reads == "text" for _, test in tests)
        texts = [strings[value] for value in values] if by_text else [""] * len(values)
        return [
            [atom for atom, test in tests if test(text if test.reads == "text" else value)]
            for value, text in zip(values, texts, strict=True)
        ]


class _Extension:
    """An extension attribute of tokens, and what patterns ask of it."""

    def __init__(self, name: str, tests: list[tuple[int, Test]]) -> None:
        self.name = name
        self.tests = tests
        self.known: dict[tuple[type, Any], list[int]] = {}

    def atoms(self, doc: Doc, start: int, end: int) -> list[list[int]]:
        """The atoms that hold for each token. Raises AttributeError E046 if there is no such extension attribute."""
        extension = Token.get_extension(self.name)
        if extension is None or extension[1] is not None or extension[2] is not None:
            return [self.holding(getattr(doc[i]._, self.name)) for i in range(start, end)]
        # a value that may have been assigned lies with the Doc, by the character where its token begins
        default, assigned = extension[0], doc.user_data
        begins = doc.to_array("IDX")[start:end].tolist()
        return [self.holding(assigned.get(("._.", self.name, begin, None), default)) for begin in begins]

    def holding(self, value: Any) -> list[int]:
        kept = (type(value), value)
        # What can change, and so has no hash, is looked at each time.
        if isinstance(value, str | int | float | None) and (found := self.known.get(kept)) is not None:
            return found
        found = [atom for atom, test in self.tests if test(value)]
        if isinstance(value, str | int | float | None):
            if len(self.known) >= MOST_VALUES:
                self.known.clear()
            self.known[kept] = found
        return found
