"""Batchers: which items come together, with sizes that are numbers and sizes that change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagma.nn import registry as nn_registry
from tagma.registries import registry
from tagma.training.batchers import minibatch_by_padded_size, minibatch_by_words

Lengths = list[list[int]]


def items_of(lengths: Iterable[int]) -> list[str]:
    """Strings of these lengths."""
    return ["x" * length for length in lengths]


def lengths_of(batches: Iterable[list[str]]) -> Lengths:
    """How long the items of each batch are."""
    return [[len(item) for item in batch] for batch in batches]


def by_words(lengths: list[int], size: Any, tolerance: float = 0.0, discard: bool = False) -> Lengths:
    """The batches by words of items of these lengths."""
    return lengths_of(minibatch_by_words(items_of(lengths), size, tolerance, discard))


def by_padded(lengths: list[int], size: Any, buffer: int = 256, discard: bool = False) -> Lengths:
    """The batches by padded size of items of these lengths."""
    return lengths_of(minibatch_by_padded_size(items_of(lengths), size, buffer, discard))


def test_words_fill_a_batch_up_to_its_size() -> None:
    """A batch ends before the item that would make it larger than the size."""
    assert by_words([4, 6, 3, 3, 3, 3, 10, 1], 10) == [[4, 6], [3, 3, 3], [3], [10], [1]]


def test_words_within_the_tolerance() -> None:
    """Items within the tolerance begin the next batch, or end the last one."""
    assert by_words([6, 5, 4, 2], 10, tolerance=0.2) == [[6], [5, 4, 2]]
    assert by_words([6, 5], 10, tolerance=0.2) == [[6, 5]]
    assert by_words([6, 5, 1, 9], 10, tolerance=0.2) == [[6], [5, 1], [9]]


def test_words_keep_the_order_behind_an_item_beyond_the_size() -> None:
    """What would still fit does not overtake an item that is beyond the size already."""
    assert by_words([6, 5, 1], 10, tolerance=0.2) == [[6, 5, 1]]
    assert by_words([6, 5, 1, 8], 10, tolerance=0.2) == [[6], [5, 1], [8]]


def test_words_of_long_items() -> None:
    """An item longer than size and tolerance comes alone, at once, or not at all; one just as long is not too long."""
    assert by_words([5, 13], 10, tolerance=0.2) == [[13], [5]]
    assert by_words([5, 13], 10, tolerance=0.2, discard=True) == [[5]]
    assert by_words([12], 10, tolerance=0.2, discard=True) == [[12]]


def test_words_draw_a_size_for_each_batch() -> None:
    """A schedule gives each batch its size; after its end the last one stays."""
    sizes = iter([2, 4, 6])
    assert by_words([1] * 24, sizes) == [[1] * 2, [1] * 4, [1] * 6, [1] * 6, [1] * 6]


def test_words_with_sizes_that_shrink() -> None:
    """An item that is too long for the next size waits for the one after it; no batch is empty."""
    assert by_words([5, 5], iter([5, 3, 5])) == [[5], [5]]
    assert by_words([5, 1, 5], iter([5, 3, 2]), tolerance=0.2) == [[5], [1], [5]]


def test_words_are_counted_as_asked() -> None:
    """`get_length` says how long an item is."""
    batches = minibatch_by_words(["a b", "c", "d e f"], 3, 0.0, get_length=lambda text: len(text.split()))
    assert list(batches) == [["a b", "c"], ["d e f"]]


@given(
    lengths=st.lists(st.integers(0, 30), max_size=40),
    size=st.integers(1, 20),
    tolerance=st.sampled_from([0.0, 0.2, 1.0]),
    discard=st.booleans(),
)
def test_words_of_any_lengths(lengths: list[int], size: int, tolerance: float, discard: bool) -> None:
    """Nothing is lost but what is too long, and no batch but the long items is larger than the tolerance allows."""
    limit = size + size * tolerance
    batches = by_words(lengths, size, tolerance, discard)
    kept = [length for length in lengths if length <= limit or not discard]
    assert sorted(length for batch in batches for length in batch) == sorted(kept)
    assert all(batch and (sum(batch) <= limit or len(batch) == 1) for batch in batches)


def test_padded_size_groups_by_length() -> None:
    """The longest group comes first, and inside of a group the items stay in their order."""
    assert by_padded([3, 1, 2, 2, 9, 1], 6) == [[9], [3, 2], [1, 2, 1]]
    texts = ["aa", "b", "cc", "d", "ee"]
    assert list(minibatch_by_padded_size(texts, 4)) == [["ee"], ["aa", "cc"], ["b", "d"]]


def test_padded_size_discards() -> None:
    """With discard_oversize, batches that reach the size are dropped, by the length that `get_length` gives."""
    assert by_padded([9, 6, 5, 1], 6, discard=True) == [[5], [1]]
    assert by_padded([3, 3, 2, 2], 6, discard=True) == [[2, 2]]
    batches = minibatch_by_padded_size(["a b c d", "eeeeeeeeee"], 4, 1, True, get_length=lambda text: len(text.split()))
    assert list(batches) == [["eeeeeeeeee"]]


def test_padded_size_sorts_a_buffer_at_a_time() -> None:
    """Only `buffer` items are looked at together, with one size."""
    assert by_padded([1, 9, 1, 9], 20, buffer=2) == [[1, 9], [1, 9]]
    assert by_padded([1, 9, 1, 9], 20, buffer=4) == [[9, 9], [1, 1]]
    assert by_padded([2] * 8, iter([2, 4]), buffer=4) == [[2]] * 4 + [[2, 2]] * 2


@given(lengths=st.lists(st.integers(0, 30), max_size=40), size=st.integers(1, 60), buffer=st.integers(1, 10))
def test_padded_size_of_any_lengths(lengths: list[int], size: int, buffer: int) -> None:
    """Nothing is lost, and no batch of two items or more is larger than the size."""
    batches = by_padded(lengths, size, buffer)
    assert sorted(length for batch in batches for length in batch) == sorted(lengths)
    assert all(len(batch) == 1 or max(batch) * len(batch) <= size for batch in batches)


def test_defaults() -> None:
    """Nothing is dropped, words may be a fifth more, and 256 items are looked at together, unless said otherwise."""
    assert lengths_of(minibatch_by_words(items_of([7, 5]), 10)) == [[7, 5]]
    assert lengths_of(minibatch_by_words(items_of([7, 6, 13]), 10)) == [[7], [13], [6]]
    batches = lengths_of(minibatch_by_padded_size(items_of([*[1] * 255, 2, 3, 600]), 500))
    assert [batch[-1] for batch in batches] == [2, 1, 600, 3]


def compounding() -> Any:
    """Sizes 2, 4, 8, 8, … as a config makes them."""
    return nn_registry.schedules.get("compounding.v1")(start=2, stop=8, compound=2.0)


CONFIGURED: dict[str, dict[str, Any]] = {
    "spacy.batch_by_words.v1": {"tolerance": 0.0, "discard_oversize": False},
    "spacy.batch_by_sequence.v1": {},
    "spacy.batch_by_padded.v1": {"buffer": 8, "discard_oversize": False},
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_schedule_goes_on_from_epoch_to_epoch(name: str) -> None:
    """A batcher from a config does not begin anew with its sizes when it is called for the next epoch."""
    batcher: Callable[..., Any] = registry.batchers.get(name)(size=compounding(), **CONFIGURED[name])
    epochs = [[len(batch) for batch in batcher(items_of([1] * 8))] for _ in range(3)]
    assert epochs[0][0] == 2
    assert epochs[2] == [8]


@pytest.mark.parametrize("name", CONFIGURED)
def test_schedule_that_ends_within_an_epoch(name: str) -> None:
    """The last size of a schedule stays, in that epoch and in the next."""
    batcher = registry.batchers.get(name)(size=iter([1, 4]), **CONFIGURED[name])
    epochs = [[len(batch) for batch in batcher(items_of([1] * 8))] for _ in range(3)]
    assert epochs[1:] == [[4, 4]] * 2


@pytest.mark.parametrize("name", CONFIGURED)
def test_numbers_and_lists_of_sizes(name: str) -> None:
    """A number is the size of every batch; a list of sizes begins anew each epoch."""
    constant = registry.batchers.get(name)(size=4, get_length=len, **CONFIGURED[name])
    assert lengths_of(constant(items_of([1] * 8))) == [[1] * 4] * 2
    listed = registry.batchers.get(name)(size=[2, 6], **CONFIGURED[name])
    first, second = ([len(batch) for batch in listed(items_of([1] * 16))] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", CONFIGURED)
def test_schedule_without_a_size(name: str) -> None:
    """A schedule that is empty is refused."""
    batcher = registry.batchers.get(name)(size=iter([]), **CONFIGURED[name])
    with pytest.raises(ValueError, match="gives no size"):
        list(batcher(items_of([1])))
