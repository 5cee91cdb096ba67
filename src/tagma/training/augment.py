"""Augmenters: `nlp, example -> examples`, variants of the training data."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from tagma.registry import registry
from tagma.training.example import Example
from tagma.training.iob_utils import doc_to_biluo_tags

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.tokens import Doc

__all__ = ["create_lower_casing_augmenter", "dont_augment", "lower_casing_augmenter", "make_lowercase_variant"]


def dont_augment(nlp: Language, example: Example) -> Iterator[Example]:
    """The example itself."""
    yield example


@registry.augmenters("spacy.lower_case.v1")
def create_lower_casing_augmenter(level: float) -> Callable[[Language, Example], Iterator[Example]]:
    """Augmenter that puts the lower-case variant in the place of a share `level` of the examples."""
    return partial(lower_casing_augmenter, level=level)


def lower_casing_augmenter(nlp: Language, example: Example, *, level: float) -> Iterator[Example]:
    """With probability `level` the lower-case variant, else the example."""
    yield example if random.random() >= level else make_lowercase_variant(nlp, example)


def make_lowercase_variant(nlp: Language, example: Example) -> Example:
    """The example with its text and tokens in lower case, tokenized anew. What is not annotated stays so."""
    reference = example.reference
    annotation = example.to_dict()
    doc_level, token_level = annotation["doc_annotation"], annotation["token_annotation"]
    token_level["ORTH"] = [token.lower_ for token in reference]
    tags = doc_to_biluo_tags(reference)
    doc_level["entities"] = [tag if token.ent_iob_ else "-" for tag, token in zip(tags, reference, strict=True)]
    if not reference.has_annotation("DEP"):  # sentence starts would give way to heads
        del token_level["HEAD"], token_level["DEP"]
        token_level["SENT_START"] = [token.is_sent_start for token in reference]
    moved = _moved_borders(reference)
    doc_level["spans"] = {
        key: [(moved[start], moved[end], *rest) for start, end, *rest in spans]
        for key, spans in doc_level["spans"].items()
    }
    doc_level["links"] = {(moved[start], moved[end]): ids for (start, end), ids in doc_level["links"].items()}
    return Example.from_dict(nlp.make_doc(example.text.lower()), annotation)


def _moved_borders(doc: Doc) -> dict[int, int]:
    """Where the borders of tokens lie in the lower-case text; letters such as İ become longer."""
    moved = {}
    length = 0
    for token in doc:
        moved[token.idx] = length
        length += len(token.lower_)
        moved[token.idx + len(token)] = length
        length += len(token.whitespace_)
    return moved
