# distutils: language = c++
"""Named groups of spans, which may overlap, and the dict of a Doc's groups: `doc.spans["key"]`."""

import struct
import warnings
import weakref
from collections import UserDict

from tagma.tokens.span cimport Span, SpanData, span_from

from tagma.errors import Errors, Warnings
from tagma.tokens.table import NO_GROUPS
from tagma.util.serialize import unpack, unpack_map

_PACKED = struct.Struct(">QQQllll")


cdef class SpanGroup:
    """Spans of one Doc. The group does not keep the Doc alive (E865 when it is gone).

    Spans go in and come out as copies: to change one in the group, assign it, `group[0] = span`.
    """

    def __init__(self, doc, *, str name="", attrs=None, spans=()) -> None:
        """ValueError E855 for a span of another Doc."""
        self._doc_ref = weakref.ref(doc)
        self.name = name
        self.attrs = dict(attrs) if attrs is not None else {}
        self.data = []
        for span in spans:
            self.append(span)

    @property
    def doc(self):
        """The Doc (RuntimeError E865 when it was released)."""
        doc = self._doc_ref()
        if doc is None:
            raise RuntimeError(Errors.E865)
        return doc

    def __repr__(self) -> str:
        return str(list(self))

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self):
        doc = self.doc
        for data in list(self.data):
            yield span_from(doc, _copy(data))

    @property
    def has_overlap(self) -> bool:
        """Whether two of the spans share a token."""
        spans = sorted((data.start, data.end) for data in self.data)
        return any(second[0] < first[1] for first, second in zip(spans, spans[1:]))

    def _checked(self, span) -> SpanData:
        if not isinstance(span, Span):
            raise TypeError(Errors.E4017.format(type=type(span).__name__))
        if span.doc is not self.doc:
            raise ValueError(Errors.E855.format(obj="span"))
        return _copy((<Span>span).data)

    def _position(self, i) -> int:
        index = i + len(self.data) if i < 0 else i
        if not 0 <= index < len(self.data):
            raise IndexError(Errors.E856)
        return index

    def __getitem__(self, i):
        """One span; for a slice, a list of spans."""
        if isinstance(i, slice):
            return list(self)[i]
        return span_from(self.doc, _copy(self.data[self._position(i)]))

    def __setitem__(self, i, span) -> None:
        self.data[self._position(i)] = self._checked(span)

    def __delitem__(self, i) -> None:
        del self.data[self._position(i)]

    def append(self, span) -> None:
        """Add a span of the same Doc."""
        self.data.append(self._checked(span))

    def extend(self, spans) -> None:
        """Add the spans of a group or any iterable; attributes of a group that are missing here are taken over."""
        if isinstance(spans, SpanGroup):
            self.data.extend(self._copied(spans))
            self.attrs = {**spans.attrs, **self.attrs}
        else:
            for span in list(spans):
                self.append(span)

    def _copied(self, other) -> list:
        if other.doc is not self.doc:
            raise ValueError(Errors.E855.format(obj="span"))
        return [_copy(data) for data in (<SpanGroup>other).data]

    def __add__(self, other):
        if not isinstance(other, SpanGroup) and not hasattr(other, "__iter__"):
            return NotImplemented
        result = self.copy()
        result.extend(other)
        return result

    def __iadd__(self, other):
        if not isinstance(other, SpanGroup) and not hasattr(other, "__iter__"):
            return NotImplemented
        self.extend(other)
        return self

    def copy(self, doc=None) -> "SpanGroup":
        """The same spans, of `doc` if given (ValueError E1052 where its text is another)."""
        if doc is None:
            doc = self.doc
        elif doc.text != self.doc.text:
            raise ValueError(Errors.E1052)
        result = SpanGroup(doc, name=self.name, attrs=dict(self.attrs))
        same = doc is self.doc
        for data in self.data:
            copied = _copy(data)
            if not same and len(doc) != len(self.doc):
                span = doc.char_span(data.start_char, data.end_char)
                if span is None:
                    raise ValueError(Errors.E1052)
                copied.start, copied.end = span.start, span.end
            (<SpanGroup>result).data.append(copied)
        return result

    def __copy__(self):
        return self.copy()

    def __reduce__(self):
        return (_unpickle, (self.doc, self.to_bytes()))

    def to_bytes(self) -> bytes:
        """Name, attributes and the packed spans (id, kb_id, label, start, end, start_char, end_char) as msgpack."""
        import srsly

        packed = [
            _PACKED.pack(d.id, d.kb_id, d.label, d.start, d.end, d.start_char, d.end_char) for d in self.data
        ]
        return srsly.msgpack_dumps({"name": self.name, "attrs": self.attrs, "spans": packed})

    def from_bytes(self, bytes_data: bytes) -> "SpanGroup":
        """Read `to_bytes`; ValueError E4010 for altered bytes and for spans outside of the Doc."""
        message = unpack_map(bytes_data, "span group")
        name, attrs, packed = message.get("name"), message.get("attrs"), message.get("spans")
        if not isinstance(name, str) or not isinstance(attrs, dict) or not isinstance(packed, list):
            raise ValueError(Errors.E4010.format(what="span group", reason="name, attrs or spans are missing"))
        length, n_chars = len(self.doc), len(self.doc.text)
        spans = []
        for item in packed:
            if not isinstance(item, bytes) or len(item) != _PACKED.size:
                raise ValueError(Errors.E4010.format(what="span group", reason=f"a span is not {_PACKED.size} bytes"))
            fields = _PACKED.unpack(item)
            start, end, start_char, end_char = fields[3:]
            if not (0 <= start <= end <= length and 0 <= start_char <= end_char <= n_chars):
                raise ValueError(Errors.E4010.format(what="span group", reason=f"span {fields[3:]} lies outside of the text"))
            spans.append(_data(*fields))
        self.name, self.attrs, self.data = name, attrs, spans
        return self


