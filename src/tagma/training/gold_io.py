"""spaCy's JSON format of training data, version 2, as annotation dicts, and Docs as that format.

    [{"id", "paragraphs": [{"raw", "cats": [{"label", "value"}], "links",
        "sentences": [{"brackets", "tokens": [
            {"id", "orth", "space", "tag", "pos", "morph", "lemma", "head", "dep", "ner"}]}]
    }]}]

`head` is relative to the token, `ner` a BILUO tag.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tagma.errors import Errors
from tagma.gold.biluo import doc_to_biluo_tags
from tagma.tokens import Doc

__all__ = ["docs_to_json", "json_annotations", "read_json_file"]

# Attribute of a Doc, by the key of the format.
TEXTS = {"tag": "TAG", "pos": "POS", "morph": "MORPH", "lemma": "LEMMA"}
KEYS = {"tag": "tags", "pos": "pos", "morph": "morphs", "lemma": "lemmas"}


def docs_to_json(docs: Doc | Iterable[Doc], doc_id: int = 0, ner_missing_tag: str = "O") -> dict[str, Any]:
    """A document with a paragraph for each Doc; what a Doc has no annotation of is left out.

    ner_missing_tag    the tag of tokens outside of entities
    Raises ValueError E030 for a Doc without sentence boundaries.
    """
    docs = [docs] if isinstance(docs, Doc) else docs
    return {"id": doc_id, "paragraphs": [_paragraph(doc, ner_missing_tag) for doc in docs]}


def _paragraph(doc: Doc, ner_missing_tag: str) -> dict[str, Any]:
    links = {
        str((ent.start_char, ent.end_char)): {ent.kb_id_: 1.0} for ent in doc.ents if ent.kb_id_
    }  # JSON has no other keys than text
    ner = doc_to_biluo_tags(doc, missing=ner_missing_tag) if doc.has_annotation("ENT_IOB") else None
    return {
        "raw": None if doc.has_unknown_spaces else doc.text,
        "sentences": [{"tokens": [_token(token, ner) for token in sentence], "brackets": []} for sentence in doc.sents],
        "cats": [{"label": label, "value": value} for label, value in doc.cats.items()],
        "entities": [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents],
        "links": [links] if links else [],
    }


def _token(token: Any, ner: list[str] | None) -> dict[str, Any]:
    doc = token.doc
    data = {"id": token.i, "orth": token.text, "space": token.whitespace_}
    for key, attr in TEXTS.items():
        if doc.has_annotation(attr):
            data[key] = str(token.morph) if key == "morph" else getattr(token, f"{key}_")
    if doc.has_annotation("DEP"):
        data["head"] = token.head.i - token.i
        data["dep"] = token.dep_
    if ner is not None:
        data["ner"] = ner[token.i]
    return data


def read_json_file(
    loc: str | Path, docs_filter: Callable[[dict[str, Any]], bool] | None = None, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Annotation dicts, as for `Example.from_dict`, of a file or of the .json files below a folder.

    docs_filter    which documents (as in the file) to read
    limit          paragraphs to read; None or 0 reads all
    Raises ValueError E4041 with the path of a file that is not in the format.
    """
    path = Path(loc)
    count = 0
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        try:
            documents = json.loads(file.read_text(encoding="utf8"))
            for annotation in json_annotations(documents, docs_filter):
                yield annotation
                count += 1
                if limit and count >= limit:
                    return
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(Errors.E4041.format(what=f"the file {file}", reason=error)) from None


def json_annotations(
    documents: Any, docs_filter: Callable[[dict[str, Any]], bool] | None = None
) -> Iterator[dict[str, Any]]:
    """The annotation dict of each paragraph. Raises ValueError E4041 for data of another shape."""
    if not isinstance(documents, list):
        raise ValueError(Errors.E4041.format(what="the data", reason=f"a list of documents, not {_kind(documents)}"))
    for i, document in enumerate(documents):
        if not isinstance(document, dict) or not isinstance(document.get("paragraphs"), list):
            raise ValueError(Errors.E4041.format(what=f"document {i}", reason="an object with a list 'paragraphs'"))
        if docs_filter is None or docs_filter(document):
            for j, paragraph in enumerate(document["paragraphs"]):
                try:
                    yield _annotation(paragraph)
                except (KeyError, TypeError, AttributeError) as error:
                    what = f"paragraph {j} of document {i}"
                    raise ValueError(Errors.E4041.format(what=what, reason=f"{type(error).__name__} {error}")) from None


def _kind(value: Any) -> str:
    return type(value).__name__


def _annotation(paragraph: dict[str, Any]) -> dict[str, Any]:
    tokens: list[dict[str, Any]] = []
    starts: list[int] = []
    for sentence in paragraph["sentences"]:
        starts += [1 if i == 0 else -1 for i in range(len(sentence["tokens"]))]
        tokens += sentence["tokens"]
    annotation: dict[str, Any] = {
        "ids": [token.get("id", i) for i, token in enumerate(tokens)],
        "words": [token["orth"] for token in tokens],
        "sent_starts": starts,
    }
    spaces = [token.get("space") for token in tokens]
    if None not in spaces:
        annotation["spaces"] = spaces
    for key, name in KEYS.items():
        if any(key in token for token in tokens):
            annotation[name] = [token.get(key) for token in tokens]
    if any("head" in token for token in tokens):
        annotation["heads"] = [i + token.get("head", 0) for i, token in enumerate(tokens)]
    if any("dep" in token for token in tokens):
        deps = [token.get("dep") for token in tokens]
        annotation["deps"] = ["ROOT" if str(dep).upper() == "ROOT" else dep for dep in deps]
    about_doc: dict[str, Any] = {"cats": {cat["label"]: cat["value"] for cat in paragraph.get("cats", ())}}
    if any("ner" in token for token in tokens):
        about_doc["entities"] = [token.get("ner") or "-" for token in tokens]
    links = {ast.literal_eval(span): values for part in _parts(paragraph) for span, values in part.items()}
    if links:
        about_doc["links"] = links
    return {"text": paragraph.get("raw"), "token_annotation": annotation, "doc_annotation": about_doc}


def _parts(paragraph: dict[str, Any]) -> list[dict[str, Any]]:
    links = paragraph.get("links") or []
    return [links] if isinstance(links, dict) else links
