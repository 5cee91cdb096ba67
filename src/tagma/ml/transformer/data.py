"""What a transformer says: of a batch of docs (FullTransformerBatch), and of one doc (TransformerData).

    rows     float32 (n_rows, width): for each doc n_spans × n_pieces rows, n_pieces that of its longest span
    align    Ragged of int32: for each token the rows of its pieces

The rows of a batch are one array, of which the docs have views. Everything else is made when it is first asked for:
most pipelines want vectors of tokens alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import srsly

from tagma.nn.exchange import xp2torch
from tagma.nn.types import Floats2d, Ints2d, Ragged, get_array_module
from tagma.tokens import Doc

if TYPE_CHECKING:
    from tagma.tokens import Span

__all__ = [
    "EXTENSION",
    "FullTransformerBatch",
    "ModelOutput",
    "TransformerData",
    "WordpieceBatch",
    "doc_data_of",
    "install_extensions",
]

EXTENSION = "trf_data"
HIDDEN = "last_hidden_state"
_MSGPACK_KEY = "__transformerdata__"


def install_extensions() -> None:
    """Declare `doc._.trf_data`, if it is not."""
    if not Doc.has_extension(EXTENSION):
        Doc.set_extension(EXTENSION, default=None)


def doc_data_of(doc: Doc) -> Any:
    """What `doc._.trf_data` is; None where nothing has set it."""
    return doc.user_data.get(("._.", EXTENSION, None, None))


class ModelOutput(dict[str, Any]):
    """The arrays that a model gives, by name, also as attributes; lists of arrays for what it gives layer by layer."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the output of the transformer has no {name!r}; it has {list(self)}") from None

    def to_tuple(self) -> tuple[Any, ...]:
        """The arrays alone."""
        return tuple(self.values())


class WordpieceBatch:
    """The pieces of some stretches of text, padded to the longest.

    strings           their texts, padding included; or a function that gives them
    input_ids         int64 (n_spans, n_pieces)
    attention_mask    float32 (n_spans, n_pieces): 0 where there is padding
    lengths           number of pieces of each
    token_type_ids    int64 (n_spans, n_pieces), for models that take them
    """

    def __init__(
        self,
        strings: list[list[str]] | Callable[[], list[list[str]]],
        input_ids: Ints2d,
        attention_mask: Any,
        lengths: list[int],
        token_type_ids: Ints2d | None,
    ) -> None:
        self._strings = strings
        self.input_ids: Ints2d = input_ids
        self.attention_mask: Any = attention_mask
        self.lengths: list[int] = lengths
        self.token_type_ids: Ints2d | None = token_type_ids

    @property
    def strings(self) -> list[list[str]]:
        """Text of each piece."""
        if callable(self._strings):
            self._strings = self._strings()
        return self._strings

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int | slice) -> WordpieceBatch:
        """Some of the stretches, with their padding."""
        part = slice(index, index + 1 or None) if isinstance(index, int) else index
        types = self.token_type_ids
        return WordpieceBatch(
            lambda: self.strings[part],
            self.input_ids[part],
            self.attention_mask[part],
            self.lengths[part],
            None if types is None else types[part],
        )

    @classmethod
    def empty(cls, *, xp: Any = np) -> WordpieceBatch:
        """No pieces."""
        return cls([], xp.zeros((0, 0), dtype="int64"), xp.ones((0, 0), dtype="float32"), [], None)

    @classmethod
    def zeros(cls, lengths: list[int], xp: Any = np) -> WordpieceBatch:
        """Stretches of these lengths, with pieces that have no text and the id 0."""
        shape = (len(lengths), max(lengths, default=0))
        mask = np.arange(shape[1]) < np.asarray(lengths, dtype="int64")[:, None]
        strings = [[""] * length for length in lengths]
        return cls(strings, xp.zeros(shape, dtype="int64"), xp.asarray(mask.astype("float32")), list(lengths), None)

    def to_hf_dict(self) -> dict[str, Any]:
        """The arrays as PyTorch tensors, under the names that models take, and the texts under "input_texts"."""
        output = {
            "input_ids": xp2torch(self.input_ids),
            "attention_mask": xp2torch(self.attention_mask),
            "input_texts": self.strings,
        }
        if self.token_type_ids is not None:
            output["token_type_ids"] = xp2torch(self.token_type_ids)
        return output

    def to_dict(self) -> dict[str, Any]:
        """What it consists of."""
        names = ("strings", "input_ids", "attention_mask", "lengths", "token_type_ids")
        return {name: getattr(self, name) for name in names}

    def from_dict(self, msg: dict[str, Any]) -> WordpieceBatch:
        """Take what `to_dict` gave."""
        self._strings = msg["strings"]
        self.input_ids, self.attention_mask = msg["input_ids"], msg["attention_mask"]
        self.lengths, self.token_type_ids = list(msg["lengths"]), msg["token_type_ids"]
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return WordpieceBatch, tuple(self.to_dict().values())


