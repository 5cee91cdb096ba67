import numpy as np
import numpy.typing as npt

from tagma.nn.types import Floats2d

def rows_of_keys(key2row: dict[int, int], keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """The row of each key, -1 where there is none: int32 (n,)."""

def order_of_rows(table: Floats2d, rows: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Some rows by their values: (these, int32 (n,); whether each differs from the one before, bool (n,))."""

def put_in_order(table: Floats2d, rows: npt.NDArray[np.int32]) -> None:
    """Overwrite a table by its rows in another order, without a second table: row i becomes what `rows[i]` was."""
