"""A Doc as JSON: the form that `Doc.to_json` writes and `Doc.from_json` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.tokens._annotations import columns_of
from tagma.tokens.table import replace_tokens

if TYPE_CHECKING:
    from tagma.tokens.doc import Doc

_MAX_SHOWN = 10  # faults that an error lists
# Keys of the dicts and what they hold. Bounds must be there.
_START: dict[str, type] = {"start": int}
_BOUNDS: dict[str, type] = {"start": int, "end": int}
_SPAN: dict[str, type] = {**_BOUNDS, "label": str, "kb_id": str, "id": str}
_TOKEN: dict[str, type] = {**_BOUNDS, "tag": str, "pos": str, "morph": str, "lemma": str, "dep": str, "head": int}

_TOKEN_TEXT = {"tag": "TAG", "pos": "POS", "morph": "MORPH", "lemma": "LEMMA", "dep": "DEP"}


def doc_to_json(doc: Doc, underscore: list[str] | None = None) -> dict[str, Any]:
    """Text, entities, sentences, categories, tokens, span groups, and the extension attributes named in `underscore`.

    Raises ValueError E106 for an attribute that is not defined, E107 for a value that JSON cannot hold.
    """
    data: dict[str, Any] = {"text": doc.text}
    if doc.has_annotation("ENT_IOB"):
        data["ents"] = [_span_json(ent, ids=False) for ent in doc.ents]
    if doc.has_annotation("SENT_START"):
        data["sents"] = [{"start": sent.start_char, "end": sent.end_char} for sent in doc.sents]
    if doc.cats:
        data["cats"] = doc.cats
    present = [name for name, attr in _TOKEN_TEXT.items() if doc.has_annotation(attr)]
    data["tokens"] = []
    for token in doc:
        item: dict[str, Any] = {"id": token.i, "start": token.idx, "end": token.idx + len(token)}
        for name in present:
            item[name] = str(token.morph) if name == "morph" else getattr(token, name + "_")
        if "dep" in present:
            item["head"] = token.head.i
        data["tokens"].append(item)
    if doc.has_spans:
        data["spans"] = {key: [_span_json(span, ids=True) for span in group] for key, group in doc.spans.items()}
    if underscore:
        _underscore_to_json(doc, underscore, data)
    return data


def _span_json(span: Any, ids: bool) -> dict[str, Any]:
    item = {"start": span.start_char, "end": span.end_char, "label": span.label_}
    if ids:
        item["kb_id"] = span.kb_id_
    return item


def _underscore_to_json(doc: Doc, names: list[str], data: dict[str, Any]) -> None:
    import srsly

    values = {"_": {}, "underscore_token": {}, "underscore_span": {}}  # type: dict[str, dict[str, Any]]
    found = set()
    for key, value in doc.user_data.items():
        if not (isinstance(key, tuple) and len(key) == 4 and key[0] == "._." and key[1] in names):
            continue
        _, name, start, end = key
        found.add(name)
        if not srsly.is_json_serializable(value):
            raise ValueError(Errors.E107.format(value=repr(value)))
        if start is None:
            values["_"][name] = value
        elif end is None:
            values["underscore_token"].setdefault(name, []).append({"start": start, "value": value})
        else:
            values["underscore_span"].setdefault(name, []).append({"start": start, "end": end, "value": value})
    for name in names:
        if name not in found:
            if not doc.has_extension(name):
                raise ValueError(Errors.E106.format(attr=name, opts=names))
            value = doc._.get(name)
            if not srsly.is_json_serializable(value):
                raise ValueError(Errors.E107.format(value=repr(value)))
            values["_"][name] = value
    data.update((place, found_here) for place, found_here in values.items() if found_here)


def doc_from_json(doc: Doc, data: dict[str, Any], validate: bool = False) -> Doc:
    """Fill an empty Doc.

    Raises ValueError: E033 where the Doc is not empty, E1038 where the data are not as `to_json` writes them (with or
    without `validate`) or a text is between tokens that is no blank, E1040 where an annotation is on some tokens only,
    E1017 for heads without labels, E1021 for an unknown part of speech, E1039 where spans or sentences are not on token
    borders.
    """
    import warnings

    if len(doc):
        raise ValueError(Errors.E033.format(length=len(doc)))
    _validate(data)
    text, tokens = data["text"], data["tokens"]
    words, spaces = [], []
    for i, token in enumerate(tokens):
        words.append(text[token["start"] : token["end"]])
        following = tokens[i + 1]["start"] if i + 1 < len(tokens) else len(text)
        between = text[token["end"] : following]
        if between not in ("", " "):
            raise ValueError(Errors.E1038.format(message=f"tokens.{i}: {between!r} follows, and only a blank may"))
        spaces.append(between == " ")
    if tokens and tokens[0]["start"] != 0:
        raise ValueError(Errors.E1038.format(message=f"tokens.0: {text[: tokens[0]['start']]!r} stands before it"))
    replace_tokens(doc, words, spaces)
    given: dict[str, list[Any]] = {}
    for name, argument in (("tag", "tags"), ("pos", "pos"), ("morph", "morphs"), ("lemma", "lemmas"), ("dep", "deps")):
        n = sum(name in token for token in tokens)
        if n == len(tokens) and n:
            given[argument] = [token[name] for token in tokens]
        elif n:
            raise ValueError(Errors.E1040.format(partial_attrs=name))
    n_heads = sum("head" in token for token in tokens)
    if n_heads and n_heads != len(tokens):
        raise ValueError(Errors.E1040.format(partial_attrs="head"))
    if n_heads:
        given["heads"] = [token["head"] for token in tokens]
    if "sents" in data and "heads" not in given:
        starts = {sent["start"] for sent in data["sents"]}
        begins = [token["start"] in starts for token in tokens]
        off = starts - {token["start"] for token in tokens}
        if off:
            raise ValueError(Errors.E1039.format(obj="a sentence", start=min(off), end=""))
        given["sent_starts"] = begins
    if given:
        doc.from_array(*columns_of(doc.vocab, len(doc), given))
    if "ents" in data:
        doc.set_ents([_span_from_json(doc, ent) for ent in data["ents"]])
    for key, spans in data.get("spans", {}).items():
        doc.spans[key] = [_span_from_json(doc, span) for span in spans]
    if "cats" in data:
        doc.cats = dict(data["cats"])
    for name, value in data.get("_", {}).items():
        if not doc.has_extension(name):
            doc.set_extension(name, default=None)
        doc._.set(name, value)
    starts_at = {token.idx: token for token in doc}
    for name, items in data.get("underscore_token", {}).items():
        for item in items:
            token = starts_at.get(item["start"])
            if token is None:
                warnings.warn(Warnings.W126.format(unsupported=item), stacklevel=2)
                continue
            if not token.has_extension(name):
                token.set_extension(name, default=None)
            token._.set(name, item["value"])
    for name, items in data.get("underscore_span", {}).items():
        for item in items:
            span = _span_from_json(doc, item)
            if not span.has_extension(name):
                span.set_extension(name, default=None)
            span._.set(name, item["value"])
    return doc


def _span_from_json(doc: Doc, item: dict[str, Any]) -> Any:
    span = doc.char_span(
        item["start"], item["end"], label=item.get("label", ""), kb_id=item.get("kb_id", ""), span_id=item.get("id", "")
    )
    if span is None:
        raise ValueError(Errors.E1039.format(obj=item, start=item["start"], end=item["end"]))
    return span


def _validate(data: Any) -> None:
    """ValueError E1038 lists what is wrong with the data; keys that say nothing here may be there."""
    if not isinstance(data, dict):
        raise ValueError(Errors.E1038.format(message=f"a dict is needed, not {type(data).__name__}"))
    problems = list(_problems(data))
    if problems:
        shown = [*problems[:_MAX_SHOWN], *(["…"] if len(problems) > _MAX_SHOWN else [])]
        raise ValueError(Errors.E1038.format(message="; ".join(shown)))


def _problems(data: dict[str, Any]) -> Iterator[str]:
    text, tokens = data.get("text"), data.get("tokens")
    if not isinstance(text, str):
        yield "text: a str is needed"
    if not isinstance(tokens, list):
        yield "tokens: a list is needed"
    else:
        yield from _token_problems(tokens, len(text) if isinstance(text, str) else 0)
    for key in ("ents", "sents"):
        yield from _items_problems(key, data.get(key, []), _SPAN)
    for key, kinds in (("spans", _SPAN), ("underscore_token", _START), ("underscore_span", _BOUNDS)):
        groups = data.get(key, {})
        if not isinstance(groups, dict):
            yield f"{key}: a dict is needed"
            continue
        for name, items in groups.items():
            yield from _items_problems(f"{key}.{name}", items, kinds)
    for key in ("cats", "_"):
        if not isinstance(data.get(key, {}), dict):
            yield f"{key}: a dict is needed"


def _token_problems(tokens: list[Any], length: int) -> Iterator[str]:
    end = 0
    for i, token in enumerate(tokens):
        wrong = list(_item_problems(f"tokens.{i}", token, _TOKEN))
        yield from wrong
        if not wrong and not end <= token["start"] <= token["end"] <= length:
            where = (token["start"], token["end"])
            yield f"tokens.{i}: {where} lies outside of the text or before the end of the token to the left"
        elif not wrong:
            end = token["end"]


def _items_problems(place: str, items: Any, kinds: dict[str, type]) -> Iterator[str]:
    if not isinstance(items, list):
        yield f"{place}: a list is needed"
        return
    for i, item in enumerate(items):
        yield from _item_problems(f"{place}.{i}", item, kinds)
        if kinds is not _SPAN and isinstance(item, dict) and "value" not in item:
            yield f"{place}.{i}.value: is missing"


def _item_problems(place: str, item: Any, kinds: dict[str, type]) -> Iterator[str]:
    """What is wrong with a dict whose bounds must be there, and whose other keys may be."""
    if not isinstance(item, dict):
        yield f"{place}: a dict is needed"
        return
    for key, kind in kinds.items():
        if key not in item:
            if key in _BOUNDS:
                yield f"{place}.{key}: is missing"
        elif not isinstance(item[key], kind) or isinstance(item[key], bool):
            yield f"{place}.{key}: {kind.__name__} is needed"
