"""Gold annotation as plain dicts: read into a reference Doc, and written from one.

    {"token_annotation": {"ORTH": [...], "TAG": [...], ...}, "doc_annotation": {"cats": {...}, "entities": [...], ...}}

or all keys in one dict, with the names in `TOKEN_KEYS` beside those of the attributes.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tagma import parts_of_speech
from tagma.attrs import intify_attr
from tagma.errors import Errors, Warnings
from tagma.gold.biluo import UNKNOWN, biluo_to_iob, doc_to_biluo_tags, offsets_to_biluo_tags
from tagma.tokens import Doc
from tagma.tokens.trees import find_cycle

__all__ = ["doc_from_dict", "doc_to_dict"]

TOKEN_KEYS = {
    "ids": "ID",
    "words": "ORTH",
    "spaces": "SPACY",
    "tags": "TAG",
    "pos": "POS",
    "lemmas": "LEMMA",
    "morphs": "MORPH",
    "heads": "HEAD",
    "deps": "DEP",
    "sent_starts": "SENT_START",
}
DOC_KEYS = ("cats", "links", "spans", "entities")
IGNORED = ("text", "raw", "ids", "ID", "brackets")
IOB_CODES = {"I": 1, "L": 1, "O": 2, "B": 3, "U": 3}
logger: logging.Logger = logging.getLogger("tagma")


def doc_from_dict(predicted: Doc, data: Mapping[str, Any]) -> Doc:
    """A Doc with the annotation of the dict; without words, with those of `predicted`.

    With words but no spaces, blanks stand where they stand in `text`; without it, spaces are unknown.

    Raises KeyError E983 for unknown keys, TypeError E969 for values that are not text, and ValueError: E971 for another
    number of values than words, E4052 for heads in a cycle, E067, E068, E973, E879, E980, E981 for malformed entities,
    spans and links.
    """
    token_data, doc_data, text = _split(data)
    vocab = predicted.vocab
    words = token_data.pop("ORTH", None)
    spaces = token_data.pop("SPACY", None)
    if words is None:
        words = [token.text for token in predicted]
        spaces = np.asarray(predicted.column("spacy")).astype(bool).tolist()
    else:
        words = _texts("ORTH", words)
        if spaces is None and text is not None:
            spaces = _guess_spaces(text, words)
    doc = Doc(vocab, words=words, spaces=spaces)
    if "HEAD" in token_data and token_data.pop("SENT_START", None) is not None:
        logger.debug(Warnings.W092)
    columns = {key: _column(doc, key, values) for key, values in token_data.items()}
    if doc_data.get("entities"):
        columns["ENT_IOB"], columns["ENT_TYPE"] = _entities(doc, doc_data["entities"])
    elif "entities" in doc_data:
        if not isinstance(doc_data["entities"], Sequence):
            raise ValueError(Errors.E973.format(value=doc_data["entities"]))
        columns["ENT_IOB"], columns["ENT_TYPE"] = [2] * len(doc), [0] * len(doc)
    if doc_data.get("links"):
        columns["ENT_KB_ID"] = _links(doc, doc_data["links"])
    for name, values in columns.items():
        if len(values) != len(doc):
            given = next((key for key, attr in TOKEN_KEYS.items() if attr == name and key in data), name)
            raise ValueError(Errors.E971.format(name=repr(given), array_length=len(values), doc_length=len(doc)))
    if columns:
        doc.from_array(list(columns), np.stack([_keys(values) for values in columns.values()], axis=1))
    if "HEAD" in columns and "DEP" in columns:
        # a token without a label has no head; sentences were cut before, with the arcs as given
        heads = doc.column("head")
        heads[np.asarray(columns["DEP"]) == 0] = 0
    _spans(doc, doc_data.get("spans") or {})
    doc.cats = dict(doc_data.get("cats") or {})
    return doc


def doc_to_dict(doc: Doc) -> dict[str, Any]:
    """The annotation of a Doc, from which `doc_from_dict` makes an equal one."""
    links = {(ent.start_char, ent.end_char): {ent.kb_id_: 1.0} for ent in doc.ents if ent.kb_id_}
    spans = {
        key: [(span.start_char, span.end_char, span.label_, span.kb_id_) for span in group]
        for key, group in doc.spans.items()
    }
    heads = np.asarray(doc.to_array(["HEAD"])).reshape(-1).astype("int64")
    return {
        "doc_annotation": {
            "cats": dict(doc.cats),
            "entities": doc_to_biluo_tags(doc),
            "spans": spans,
            "links": links,
        },
        "token_annotation": {
            "ORTH": [token.text for token in doc],
            "SPACY": [bool(token.whitespace_) for token in doc],
            "TAG": [token.tag_ for token in doc],
            "LEMMA": [token.lemma_ for token in doc],
            "POS": [token.pos_ for token in doc],
            "MORPH": [str(token.morph) for token in doc],
            "HEAD": (heads + np.arange(len(doc))).tolist(),
            "DEP": [token.dep_ for token in doc],
            "SENT_START": [int(bool(token.is_sent_start)) for token in doc],
        },
    }


def _split(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Token columns under attribute names, annotation of the whole Doc, and the text."""
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat.update(value if key in ("token_annotation", "doc_annotation") else {key: value})
    flat = {key: value for key, value in flat.items() if value is not None}
    if "ner" in flat:
        flat.setdefault("entities", flat.pop("ner"))
    text = flat.get("text", flat.get("raw"))
    doc_data = {key: flat.pop(key) for key in DOC_KEYS if key in flat}
    token_data = {}
    for key, value in flat.items():
        if key in IGNORED:
            continue
        name = TOKEN_KEYS.get(key, key)
        if name not in TOKEN_KEYS.values():
            from tagma.nn.config import suggest

            known = sorted([*TOKEN_KEYS, *TOKEN_KEYS.values(), *DOC_KEYS])
            near = suggest(str(key), [other for other in known if other.isupper() == str(key).isupper()])
            text = Errors.E983.format(dict="the annotation", key=key, keys=", ".join(known))
            raise KeyError(text.rpartition("; ")[0] + near if near else text)
        token_data[name] = value
    return token_data, doc_data, text


