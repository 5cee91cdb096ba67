"""One Doc from several Docs, or from a span."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy

from tagma.attrs import IDS
from tagma.errors import Errors, Warnings
from tagma.tokens.columns import gather
from tagma.tokens.doc import SAVED_ATTRS, Doc, attr_id
from tagma.tokens.span import Span

if TYPE_CHECKING:
    from tagma.tokens.span_group import SpanGroup

_SPACY, _HEAD, _DEP, _SENT_START = IDS["SPACY"], IDS["HEAD"], IDS["DEP"], IDS["SENT_START"]


def join_docs(
    docs: Iterable[Doc], ensure_whitespace: bool, attrs: Iterable[int | str] | None, exclude: Iterable[str]
) -> Doc | None:
    """One Doc of the Docs in order, None for none. They must share one vocabulary (ValueError E999).

    ensure_whitespace   Set the flag for a following space on the last token of each Doc but the last, unless that
                        token is white space itself.

    Where several Docs have span groups of the same name these are joined (W120); of user data and extensions with the
    same key the first value is taken (W101, W102).
    """
    docs, exclude = list(docs), set(exclude)
    if not docs:
        return None
    vocab = docs[0].vocab
    if any(doc.vocab is not vocab for doc in docs):
        raise ValueError(Errors.E999)
    filled = [doc for doc in docs if len(doc)]
    words, spaces, starts, chars = [], [], [], []
    at, char = 0, 0
    last_filled = max((i for i, doc in enumerate(docs) if len(doc)), default=-1)
    for i, doc in enumerate(docs):
        starts.append(at)
        chars.append(char)
        if not len(doc):
            continue
        own = doc.to_array(_SPACY).astype("bool").tolist()
        last = doc[len(doc) - 1]
        if ensure_whitespace and i != last_filled and not own[-1] and not last.is_space:
            own[-1] = True
        words.extend(doc.to_array("ORTH").tolist())
        spaces.extend(own)
        at += len(doc)
        char += len(doc.text) + (own[-1] and not last.whitespace_)
    joined = Doc(vocab, words=words, spaces=spaces)
    joined.has_unknown_spaces = any(doc.has_unknown_spaces for doc in docs)
    names = SAVED_ATTRS if attrs is None else attrs
    ids = [attr for attr in map(attr_id, names) if attr not in (_SPACY, IDS["ORTH"])]
    if filled and ids:
        array, _ = gather(filled, ids)
        joined.from_array(ids, array)
    if _SENT_START not in ids and _HEAD not in ids and filled and any(d.has_annotation("SENT_START") for d in filled):
        array, _ = gather(filled, [_SENT_START])
        joined.from_array([_SENT_START], array)
    if "tensor" not in exclude and filled and all(doc.tensor.size for doc in filled):
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


def _join_user_data(joined: Doc, doc: Doc, offset: int) -> None:
    for key, value in doc.user_data.items():
        if isinstance(key, tuple) and len(key) == 4 and key[0] == "._.":
            if key[2] is not None:
                key = (*key[:2], key[2] + offset, None if key[3] is None else key[3] + offset)
            elif key in joined.user_data:
                warnings.warn(Warnings.W101.format(name=key[1]), stacklevel=2)
                continue
        elif key in joined.user_data:
            warnings.warn(Warnings.W102.format(key=key, value=value), stacklevel=2)
            continue
        joined.user_data[key] = copy.copy(value)


def _join_group(joined: Doc, key: str, group: SpanGroup, start: int) -> None:
    if key in joined.spans:
        warnings.warn(Warnings.W120.format(keys=key), stacklevel=2)
    else:
        joined.spans[key] = []
        joined.spans[key].attrs = dict(group.attrs)
        joined.spans[key].name = group.name
    for span in group:
        joined.spans[key].append(
            Span(joined, span.start + start, span.end + start, label=span.label, kb_id=span.kb_id, span_id=span.id)
        )


def span_as_doc(
    span: Span, copy_user_data: bool = False, array_head: list[int] | None = None, array: Any = None
) -> Doc:
    """The tokens and annotations of a span as a Doc. Heads outside of the span: the token becomes a root."""
    source = span.doc
    doc = Doc(span.vocab, words=span.to_array("ORTH").tolist(), spaces=span.to_array("SPACY").astype("bool").tolist())
    doc.has_unknown_spaces = source.has_unknown_spaces
    if array_head is None:
        array_head = [IDS[name] for name in SAVED_ATTRS if name != "ORTH"]
    values = source.to_array(array_head) if array is None else array
    values = numpy.array(values.reshape((len(source), -1))[span.start : span.end])
    if _HEAD in array_head:
        column = array_head.index(_HEAD)
        heads = values[:, column].astype("int64")
        at = numpy.arange(len(heads))
        outside = (heads + at < 0) | (heads + at >= len(heads))
        heads[outside] = 0
        values[:, column] = heads.astype("uint64")
        if _DEP in array_head and outside.any() and source.has_annotation("DEP"):
            root = span.vocab.strings.add("dep")
            labels = values[:, array_head.index(_DEP)]
            labels[outside & (labels == 0)] = root
    _drop_cut_entities(span, array_head, values)
    doc.from_array(array_head, values)
    if source.tensor.size:
        doc.tensor = source.tensor[span.start : span.end].copy()
    if copy_user_data:
        low, high = span.start_char, span.end_char
        for key, value in source.user_data.items():
            if isinstance(key, tuple) and len(key) == 4 and key[0] == "._." and key[2] is not None:
                end = key[3] if key[3] is not None else key[2]
                if not (low <= key[2] and end <= high):
                    continue
                key = (*key[:2], key[2] - low, None if key[3] is None else key[3] - low)
            doc.user_data[key] = copy.copy(value)
    return doc


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