class TransformerData:
    """What a transformer says of one doc.

    wordpieces      its spans in pieces
    model_output    arrays of the model, the first axis over the spans; `last_hidden_state` float32 (n_spans, n_pieces,
                    width)
    align           Ragged: for each token of the doc, rows of `last_hidden_state` with its first two axes as one
    """

    wordpieces: WordpieceBatch
    model_output: ModelOutput
    align: Ragged

    def __init__(self, wordpieces: WordpieceBatch, model_output: Any, align: Ragged) -> None:
        self.wordpieces = wordpieces
        self.model_output = model_output
        self.align = align

    @classmethod
    def empty(cls) -> TransformerData:
        """Of a doc without tokens."""
        return cls(WordpieceBatch.empty(), ModelOutput(), _no_alignment())

    @classmethod
    def zeros(cls, length: int, width: int, *, xp: Any = np) -> TransformerData:
        """Of a doc that no transformer has seen: a piece for each token, with vectors of zeros."""
        align = Ragged(np.arange(length, dtype="int32"), np.ones(length, dtype="int32"))
        hidden = xp.zeros((1, length, width), dtype="float32")
        return cls(WordpieceBatch.zeros([length], xp=xp), ModelOutput({HIDDEN: hidden}), align)

    @property
    def tensors(self) -> tuple[Any, ...]:
        """The arrays of the model."""
        return tuple(self.model_output.values())

    @property
    def tokens(self) -> dict[str, Any]:
        """The pieces as PyTorch tensors: the former name of `wordpieces.to_hf_dict()`."""
        return self.wordpieces.to_hf_dict()

    @property
    def width(self) -> int:
        """Of the vectors. Raises ValueError if there are none."""
        if HIDDEN not in self.model_output:
            raise ValueError(f"there is no {HIDDEN!r} among the arrays of the transformer: {list(self.model_output)}")
        return int(self.model_output[HIDDEN].shape[-1])

    @property
    def rows(self) -> Floats2d | None:
        """The vectors of all pieces, float32 (n_spans × n_pieces, width); None without any."""
        hidden = self.model_output.get(HIDDEN)
        return None if hidden is None or not hidden.size else hidden.reshape((-1, hidden.shape[-1]))

    def to_dict(self) -> dict[str, Any]:
        """What it consists of."""
        return {
            "wordpieces": self.wordpieces.to_dict(),
            "model_output": dict(self.model_output),
            "align": [self.align.dataXd, self.align.lengths],
        }

    def from_dict(self, msg: dict[str, Any]) -> TransformerData:
        """Take what `to_dict` gave."""
        self.wordpieces = WordpieceBatch.empty().from_dict(msg["wordpieces"])
        self.model_output = ModelOutput(msg["model_output"])
        self.align = Ragged(*msg["align"])
        return self

    def to_bytes(self) -> bytes:
        """As msgpack."""
        data: bytes = srsly.msgpack_dumps(self.to_dict())
        return data

    def from_bytes(self, byte_string: bytes) -> TransformerData:
        """Load what `to_bytes` made."""
        return self.from_dict(srsly.msgpack_loads(byte_string))

    def __reduce__(self) -> tuple[Any, ...]:
        return TransformerData, (self.wordpieces, ModelOutput(self.model_output), self.align)


