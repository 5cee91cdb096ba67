import numpy as np
import numpy.typing as npt

from tagma.nn.types import Floats2d

class Pieces:
    """How a text is cut into pieces, and which of `n_rows` rows these have."""

    def __init__(
        self, bow: str, eow: str, minn: int, maxn: int, hash_count: int, hash_seed: int, n_rows: int
    ) -> None: ...
    def rows(self, texts: list[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Rows of the pieces of each text, one text behind the other, int64 (n,); and how many each has, int32."""
    def embed(self, texts: list[str], table: Floats2d) -> Floats2d:
        """Mean of the rows of each text's pieces: float32 (n_texts, width). `table`: float32 (n_rows, width)."""
