"""spaCy's JSON format of training data, version 2, as Docs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tagma.errors import Errors
from tagma.gold.forms import doc_from_dict
from tagma.language.loading import load_model
from tagma.tokens import Doc
from tagma.training.gold_io import json_annotations
from tagma.vocab import Vocab

__all__ = ["json_to_docs"]


def json_to_docs(
    input_data: str | bytes | list[dict[str, Any]], model: str | None = None, **kwargs: Any
) -> Iterator[Doc]:
    """One Doc for each paragraph.

    input_data    the text of a file, or the list of documents in it
    model         pipeline that gives the vocabulary

    Raises ValueError E4041 for data of another shape, and, with the place, for annotation that `Example.from_dict`
    refuses.
    """
    data = json.loads(input_data) if isinstance(input_data, str | bytes) else input_data
    vocab = load_model(model).vocab if model else Vocab()
    for number, annotation in enumerate(json_annotations(data)):
        words = annotation["token_annotation"]["words"]
        try:
            doc = doc_from_dict(Doc(vocab, words=words), annotation)
        except ValueError as error:
            what = f"paragraph {number} ({' '.join(words)[:50]!r})"
            raise ValueError(Errors.E4041.format(what=what, reason=error)) from None
        yield doc
