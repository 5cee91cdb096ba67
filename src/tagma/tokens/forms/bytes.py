"""A Doc as the map that `Doc.to_bytes` packs, in spaCy's layout, and as pickle."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy

from tagma.attrs import IDS
from tagma.errors import Errors, Warnings
from tagma.tokens.columns import StringCollector
from tagma.tokens.table import NO_GROUPS, SAVED_ATTRS, replace_tokens
from tagma.util.serialize import reading, unpack

if TYPE_CHECKING:
    from tagma.tokens.doc import Doc
    from tagma.vocab import Vocab

PartT = TypeVar("PartT")

_HOOKS = ("user_hooks", "user_token_hooks", "user_span_hooks")
_HEAD = [IDS["LENGTH"], IDS["SPACY"], *(IDS[name] for name in SAVED_ATTRS)]


def doc_to_dict(doc: Doc, exclude: Iterable[str] = ()) -> dict[str, Any]:
    """Content of a Doc; `exclude` names keys to leave out ("user_data" for both of its keys).

    Hooks are not in it, of which W109 warns unless "user_hooks" is among the names.
    """
    import srsly

    exclude = set(exclude)
    if "user_hooks" not in exclude and any(getattr(doc, kind) for kind in _HOOKS):
        warnings.warn(Warnings.W109, stacklevel=3)
    out: dict[str, Any] = {
        "text": doc.text,
        "array_head": list(_HEAD),
        "array_body": doc.to_array(_HEAD),
        "sentiment": doc.sentiment,
        "tensor": _on_host(doc.tensor),
        "cats": doc.cats,
        "spans": doc.spans.to_bytes() if doc.has_spans else NO_GROUPS,
        "strings": StringCollector().new_strings(doc, words=False),
        "has_unknown_spaces": bool(doc.has_unknown_spaces),
    }
    if "user_data" not in exclude and doc.user_data:
        items = list(doc.user_data.items())
        out["user_data_keys"] = srsly.msgpack_dumps([key for key, _ in items])
        out["user_data_values"] = srsly.msgpack_dumps([value for _, value in items])
    return {key: value for key, value in out.items() if key not in exclude}


def doc_from_dict(doc: Doc, msg: dict[str, Any], exclude: Iterable[str] = ()) -> Doc:
    """Fill an empty Doc; ValueError E033 where it is not empty, E4010 where the content is not that of a Doc."""
    if len(doc) != 0:
        raise ValueError(Errors.E033.format(length=len(doc)))
    with reading("doc"):
        _fill(doc, msg, set(exclude))
    return doc


def _fill(doc: Doc, msg: dict[str, Any], exclude: set[str]) -> None:
    text = _part(msg, "text", str)
    head = _part(msg, "array_head", list)
    body = _part(msg, "array_body", numpy.ndarray)
    _require(head[:2] == _HEAD[:2], "'array_head' does not begin with LENGTH and SPACY")
    _require(body.ndim == 2, "'array_body' is not a 2-d array")
    _require(body.dtype.kind in "iu" and body.dtype.itemsize == 8, "'array_body' does not hold 64-bit integers")
    _require(body.shape[1] == len(head), "'array_body' and 'array_head' disagree")
    for string in msg.get("strings", ()):
        doc.vocab.strings.add(string)
    lengths, spaces = body[:, 0].tolist(), body[:, 1].tolist()
    words, at = [], 0
    for length, space in zip(lengths, spaces, strict=True):
        _require(0 <= length <= len(text) - at, "a token is longer than the text")
        words.append(text[at : at + length])
        at += length + bool(space)
    _require(at == len(text) or at == len(text) + 1, f"the tokens cover {at} of {len(text)} characters")
    replace_tokens(doc, words, spaces)
    doc.has_unknown_spaces = bool(msg.get("has_unknown_spaces", False))
    doc.from_array(head[2:], body[:, 2:].astype("uint64"))
    if "sentiment" not in exclude and "sentiment" in msg:
        doc.sentiment = msg["sentiment"]
    if "tensor" not in exclude and isinstance(msg.get("tensor"), numpy.ndarray):
        doc.tensor = msg["tensor"]
    if "cats" not in exclude and "cats" in msg:
        _require(isinstance(msg["cats"], dict), "'cats' is not a map")
        doc.cats = msg["cats"]
    if "spans" not in exclude and msg.get("spans"):
        doc.spans.from_bytes(msg["spans"])
    if "user_data" not in exclude and "user_data_keys" in msg:
        keys = unpack(msg["user_data_keys"], "keys of user data", use_list=False)
        values = unpack(msg["user_data_values"], "user data")
        _require(len(keys) == len(values), "'user_data_keys' and 'user_data_values' disagree")
        doc.user_data.update(zip(keys, values, strict=True))


def _part(msg: dict[str, Any], key: str, kind: type[PartT]) -> PartT:
    value = msg.get(key)
    if not isinstance(value, kind):
        raise ValueError(Errors.E4010.format(what="doc", reason=f"'{key}' is missing or no {kind.__name__}"))
    return value


def _require(good: bool, reason: str) -> None:
    if not good:
        raise ValueError(Errors.E4010.format(what="doc", reason=reason))


def _on_host(array: Any) -> Any:
    return array if isinstance(array, numpy.ndarray) else array.get()


def pickled(doc: Doc) -> tuple[Any, ...]:
    """What `unpickled` needs besides the class: vocabulary, bytes, user data, hooks that are set, and context."""
    hooks = {f"{kind}[{name!r}]": (kind, name, hook) for kind in _HOOKS for name, hook in getattr(doc, kind).items()}
    data = doc.to_bytes(exclude=["user_data", "user_hooks"])
    return doc.vocab, data, doc.user_data, _pickled_hooks(hooks) if hooks else None, doc.context


def _pickled_hooks(hooks: dict[str, tuple[str, str, Any]]) -> bytes:
    """By cloudpickle, which takes functions of a script and lambdas; ValueError E4039 names a hook it cannot take."""
    import srsly

    for where, hook in hooks.items():
        try:
            srsly.pickle_dumps(hook)
        except Exception as error:  # pickling raises what it meets
            raise ValueError(Errors.E4039.format(where=where, reason=error)) from error
    packed: bytes = srsly.pickle_dumps(list(hooks.values()))
    return packed


def unpickled(
    cls: type[Doc], vocab: Vocab, data: bytes, user_data: dict[Any, Any], hooks: bytes | None, context: Any
) -> Doc:
    """The Doc of which `pickled` gave the rest."""
    doc = cls(vocab).from_bytes(data)
    doc.user_data = user_data
    doc.context = context
    if hooks is not None:
        import srsly

        for kind, name, hook in srsly.pickle_loads(hooks):
            getattr(doc, kind)[name] = hook
    return doc
