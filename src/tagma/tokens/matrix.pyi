import numpy as np
import numpy.typing as npt

from tagma.tokens.doc import Doc
from tagma.vocab import Vocab

class StringCollector:
    """Collects the texts that Docs use, each once."""

    def new_strings(self, doc: Doc, words: bool) -> list[str]:
        """Texts not seen before among norms, annotations, span groups and, with `words`, the words of a Doc."""

def docs_from_matrix(
    vocab: Vocab, attrs: list[int], tokens: list[npt.NDArray[np.uint64]], spaces: list[npt.NDArray[np.bool]]
) -> list[Doc]:
    """Docs of the matrices `tokens` (each uint64 (n, attrs)) and `spaces` (bool, n values)."""
