import weakref
from collections import UserDict
from collections.abc import Iterable, Iterator
from typing import Any, Self, overload

from tagma.tokens.doc import Doc
from tagma.tokens.span import Span

class SpanGroup:
    """Spans of one Doc. The group does not keep the Doc alive (E865 when it is gone).

    Spans go in and come out as copies: to change one in the group, assign it, `group[0] = span`.
    """

    name: str
    attrs: dict[str, Any]

    def __init__(
        self, doc: Doc, *, name: str = "", attrs: dict[str, Any] | None = None, spans: Iterable[Span] = ()
    ) -> None: ...
    @property
    def doc(self) -> Doc:
        """The Doc (RuntimeError E865 when it was released)."""
    @property
    def has_overlap(self) -> bool:
        """Whether two of the spans share a token."""
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Span]: ...
    @overload
    def __getitem__(self, i: int, /) -> Span: ...
    @overload
    def __getitem__(self, i: slice, /) -> list[Span]: ...
    def __setitem__(self, i: int, span: Span, /) -> None: ...
    def __delitem__(self, i: int, /) -> None: ...
    def __add__(self, other: SpanGroup | Iterable[Span], /) -> SpanGroup: ...
    def __iadd__(self, other: SpanGroup | Iterable[Span], /) -> Self: ...
    def append(self, span: Span) -> None:
        """Add a span of the same Doc."""
    def extend(self, spans: SpanGroup | Iterable[Span]) -> None:
        """Add the spans of a group or any iterable; attributes of a group that are missing here are taken over."""
    def copy(self, doc: Doc | None = None) -> SpanGroup:
        """The same spans, of `doc` if given (ValueError E1052 where its text is another)."""
    def to_bytes(self) -> bytes:
        """Name, attributes and the packed spans as msgpack."""
    def from_bytes(self, bytes_data: bytes) -> Self:
        """Read `to_bytes`; ValueError E4010 for altered bytes and for spans outside of the Doc."""

class SpanGroups(UserDict[str, SpanGroup]):
    """Span groups by name. Assigning an iterable of spans makes a group of it."""

    doc_ref: weakref.ref[Doc]

    def __init__(self, doc: Doc, items: Iterable[tuple[str, SpanGroup]] = ()) -> None: ...
    def __setitem__(self, key: str, value: SpanGroup | Iterable[Span]) -> None: ...
    def setdefault(self, key: str, default: SpanGroup | Iterable[Span] | None = None) -> SpanGroup: ...
    def copy(self, doc: Doc | None = None) -> SpanGroups: ...
    def to_bytes(self) -> bytes: ...
    def from_bytes(self, bytes_data: bytes) -> SpanGroups: ...
