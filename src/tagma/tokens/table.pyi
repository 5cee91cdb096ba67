from collections.abc import Iterable
from typing import Final

from tagma.nn.types import Ints2d
from tagma.vocab import Vocab

COLUMNS: Final[tuple[str, ...]]
IOB_STRINGS: Final[tuple[str, ...]]
SAVED_ATTRS: Final[tuple[str, ...]]
NO_GROUPS: Final[bytes]

class TokenTable:
    """Tokens of a text as columns: what a matcher, a parser or a reader of files needs of a Doc."""

    def __init__(self, vocab: Vocab) -> None: ...
    @property
    def vocab(self) -> Vocab:
        """The vocabulary."""

def attr_id(attr: int | str) -> int:
    """Id of a token or lexeme attribute given by id or name; KeyError E983 for names that are none."""

def replace_tokens(table: TokenTable, words: Iterable[int | str], spaces: Iterable[bool]) -> None:
    """Give a table other tokens, words as text or key; annotation columns are dropped."""

def lca_matrix(table: TokenTable, start: int, end: int) -> Ints2d:
    """Lowest common ancestors of the tokens of a range, relative to its start, -1 for none: int32 (n, n)."""
