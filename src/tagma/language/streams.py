"""Docs through components: one by one, as streams, in this process or in several.

A component stands in a `Stage`, with the keyword arguments of its calls and the handler of its errors.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle, islice
from numbers import Integral
from timeit import default_timer as timer
from typing import TYPE_CHECKING, Any, NamedTuple

from tagma.errors import Errors, Warnings
from tagma.threads import set_num_threads
from tagma.tokens import Doc
from tagma.tokens.underscore import Underscore
from tagma.ty import HandlesErrors, UsesZones, has_network
from tagma.util.batches import minibatch
from tagma.util.handlers import place_in_user_code
from tagma.util.names import Names, listed

if TYPE_CHECKING:
    import multiprocessing as mp
    from multiprocessing.connection import Connection

    from tagma.language.components import Step
    from tagma.ty import ErrorHandler, Pipeline

__all__ = [
    "Stage",
    "Timing",
    "Timings",
    "annotated",
    "as_doc",
    "contexts",
    "memory_zone",
    "run_stage",
    "set_error_handler",
    "stage_of",
    "stages",
    "stream",
    "with_contexts",
]

Failure = tuple[str, Exception | None]  # traceback of a worker, and its exception
LOOK_AHEAD = 2  # batches that each worker is given ahead


class Stage(NamedTuple):
    """A component that runs, and how it is called."""

    name: str
    proc: Any
    kwargs: dict[str, Any]
    handler: ErrorHandler
    streams: bool  # has a `pipe` of its own


class Timing:
    """What went through a component: seconds of its own, docs, words."""

    def __init__(self) -> None:
        self.seconds: float = 0.0
        self.docs = 0
        self.words = 0

    def __repr__(self) -> str:
        return f"Timing(seconds={self.seconds:.3f}, docs={self.docs}, words={self.words})"


Timings = dict[str, Timing]


def stages(
    nlp: Pipeline,
    steps: Sequence[Step],
    disable: Names,
    component_cfg: Mapping[str, Mapping[str, Any]] | None,
    **kwargs: Any,
) -> list[Stage]:
    """The components that run, but for those in `disable`, each with its settings over `kwargs`."""
    left_out = set(listed(disable)) if disable else ()
    own = component_cfg or {}
    return [
        stage_of(nlp, step, {**kwargs, **own.get(step.name, {})} if own else kwargs)
        for step in steps
        if step.name not in left_out
    ]


def stage_of(nlp: Pipeline, step: Step, kwargs: dict[str, Any]) -> Stage:
    """A component with the keyword arguments of its calls, and its own error handler or the pipeline's."""
    handler = nlp.default_error_handler if step.handler is None else step.handler.get_error_handler()
    return Stage(step.name, step.proc, kwargs, handler, step.streams)


def as_doc(nlp: Pipeline, text: str | Doc | bytes) -> Doc:
    """The Doc that a component is given: made of a text, read from bytes, or itself.

    Raises ValueError: E1041 another type, E4037 a Doc of another vocabulary, in which labels would have no text.
    """
    match text:
        case str():
            return nlp.make_doc(text)
        case bytes():
            return Doc(nlp.vocab).from_bytes(text)
        case Doc():
            if text.vocab is not nlp.vocab and text.vocab.strings is not nlp.vocab.strings and _predicts(nlp):
                raise ValueError(Errors.E4037.format(text=text.text[:50]))
            return text
        case _:
            raise ValueError(Errors.E1041.format(type=type(text)))


def _predicts(nlp: Pipeline) -> bool:
    return any(has_network(proc) for _, proc in nlp.pipeline)


def annotated(doc: Doc, stage: Stage) -> Doc:
    """What a component makes of one doc; the doc as it was if the error handler lets it pass.

    Raises ValueError E109, E005, which no handler sees.
    """
    result: Any = doc
    try:
        result = stage.proc(doc, **stage.kwargs)
    except KeyError as error:
        # A missing key is what a component without weights or tables runs into.
        raise ValueError(Errors.E109.format(name=stage.name, error=error)) from error
    except Exception as error:
        stage.handler(stage.name, stage.proc, [doc], error)
    return _require_doc(result, stage)


def _require_doc(result: Any, stage: Stage) -> Doc:
    if isinstance(result, Doc):
        return result
    raise ValueError(Errors.E005.format(name=stage.name, returned_type=type(result)))


def run_stage(docs: Iterable[Doc], stage: Stage) -> Iterator[Doc]:
    """Docs through one component: its `pipe` if it has one, else one by one, leaving out those on which it fails."""
    if stage.streams:
        yield from stage.proc.pipe(docs, **stage.kwargs)
        return
    kwargs = {key: value for key, value in stage.kwargs.items() if key != "batch_size"}
    for doc in docs:
        try:
            result = _require_doc(stage.proc(doc, **kwargs), stage)
        except Exception as error:
            stage.handler(stage.name, stage.proc, [doc], error)
        else:
            yield result


def stream(
    nlp: Pipeline,
    texts: Iterable[Any],
    stages: Sequence[Stage],
    *,
    batch_size: int,
    n_process: int,
    timings: Timings | None = None,
) -> Iterator[Doc]:
    """Texts through all stages, in order. See `Language.pipe`."""
    if isinstance(texts, str | bytes | Doc):
        raise TypeError(Errors.E4034.format(text=repr(texts)[:50]))
    # Neither would fail by itself: the texts would just be gone.
    _require_count("batch_size", batch_size)
    if n_process != -1:
        _require_count("n_process", n_process, besides=", or -1 for one process per processor")
    n_process = (os.cpu_count() or 1) if n_process == -1 else n_process
    if n_process == 1:
        docs: Iterator[Doc] = (as_doc(nlp, text) for text in texts)
        return _timed(docs, stages, timings) if timings is not None else _chained(docs, stages)
    if timings is not None:
        raise ValueError(Errors.E4029.format(n_process=n_process))
    if any(_is_on_gpu(stage.proc) for stage in stages):
        warnings.warn(Warnings.W114, stacklevel=2)
    return _in_processes(nlp, texts, stages, n_process=n_process, batch_size=batch_size)


def _chained(docs: Iterator[Doc], stages: Sequence[Stage]) -> Iterator[Doc]:
    for stage in stages:
        docs = run_stage(docs, stage)
    return docs


def _timed(docs: Iterator[Doc], stages: Sequence[Stage], timings: Timings) -> Iterator[Doc]:
    """The same, with the time that passes inside each stage but not in those before it; the tokenizer's first."""
    spent = [0.0]  # of all stages up to the one in hand, inner ones included
    docs = _measured(docs, timings.setdefault("tokenizer", Timing()), spent)
    for stage in stages:
        docs = _measured(run_stage(docs, stage), timings.setdefault(stage.name, Timing()), spent)
    return docs


def _measured(docs: Iterator[Doc], timing: Timing, spent: list[float]) -> Iterator[Doc]:
    while True:
        before, start = spent[0], timer()
        doc = next(docs, None)
        passed = timer() - start
        timing.seconds += passed - (spent[0] - before)
        spent[0] = before + passed
        if doc is None:
            return
        timing.docs += 1
        timing.words += len(doc)
        yield doc


def _require_count(name: str, value: Any, besides: str = "") -> None:
    if not isinstance(value, Integral):
        raise TypeError(Errors.E4022.format(name=name, value=value, besides=besides))
    if value < 1:
        raise ValueError(Errors.E4022.format(name=name, value=value, besides=besides))


def _is_on_gpu(proc: Any) -> bool:
    return has_network(proc) and proc.model.ops.device_type != "cpu"


def contexts(nlp: Pipeline, texts: Iterable[tuple[Any, Any]]) -> Iterator[Doc]:
    """Docs that carry the contexts of (text, context). Raises ValueError E4035 for anything but pairs."""
    for pair in texts:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError(Errors.E4035.format(item=repr(pair)[:50]))
        text, context = pair
        doc = as_doc(nlp, text)
        doc.context = context
        yield doc


def with_contexts(docs: Iterable[Doc]) -> Iterator[tuple[Doc, Any]]:
    """(doc, context), the doc without it."""
    for doc in docs:
        context = doc.context
        doc.context = None
        yield doc, context


def set_error_handler(nlp: Pipeline, error_handler: ErrorHandler) -> None:
    """See `Language.set_error_handler`."""
    nlp.default_error_handler = error_handler
    for _, proc in nlp.pipeline:
        if isinstance(proc, HandlesErrors):
            proc.set_error_handler(error_handler)


@contextmanager
def memory_zone(nlp: Pipeline, mem: object = None) -> Iterator[object]:
    """See `Language.memory_zone`."""
    if isinstance(nlp.tokenizer, UsesZones):
        nlp.tokenizer("")  # what it sets up with its first text is to outlast the zone
    with ExitStack() as stack:
        mem = stack.enter_context(nlp.vocab.memory_zone(mem))
        for part in (nlp.tokenizer, *(proc for _, proc in nlp.pipeline)):
            if isinstance(part, UsesZones):
                stack.enter_context(part.memory_zone(mem))
        yield mem


# Several processes


def _in_processes(
    nlp: Pipeline, texts: Iterable[Any], stages: Sequence[Stage], *, n_process: int, batch_size: int
) -> Iterator[Doc]:
    """Docs through all components in worker processes, in order.

    Batches are dealt round and travel as bytes; a batch in which a worker fails is left out and the error handler
    called. Each worker runs one thread, whatever this process is set to.
    """
    import multiprocessing as mp  # which most pipelines do not need

    pipes = [mp.Pipe(duplex=False) for _ in range(n_process)]
    # A queue takes what it is given without waiting, so that no worker and this process ever wait for each other.
    queues: list[mp.Queue[bytes | None]] = [mp.Queue() for _ in range(n_process)]
    state = Underscore.get_state()
    workers = []
    for i, (_, sender) in enumerate(pipes):
        others = [end for j, pair in enumerate(pipes) for end in pair if j != i or end is not sender]
        args = (partial(as_doc, nlp), stages, queues[i], sender, state, others)
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
        yield from _deal(texts, queues, receivers, as_doc(nlp, ""), batch_size, nlp.default_error_handler)
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
        received: tuple[list[tuple[bytes, Any]], Failure | None] = connection.recv()
    except EOFError:
        return [], ("the process ended without an answer", None)
    return received


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
