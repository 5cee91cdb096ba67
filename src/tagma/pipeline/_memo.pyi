import numpy as np

from tagma.nn.types import Ints1d

class Memo:
    """Numbers of rows of `width` keys."""

    @property
    def width(self) -> int: ...
    def __init__(self, width: int) -> None: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Forget all rows."""

    def number(self, rows: np.ndarray[tuple[int, int], np.dtype[np.uint64]]) -> tuple[Ints1d, Ints1d]:
        """(number of each row, places of the new rows): int32 (n,), int64 (n_new,). New rows are numbered in order."""
