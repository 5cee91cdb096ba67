"""FeatureExtractor: docs in, one row of 64-bit attribute ids per token out.

docs ──▶ [uint64 (n_tokens, n_columns)]      one array per doc or span, all views of one batch array
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tagma.nn import Model
from tagma.nn.types import ArrayList, Ints2d
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.tokens.columns import gather


@registry.layers("spacy.FeatureExtractor.v1")
def FeatureExtractor(columns: list[int | str]) -> Model[list[Doc], list[Ints2d]]:
    """Read token attributes.

    columns    Attributes, by id or name; kept as given in the attr "columns" (it is written into model files).
    """
    return Model("extract_features", forward, attrs={"columns": columns})


# The documents list the layer with the architectures, trained pipelines have it with the layers: both names work.
registry.architectures.register("spacy.FeatureExtractor.v1", func=FeatureExtractor)


def forward(
    model: Model[list[Doc], list[Ints2d]], docs: Sequence[Any], is_train: bool
) -> tuple[list[Ints2d], Callable[[Any], list[Any]]]:
    """Docs or spans to an `ArrayList` of uint64 arrays. No gradient flows back."""
    features, lengths = read_features(docs, model.attrs["columns"])
    features = model.ops.asarray(features)

    def backprop(d_features: Any) -> list[Any]:
        return []

    return ArrayList.from_flat(features, lengths), backprop


def read_features(items: Sequence[Any], columns: Sequence[int | str]) -> tuple[Any, Any]:
    """Attributes of the tokens of docs or spans: uint64 (n_tokens, n_columns), and the lengths of the items, int32."""
    if all(isinstance(item, Doc) for item in items):
        return gather(items, columns)
    # Each span is read from its doc and cut out.
    docs = [item.doc for item in items]
    features, lengths = gather(docs, columns)
    ends = np.cumsum(lengths)
    pieces = []
    for item, doc_start in zip(items, ends - lengths, strict=True):
        start, end = (0, len(item)) if isinstance(item, Doc) else (item.start, item.end)
        pieces.append(features[doc_start + start : doc_start + end])
    return np.concatenate(pieces), np.asarray([len(piece) for piece in pieces], dtype="int32")
