"""Pipe: what every component of a pipeline is, trainable or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.ty import Learns, has_network
from tagma.util.batches import minibatch
from tagma.util.handlers import raise_error
from tagma.util.json_text import read_json

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.tokens import Doc
    from tagma.ty import Pipeline

ErrorHandler = Callable[[str, "Pipe", list["Doc"], Exception], Any]


class Pipe:
    """Base class of components: takes a doc, changes it and gives it back.

    A subclass defines `__call__`, or `predict` and `set_annotations`, which `__call__` then combines.
    Attributes: `name`; optionally `cfg` (dict, passed on to the scorer) and `scorer`.
    """

    name: str
    cfg: dict[str, Any]
    scorer: Callable[..., dict[str, Any]] | None = None
    error_handler: ErrorHandler = staticmethod(raise_error)

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one doc; if that fails it goes to the error handler.

        Raises NotImplementedError E931 if the subclass does not say how.
        """
        if not self._says_how():
            name = getattr(self, "name", type(self).__name__)
            raise NotImplementedError(Errors.E931.format(parent="Pipe", method="__call__", name=name))
        try:
            return self._annotate(doc)
        except Exception as error:
            self.get_error_handler()(self.name, self, [doc], error)
        return doc

    def _annotate(self, doc: Doc) -> Doc:
        """What `__call__` does with a doc; errors are left to the caller."""
        self.set_annotations([doc], self.predict([doc]))  # type: ignore[attr-defined]  # a subclass has both
        return doc

    def _says_how(self) -> bool:
        has_parts = hasattr(self, "predict") and hasattr(self, "set_annotations")
        return has_parts or type(self)._annotate is not Pipe._annotate

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of docs, in order. A doc that fails goes to the error handler and is left out."""
        # Past the handler in `__call__`, which would give a doc that failed back as if it had not.
        call = self._annotate if type(self).__call__ is Pipe.__call__ and self._says_how() else self
        for doc in stream:
            try:
                doc = call(doc)
            except Exception as error:
                self.get_error_handler()(self.name, self, [doc], error)
            else:
                yield doc

    def _in_batches(
        self, stream: Iterable[Doc], batch_size: int, annotate: Callable[[list[Doc]], object]
    ) -> Iterator[Doc]:
        """The docs of a stream, in order, annotated batch by batch. A batch that fails goes to the error handler as a
        whole and is left out."""
        for docs in minibatch(stream, batch_size):
            try:
                annotate(docs)
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
            else:
                yield from docs

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None) -> None:
        """Make the component ready for training. Nothing to do here."""

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """The scorer's result, {} without a scorer. It is given the entries of `cfg`, `labels`, then `kwargs`."""
        if self.scorer is None:
            return {}
        settings = dict(getattr(self, "cfg", None) or {})
        settings["labels"] = self.labels
        return self.scorer(examples, **{**settings, **kwargs})

    @property
    def is_trainable(self) -> bool:
        """Whether it learns: it has a model and `update`."""
        return isinstance(self, Learns) and has_network(self)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the component predicts."""
        return ()

    @property
    def label_data(self) -> Any:
        """The labels in the form that `initialize(labels=…)` takes, fit for JSON; None if there are none."""
        return None

    @property
    def hide_labels(self) -> bool:
        """Whether the labels are internal, and left out of the pipeline's description."""
        return False

    def _require_labels(self) -> None:
        """Raises ValueError E143 if there are no labels."""
        if not self.labels or list(self.labels) == [""]:
            raise ValueError(Errors.E143.format(name=self.name))

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Have `error_handler(name, component, docs, error)` called with docs that fail, instead of raising."""
        self.error_handler = error_handler

    def get_error_handler(self) -> ErrorHandler:
        """The handler that was set, or one that raises the error again."""
        return self.error_handler


def deserialize_config(path: Any) -> Any:
    """Content of a component's `cfg` file, {} if there is no such file."""
    return read_json(path) if path.exists() else {}
