"""Texts in the pieces of a model: ids, and where in the text each piece stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from tagma.ml.transformer.data import WordpieceBatch
from tagma.nn.types import Ints1d

__all__ = ["Pieces", "encode"]


@dataclass
class Pieces:
    """Pieces of some texts, end to end.

    tokenizer    that of the model
    ids          int64 (n_pieces,)
    types        int64 (n_pieces,), for models that take them
    lengths      int64 (n_texts,), pieces of each text
    offsets      int64 (n_pieces, 2), first character and the one behind the last, 0 and 0 for special pieces; None from
                 tokenizers that do not say
    """

    tokenizer: Any
    ids: Ints1d
    types: Ints1d | None
    lengths: Ints1d
    offsets: Any | None

    def cut(self, longest: int) -> Pieces:
        """Without what goes beyond so many pieces of a text."""
        kept = self.within() < longest
        types, offsets = (None if part is None else part[kept] for part in (self.types, self.offsets))
        return Pieces(self.tokenizer, self.ids[kept], types, np.minimum(self.lengths, longest), offsets)

    def starts(self) -> Ints1d:
        """First piece of each text."""
        return np.cumsum(self.lengths) - self.lengths

    def within(self) -> Ints1d:
        """Place of each piece in its text."""
        return np.arange(len(self.ids)) - np.repeat(self.starts(), self.lengths)

    def batch(self, texts: Sequence[int] | Ints1d) -> WordpieceBatch:
        """Some of the texts, padded to the longest of them."""
        texts = np.asarray(texts, dtype="int64")
        lengths = self.lengths[texts]
        places = np.arange(int(lengths.max(initial=0)))
        is_piece = places < lengths[:, None]
        index = np.where(is_piece, self.starts()[texts][:, None] + places, 0)
        ids = np.where(is_piece, self.ids[index], self.tokenizer.pad_token_id or 0)
        types = None
        if self.types is not None:
            types = np.where(is_piece, self.types[index], getattr(self.tokenizer, "pad_token_type_id", 0))
        convert = self.tokenizer.convert_ids_to_tokens
        strings = lambda: [convert(row) for row in ids.tolist()]  # noqa: E731 - called when texts are asked for
        return WordpieceBatch(strings, ids, is_piece.astype("float32"), lengths.tolist(), types)

    def texts(self) -> list[list[str]]:
        """Texts of the pieces, text by text."""
        convert = self.tokenizer.convert_ids_to_tokens
        return [list(convert(ids.tolist())) for ids in np.split(self.ids, self.starts()[1:])]


def encode(tokenizer: Any, texts: list[str]) -> Pieces:
    """Texts in the pieces of a tokenizer of `transformers`, with its special pieces, however long."""
    takes_types = "token_type_ids" in tokenizer.model_input_names
    # Not told is how long the longest may be: that is up to the model, and said there.
    encoded = tokenizer(texts, return_attention_mask=False, return_token_type_ids=takes_types, verbose=False)
    ids: list[list[int]] = encoded["input_ids"]
    lengths = np.fromiter(map(len, ids), dtype="int64", count=len(ids))
    offsets = None
    if tokenizer.is_fast:
        found = chain.from_iterable(chain.from_iterable(each.offsets for each in encoded.encodings))
        offsets = np.fromiter(found, dtype="int64", count=2 * int(lengths.sum())).reshape((-1, 2))
    types = _flat(encoded["token_type_ids"], lengths) if takes_types else None
    return Pieces(tokenizer, _flat(ids, lengths), types, lengths, offsets)


def _flat(lists: list[list[int]], lengths: Ints1d) -> Ints1d:
    return np.fromiter(chain.from_iterable(lists), dtype="int64", count=int(lengths.sum()))
