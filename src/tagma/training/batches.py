"""The batches of a run: a corpus pass by pass, and the parts in which one batch is run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language

__all__ = ["create_train_batches", "subdivide_batch"]


def create_train_batches(
    nlp: Language,
    corpus: Callable[[Language], Iterable[Example]],
    batcher: Callable[[Iterable[Example]], Iterable[list[Example]]],
    max_epochs: int,
    *,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    passes: int = 0,
) -> Iterator[tuple[int, list[Example]]]:
    """(epoch, batch). The corpus is kept and shuffled at each epoch; with max_epochs -1 it is read anew each time.

    on_epoch    called with the number of each epoch, before it is shuffled
    passes      epochs after which it ends, also where the corpus is read anew; 0 has no limit
    Raises ValueError E986 for an epoch without a batch.
    """
    examples: list[Example] = [] if max_epochs == -1 else list(corpus(nlp))
    if max_epochs >= 0 and not examples:
        raise ValueError(Errors.E986)
    epoch = 0
    while (max_epochs < 1 or epoch != max_epochs) and not 0 < passes <= epoch:
        on_epoch(epoch)
        if max_epochs >= 0:
            random.shuffle(examples)
        any_batch = False
        for batch in batcher(examples if max_epochs >= 0 else corpus(nlp)):
            any_batch = True
            yield epoch, batch
        if not any_batch:
            raise ValueError(Errors.E986)
        epoch += 1


def subdivide_batch(batch: Iterable[Example], accumulate_gradient: int) -> Iterator[list[Example]]:
    """The batch by length, in `accumulate_gradient` parts of equal number; what is left over is one more part."""
    ordered = sorted(batch, key=lambda example: len(example.predicted))
    size = len(ordered) // accumulate_gradient
    for i in range(accumulate_gradient):
        if part := ordered[i * size : (i + 1) * size]:
            yield part
    if rest := ordered[accumulate_gradient * size :]:
        yield rest