class FullTransformerBatch:
    """What a transformer says of a batch of docs.

    spans           those that were read, of each doc
    wordpieces      all of them in pieces
    model_output    arrays of the model over all spans, padded to the longest of the batch
    align           Ragged: for each token of the docs, rows of `last_hidden_state`
    doc_data        the same doc by doc
    """

    def __init__(
        self,
        spans: list[list[Span]],
        wordpieces: WordpieceBatch,
        model_output: Any,
        align: Ragged,
        cached_doc_data: list[TransformerData] | None = None,
    ) -> None:
        self.spans: list[list[Span]] = spans
        self.wordpieces: WordpieceBatch = wordpieces
        self.model_output: Any = model_output
        self.align: Ragged = align
        self.cached_doc_data: list[TransformerData] | None = cached_doc_data

    @classmethod
    def empty(cls, nr_docs: int) -> FullTransformerBatch:
        """Of docs without tokens."""
        data = [TransformerData.empty() for _ in range(nr_docs)]
        return cls([[] for _ in range(nr_docs)], WordpieceBatch.empty(), ModelOutput(), _no_alignment(), data)

    @property
    def tensors(self) -> tuple[Any, ...]:
        """The arrays of the model."""
        return tuple(self.model_output.values())

    @property
    def tokens(self) -> dict[str, Any]:
        """The pieces as PyTorch tensors: the former name of `wordpieces.to_hf_dict()`."""
        return self.wordpieces.to_hf_dict()

    @property
    def doc_data(self) -> list[TransformerData]:
        """What is said of each doc."""
        if self.cached_doc_data is None:
            self.cached_doc_data = self.split_by_doc()
        return self.cached_doc_data

    def split_by_doc(self) -> list[TransformerData]:
        """The arrays cut at the borders of docs."""
        found = []
        n_pieces = self.wordpieces.input_ids.shape[1]
        start = token = 0
        for spans in self.spans:
            spans = [span for span in spans if len(span)]
            if not spans:
                found.append(TransformerData.empty())
                continue
            end, last = start + len(spans), token + len(spans[0].doc)
            align = self.align[token:last]
            rows = Ragged(align.dataXd - start * n_pieces, align.lengths)
            output = ModelOutput({name: _cut(value, start, end) for name, value in self.model_output.items()})
            found.append(TransformerData(self.wordpieces[start:end], output, rows))
            start, token = end, last
        return found

    def unsplit_by_doc(self, arrays: Sequence[Sequence[Any]]) -> FullTransformerBatch:
        """The same batch with other arrays, given doc by doc, such as gradients."""
        names = list(self.model_output) or [HIDDEN]
        joined = {}
        for i, name in enumerate(names[: max(map(len, arrays), default=0)]):
            parts = [doc_arrays[i] for doc_arrays in arrays if len(doc_arrays) > i]
            joined[name] = _stacked(parts)
        return FullTransformerBatch(self.spans, self.wordpieces, ModelOutput(joined), self.align)

    def with_rows(self, rows: Floats2d) -> FullTransformerBatch:
        """The same batch with other vectors, those of the docs' pieces as one array, such as gradients."""
        arrays, start = [], 0
        for data in self.doc_data:
            size = 0 if data.rows is None else len(data.rows)
            arrays.append([rows[start : start + size].reshape(data.model_output[HIDDEN].shape)] if size else [])
            start += size
        return self.unsplit_by_doc(arrays) if start else self


@srsly.msgpack_encoders("transformerdata")  # type: ignore[untyped-decorator]  # has no types
def _to_msgpack(value: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    """Among the user data of a doc, under the key that the peer uses."""
    if isinstance(value, TransformerData):
        return {_MSGPACK_KEY: value.to_dict()}
    return value if chain is None else chain(value)


@srsly.msgpack_decoders("transformerdata")  # type: ignore[untyped-decorator]  # has no types
def _from_msgpack(value: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    if isinstance(value, dict) and _MSGPACK_KEY in value:
        return TransformerData.empty().from_dict(value[_MSGPACK_KEY])
    return value if chain is None else chain(value)


def _no_alignment() -> Ragged:
    return Ragged(np.zeros(0, dtype="int32"), np.zeros(0, dtype="int32"))


def _cut(value: Any, start: int, end: int) -> Any:
    return [part[start:end] for part in value] if isinstance(value, list | tuple) else value[start:end]


def _stacked(parts: list[Any]) -> Any:
    """Arrays over spans one after the other, padded with zeros to the longest of the second axis."""
    xp = get_array_module(parts[0])
    longest = max(part.shape[1] for part in parts)
    out = xp.zeros((sum(map(len, parts)), longest, *parts[0].shape[2:]), dtype=parts[0].dtype)
    start = 0
    for part in parts:
        out[start : start + len(part), : part.shape[1]] = part
        start += len(part)
    return out
