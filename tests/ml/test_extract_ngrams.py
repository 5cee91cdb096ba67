"""extract_ngrams: which n-grams a doc has, and how often."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tagma.attrs import LOWER, ORTH
from tagma.ml import extract_ngrams
from tagma.ml._ngrams import count_ngrams
from tagma.nn import get_current_ops
from tagma.registries import registry
from tagma.threads import get_num_threads, set_num_threads
from tagma.tokens import Doc
from tagma.vocab import Vocab

WORDS = [["The", "cat", "saw", "the", "cat"], [], ["cat"], ["a", "b", "a", "b", "a", "b"]]


def expected(doc: Doc, size: int, attr: str) -> Counter[int]:
    """The n-grams of one doc, by the readable way."""
    values = doc.to_array([attr]).reshape(-1).astype("uint64")
    found = Counter(values.tolist())
    for n in range(2, size + 1):
        found.update(get_current_ops().ngrams(n, values).tolist())
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("attr", ["ORTH", "LOWER"])
def test_ngrams_of_docs(size: int, attr: str, vocab: Vocab) -> None:
    """Each doc has its distinct n-grams, ascending, with their number, and empty docs have none."""
    docs = [Doc(vocab, words=words) for words in WORDS]
    (keys, counts, lengths), backprop = extract_ngrams(size, attr)(docs, is_train=True)
    assert (keys.dtype, counts.dtype, lengths.dtype) == ("uint64", "float32", "int32")
    assert len(lengths) == len(docs)
    start = 0
    for doc, length in zip(docs, lengths.tolist(), strict=True):
        here = keys[start : start + length].tolist()
        assert here == sorted(here)
        assert dict(zip(here, counts[start : start + length].tolist(), strict=True)) == expected(doc, size, attr)
        start += length
    assert start == len(keys) == len(counts)
    assert backprop((keys, counts, lengths)) == []


def test_the_layer(vocab: Vocab) -> None:
    """It is registered under the peer's name, and reads LOWER unless told otherwise."""
    layer = registry.layers.get("spacy.extract_ngrams.v1")(ngram_size=1)
    assert layer.attrs == {"ngram_size": 1, "attr": LOWER}
    assert extract_ngrams(2, ORTH).attrs == {"ngram_size": 2, "attr": ORTH}
    _, counts, _ = layer.predict([Doc(vocab, words=["Cat", "cat"])])
    assert counts.tolist() == [2.0]


def test_spans(vocab: Vocab) -> None:
    """Spans have the n-grams of their tokens, none of which reaches beyond them."""
    doc = Doc(vocab, words=["a", "b", "c", "d"])
    layer = extract_ngrams(2, "ORTH")
    keys, _, lengths = layer.predict([doc[1:3], doc])
    alone, _, _ = layer.predict([Doc(vocab, words=["b", "c"])])
    assert lengths.tolist() == [3, 7]
    assert keys[:3].tolist() == alone.tolist()


def test_the_hash_of_two() -> None:
    """The key of a run is a fixed number, on which trained weights rest."""
    keys, counts, found = count_ngrams(np.asarray([1, 2], dtype="uint64"), np.asarray([2], dtype="int32"), 2)
    assert keys.tolist() == [1, 2, 2346165840139155392]
    assert counts.tolist() == [1.0, 1.0, 1.0]
    assert found.tolist() == [3]


def test_threads_make_no_difference() -> None:
    """A large batch has the same n-grams on one thread and on several."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(0, 60, 500).astype("int32")
    values = rng.integers(0, 30, int(lengths.sum())).astype("uint64")
    before = get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            set_num_threads(threads)
            results.append(count_ngrams(values, lengths, 3))
    finally:
        set_num_threads(before)
    for one, other in zip(*results, strict=True):
        assert one.tolist() == other.tolist()
    keys, counts, found = results[0]
    assert counts.sum() == sum(n + max(0, n - 1) + max(0, n - 2) for n in lengths.tolist())
    assert found.sum() == len(keys)


def test_lengths_that_do_not_fit() -> None:
    """Lengths are those of the values."""
    with pytest.raises(ValueError, match="have 3 values, but 2"):
        count_ngrams(np.zeros(2, dtype="uint64"), np.asarray([1, 2], dtype="int32"), 1)