def _guess_spaces(text: str, words: Sequence[str]) -> list[bool]:
    """Whether a blank follows each word in the text; True for words that are not found there."""
    spaces = []
    at = 0
    for word in words:
        found = text.find(word, at)
        if found < 0:
            spaces.append(True)
            continue
        at = found + len(word)
        spaces.append(text[at : at + 1] == " ")
    return spaces


def _texts(name: str, values: Sequence[Any]) -> list[str]:
    wrong = {type(value).__name__: value for value in values if not isinstance(value, str)}
    if wrong:
        raise TypeError(Errors.E969.format(field=name, bad_type=", ".join(wrong), bad_value=next(iter(wrong.values()))))
    return list(values)


def _column(doc: Doc, name: str, values: Sequence[Any]) -> list[int]:
    """What stands in the Doc's column for these values. Heads become relative."""
    strings = doc.vocab.strings
    if name == "HEAD":
        if cycle := find_cycle(values):
            raise ValueError(Errors.E4052.format(where=f"tokens {sorted(cycle)}"))
        return [0 if head is None else head - i for i, head in enumerate(values)]
    if name == "SENT_START":
        return [_sent_start(value) for value in values]
    if name == "DEP":
        values = ["" if value is None else value for value in values]
    texts = _texts(name, values)
    if name == "POS":
        unknown = [text for text in texts if text not in parts_of_speech.IDS]
        if unknown:
            raise ValueError(Errors.E1021.format(pp=unknown[0]))
        return [parts_of_speech.IDS[text] for text in texts]
    known: dict[str, int] = {}
    add = doc.vocab.morphology.add if name == "MORPH" else strings.add
    for text in texts:
        if text not in known:
            known[text] = add(text) if text or name == "MORPH" else 0
    return [known[text] for text in texts]


def _sent_start(value: Any) -> int:
    """1, 0 (unknown) or -1. False is a no, unlike 0."""
    if value is None or (value == 0 and value is not False):
        return 0
    return 1 if value == 1 else -1


def _keys(values: Sequence[int]) -> np.ndarray[Any, Any]:
    """uint64 (n,); negative values wrap around."""
    if min(values, default=0) < 0:
        return np.asarray(values, dtype="int64").view("uint64")
    return np.asarray(values, dtype="uint64")


def _entities(doc: Doc, entities: Any) -> tuple[list[int], list[int]]:
    """Codes and types of all tokens, from BILUO or IOB tags, or from character offsets with labels."""
    if not isinstance(entities, Sequence) or isinstance(entities, str):
        raise ValueError(Errors.E973.format(value=entities))
    first = entities[0]
    if isinstance(first, (tuple, list)) and len(first) == 3:
        tags: Sequence[str | None] = offsets_to_biluo_tags(doc, [tuple(entity) for entity in entities])
    elif first is None or isinstance(first, str):
        tags = entities
    else:
        raise ValueError(Errors.E973.format(value=first))
    codes: list[int] = []
    types: list[int] = []
    for i, tag in enumerate(biluo_to_iob(tags)):
        kind = (tag or UNKNOWN)[:1]
        if kind not in IOB_CODES and kind != UNKNOWN:
            raise ValueError(Errors.E068.format(tag=tag))
        code = IOB_CODES.get(kind, 0)
        if code == 1 and (not codes or codes[-1] not in (1, 3)):
            raise ValueError(Errors.E067.format(tag=tags[i], start=i, tags=list(tags[max(0, i - 5) : i + 1])))
        codes.append(code)
        types.append(doc.vocab.strings.add(str(tag)[2:]) if code in (1, 3) else 0)
    return codes, types


def _links(doc: Doc, links: Mapping[tuple[int, int], Mapping[str, float]]) -> list[int]:
    """Knowledge-base ids of all tokens."""
    ids = [0] * len(doc)
    for (start_char, end_char), candidates in links.items():
        chosen = [kb_id for kb_id, value in candidates.items() if value == 1.0]
        if len(chosen) > 1:
            raise ValueError(Errors.E980.format(doc_id=", ".join(map(str, chosen))))
        span = doc.char_span(start_char, end_char)
        if span is None:
            raise ValueError(Errors.E981.format(key=(start_char, end_char)))
        for kb_id in chosen:
            ids[span.start : span.end] = [doc.vocab.strings.add(kb_id)] * (span.end - span.start)
    return ids


def _spans(doc: Doc, groups: Any) -> None:
    """Fill doc.spans. Spans that do not fall on token borders are left out, with warning W030."""
    if not isinstance(groups, Mapping):
        raise ValueError(Errors.E879.format(data=groups))
    for key, entries in groups.items():
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            raise ValueError(Errors.E879.format(data=entries))
        spans = []
        for entry in entries:
            if not isinstance(entry, (tuple, list)) or not 2 <= len(entry) <= 4:
                raise ValueError(Errors.E879.format(data=entry))
            span = doc.char_span(*entry)
            if span is None:
                warnings.warn(Warnings.W030.format(text=doc.text[:50], entities=[entry]), stacklevel=3)
            else:
                spans.append(span)
        doc.spans[key] = spans


def attribute(field: str | int) -> int:
    """Id of a token attribute. Raises ValueError E974 for what is none."""
    found = intify_attr(field)
    if found is None:
        raise ValueError(Errors.E974.format(obj="token", key=field))
    return found
