"""DocBin: many Docs in one compact file, the `.spacy` format.

A DocBin is a matrix of token attributes for all Docs together, with the strings that its values stand for. Reading
looks each distinct word up once and cuts the columns of each Doc out of the matrix.
"""

from __future__ import annotations

import copyreg
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from tagma.attrs import IDS, intify_attr, unknown_attr
from tagma.errors import Errors
from tagma.nn.packing import encode
from tagma.tokens.columns import StringCollector, gather, read
from tagma.tokens.doc import Doc
from tagma.tokens.matrix import docs_from_matrix
from tagma.tokens.table import NO_GROUPS, SAVED_ATTRS
from tagma.util.serialize import reading, unpack, unpack_map

if TYPE_CHECKING:
    from tagma.vocab import Vocab

ALL_ATTRS = SAVED_ATTRS
_ORTH, _SPACY = IDS["ORTH"], IDS["SPACY"]
# Treebanks unpack to 20 times their size, one word in every Doc to 300 times, zeros alone to 1,000 times. It is
# looked at whenever so much was read.
RATIO = 400
UNCHECKED = 2**16
_NOTHING = b"\x80"  # an empty map in msgpack
_LEVEL = 3  # of zlib: twice as fast as the usual 6, for files a tenth larger
_BY_DOC = ("tokens", "spaces", "cats", "span_groups", "flags", "user_data")  # lists with one item for each Doc


