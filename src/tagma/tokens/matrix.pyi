import numpy as np
import numpy.typing as npt

from tagma.tokens.doc import Doc
from tagma.vocab import Vocab

def docs_from_matrix(
    vocab: Vocab, attrs: list[int], tokens: list[npt.NDArray[np.uint64]], spaces: list[npt.NDArray[np.bool]]
) -> list[Doc]:
    """Docs of the matrices `tokens` (each uint64 (n, attrs)) and `spaces` (bool, n values)."""