def _data(id, kb_id, label, start, end, start_char, end_char) -> SpanData:
    cdef SpanData data = SpanData.__new__(SpanData)
    data.id, data.kb_id, data.label = id, kb_id, label
    data.start, data.end, data.start_char, data.end_char = start, end, start_char, end_char
    return data


def _copy(SpanData data) -> SpanData:
    return _data(data.id, data.kb_id, data.label, data.start, data.end, data.start_char, data.end_char)


def _unpickle(doc, data) -> SpanGroup:
    return SpanGroup(doc).from_bytes(data)


class SpanGroups(UserDict):
    """Span groups by name. Assigning an iterable of spans makes a group of it."""

    def __init__(self, doc, items=()) -> None:
        self.doc_ref = weakref.ref(doc)
        super().__init__(dict(items))

    def __setitem__(self, key, value) -> None:
        if not isinstance(value, SpanGroup):
            value = SpanGroup(self._ensure_doc(), name=key, spans=value)
        elif value.doc is not self._ensure_doc():
            raise ValueError(Errors.E855.format(obj="span group"))
        super().__setitem__(key, value)

    def setdefault(self, key, default=None):
        """The group of a name, made from `default` (or empty) where there is none."""
        if key not in self:
            self[key] = () if default is None else default
        return self[key]

    def _ensure_doc(self):
        doc = self.doc_ref()
        if doc is None:
            raise ValueError(Errors.E866)
        return doc

    def copy(self, doc=None):
        """A copy, for `doc` if given."""
        copies = {key: group.copy(doc) for key, group in self.items()}
        return SpanGroups(self._ensure_doc() if doc is None else doc, copies.items())

    def to_bytes(self) -> bytes:
        """Groups as a msgpack map from the bytes of a group to its keys; `NO_GROUPS` for none."""
        import srsly

        keys_by_content = {}
        for key, group in self.items():
            keys_by_content.setdefault(group.to_bytes(), []).append(key)
        return srsly.msgpack_dumps(keys_by_content) if keys_by_content else NO_GROUPS

    def from_bytes(self, bytes_data: bytes):
        """Read `to_bytes`, and the older form, a list of groups; ValueError E4010 for altered bytes."""
        if bytes_data in (b"", NO_GROUPS):
            self.clear()
            return self
        message = unpack(bytes_data, "span groups")
        doc = self._ensure_doc()
        groups = {}
        if isinstance(message, list) and all(isinstance(data, bytes) for data in message):
            for data in message:
                group = SpanGroup(doc).from_bytes(data)
                if group.name in groups:
                    warnings.warn(Warnings.W120.format(name=group.name), stacklevel=2)
                groups[group.name] = group
        elif isinstance(message, dict) and all(
            isinstance(data, bytes) and isinstance(keys, list) for data, keys in message.items()
        ):
            for data, keys in message.items():
                for key in keys:
                    groups[str(key)] = SpanGroup(doc).from_bytes(data)
        else:
            raise ValueError(Errors.E4010.format(what="span groups", reason="neither a list nor a map of groups"))
        self.clear()
        self.update(groups)
        return self
