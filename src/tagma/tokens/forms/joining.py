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
from tagma.tokens.table import SAVED_ATTRS, attr_id, replace_tokens

if TYPE_CHECKING:
    from tagma.tokens.doc import Doc
    from tagma.tokens.span import Span
    from tagma.tokens.span_group import SpanGroup

_SPACY, _HEAD, _DEP, _SENT_START = IDS["SPACY"], IDS["HEAD"], IDS["DEP"], IDS["SENT_START"]


def join_docs(
    joined: Doc, docs: list[Doc], ensure_whitespace: bool, attrs: Iterable[int | str] | None, exclude: Iterable[str]
) -> Doc:
    """Fill the empty Doc `joined` with the Docs in order. They must share its vocabulary (ValueError E999).

    ensure_whitespace   Set the flag for a following space on the last token of each Doc but the last, unless that
                        token is white space itself.

    Span groups of the same name become one; of user data and extensions with the same key the first value is taken
    (W101, W102).
    """
    exclude = set(exclude)
    if any(doc.vocab is not joined.vocab for doc in docs):
        raise ValueError(Errors.E999)
    filled = [doc for doc in docs if len(doc)]
    starts, chars = _join_words(joined, docs, ensure_whitespace)
    joined.has_unknown_spaces = any(doc.has_unknown_spaces for doc in docs)
    _join_columns(joined, filled, SAVED_ATTRS if attrs is None else attrs)
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
    """Set the attributes, and sentence starts where they follow from none of these."""
    ids = [attr for attr in map(attr_id, names) if attr not in (_SPACY, IDS["ORTH"])]
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
    """Fill the empty `doc` with the tokens and annotations of a span. The token of a head outside becomes a root."""
    source = span.doc
    replace_tokens(doc, span.to_array("ORTH").tolist(), span.to_array("SPACY").astype("bool").tolist())
    doc.has_unknown_spaces = source.has_unknown_spaces
    doc.noun_chunks_iterator = source.noun_chunks_iterator
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
