"""Processing: texts through the tokenizer and the components, one by one, as streams, in several processes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from numbers import Integral
from typing import Any, overload

from tagma.errors import Errors, Warnings
from tagma.language.components import WithComponents
from tagma.language.streams import Stage, run_stage, stream_in_processes
from tagma.tokens import Doc

__all__ = ["WithProcessing"]


class WithProcessing(WithComponents):
    """A pipeline that annotates texts."""

    def make_doc(self, text: str) -> Doc:
        """Tokenize. Raises ValueError E088 for a text longer than `max_length`."""
        if len(text) > self.max_length:
            raise ValueError(Errors.E088.format(length=len(text), max_length=self.max_length))
        return self.tokenizer(text)

    def _ensure_doc(self, text: str | Doc | bytes) -> Doc:
        """The Doc that a component is given: made of a text, read from bytes, or itself. Raises ValueError E1041."""
        match text:
            case str():
                return self.make_doc(text)
            case bytes():
                return Doc(self.vocab).from_bytes(text)
            case Doc():
                return text
            case _:
                raise ValueError(Errors.E1041.format(type=type(text)))

    def __call__(
        self,
        text: str | Doc | bytes,
        *,
        disable: Iterable[str] = (),
        component_cfg: dict[str, dict[str, Any]] | None = None,
    ) -> Doc:
        """Annotate one text.

        disable          names of components that are left out
        component_cfg    {component: keyword arguments of its call}
        Raises ValueError: E1041 neither text nor doc, E003 a component that cannot be called, E109 one that is not
        initialized, E005 one that does not return a doc.
        """
        doc = self._ensure_doc(text)
        for stage in self._stages(disable, component_cfg):
            doc = _annotated(doc, stage)
        return doc

    @overload
    def pipe(
        self,
        texts: Iterable[str | Doc | bytes],
        *,
        as_tuples: Any = ...,
        batch_size: int | None = ...,
        disable: Iterable[str] = ...,
        component_cfg: dict[str, dict[str, Any]] | None = ...,
        n_process: int = ...,
    ) -> Iterator[Doc]: ...

    @overload
    def pipe(self, texts: Iterable[tuple[str | Doc | bytes, Any]], **kwargs: Any) -> Iterator[tuple[Doc, Any]]: ...

    def pipe(  # type: ignore[misc]
        self,
        texts: Iterable[Any],
        *,
        as_tuples: bool = False,
        batch_size: int | None = None,
        disable: Iterable[str] = (),
        component_cfg: dict[str, dict[str, Any]] | None = None,
        n_process: int = 1,
    ) -> Iterator[Any]:
        """Annotate a stream of texts, in order, as they are asked for.

        as_tuples        the stream holds (text, context), and (doc, context) comes out
        batch_size       docs in a batch of each component
        disable          names of components that are left out
        component_cfg    {component: keyword arguments of its `pipe`}
        n_process        worker processes, each with one thread; -1 for one per processor
        Raises ValueError, or TypeError for other types: E4022 a batch_size or n_process that is none, E1041 neither
        text nor doc; what components raise goes to the error handler.
        """
        if as_tuples:
            docs = self.pipe(
                (self._with_context(text, context) for text, context in texts),
                batch_size=batch_size,
                disable=disable,
                component_cfg=component_cfg,
                n_process=n_process,
            )
            for doc in docs:
                context = doc.context
                doc.context = None
                yield doc, context
            return
        batch_size = self.batch_size if batch_size is None else batch_size
        # Neither would fail by itself: the texts would just be gone.
        _require_count("batch_size", batch_size)
        if n_process != -1:
            _require_count("n_process", n_process, besides=", or -1 for one process per processor")
        stages = self._stages(disable, component_cfg, batch_size=batch_size)
        if n_process == -1:
            import multiprocessing

            n_process = multiprocessing.cpu_count()
        if n_process != 1:
            if any(_is_on_gpu(proc) for _, proc, _, _ in stages):
                warnings.warn(Warnings.W114, stacklevel=2)
            yield from stream_in_processes(
                texts,
                self._ensure_doc,
                stages,
                n_process=n_process,
                batch_size=batch_size,
                error_handler=self.default_error_handler,
            )
            return
        stream: Iterator[Doc] = map(self._ensure_doc, texts)
        for stage in stages:
            stream = run_stage(stream, stage)
        yield from stream

    def _stages(
        self, disable: Iterable[str], component_cfg: dict[str, dict[str, Any]] | None, **kwargs: Any
    ) -> list[Stage]:
        """The components that run, but for those in `disable`, each with its settings over `kwargs`."""
        left_out = {disable} if isinstance(disable, str) else set(disable)
        own = component_cfg or {}
        return [
            self._stage(name, proc, {**kwargs, **own.get(name, {})})
            for name, proc in self.pipeline
            if name not in left_out
        ]

    def _stage(self, name: str, proc: Any, kwargs: dict[str, Any]) -> Stage:
        handler = proc.get_error_handler() if hasattr(proc, "get_error_handler") else self.default_error_handler
        return name, proc, kwargs, handler

    def _with_context(self, text: str | Doc | bytes, context: Any) -> Doc:
        doc = self._ensure_doc(text)
        doc.context = context
        return doc

    def set_error_handler(self, error_handler: Callable[..., Any]) -> None:
        """Have `error_handler(name, component, docs, error)` called when a component fails, here and in components."""
        self.default_error_handler = error_handler
        for set_handler in _methods("set_error_handler", [pipe for _, pipe in self.pipeline]):
            set_handler(error_handler)

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """What is added to the vocabulary inside is freed at the end; docs made inside must not be used after it.

        Raises ValueError E4000 if zones are nested.
        """
        with ExitStack() as stack:
            mem = stack.enter_context(self.vocab.memory_zone(mem))
            for zone in _methods("memory_zone", [self.tokenizer, *(pipe for _, pipe in self.pipeline)]):
                stack.enter_context(zone(mem))
            yield mem


def _methods(name: str, objects: Iterable[Any]) -> list[Callable[..., Any]]:
    """The method of each object that has one of this name."""
    return [getattr(obj, name) for obj in objects if hasattr(obj, name)]


def _annotated(doc: Doc, stage: Stage) -> Doc:
    """What a component makes of one doc; the doc as it was if the error handler lets it pass.

    Raises ValueError E003, E109, E005, which no handler sees.
    """
    name, proc, kwargs, handler = stage
    if not callable(proc):
        raise ValueError(Errors.E003.format(component=type(proc), name=name))
    result: Any = doc
    try:
        result = proc(doc, **kwargs)
    except KeyError as error:
        # A missing key is what a component without weights or tables runs into.
        raise ValueError(Errors.E109.format(name=name, error=error)) from error
    except Exception as error:
        handler(name, proc, [doc], error)
    if isinstance(result, Doc):
        return result
    raise ValueError(Errors.E005.format(name=name, returned_type=type(result)))


def _require_count(name: str, value: Any, besides: str = "") -> None:
    if not isinstance(value, Integral):
        raise TypeError(Errors.E4022.format(name=name, value=value, besides=besides))
    if value < 1:
        raise ValueError(Errors.E4022.format(name=name, value=value, besides=besides))


def _is_on_gpu(proc: Any) -> bool:
    model = getattr(proc, "model", None)
    return getattr(getattr(model, "ops", None), "device_type", "cpu") != "cpu"
