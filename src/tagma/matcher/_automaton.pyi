from collections.abc import Callable, Sequence

from tagma.strings import StringStore
from tagma.tokens.table import TokenTable

class Automaton:
    """Token patterns over columns, the first of which are attributes and the others what `learn` is not asked about."""

    def __init__(
        self,
        attrs: list[int],
        tested: list[bool],
        learn: Callable[[int, list[int], StringStore], list[list[int]]],
    ) -> None:
        """Columns of attributes by their ids, and whether they have tests; `learn(column, values, strings)` gives a
        list of atoms for each value of a list."""
    def name(self, column: int, value: int, atom: int) -> None:
        """The atom holds for this value of the column."""
    def add_spec(self, literals: list[int]) -> None:
        """Specs are numbered as they are added. A literal is 2 * atom, or 2 * atom + 1 for one that must not hold."""
    def add_pattern(self, key: int, items: Sequence[tuple[int, int, int]]) -> None:
        """Items (spec or -1, operator 0 to 3, index of the token pattern)."""
    def search(
        self, doc: TokenTable, start: int, end: int, extensions: list[list[list[int]]], aligned: bool
    ) -> list[tuple[int, int, int]]:
        """(key, start, end) for each match in doc[start:end], counted from `start`, and with `aligned` a list of the
        tokens' patterns. `extensions` has for each column that is no attribute the atoms of each token."""