class DocBin:
    """Docs as columns. `attrs`: names of the token attributes to keep; ORTH and spaces are always kept."""

    def __init__(
        self, attrs: Iterable[str] = ALL_ATTRS, store_user_data: bool = False, docs: Iterable[Doc] = ()
    ) -> None:
        """KeyError E983 for an unknown attribute."""
        ids = set()
        for name in attrs:
            found = intify_attr(name)
            if found is None:
                raise unknown_attr(name)
            ids.add(found)
        self.attrs: list[int] = [_ORTH, *sorted(ids - {_ORTH, _SPACY})]
        self.tokens: list[Any] = []
        self.spaces: list[Any] = []
        self.cats: list[dict[str, float]] = []
        self.span_groups: list[bytes] = []
        self.user_data: list[bytes | None] = []
        self.flags: list[dict[str, bool]] = []
        self.strings: set[str] = set()
        self._collector = StringCollector()
        self.store_user_data: bool = store_user_data
        for doc in docs:
            self.add(doc)

    def __len__(self) -> int:
        return len(self.tokens)

    def add(self, doc: Doc) -> None:
        """Add a Doc's content; later changes of the Doc are not seen. Raises TypeError E4027 for anything else."""
        import srsly

        if not isinstance(doc, Doc):
            described = {"method": "DocBin.add", "wanted": "Doc", "arg": "doc", "type": type(doc).__name__}
            raise TypeError(Errors.E4027.format(value=repr(doc)[:80], besides="", **described))
        tokens, _ = gather([doc], self.attrs)
        spaces, _ = read([doc], "spacy")
        self.tokens.append(tokens)
        self.spaces.append(spaces.astype("bool").reshape((-1, 1)))
        self.flags.append({"has_unknown_spaces": bool(doc.has_unknown_spaces)})
        self.strings.update(self._collector.new_strings(doc, words=True))
        self.cats.append(doc.cats)
        self.span_groups.append(doc.spans.to_bytes() if doc.has_spans else NO_GROUPS)
        if self.store_user_data:
            self.user_data.append(srsly.msgpack_dumps(doc.user_data) if doc.user_data else _NOTHING)

    def get_docs(self, vocab: Vocab) -> Iterator[Doc]:
        """The Docs, with the words and annotations of this bin, in `vocab`.

        Raises ValueError E4010 where the content of the bin contradicts itself.
        """
        for string in self.strings:
            vocab.strings.add(string)
        n = len(self.tokens)
        for start in range(0, n, 1000):
            stop = min(start + 1000, n)
            with reading("DocBin"):
                docs = docs_from_matrix(vocab, self.attrs, self.tokens[start:stop], self.spaces[start:stop])
                for i, doc in enumerate(docs, start):
                    self._complete(doc, i)
            yield from docs

    def _complete(self, doc: Doc, i: int) -> None:
        """Give the Doc of number i what stands beside the matrices."""
        flags = self.flags[i] if i < len(self.flags) else {}
        doc.has_unknown_spaces = bool(flags.get("has_unknown_spaces", False))
        if i < len(self.cats) and self.cats[i]:
            doc.cats = dict(self.cats[i])
        if i < len(self.span_groups) and self.span_groups[i] not in (b"", NO_GROUPS):
            doc.spans.from_bytes(self.span_groups[i])
        if self.store_user_data and i < len(self.user_data) and self.user_data[i] not in (None, _NOTHING):
            doc.user_data.update(unpack(self.user_data[i], "user data", use_list=False))

    def merge(self, other: DocBin) -> None:
        """Take over another bin's Docs (ValueError E166 where attributes or the user data setting differ)."""
        for setting in ("attrs", "store_user_data"):
            ours, theirs = getattr(self, setting), getattr(other, setting)
            if ours != theirs:
                raise ValueError(Errors.E166.format(param=setting, current=ours, other=theirs))
        for name in _BY_DOC:
            getattr(self, name).extend(getattr(other, name))
        self.strings |= other.strings

    def to_bytes(self) -> bytes:
        """The bin as zlib-compressed msgpack (ValueError E870 where it is too large for msgpack)."""
        lengths = numpy.asarray([len(tokens) for tokens in self.tokens], dtype="int32")
        tokens = numpy.vstack(self.tokens) if self.tokens else numpy.zeros((0, len(self.attrs)), dtype="uint64")
        spaces = numpy.vstack(self.spaces) if self.spaces else numpy.zeros((0, 1), dtype="bool")
        message = {
            "version": "0.1",
            "attrs": self.attrs,
            "tokens": tokens.tobytes("C"),
            "spaces": spaces.tobytes("C"),
            "lengths": lengths.tobytes("C"),
            "strings": sorted(self.strings),
            "cats": self.cats,
            "flags": self.flags,
            "span_groups": self.span_groups,
        }
        if self.store_user_data:
            message["user_data"] = self.user_data
        if max(map(len, (message["tokens"], message["spaces"], message["lengths"])), default=0) >= 2**32:
            raise ValueError(Errors.E870)
        return zlib.compress(encode(message), _LEVEL)

    def from_bytes(self, bytes_data: bytes) -> DocBin:
        """Replace the content by that of `to_bytes` (from here or spaCy).

        Raises ValueError E1014 for what is not zlib, E4010 for altered content and for data that unpacks to far more
        than a bin does.
        """
        message = unpack_map(_decompress(bytes_data), "DocBin")
        attrs: list[int] = _items(message, "attrs", int)
        _require(all(0 <= attr < 2**31 for attr in attrs), "'attrs' holds what is no attribute")
        strings: list[str] = _items(message, "strings", str)
        _require(_ORTH in attrs, "'attrs' has no ORTH")
        lengths = _array(message, "lengths", "int32")
        tokens = _array(message, "tokens", "uint64")
        spaces = _array(message, "spaces", "uint8") != 0
        n_tokens = int(lengths.sum(dtype="int64"))
        _require(bool((lengths >= 0).all()), "a length is negative")
        _require(tokens.size == n_tokens * len(attrs), f"{tokens.size} token values for {n_tokens} × {len(attrs)}")
        _require(spaces.size == n_tokens, f"{spaces.size} spaces for {n_tokens} tokens")
        tokens = tokens.reshape((n_tokens, len(attrs)))
        spaces = spaces.reshape((n_tokens, 1))
        ends = numpy.cumsum(lengths, dtype="int64").tolist()
        bounds = list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []
        self.attrs = attrs
        self.strings = set(strings)
        self._collector = StringCollector()
        self.tokens = [tokens[start:end] for start, end in bounds]
        self.spaces = [spaces[start:end] for start, end in bounds]
        self.cats = _per_doc(message, "cats", len(bounds), {}, dict)
        self.flags = _per_doc(message, "flags", len(bounds), {}, dict)
        self.span_groups = _per_doc(message, "span_groups", len(bounds), b"", bytes)
        self.store_user_data = bool(message.get("user_data")) or self.store_user_data
        kept = self.store_user_data
        self.user_data = _per_doc(message, "user_data", len(bounds), None, bytes | None) if kept else []
        return self

    def to_disk(self, path: str | Path) -> None:
        """Write to a file; ValueError E870 where it is too large."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path) -> DocBin:
        """Read a file."""
        return self.from_bytes(Path(path).read_bytes())


def merge_bins(bins: Iterable[bytes]) -> bytes | None:
    """Join serialized bins into one; None for none."""
    loaded = (DocBin().from_bytes(data) for data in bins)
    first = next(loaded, None)
    if first is None:
        return None
    for other in loaded:
        first.merge(other)
    return first.to_bytes()


def merge_bytes(bins: Iterable[bytes]) -> bytes | None:
    """The same as `merge_bins`."""
    return merge_bins(bins)


def pickle_bin(doc_bin: DocBin) -> tuple[Any, tuple[bytes]]:
    """How `copyreg` pickles a bin."""
    return unpickle_bin, (doc_bin.to_bytes(),)


def unpickle_bin(data: bytes) -> DocBin:
    """The inverse of `pickle_bin`."""
    return DocBin().from_bytes(data)


def _decompress(data: bytes) -> bytes | bytearray:
    """Unpack zlib. Raises ValueError E1014 for anything else, E4010 where little unpacks to very much."""
    try:
        if len(data) <= UNCHECKED:
            return zlib.decompress(data)
        stream, unpacked = zlib.decompressobj(), bytearray()
        for start in range(0, len(data), UNCHECKED):
            unpacked += stream.decompress(data[start : start + UNCHECKED])
            if len(unpacked) > RATIO * (start + UNCHECKED):
                raise ValueError(
                    Errors.E4010.format(what="DocBin", reason=f"it unpacks to over {RATIO} times its size")
                )
    except zlib.error:
        raise ValueError(Errors.E1014) from None
    if not stream.eof:
        raise ValueError(Errors.E1014)
    return unpacked


def _items(message: dict[str, Any], key: str, kind: type) -> list[Any]:
    values = message.get(key, ())
    good = isinstance(values, list) and all(type(value) is kind for value in values)
    _require(good, f"'{key}' is missing or no list of {kind.__name__}")
    return list(values)


def _array(message: dict[str, Any], key: str, dtype: str) -> Any:
    data = message.get(key, b"")
    _require(key in message and isinstance(data, bytes), f"'{key}' is missing")
    _require(len(data) % numpy.dtype(dtype).itemsize == 0, f"'{key}' is cut off")
    return numpy.frombuffer(data, dtype=dtype)


def _per_doc(message: dict[str, Any], key: str, n: int, default: Any, kind: Any) -> list[Any]:
    values = message.get(key)
    if not values:
        return [default] * n
    _require(isinstance(values, list) and len(values) == n, f"'{key}' has not {n} items")
    _require(all(isinstance(value, kind) for value in values), f"'{key}' holds something else than {kind}")
    return list(values)


def _require(good: bool, reason: str) -> None:
    if not good:
        raise ValueError(Errors.E4010.format(what="DocBin", reason=reason))


copyreg.pickle(DocBin, pickle_bin)
