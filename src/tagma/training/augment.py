"""Augmenters: `nlp, example -> examples`, variants of the training data."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from tagma.registry import registry
from tagma.training.example import Example

if TYPE_CHECKING:
    from tagma.language import Language

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
    """The example with its text and tokens in lower case, tokenized anew."""
    annotation = example.to_dict()
    doc = nlp.make_doc(example.text.lower())
    annotation["token_annotation"]["ORTH"] = [token.lower_ for token in example.reference]
    return Example.from_dict(doc, annotation)
