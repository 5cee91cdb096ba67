"""Batchers: group a stream of items into lists by number, by words, or by padded size.

A size may be a number, or an iterator that gives one for each batch (a schedule); when it ends its last value stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Generic, TypeVar

from tagma.registries import registry
from tagma.util.batches import minibatch

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
        size=_kept(size),
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
        size=_kept(size),
        tolerance=tolerance,
        discard_oversize=discard_oversize,
        get_length=get_length or len,
    )


@registry.batchers("spacy.batch_by_sequence.v1")
def configure_minibatch(size: Any, get_length: Callable[[Any], int] | None = None) -> BatcherT[Any]:
    """Batches of `size` items; `get_length` is accepted and not needed."""
    return partial(minibatch, size=_kept(size))


def _kept(size: Any) -> Any:
    """The same, but a schedule that has ended in one epoch still has its last value in the next."""
    return _lasting(size) if isinstance(size, Iterator) else size


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
    batch: _Batch[ItemT] = _Batch(next(sizes), tolerance)
    for item in seqs:
        length = get_length(item)
        if length > batch.limit:
            if not discard_oversize:
                yield [item]
            continue
        if batch.takes(item, length):
            continue
        if batch.items:
            yield batch.items
        batch = _Batch(next(sizes), tolerance, batch.beyond, batch.words_beyond)
        if batch.takes(item, length):
            continue
        if batch.items:
            yield batch.items
        batch = _Batch(next(sizes), tolerance, [item], length)
    if batch.items or batch.beyond:
        yield batch.items + batch.beyond


class _Batch(Generic[ItemT]):
    """Items up to a number of words, and those beyond it that the tolerance still allows: they begin the next batch."""

    def __init__(self, size: float, tolerance: float, items: Iterable[ItemT] = (), words: int = 0) -> None:
        self.size = size
        self.limit = size + size * tolerance
        self.items = list(items)
        self.words = words
        self.beyond: list[ItemT] = []
        self.words_beyond = 0

    def takes(self, item: ItemT, length: int) -> bool:
        """Whether there is room for an item; if so it is in. Nothing goes before what is beyond the size."""
        words = self.words + self.words_beyond + length
        if words <= self.size and not self.words_beyond:
            self.items.append(item)
            self.words = words
        elif words <= self.limit:
            self.beyond.append(item)
            self.words_beyond += length
        else:
            return False
        return True


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
    for items in minibatch(seqs, size=buffer):
        most = next(sizes)
        lengths = [get_length(item) for item in items]
        for group in reversed(_of_similar_length(lengths, most)):
            if not discard_oversize or lengths[group[-1]] * len(group) < most:
                yield [items[i] for i in sorted(group)]


def _of_similar_length(lengths: Sequence[int], most: float) -> list[list[int]]:
    """Indices by length, in groups whose longest length times number stays within `most` (single ones may not)."""
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if groups and lengths[i] * (len(groups[-1]) + 1) <= most:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups
