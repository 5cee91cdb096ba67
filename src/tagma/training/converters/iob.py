"""A sentence in each line, tokens separated by blanks: word|ENTITY-TAG or word|TAG|ENTITY-TAG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagma.errors import Errors
from tagma.tokens import Doc
from tagma.training.converters.entity_tags import NO_TAG, Row, checked, doc_of_sentences
from tagma.training.converters.grouping import grouped
from tagma.vocab import Vocab

__all__ = ["iob_to_docs"]


def iob_to_docs(input_data: str, n_sents: int = 10, no_print: bool = False, *args: Any, **kwargs: Any) -> Iterator[Doc]:
    """Docs of `n_sents` sentences each, of all of them with 0, with tags, entities and sentence starts.

    Raises ValueError with the number of the line: E902 for tokens with neither two nor three fields, or without a word,
    E177 for what is no entity tag.
    """
    vocab = Vocab()
    sentences = []
    for number, line in enumerate(input_data.split("\n"), 1):
        if words := line.split():
            sentences.append([_row(word, number) for word in words])
    for group in grouped(sentences, n_sents):
        yield doc_of_sentences(vocab, group)


def _row(token: str, number: int) -> Row:
    fields = token.split("|")
    if len(fields) == 2 and fields[0]:
        return fields[0], NO_TAG, checked(fields[1], number)
    if len(fields) == 3 and fields[0]:
        return fields[0], fields[1], checked(fields[2], number)
    raise ValueError(Errors.E902.format(token=token[:80], number=number))
