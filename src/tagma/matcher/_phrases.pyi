from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from tagma.tokens.table import TokenTable

class PhraseTree:
    """Phrases of the values of one attribute."""

    def __init__(self, attr: int, saved: tuple[Any, Any, Any] | None = None) -> None:
        """`attr` is the id of the attribute, `saved` what `save` gave. Raises ValueError E4363 for what is no tree."""
    def add_docs(self, docs: Iterable[TokenTable], key: int) -> None:
        """Add the phrase of each Doc under a key; empty ones are none."""
    def add_values(self, values: list[int], key: int) -> None:
        """Add one phrase given by its values."""
    def remove(self, key: int) -> None:
        """Forget a key."""
    def search(self, doc: TokenTable, start: int, end: int, keys: dict[int, int]) -> list[tuple[int, int, int]]:
        """(keys[key], start, end) of each phrase within doc[start:end], by start, end, and order of adding."""
    def save(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Values by label; parent and label of each node but the root; node and key of each end."""
