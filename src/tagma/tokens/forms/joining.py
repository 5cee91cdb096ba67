"""One Doc from several Docs, or from a span."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy

from tagma import symbols
from tagma.attrs import IDS, intify_attr
from tagma.errors import Errors, Warnings
from tagma.tokens.columns import gather
from tagma.tokens.table import SAVED_ATTRS, replace_tokens

if TYPE_CHECKING:
    from tagma.tokens.doc import Doc
    from tagma.tokens.span import Span
    from tagma.tokens.span_group import SpanGroup

_CUT = symbols.IDS["dep"]  # the label of a token that was cut from its head
_SPACY, _HEAD, _DEP, _SENT_START = IDS["SPACY"], IDS["HEAD"], IDS["DEP"], IDS["SENT_START"]


def join_docs(
    joined: Doc, docs: list[Doc], ensure_whitespace: bool, attrs: Iterable[int | str] | None, exclude: Iterable[str]
) -> Doc:
    """Fill the empty Doc `joined` with the Docs in order. They must share its vocabulary (ValueError E999).

    ensure_whitespace   Set the flag for a following space on the last token of each Doc but the last, unless that
                        token is white space itself.

    Span groups of the same name become one; of user data and extensions with the same key the first value is taken
    (W101, W102). ValueError for tensors that cannot be stacked, as where only some Docs have one.
    """
    exclude = set(exclude)
    if any(doc.vocab is not joined.vocab for doc in docs):
        raise ValueError(Errors.E999)
    filled = [doc for doc in docs if len(doc)]
    starts, chars = _join_words(joined, docs, ensure_whitespace)
    joined.has_unknown_spaces = False
    _join_columns(joined, filled, SAVED_ATTRS if attrs is None else attrs)
    if "tensor" not in exclude and any(doc.tensor.size for doc in filled):
        joined.tensor = numpy.vstack([doc.tensor for doc in filled])
    if "user_data" not in exclude:
        for doc, offset in zip(docs, chars, strict=True):
            _join_user_data(joined, doc, offset)
    if "spans" not in exclude:
        for doc, start in zip(docs, starts, strict=True):
            for key, group in doc.spans.items() if doc.has_spans else ():
                _join_group(joined, key, group, start)
    if "cats" not in exclude:
        for doc in docs:
            joined.cats.update(doc.cats)
    return joined


def _join_words(joined: Doc, docs: list[Doc], ensure_whitespace: bool) -> tuple[list[int], list[int]]:
    """Set the tokens; returns the first token and the first character of each Doc."""
    words: list[int] = []
    spaces: list[bool] = []
    starts, chars = [], []
    char = 0
    last_filled = max((i for i, doc in enumerate(docs) if len(doc)), default=-1)
    for i, doc in enumerate(docs):
        starts.append(len(words))
        chars.append(char)
        if not len(doc):
            continue
        own = doc.to_array(_SPACY).astype("bool").tolist()
        last = doc[len(doc) - 1]
        if ensure_whitespace and i != last_filled and not own[-1] and not last.is_space:
            own[-1] = True
        words.extend(doc.to_array("ORTH").tolist())
        spaces.extend(own)
        char += len(doc.text) + (own[-1] and not last.whitespace_)
    replace_tokens(joined, words, spaces)
    return starts, chars


def _join_columns(joined: Doc, filled: list[Doc], names: Iterable[int | str]) -> None:
    """Set the attributes, and sentence starts where they follow from none of these. Unknown names are passed over."""
    known = map(intify_attr, names)
    ids = [attr for attr in known if attr is not None and attr not in (_SPACY, IDS["ORTH"])]
    if filled and ids:
        array, _ = gather(filled, ids)
        joined.from_array(ids, array)
    if _SENT_START not in ids and _HEAD not in ids and any(doc.has_annotation("SENT_START") for doc in filled):
        array, _ = gather(filled, [_SENT_START])
        joined.from_array([_SENT_START], array)


def _join_user_data(joined: Doc, doc: Doc, offset: int) -> None:
    for key, value in doc.user_data.items():
        if isinstance(key, tuple) and len(key) == 4 and key[0] == "._.":
            if key[2] is not None:
                key = (*key[:2], key[2] + offset, None if key[3] is None else key[3] + offset)
            elif key in joined.user_data:
                warnings.warn(Warnings.W101.format(name=key[1]), stacklevel=3)
                continue
        elif key in joined.user_data:
            warnings.warn(Warnings.W102.format(key=key, value=value), stacklevel=3)
            continue
        joined.user_data[key] = copy.copy(value)


def _join_group(joined: Doc, key: str, group: SpanGroup, start: int) -> None:
    if key not in joined.spans:
        joined.spans[key] = []
        joined.spans[key].attrs = dict(group.attrs)
        joined.spans[key].name = group.name
    for span in group:
        moved = joined[span.start + start : span.end + start]
        moved.label, moved.kb_id, moved.id = span.label, span.kb_id, span.id
        joined.spans[key].append(moved)


def span_as_doc(
    doc: Doc, span: Span, copy_user_data: bool = False, array_head: list[int] | None = None, array: Any = None
) -> Doc:
    """Fill the empty `doc` with the tokens and annotations of a span, and let it share the hooks of the span's Doc."""
    source = span.doc
    replace_tokens(doc, span.to_array("ORTH").tolist(), span.to_array("SPACY").astype("bool").tolist())
    doc.has_unknown_spaces = False
    if array_head is None:
        array_head = [IDS[name] for name in SAVED_ATTRS if name != "ORTH"]
    values = source.to_array(array_head) if array is None else array
    values = numpy.array(values.reshape((len(source), -1))[span.start : span.end])
    if _HEAD in array_head:
        _hang_inside(span, array_head, values)
    _drop_cut_entities(span, array_head, values)
    doc.from_array(array_head, values)
    _share(doc, span)
    if copy_user_data:
        _copy_user_data(doc, span)
    return doc


