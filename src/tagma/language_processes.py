"""`nlp.pipe` in several processes: batches are dealt out in turn, docs come back as bytes, in order."""

from __future__ import annotations

import itertools
import multiprocessing as mp
import traceback
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.tokens import Doc
from tagma.tokens.underscore import Underscore

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["pipe_in_processes"]

ROUNDS_AHEAD = 2  # batches a worker may have waiting


def pipe_in_processes(
    nlp: Language,
    texts: Iterable[Any],
    n_process: int,
    batch_size: int,
    disable: list[str],
    component_cfg: dict[str, dict[str, Any]] | None,
    *,
    as_tuples: bool = False,
) -> Iterator[Any]:
    """Docs of `texts`, or (doc, context) with `as_tuples`. A batch that fails goes to the default error handler.

    Each worker uses one thread. The stream may be endless: at most two batches a worker are read ahead.
    """
    import srsly

    if n_process == -1:
        n_process = mp.cpu_count()
    batches = _batches(iter(texts), batch_size)
    outer = [mp.Pipe() for _ in range(n_process)]
    state = Underscore.get_state()
    workers = [
        mp.Process(target=_work, args=(nlp, theirs, disable, component_cfg, batch_size, state)) for _, theirs in outer
    ]
    for worker in workers:
        worker.start()
    for _, theirs in outer:
        theirs.close()
    channels = [ours for ours, _ in outer]
    waiting: list[list[Any]] = [[] for _ in channels]
    try:
        sent = _send(batches, channels, waiting, as_tuples, n_process * ROUNDS_AHEAD, 0)
        turn = 0
        while any(waiting):
            worker = turn % n_process
            contexts = waiting[worker].pop(0)
            try:
                docs, error = channels[worker].recv()
            except EOFError:
                docs, error = [], "the worker process ended without a result"
            sent = _send(batches, channels, waiting, as_tuples, 1, sent)
            turn += 1
            if error is not None:
                nlp.default_error_handler(None, None, None, ValueError(Errors.E871.format(error=error)))
                continue
            for i, data in enumerate(docs):
                doc = Doc(nlp.vocab).from_bytes(data)
                yield (doc, contexts[i]) if as_tuples else doc
    finally:
        for channel in channels:
            try:
                channel.send(None)
            except (BrokenPipeError, OSError):
                pass
        failed = []
        for worker in workers:
            worker.join(timeout=10)
            if worker.is_alive():
                worker.terminate()
                worker.join()
            elif worker.exitcode:
                failed.append(str(worker.pid))
        if failed:
            warnings.warn(Warnings.W127.format(names=", ".join(failed)), stacklevel=2)
    del srsly


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(items, size)):
        yield batch


def _send(
    batches: Iterator[list[Any]], channels: list[Any], waiting: list[list[Any]], as_tuples: bool, count: int, sent: int
) -> int:
    for batch in itertools.islice(batches, count):
        worker = sent % len(channels)
        items = [item for item, _ in batch] if as_tuples else batch
        waiting[worker].append([context for _, context in batch] if as_tuples else None)
        channels[worker].send([item.to_bytes() if isinstance(item, Doc) else item for item in items])
        sent += 1
    return sent


def _work(
    nlp: Language,
    channel: Any,
    disable: list[str],
    component_cfg: dict[str, dict[str, Any]] | None,
    batch_size: int,
    underscore_state: Any,
) -> None:
    from tagma.threads import set_num_threads

    set_num_threads(1)
    Underscore.load_state(underscore_state)
    while (batch := channel.recv()) is not None:
        try:
            docs = nlp.pipe(batch, disable=disable, component_cfg=component_cfg, batch_size=batch_size)
            channel.send(([doc.to_bytes() for doc in docs], None))
        except Exception:
            channel.send(([], traceback.format_exc()))
    channel.close()
