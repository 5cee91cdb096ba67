"""Batchers: group a stream of items into lists by number, by words, or by padded size.

A size may be a number, or an iterator that gives one for each batch (a schedule); when it ends its last value stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any, TypeVar

from tagma.batches import minibatch
from tagma.registry import registry

__all__ = [
    "configure_minibatch",
    "configure_minibatch_by_padded_size",
    "configure_minibatch_by_words",
    "minibatch",
    "minibatch_by_padded_size",
    "minibatch_by_words",
]

ItemT = TypeVar("ItemT")
Sizing = Iterable[int] | Sequence[int] | int
BatcherT = Callable[[Iterable[ItemT]], Iterable[list[ItemT]]]


@registry.batchers("spacy.batch_by_padded.v1")
def configure_minibatch_by_padded_size(
    *,
    size: Any,
    buffer: int,
    discard_oversize: bool,
    get_length: Callable[[Any], int] | None = None,
) -> BatcherT[Any]:
    """Batches whose longest item times number of items stays within `size`; see `minibatch_by_padded_size`."""
    return partial(
        minibatch_by_padded_size,
        size=size,
        buffer=buffer,
        discard_oversize=discard_oversize,
        get_length=get_length or len,
    )


@registry.batchers("spacy.batch_by_words.v1")
def configure_minibatch_by_words(
    *,
    size: Any,
    tolerance: float,
    discard_oversize: bool,
    get_length: Callable[[Any], int] | None = None,
) -> BatcherT[Any]:
    """Batches of about `size` words; see `minibatch_by_words`."""
    return partial(
        minibatch_by_words,
        size=size,
        tolerance=tolerance,
        discard_oversize=discard_oversize,
        get_length=get_length or len,
    )


@registry.batchers("spacy.batch_by_sequence.v1")
def configure_minibatch(size: Any, get_length: Callable[[Any], int] | None = None) -> BatcherT[Any]:
    """Batches of `size` items; `get_length` is accepted and not needed."""
    return partial(minibatch, size=size)


def _sizes(size: Sizing) -> Iterator[float]:
    """One size a batch, for ever."""
    if isinstance(size, int | float):
        return repeat(size)
    return _lasting(iter(size))


def _lasting(sizes: Iterator[float]) -> Iterator[float]:
    last = None
    for last in sizes:
        yield last
    if last is None:
        raise ValueError("the schedule of batch sizes gives no size; give a number, or a schedule with values")
    yield from repeat(last)


def minibatch_by_words(
    seqs: Iterable[ItemT],
    size: Sizing,
    tolerance: float = 0.2,
    discard_oversize: bool = False,
    get_length: Callable[[Any], int] = len,
) -> Iterator[list[ItemT]]:
    """Batches of about `size` words.

    tolerance           share of the size by which a batch may be larger
    discard_oversize    drop items longer than size plus tolerance; else each of them is a batch of its own
    get_length          words of an item
    """
    sizes = _sizes(size)
    target = next(sizes)
    extra = target * tolerance
    batch: list[ItemT] = []
    overflow: list[ItemT] = []
    words = overflow_words = 0
    for item in seqs:
        length = get_length(item)
        if length > target + extra:
            if not discard_oversize:
                yield [item]
            continue
        if not overflow_words and words + length <= target:
            batch.append(item)
            words += length
            continue
        if words + overflow_words + length <= target + extra:
            overflow.append(item)
            overflow_words += length
            continue
        if batch:
            yield batch
        target = next(sizes)
        extra = target * tolerance
        batch, words = overflow, overflow_words
        overflow, overflow_words = [], 0
        if words + length <= target:
            batch.append(item)
            words += length
        elif words + length <= target + extra:
            overflow.append(item)
            overflow_words += length
        else:
            if batch:
                yield batch
            target = next(sizes)
            extra = target * tolerance
            batch, words = [item], length
    batch.extend(overflow)
    if batch:
        yield batch


def minibatch_by_padded_size(
    seqs: Iterable[ItemT],
    size: Sizing,
    buffer: int = 256,
    discard_oversize: bool = False,
    get_length: Callable[[Any], int] = len,
) -> Iterator[list[ItemT]]:
    """Batches whose longest item times number of items stays within `size`.

    buffer              items that are read and sorted by length together
    discard_oversize    drop batches that are larger than size all the same
    """
    sizes = _sizes(size)
    for outer in minibatch(seqs, size=buffer):
        target = next(sizes)
        for indices in _batch_by_length(outer, target, get_length):
            batch = [outer[i] for i in indices]
            padded = max(get_length(item) for item in batch) * len(batch)
            if discard_oversize and padded >= target:
                continue
            yield batch


def _batch_by_length(seqs: Sequence[Any], max_words: float, get_length: Callable[[Any], int]) -> list[list[int]]:
    """Indices grouped by similar length, the longest group first; inside a group in the order given."""
    order = sorted(range(len(seqs)), key=lambda i: (get_length(seqs[i]), i))
    batches: list[list[int]] = []
    batch: list[int] = []
    for i in order:
        length = get_length(seqs[i])
        if batch and length * (len(batch) + 1) > max_words:
            batches.append(batch)
            batch = []
        batch.append(i)
    if batch:
        batches.append(batch)
    return [sorted(batch) for batch in reversed(batches)]
