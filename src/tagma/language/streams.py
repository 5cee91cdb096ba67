"""Streams of docs through components, in this process or in several."""

from __future__ import annotations

import multiprocessing as mp
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.threads import set_num_threads
from tagma.tokens import Doc
from tagma.tokens.underscore import Underscore
from tagma.util.batches import minibatch
from tagma.util.handlers import place_in_user_code

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Stage", "run_stage", "stream_in_processes"]

ErrorHandler = Callable[[Any, Any, Any, Exception], Any]
# A component with its name, the keyword arguments of its calls and what handles its errors.
Stage = tuple[str, Callable[..., Any], dict[str, Any], ErrorHandler]
Failure = tuple[str, Exception | None]  # traceback of a worker, and its exception
LOOK_AHEAD = 2  # batches that each worker is given ahead


def run_stage(docs: Iterable[Doc], stage: Stage) -> Iterator[Doc]:
    """Docs through one component: its `pipe` if it has one, else one by one, leaving out those on which it fails."""
    name, proc, kwargs, handler = stage
    if hasattr(proc, "pipe"):
        yield from proc.pipe(docs, **kwargs)
        return
    kwargs = {key: value for key, value in kwargs.items() if key != "batch_size"}
    for doc in docs:
        try:
            result = proc(doc, **kwargs)
            if not isinstance(result, Doc):
                raise ValueError(Errors.E005.format(name=name, returned_type=type(result)))
        except Exception as error:
            handler(name, proc, [doc], error)
        else:
            yield result


def stream_in_processes(
    texts: Iterable[Any],
    ensure_doc: Callable[[Any], Doc],
    stages: Sequence[Stage],
    *,
    n_process: int,
    batch_size: int,
    error_handler: ErrorHandler,
) -> Iterator[Doc]:
    """Docs through all components in worker processes, in order.

    Batches are dealt round and travel as bytes; a batch in which a worker fails is left out and `error_handler` called.
    Each worker runs one thread, whatever this process is set to.
    """
    pipes = [mp.Pipe(duplex=False) for _ in range(n_process)]
    # A queue takes what it is given without waiting, so that no worker and this process ever wait for each other.
    queues: list[mp.Queue[bytes | None]] = [mp.Queue() for _ in range(n_process)]
    state = Underscore.get_state()
    workers = []
    for i, (_, sender) in enumerate(pipes):
        others = [end for j, pair in enumerate(pipes) for end in pair if j != i or end is not sender]
        args = (ensure_doc, stages, queues[i], sender, state, others)
        workers.append(mp.Process(target=_work, args=args, daemon=True))
    for worker in workers:
        with warnings.catch_warnings():
            # Python warns of threads at a fork; ours are not needed in the child (threads/csrc/pool.c starts new ones)
            warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
            worker.start()
    for _, sender in pipes:
        sender.close()
    receivers = [receiver for receiver, _ in pipes]
    interrupted = False
    try:
        yield from _deal(texts, queues, receivers, ensure_doc(""), batch_size, error_handler)
    except KeyboardInterrupt:
        interrupted = True
        for worker in workers:
            worker.terminate()
        raise
    finally:
        for queue, receiver in zip(queues, receivers, strict=True):
            queue.put(None)
            receiver.close()
        for worker in workers:
            worker.join(timeout=10)
            if worker.is_alive():
                worker.terminate()
                worker.join()
        for queue in queues:
            queue.cancel_join_thread()
            queue.close()
        failed = [str(worker.exitcode) for worker in workers if worker.exitcode]
        if failed and not interrupted:
            warnings.warn(Warnings.W127.format(names=", ".join(failed)), stacklevel=2)


def _deal(
    texts: Iterable[Any],
    queues: Sequence[mp.Queue[bytes | None]],
    receivers: Sequence[Connection],
    sample: Doc,
    batch_size: int,
    error_handler: ErrorHandler,
) -> Iterator[Doc]:
    batches = minibatch(texts, batch_size)
    givers, takers = cycle(queues), cycle(receivers)
    waiting = 0
    for batch in islice(batches, LOOK_AHEAD * len(queues)):
        next(givers).put(_packed(batch))
        waiting += 1
    while waiting:
        results, error = _receive(next(takers))
        waiting -= 1
        for batch in islice(batches, 1):
            next(givers).put(_packed(batch))
            waiting += 1
        if error is not None:
            text, cause = error
            failure = ValueError(Errors.E871.format(error=text))
            failure.__cause__ = cause
            error_handler(None, None, None, failure)
            continue
        for data, context in results:
            doc = Doc(sample.vocab).from_bytes(data)
            if context is not None:
                doc.context = context
            yield doc


def _receive(connection: Connection) -> tuple[list[tuple[bytes, Any]], Failure | None]:
    try:
        return connection.recv()
    except EOFError:
        return [], ("the process ended without an answer", None)


def _picklable(error: Exception) -> Exception | None:
    """The exception for the parent, with the place where it was raised as a note; None if it cannot be sent."""
    if place := place_in_user_code(error):
        error.add_note(f"Raised in {place}.")
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return None
    return error


def _packed(batch: list[Any]) -> bytes:
    items = [(item.to_bytes(), item.context) if isinstance(item, Doc) else (item, None) for item in batch]
    return pickle.dumps(items)


def _work(
    ensure_doc: Callable[[Any], Doc],
    stages: Sequence[Stage],
    queue: mp.Queue[bytes | None],
    sender: Connection,
    state: Any,
    others: Sequence[Connection],
) -> None:
    # The workers share the cores; threads of their own would only stand in each other's way.
    set_num_threads(1)
    # Ctrl-C reaches all processes; the parent alone answers to it, and ends these, whatever handler they had of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # An end that stays open here would keep the parent from seeing that its own worker has died.
    for end in others:
        end.close()
    Underscore.load_state(state)
    while (batch := queue.get()) is not None:
        try:
            docs: Iterable[Doc] = [_with_context(ensure_doc(item), context) for item, context in pickle.loads(batch)]
            for stage in stages:
                docs = run_stage(docs, stage)
            answer: tuple[Any, Failure | None] = ([(doc.to_bytes(), doc.context) for doc in docs], None)
        except Exception as error:
            answer = ([], (traceback.format_exc(), _picklable(error)))
        try:
            sender.send(answer)
        except OSError:  # the parent has stopped listening
            return


def _with_context(doc: Doc, context: Any) -> Doc:
    if context is not None:
        doc.context = context
    return doc