def _share(doc: Doc, span: Span) -> None:
    """What of a span's Doc holds for a Doc of the span alone, besides the annotation of tokens."""
    source = span.doc
    doc.noun_chunks_iterator = source.noun_chunks_iterator
    doc.user_hooks, doc.user_token_hooks = source.user_hooks, source.user_token_hooks
    doc.user_span_hooks = source.user_span_hooks
    if span._vector is not None:
        doc.vector = span._vector
    if span._vector_norm is not None:
        doc.vector_norm = span._vector_norm
    if source.tensor.size:
        doc.tensor = source.tensor[span.start : span.end].copy()
    for key, value in source.cats.items():
        if isinstance(key, tuple) and len(key) == 3 and key[:2] == (span.start_char, span.end_char):
            doc.cats[key[2]] = value


def _hang_inside(span: Span, array_head: list[int], values: Any) -> None:
    """Heads for the tokens of a span whose heads are outside, and the label "dep".

    Such a token hangs on the highest of its ancestors that is inside. If none is, it is a root, or hangs on the first
    such root that was cut from the same tree.
    """
    column = array_head.index(_HEAD)
    roots: dict[int, int] = {}
    for k, token in enumerate(span):
        if span.start <= token.head.i < span.end:
            continue
        if _DEP in array_head:
            values[k, array_head.index(_DEP)] = _CUT
        above = [ancestor.i for ancestor in token.ancestors]
        inside = [i for i in above if span.start <= i < span.end]
        head = inside[-1] - span.start if inside else roots.setdefault(above[-1], k)
        values[k, column] = numpy.int64(head - k).astype("uint64")


def _copy_user_data(doc: Doc, span: Span) -> None:
    """Values of extensions that lie inside, shifted; those of the whole Doc are left out, other user data is taken."""
    low, high = span.start_char, span.end_char
    for key, value in span.doc.user_data.items():
        if isinstance(key, tuple) and len(key) == 4 and key[0] == "._.":
            start, end = key[2:]
            if start is None or not (low <= start and (start < high if end is None else end <= high)):
                continue
            key = (*key[:2], start - low, None if end is None else end - low)
        doc.user_data[key] = copy.copy(value)


def _drop_cut_entities(span: Span, array_head: list[int], values: Any) -> None:
    """Tokens of entities that the span cuts through become unknown."""
    columns = [
        array_head.index(IDS[name])
        for name in ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")
        if IDS[name] in array_head
    ]
    for ent in span.doc.ents:
        if ent.end > span.start and ent.start < span.end and not (span.start <= ent.start and ent.end <= span.end):
            for column in columns:
                values[max(ent.start, span.start) - span.start : ent.end - span.start, column] = 0
