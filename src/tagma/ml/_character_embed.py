"""CharacterEmbed: the first and last UTF-8 bytes of each word, embedded and put side by side.

    Y[i, c·nM : (c+1)·nM] = E[c, byte(i, c)]      Y float32 (n, nC·nM)   E float32 (nC, 256, nM)

byte(i, ·) takes the bytes of word i from both ends in turn: first, last, second, last but one, … A word with fewer than
nC bytes has 255, which no UTF-8 text contains, in the places left over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from tagma.nn import Model
from tagma.nn.types import ArrayList, Floats2d
from tagma.registries import registry
from tagma.tokens.columns import lex_rows

if TYPE_CHECKING:
    from tagma.tokens import Doc

MISSING = 255


@registry.layers("spacy.CharEmbed.v1")
def CharacterEmbed(nM: int, nC: int) -> Model[list[Doc], list[Floats2d]]:
    """Embed the characters of each token.

    nM    Width of one byte's vector.
    nC    Bytes per word.
    """
    return Model(
        "charembed",
        forward,
        init=init,
        dims={"nM": nM, "nC": nC, "nO": nM * nC, "nV": 256},
        params={"E": None},
    )


def forward(
    model: Model[list[Doc], list[Floats2d]], docs: Sequence[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[Any], list[Any]]]:
    """Docs to an `ArrayList` of float32 (n_tokens, nC·nM)."""
    nM, nC, nO = model.get_dim("nM"), model.get_dim("nC"), model.get_dim("nO")
    E = model.get_param("E")
    ids, lengths = utf8_bytes(docs, nC)
    # Table rows of all columns in one: column c starts at row 256·c.
    rows = model.ops.asarray(ids + np.arange(nC, dtype="int32") * 256).ravel()
    Y = E.reshape((nC * 256, nM))[rows].reshape((-1, nO))

    def backprop(dY: Any) -> list[Any]:
        dE = model.ops.alloc2f(nC * 256, nM)
        model.ops.scatter_add(dE, rows, model.ops.flatten(dY).reshape((-1, nM)))
        model.inc_grad("E", dE.reshape(E.shape))
        return []

    return ArrayList.from_flat(Y, lengths), backprop


def init(model: Model[list[Doc], list[Floats2d]], X: Any = None, Y: Any = None) -> None:
    """The table starts at zero: it learns from the first step on, because the layer above it is not zero."""
    model.set_param("E", model.ops.alloc3f(model.get_dim("nC"), model.get_dim("nV"), model.get_dim("nM")))


def utf8_bytes(docs: Sequence[Doc], nC: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The bytes of every token of the batch: int32 (n_tokens, nC), and the docs' lengths int32 (n_docs,).

    Looked up by row of the vocabulary's lexeme table, each word form is encoded once. All docs share a vocabulary.
    """
    rows, lengths = lex_rows(docs)
    if not len(rows):
        return np.zeros((0, nC), dtype="int32"), lengths
    vocab = docs[0].vocab
    by_width = _TABLES.setdefault(vocab, {})
    table = by_width.get(nC)
    if table is None or table.generation != vocab.generation:
        table = by_width[nC] = _ByteTable(vocab.generation, nC)
    return table.lookup(vocab, rows), lengths


class _ByteTable:
    """Bytes per lexeme row, filled for the rows that were asked for.

    `generation` is the vocabulary's when the table was made: rows may be given to other words in a later one.
    """

    def __init__(self, generation: int, nC: int) -> None:
        self.generation = generation
        self.ids = np.full((0, nC), MISSING, dtype="int32")
        self.known = np.zeros(0, dtype=bool)

    def lookup(self, vocab: Any, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        size = int(rows.max()) + 1
        if size > len(self.known):
            grown = max(size, 2 * len(self.known))
            self.ids = np.concatenate(
                [self.ids, np.full((grown - len(self.ids), self.ids.shape[1]), MISSING, dtype="int32")]
            )
            self.known = np.concatenate([self.known, np.zeros(grown - len(self.known), dtype=bool)])
        missing = rows[~self.known[rows]]
        if len(missing):
            missing = np.unique(missing)
            strings = vocab.strings
            words = [strings[orth] for orth in vocab.lexeme_column("ORTH")[missing].tolist()]
            self.ids[missing] = alternate_ends(words, self.ids.shape[1])
            self.known[missing] = True
        ids: np.ndarray[Any, Any] = self.ids[rows]
        return ids


_TABLES: WeakKeyDictionary[Any, dict[int, _ByteTable]] = WeakKeyDictionary()


def alternate_ends(words: Sequence[str], nC: int) -> np.ndarray[Any, Any]:
    """Bytes of each word from both ends in turn: int32 (n_words, nC), 255 where a word has no more.

    "jumping" with nC 4 gives the bytes of j, g, u, n.
    """
    encoded = [word.encode("utf8", "surrogatepass") for word in words]
    lengths = np.fromiter(map(len, encoded), dtype="int64", count=len(encoded))
    ends = np.cumsum(lengths)
    starts = ends - lengths
    text = np.frombuffer(b"".join(encoded), dtype="uint8")
    ids = np.full((len(encoded), nC), MISSING, dtype="int32")
    for c in range(nC):
        longer = lengths > c
        place = ends - (c // 2 + 1) if c % 2 else starts + c // 2
        ids[longer, c] = text[place[longer]]
    return ids
