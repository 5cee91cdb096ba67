def levenshtein(a: str, b: str, k: int | None = None) -> int:
    """Fewest characters to be inserted, deleted or replaced between `a` and `b`; with k >= 0, k + 1 stands for more."""
