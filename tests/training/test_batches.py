"""The batches of a run: passes over the corpus, and parts of a batch."""

from __future__ import annotations

import pytest

import tagma
from tagma.gold.example import Example
from tagma.language import Language
from tagma.training.batches import create_train_batches, subdivide_batch

from .diary import PARTS_OF_FIVE, TEXTS


def examples_of(nlp: Language, texts: list[str]) -> list[Example]:
    """An example for each text."""
    return [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in texts]


def test_train_batches() -> None:
    """The batches by themselves, with the number of the pass."""
    nlp = tagma.blank("en")
    examples = examples_of(nlp, TEXTS)
    batches = create_train_batches(nlp, lambda nlp: examples, lambda stream: [list(stream)], 2)
    found = [(epoch, sorted(len(example) for example in batch)) for epoch, batch in batches]
    assert found == [(0, [1, 2, 3, 4, 5]), (1, [1, 2, 3, 4, 5])]


@pytest.mark.parametrize(("parts", "lengths"), PARTS_OF_FIVE)
def test_parts_of_a_batch(parts: int, lengths: list[list[int]]) -> None:
    """Parts of equal number from short to long, then what is left; no part is empty, and the batch stays as it was."""
    batch = examples_of(tagma.blank("en"), [TEXTS[i] for i in (3, 0, 4, 2, 1)])
    assert [[len(example) for example in part] for part in subdivide_batch(batch, parts)] == lengths
    assert [len(example) for example in batch] == [4, 1, 5, 3, 2]
    assert list(subdivide_batch([], parts)) == []


def test_passes() -> None:
    """A corpus that is read anew ends after so many passes."""
    nlp = tagma.blank("en")
    reads: list[int] = []

    def corpus(nlp: Language) -> list[Example]:
        reads.append(1)
        return [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]

    batches = list(create_train_batches(nlp, corpus, lambda examples: [list(examples)], -1, passes=3))
    assert [epoch for epoch, _ in batches] == [0, 1, 2]
    assert len(reads) == 3
