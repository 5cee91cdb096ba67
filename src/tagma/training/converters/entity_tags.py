"""What the two formats of entity tags have in common: a Doc from (word, tag, entity tag) of its sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tagma.errors import Errors
from tagma.gold.biluo import biluo_to_iob, iob_to_biluo
from tagma.tokens import Doc
from tagma.vocab import Vocab

__all__ = ["NO_TAG", "Row", "checked", "doc_of_sentences"]

Row = tuple[str, str, str]  # word, tag, entity tag
NO_TAG = "-"
ENTITY_TAG = re.compile(r"O|-|[BILU]-.+")


def checked(tag: str, number: int) -> str:
    """An entity tag of line `number`. Raises ValueError E177 with the line for what is neither IOB nor BILUO."""
    if not ENTITY_TAG.fullmatch(tag):
        raise ValueError(Errors.E177.format(tag=tag, place=f" in line {number}"))
    return tag


def doc_of_sentences(vocab: Vocab, sentences: Sequence[Sequence[Row]]) -> Doc:
    """A Doc with tags, entities and sentence starts. Nothing is known of its spaces."""
    rows = [row for sentence in sentences for row in sentence]
    # Entities end with their sentence, so each has its tags made whole on its own.
    entities = [tag for sentence in sentences for tag in biluo_to_iob(iob_to_biluo([row[2] for row in sentence]))]
    return Doc(
        vocab,
        words=[row[0] for row in rows],
        tags=[row[1] for row in rows],
        sent_starts=[i == 0 for sentence in sentences for i in range(len(sentence))],
        ents=[str(tag) for tag in entities],
    )
