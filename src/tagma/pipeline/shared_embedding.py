"""SharedEmbedding: a component whose network others listen to. In training it runs once per batch, for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tagma.errors import Errors
from tagma.gold.example import as_examples, validate_distillation_examples
from tagma.ml.listener import Listener, listeners_in
from tagma.nn import Model, set_dropout_rate
from tagma.pipeline.trainable_pipe import TrainablePipe, is_optimizer

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.nn.types import FloatArray
    from tagma.tokens import Doc
    from tagma.vocab import Vocab

__all__ = ["SharedEmbedding"]


class SharedEmbedding(TrainablePipe):
    """Share one network among components.

    Each component that has a listener for this one is registered with its listeners, in order. The listener registered
    last must be trained: with its gradient the accumulated ones go back through the network.

    A subclass says of which class its listeners are, and what of the network's output they are handed; their gradients
    are added up as one array.
    """

    listener_class: ClassVar[type[Listener[Any]]]

    def __init__(self, vocab: Vocab, model: Model[Any, Any], name: str, **cfg: Any) -> None:
        super().__init__(vocab, model, name, **cfg)
        self.listener_map: dict[str, list[Any]] = {}
        self._rehearsal_model: Model[Any, Any] | None = None

    @property
    def listeners(self) -> list[Any]:
        """All listeners, component by component."""
        return [listener for name in self.listening_components for listener in self.listener_map[name]]

    @property
    def listening_components(self) -> list[str]:
        """Names of the components that listen."""
        return list(self.listener_map)

    def add_listener(self, listener: Any, component_name: str) -> None:
        """Register a listener of a component."""
        registered = self.listener_map.setdefault(component_name, [])
        if not any(listener is other for other in registered):
            registered.append(listener)

    def remove_listener(self, listener: Any, component_name: str) -> bool:
        """Forget a listener of a component. False if it was not registered."""
        registered = self.listener_map.get(component_name, [])
        for i, other in enumerate(registered):
            if other is listener:
                del registered[i]
                if not registered:
                    del self.listener_map[component_name]
                return True
        return False

    def find_listeners(self, component: Any) -> None:
        """Register the listeners in a component's model that listen to this component, or to any."""
        for listener in listeners_in(getattr(component, "model", None), self.name, self.listener_class):
            self.add_listener(listener, component.name)

    def _outputs(self, model: Model[Any, Any], docs: list[Doc]) -> Any:
        """What a network says of docs, as `set_annotations` takes it."""
        raise NotImplementedError(Errors.E931.format(parent="SharedEmbedding", method="_outputs", name=self.name))

    def _handed(self, outputs: Any) -> Any:
        """What the listeners get of the output of the network."""
        raise NotImplementedError(Errors.E931.format(parent="SharedEmbedding", method="_handed", name=self.name))

    def _flat(self, dY: Any) -> FloatArray:
        """The gradient that a listener gives back, as one array."""
        raise NotImplementedError(Errors.E931.format(parent="SharedEmbedding", method="_flat", name=self.name))

    def _gradient(self, outputs: Any, flat: FloatArray) -> Any:
        """A sum of those as the network takes it."""
        raise NotImplementedError(Errors.E931.format(parent="SharedEmbedding", method="_gradient", name=self.name))

    def get_loss(self, examples: Iterable[Example], scores: Any) -> None:  # type: ignore[override]  # has no loss
        """Nothing: the gradient comes from the listeners."""

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
        set_annotations: bool = False,
    ) -> dict[str, float]:
        """Run the network on the batch and hand the listeners the result.

        The gradients that they send back are added up (their squares to the loss); the last one's arrival runs the
        network backward and, if there is an optimizer, changes the parameters.
        """
        losses = {} if losses is None else losses
        examples = as_examples(examples, f"{type(self).__name__}.update")
        docs = [example.predicted for example in examples]
        self._feed_listeners(docs, drop, sgd, losses)
        if set_annotations:
            self.set_annotations(docs, self.predict(docs))
        return losses

    def distill(
        self,
        teacher_pipe: TrainablePipe | None,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Let the teacher, if there is one, annotate the reference docs for its listeners, then update as always."""
        losses = {} if losses is None else losses
        examples = as_examples(examples, f"{type(self).__name__}.distill")
        validate_distillation_examples(examples, f"{type(self).__name__}.distill")
        if teacher_pipe is not None:
            references = [example.reference for example in examples]
            teacher_pipe.set_annotations(references, teacher_pipe.predict(references))
        self._feed_listeners([example.predicted for example in examples], drop, sgd, losses)
        return losses

    def _feed_listeners(
        self, docs: Sequence[Doc], drop: float, sgd: Optimizer | None, losses: dict[str, float]
    ) -> None:
        losses.setdefault(self.name, 0.0)
        listeners = self.listeners
        if not listeners or not any(map(len, docs)):
            return
        set_dropout_rate(self.model, drop)
        outputs, backprop_network = self.model.begin_update(docs)
        handed, gradient = self._handed(outputs), _Accumulator()

        def accumulate(dY: Any) -> list[Any]:
            losses[self.name] += gradient.add(self._flat(dY))
            return []

        def backprop(dY: Any) -> Any:
            accumulate(dY)
            dX = backprop_network(self._gradient(outputs, gradient.total))
            if is_optimizer(sgd):
                self.finish_update(sgd)
            return dX

        batch_id = Listener.get_batch_id(docs)
        for listener in listeners[:-1]:
            listener.receive(batch_id, handed, accumulate)
        listeners[-1].receive(batch_id, handed, backprop)

    def begin_rehearsal(self, docs: Sequence[Doc], names: Collection[str], *, learns: bool) -> Callable[[], None]:
        """Let listening components rehearse on docs; what is returned is to be called when they have.

        names     Components that will rehearse. Their former networks read from the docs what this component said when
                  training was resumed; their present ones what it says now.
        learns    Whether this component gets the gradient of those.
        """
        earlier = self._rehearsal_model or self.model
        self.set_annotations(docs, self._outputs(earlier, list(docs)))
        listeners = [listener for name in names for listener in self.listener_map.get(name, ())]
        if not learns or not listeners:
            return _nothing
        outputs, backprop = self.model.begin_update(list(docs))
        handed, gradient = self._handed(outputs), _Accumulator()

        def accumulate(dY: Any) -> list[Any]:
            gradient.add(self._flat(dY))
            return []

        batch_id = Listener.get_batch_id(docs)
        for listener in listeners:
            listener.receive(batch_id, handed, accumulate)

        def finish() -> None:
            if gradient.total is not None:
                backprop(self._gradient(outputs, gradient.total))

        return finish

    def add_label(self, label: str) -> int:
        """Raises NotImplementedError: vectors have no labels."""
        raise NotImplementedError(Errors.E931.format(parent=type(self).__name__, method="add_label", name=self.name))


class _Accumulator:
    """Sum of the gradients that the listeners of a batch send back; None before the first."""

    def __init__(self) -> None:
        self.total: Any = None
        self._is_own = False

    def add(self, flat: FloatArray) -> float:
        """Add a gradient; its sum of squares."""
        if self.total is None:
            # The first gradient belongs to the listener: it is read, and copied only when there is a second.
            self.total = flat
        elif self._is_own:
            self.total += flat
        else:
            self.total = self.total + flat
            self._is_own = True
        ravelled = flat.ravel()
        return float(ravelled @ ravelled)


def _nothing() -> None:
    """What is left to do where nothing was begun."""
