"""`doc.spans`: a dict of span groups that takes any iterable of spans."""

from __future__ import annotations

import weakref
from collections import UserDict, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tagma.errors import Errors
from tagma.tokens.span_group import SpanGroup
from tagma.util.serialize import unpack

if TYPE_CHECKING:
    from tagma.tokens.doc import Doc
    from tagma.tokens.span import Span


NO_GROUPS = b"\x90"  # an empty list, as which Docs without groups are saved


class SpanGroups(UserDict):
    """Span groups by name. Assigning an iterable of spans makes a group of it."""

    def __init__(self, doc: Doc, items: Iterable[tuple[str, SpanGroup]] = ()) -> None:
        self.doc_ref = weakref.ref(doc)
        super().__init__(dict(items))

    def __setitem__(self, key: str, value: SpanGroup | Iterable[Span]) -> None:
        if not isinstance(value, SpanGroup):
            value = SpanGroup(self._ensure_doc(), name=key, spans=value)
        elif value.doc is not self._ensure_doc():
            raise ValueError(Errors.E855.format(obj="span group"))
        super().__setitem__(key, value)

    def setdefault(self, key: str, default: SpanGroup | Iterable[Span] | None = None) -> SpanGroup:
        """The group of a name, made from `default` (or empty) where there is none."""
        if key not in self:
            self[key] = () if default is None else default
        return self[key]

    def _ensure_doc(self) -> Doc:
        doc = self.doc_ref()
        if doc is None:
            raise ValueError(Errors.E866)
        return doc

    def copy(self, doc: Doc | None = None) -> SpanGroups:  # type: ignore[override]
        """A copy, for `doc` if given."""
        copies = {key: group.copy(doc) for key, group in self.items()}
        return SpanGroups(self._ensure_doc() if doc is None else doc, copies.items())

    def to_bytes(self) -> bytes:
        """Groups as a msgpack map from the bytes of a group to its keys; `NO_GROUPS` for none."""
        import srsly

        keys_by_content = defaultdict(list)
        for key, group in self.items():
            keys_by_content[group.to_bytes()].append(key)
        return srsly.msgpack_dumps(keys_by_content) if keys_by_content else NO_GROUPS

    def from_bytes(self, bytes_data: bytes) -> SpanGroups:
        """Read `to_bytes`, and the older form, a list of groups; ValueError E4010 for altered bytes."""
        if bytes_data in (b"", NO_GROUPS):
            self.clear()
            return self
        message = unpack(bytes_data, "span groups")
        doc = self._ensure_doc()
        groups: dict[str, SpanGroup] = {}
        if isinstance(message, list) and all(isinstance(data, bytes) for data in message):
            for data in message:
                group = SpanGroup(doc).from_bytes(data)
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
