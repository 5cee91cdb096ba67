from tagma.tokens.table import TokenTable

RELATIONS: tuple[str, ...]

class TreePatterns:
    """Patterns of items, which are numbers of rules for single tokens."""

    def __init__(self, n_rules: int) -> None:
        """Rules are the numbers below `n_rules`."""
    def add(self, key: int, items: list[tuple[int, int, int]]) -> None:
        """Items (rule, item to its left, relation as index of RELATIONS); the first has no left and no relation."""
    def search(self, doc: TokenTable, tokens: list[tuple[int, int, int]]) -> list[tuple[int, list[int]]]:
        """(key, [token of each item]) for each match. `tokens` has (rule, token, …) in the order of being found, in
        which trees and their tokens are gone through."""
