"""Augmenters: `nlp, example -> examples`, variants of the training data."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tagma.gold.example import Example
from tagma.gold.forms import doc_to_dict
from tagma.registries import registry
from tagma.training.augment_orth import check_orth_variants, construct_modified_raw_text, make_orth_variants

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.tokens import Doc

__all__ = [
    "combined_augmenter",
    "construct_modified_raw_text",
    "create_combined_augmenter",
    "create_lower_casing_augmenter",
    "create_orth_variants_augmenter",
    "dont_augment",
    "lower_casing_augmenter",
    "make_lowercase_variant",
    "make_orth_variants",
    "make_whitespace_variant",
    "orth_variants_augmenter",
]

_SPACE = {"TAG": "_SP", "POS": "SPACE", "MORPH": "", "DEP": "dep"}
OrthVariants = Mapping[str, Sequence[Mapping[str, Any]]]


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
    return _in_other_words(nlp, example, [token.lower_ for token in example.reference], example.text.lower())


@registry.augmenters("spacy.orth_variants.v1")
def create_orth_variants_augmenter(
    level: float, lower: float, orth_variants: OrthVariants
) -> Callable[[Language, Example], Iterator[Example]]:
    """Augmenter that spells a share `level` of the examples in another way, and a share `lower` of these in lower case.

    Raises ValueError for variants of a wrong form, which is shown in `tagma.training.augment_orth`.
    """
    check_orth_variants(orth_variants)
    return partial(orth_variants_augmenter, orth_variants=orth_variants, level=level, lower=lower)


def orth_variants_augmenter(
    nlp: Language, example: Example, orth_variants: OrthVariants, *, level: float = 0.0, lower: float = 0.0
) -> Iterator[Example]:
    """With probability `level` the example spelt in another way, with `lower` also in lower case, else as it is."""
    if random.random() < level:
        example = _in_other_orth(nlp, example, orth_variants, lower=random.random() < lower)
    yield example


def make_whitespace_variant(nlp: Language, example: Example, whitespace: str, position: int) -> Example:
    """The example with one more token, of whitespace, before the token at `position`, or at the end.

    An example is returned as it is if it is empty, or has links, groups of spans, or heads for a part of its tokens.
    Raises ValueError for a position outside of the reference.
    """
    reference = example.reference
    if not 0 <= position <= len(reference):
        raise ValueError(f"whitespace at position {position}: must be from 0 to {len(reference)}, the number of tokens")
    doc_level, tokens = _annotation(reference)
    is_partly_parsed = "DEP" in tokens and not reference.has_annotation("DEP", require_complete=True)
    if not len(reference) or doc_level["links"] or doc_level["spans"] or is_partly_parsed:
        return example
    new = {"ORTH": whitespace, "SPACY": False, "LEMMA": whitespace, "SENT_START": False, **_SPACE}
    if "HEAD" in tokens:
        tokens["HEAD"] = [head + (head >= position) for head in tokens["HEAD"]]
        new["HEAD"] = position - 1 if position else 1
    for name, values in tokens.items():
        values.insert(position, new[name])
    if "entities" in doc_level:
        before = doc_level["entities"][position - 1] if position else "O"
        doc_level["entities"].insert(position, f"I{before[1:]}" if before[0] in "BI" else "O")
    text = construct_modified_raw_text(tokens)
    return Example.from_dict(nlp.make_doc(text), {"doc_annotation": doc_level, "token_annotation": tokens})


@registry.augmenters("spacy.combined_augmenter.v1")
def create_combined_augmenter(
    lower_level: float,
    orth_level: float,
    orth_variants: OrthVariants | None,
    whitespace_level: float,
    whitespace_per_token: float,
    whitespace_variants: list[str] | None,
) -> Callable[[Language, Example], Iterator[Example]]:
    """Augmenter that lower-cases, spells in another way and puts in whitespace: see `combined_augmenter`.

    Raises ValueError for spelling variants of a wrong form, which is shown in `tagma.training.augment_orth`.
    """
    check_orth_variants(orth_variants or {})
    return partial(
        combined_augmenter,
        lower_level=lower_level,
        orth_level=orth_level,
        orth_variants=orth_variants,
        whitespace_level=whitespace_level,
        whitespace_per_token=whitespace_per_token,
        whitespace_variants=whitespace_variants,
    )


def combined_augmenter(
    nlp: Language,
    example: Example,
    *,
    lower_level: float = 0.0,
    orth_level: float = 0.0,
    orth_variants: OrthVariants | None = None,
    whitespace_level: float = 0.0,
    whitespace_per_token: float = 0.0,
    whitespace_variants: list[str] | None = None,
) -> Iterator[Example]:
    """One example, to which each of three changes is made or not, one after the other.

    lower_level             probability of lower case
    orth_level              probability of other spellings, from `orth_variants`
    whitespace_level        probability of more whitespace
    whitespace_per_token    how many tokens of it for each token there is; they are drawn from `whitespace_variants`
    """
    if random.random() < lower_level:
        example = make_lowercase_variant(nlp, example)
    if orth_variants and random.random() < orth_level:
        example = _in_other_orth(nlp, example, orth_variants, lower=False)
    if whitespace_variants and random.random() < whitespace_level:
        for _ in range(int(len(example.reference) * whitespace_per_token)):
            whitespace = random.choice(whitespace_variants)
            position = random.randrange(len(example.reference))
            example = make_whitespace_variant(nlp, example, whitespace, position)
    yield example


def _in_other_orth(nlp: Language, example: Example, orth_variants: OrthVariants, *, lower: bool) -> Example:
    tokens: dict[str, list[Any]] = {
        "ORTH": [token.text for token in example.reference],
        "SPACY": [bool(token.whitespace_) for token in example.reference],
        "TAG": [token.tag_ for token in example.reference],
    }
    text, tokens = make_orth_variants(nlp, example.text, tokens, orth_variants, lower=lower)
    return _in_other_words(nlp, example, tokens["ORTH"], text)


def _in_other_words(nlp: Language, example: Example, words: list[str], text: str) -> Example:
    """The example with these words for those of the reference, one for one; spans and links stay on their tokens."""
    doc_level, tokens = _annotation(example.reference)
    tokens["ORTH"] = words
    moved = _moved_borders(example.reference, words)
    doc_level["spans"] = {
        key: [(moved[start], moved[end], *rest) for start, end, *rest in spans]
        for key, spans in doc_level["spans"].items()
    }
    doc_level["links"] = {(moved[start], moved[end]): ids for (start, end), ids in doc_level["links"].items()}
    return Example.from_dict(nlp.make_doc(text), {"doc_annotation": doc_level, "token_annotation": tokens})


def _annotation(doc: Doc) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What is annotated, on the Doc and on its tokens; a column of which nothing is known is not there."""
    annotation = doc_to_dict(doc)
    doc_level, tokens = annotation["doc_annotation"], annotation["token_annotation"]
    doc_level["entities"] = [
        tag if token.ent_iob_ else "-" for tag, token in zip(doc_level["entities"], doc, strict=True)
    ]
    tokens["SENT_START"] = [token.is_sent_start for token in doc]
    unknown = {name for name in ("TAG", "LEMMA", "POS", "MORPH", "SENT_START") if not doc.has_annotation(name)}
    # sentence starts would give way to heads
    unknown |= {"SENT_START"} if doc.has_annotation("DEP") else {"HEAD", "DEP"}
    if not doc.has_annotation("ENT_IOB"):
        del doc_level["entities"]
    return doc_level, {name: values for name, values in tokens.items() if name not in unknown}


def _moved_borders(doc: Doc, words: Sequence[str]) -> dict[int, int]:
    """Where the borders of tokens lie in the text of the other words, which may be longer or shorter."""
    moved = {}
    length = 0
    for token, word in zip(doc, words, strict=True):
        moved[token.idx] = length
        length += len(word)
        moved[token.idx + len(token)] = length
        length += len(token.whitespace_)
    return moved
