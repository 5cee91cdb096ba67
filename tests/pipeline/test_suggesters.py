"""Suggesters: which spans they propose, in which order, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import tagma
from tagma.nn import NumpyOps
from tagma.pipeline.suggesters import (
    Suggester,
    build_ngram_range_suggester,
    build_ngram_suggester,
    build_preset_spans_suggester,
    ngram_suggester,
)
from tagma.registries import registry
from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


def docs_of(vocab: Vocab, *lengths: int) -> list[Doc]:
    """Docs of these lengths."""
    return [Doc(vocab, words=["w"] * n) for n in lengths]


def test_ngrams(vocab: Vocab) -> None:
    """By doc, then by size in the order given, then by place; sizes above a doc's length give none."""
    found = build_ngram_suggester([2, 1, 4])(docs_of(vocab, 3, 0, 1))
    assert found.data.tolist() == [[0, 2], [1, 3], [0, 1], [1, 2], [2, 3], [0, 1]]
    assert found.lengths.tolist() == [5, 0, 1]
    assert (found.data.dtype, found.lengths.dtype) == (np.int32, np.int32)


def test_ngrams_are_all_of_them(vocab: Vocab) -> None:
    """The same spans as by a loop over sizes and places."""
    lengths, sizes = (7, 2, 12, 1, 0, 3), (3, 1, 5)
    found = ngram_suggester(docs_of(vocab, *lengths), sizes, ops=NumpyOps())
    expected = [[i, i + size] for n in lengths for size in sizes for i in range(n - size + 1)]
    assert found.data.tolist() == expected
    assert found.lengths.sum() == len(expected)


@pytest.mark.parametrize("lengths", [(), (0,), (1, 1)])
def test_no_ngrams(vocab: Vocab, lengths: tuple[int, ...]) -> None:
    """Without spans there are no rows, but two columns, and a length of 0 for each doc."""
    found = build_ngram_suggester([2])(docs_of(vocab, *lengths))
    assert found.dataXd.shape == (0, 2)
    assert found.lengths.tolist() == [0] * len(lengths)


def test_range(vocab: Vocab) -> None:
    """Both ends of the range are in it."""
    docs = docs_of(vocab, 4)
    found = build_ngram_range_suggester(2, 3)(docs)
    assert found.data.tolist() == build_ngram_suggester([2, 3])(docs).data.tolist()


@pytest.mark.parametrize("sizes", [[], [0], [2, -1]])
def test_sizes_are_refused(sizes: list[int]) -> None:
    """No size, and sizes below one token."""
    with pytest.raises(ValueError, match=r"\[E4230\].*\[.*\]"):
        build_ngram_suggester(sizes)


def test_an_empty_range_is_refused() -> None:
    """The smallest size lies above the largest."""
    with pytest.raises(ValueError, match=r"\[E4230\]"):
        build_ngram_range_suggester(3, 2)


def test_preset_spans(vocab: Vocab) -> None:
    """The spans of the group, as they stand there."""
    docs = docs_of(vocab, 3, 1, 2)
    docs[0].spans["found"] = [docs[0][1:3], docs[0][0:3], docs[0][1:3]]
    docs[1].spans["found"] = []
    docs[2].spans["found"] = [Span(docs[2], 0, 1, label="X")]
    found = build_preset_spans_suggester("found")(docs)
    assert found.data.tolist() == [[1, 3], [0, 3], [1, 3], [0, 1]]
    assert found.lengths.tolist() == [3, 0, 1]
    assert found.data.dtype == np.int32


def test_no_preset_spans(vocab: Vocab) -> None:
    """A doc without the group is refused, with the groups that it has; one with an empty group is not."""
    (doc,) = docs_of(vocab, 1)
    doc.spans["other"] = []
    with pytest.raises(KeyError, match=r"\[E4231\].*'found'.*\['other'\].*annotating_components"):
        build_preset_spans_suggester("found")([doc])
    assert build_preset_spans_suggester("other")([doc]).dataXd.shape == (0, 2)


def test_registry() -> None:
    """Configs find the functions by the peer's names, and what they make is a suggester."""
    assert registry.get("misc", "spacy.ngram_suggester.v1") is build_ngram_suggester
    assert registry.get("misc", "spacy.ngram_range_suggester.v1") is build_ngram_range_suggester
    assert registry.get("misc", "spacy.preset_spans_suggester.v1") is build_preset_spans_suggester
    assert isinstance(build_ngram_suggester([1]), Suggester)


def test_a_suggester_in_a_config() -> None:
    """A pipeline with a suggester of its settings keeps them."""
    nlp = tagma.blank("en")
    suggester = {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 2, "max_size": 2}
    spancat = nlp.add_pipe("spancat", config={"suggester": suggester})
    assert nlp.config["components"]["spancat"]["suggester"] == suggester
    assert spancat.suggester([nlp.make_doc("a b c")]).data.tolist() == [[0, 2], [1, 3]]
