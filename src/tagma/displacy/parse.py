"""What displaCy shows of a Doc, as dicts that renderers take, and that users may write by hand (`manual=True`)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from tagma.errors import Warnings
from tagma.tokens import Doc, Span, Token

__all__ = ["get_doc_settings", "parse_deps", "parse_ents", "parse_spans"]


def parse_deps(orig_doc: Doc | Span, options: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Words and arcs: {"words": [{"text", "tag", "lemma"}], "arcs": [{"start", "end", "label", "dir"}], "settings"}.

    collapse_punct      punctuation is shown with the word that it follows (True)
    collapse_phrases    a noun chunk is shown as one word (False)
    fine_grained        tag_ in place of pos_ (False)
    add_lemma           lemmas are added (False)

    A span is shown as `span.as_doc()`. Warns W005 without a parse; the doc is not changed.
    """
    doc = orig_doc.as_doc() if isinstance(orig_doc, Span) else orig_doc.copy()
    doc.user_data = {}
    if not doc.has_annotation("DEP"):
        warnings.warn(Warnings.W005, stacklevel=2)
    if options.get("collapse_phrases", False):
        _merge_phrases(doc)
    if options.get("collapse_punct", True):
        _merge_punctuation(doc)
    tag = "tag_" if options.get("fine_grained") else "pos_"
    words = [
        {"text": token.text, "tag": getattr(token, tag), "lemma": token.lemma_ if options.get("add_lemma") else None}
        for token in doc
    ]
    return {"words": words, "arcs": _arcs(doc), "settings": get_doc_settings(doc)}


def _merge_phrases(doc: Doc) -> None:
    with doc.retokenize() as retokenizer:
        for chunk in list(doc.noun_chunks):
            retokenizer.merge(chunk, attrs=_label_of(chunk.root))


def _merge_punctuation(doc: Doc) -> None:
    """Make one token of each word and the punctuation that follows it."""
    with doc.retokenize() as retokenizer:
        start = 0
        for end in range(1, len(doc) + 1):
            if end < len(doc) and doc[end].is_punct:
                continue
            if end - start > 1 and not doc[start].is_punct:
                retokenizer.merge(doc[start:end], attrs=_label_of(doc[start]))
            start = end


def _label_of(token: Token) -> dict[int | str, int]:
    """What the token that is shown for several has of one of them."""
    return {"tag": token.tag, "lemma": token.lemma, "ent_type": token.ent_type}


def _arcs(doc: Doc) -> list[dict[str, Any]]:
    arcs = []
    for token in doc:
        child, head = token.i, token.head.i
        if head != child:
            side = "left" if child < head else "right"
            arcs.append({"start": min(child, head), "end": max(child, head), "label": token.dep_, "dir": side})
    return arcs


def parse_ents(doc: Doc, options: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Entities: {"text", "ents": [{"start", "end", "label", "kb_id", "kb_url"}], "title", "settings"}, by characters.

    kb_url_template    format string for the address of an entity in a knowledge base, filled with its id

    Warns W006 where there are no entities.
    """
    ents = [
        {"start": ent.start_char, "end": ent.end_char, "label": ent.label_, **_kb_entry(ent, options)}
        for ent in doc.ents
    ]
    if not ents:
        warnings.warn(Warnings.W006, stacklevel=2)
    return {"text": doc.text, "ents": ents, "title": _title(doc), "settings": get_doc_settings(doc)}


def parse_spans(doc: Doc, options: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Spans of a group, which may overlap: as `parse_ents`, with "spans" for "ents", and the texts of all tokens.

    A span has besides "start_token" and "end_token", which is that after its last.

    spans_key          name of the group ("sc")
    kb_url_template    as for entities

    Warns W117 where there are no spans.
    """
    key = options.get("spans_key", "sc")
    group = doc.spans.get(key, ())
    spans = [
        {
            "start": span.start_char,
            "end": span.end_char,
            "start_token": span.start,
            "end_token": span.end,
            "label": span.label_,
            **_kb_entry(span, options),
        }
        for span in group
    ]
    if not spans:
        warnings.warn(Warnings.W117.format(spans_key=key, keys=", ".join(doc.spans) or "no key"), stacklevel=2)
    parsed = {"text": doc.text, "spans": spans, "title": _title(doc), "settings": get_doc_settings(doc)}
    return {**parsed, "tokens": [token.text for token in doc]}


def _kb_entry(span: Span, options: Mapping[str, Any]) -> dict[str, str]:
    template = options.get("kb_url_template")
    return {"kb_id": span.kb_id_ or "", "kb_url": template.format(span.kb_id_) if template else "#"}


def _title(doc: Doc) -> Any:
    return doc.user_data.get("title")


def get_doc_settings(doc: Doc) -> dict[str, Any]:
    """Language, and direction of writing: {"lang": "en", "direction": "ltr"}."""
    return {"lang": doc.lang_, "direction": doc.vocab.writing_system.get("direction", "ltr")}
