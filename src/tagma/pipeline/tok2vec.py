"""tok2vec: one embedding network shared by the components after it, through their listeners.

Writes the vectors to `doc.tensor`. In training it runs once per batch and collects the gradients of its listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.gold.example import as_examples, validate_distillation_examples, validate_get_examples
from tagma.ml.tok2vec_listener import Tok2VecListener as Tok2VecListener
from tagma.ml.tok2vec_listener import listeners_in
from tagma.nn import Model, set_dropout_rate
from tagma.nn.types import ArrayList, Floats2d
from tagma.pipeline._token_loss import flatten
from tagma.pipeline.factory import factory, maker
from tagma.pipeline.trainable_pipe import TrainablePipe, is_optimizer

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.nn import Optimizer
    from tagma.tokens import Doc
    from tagma.ty import Pipeline
    from tagma.vocab import Vocab

STANDARD_CNN = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 2000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": True,
}


@factory("tok2vec", default_config={"model": STANDARD_CNN}, assigns=["doc.tensor"])
class Tok2Vec(TrainablePipe):
    """Share one embedding network among components.

    Each component that has a `Tok2VecListener` for this one is registered with its listeners, in order. The listener
    registered last must be trained: with its gradient the accumulated ones go back through the network.
    """

    def __init__(self, vocab: Vocab, model: Model[list[Doc], list[Floats2d]], name: str = "tok2vec") -> None:
        super().__init__(vocab, model, name)
        self.listener_map: dict[str, list[Tok2VecListener]] = {}
        self._rehearsal_model: Model[list[Doc], list[Floats2d]] | None = None

    @property
    def listeners(self) -> list[Tok2VecListener]:
        """All listeners, component by component."""
        return [listener for name in self.listening_components for listener in self.listener_map[name]]

    @property
    def listening_components(self) -> list[str]:
        """Names of the components that listen."""
        return list(self.listener_map)

    def add_listener(self, listener: Tok2VecListener, component_name: str) -> None:
        """Register a listener of a component."""
        registered = self.listener_map.setdefault(component_name, [])
        if not any(listener is other for other in registered):
            registered.append(listener)

    def remove_listener(self, listener: Tok2VecListener, component_name: str) -> bool:
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
        for listener in listeners_in(getattr(component, "model", None), self.name):
            self.add_listener(listener, component.name)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Pipeline | None = None, pipeline: object = None
    ) -> None:
        """Infer the network's shapes from the first docs. Raises TypeError E930 without examples."""
        validate_get_examples(get_examples, "Tok2Vec.initialize")
        sample = [example.x for example in islice(get_examples(), 10)]
        if not sample:
            raise AssertionError(Errors.E923.format(name=self.name))
        self.model.initialize(X=sample)

    def predict(self, docs: Iterable[Doc]) -> list[Floats2d]:
        """Vectors of each doc, float32 (n_tokens, width)."""
        docs = list(docs)
        if any(map(len, docs)):
            return _compact(self.model.predict(docs))
        return ArrayList.from_flat(self.model.ops.alloc2f(0, self.model.get_dim("nO")), [0] * len(docs))

    def set_annotations(self, docs: Sequence[Doc], tokvecses: Sequence[Floats2d]) -> None:
        """Set each doc's tensor: no copies, the docs of a batch share one array."""
        for doc, tokvecs in zip(docs, tokvecses, strict=True):
            if len(tokvecs) != len(doc):
                raise ValueError(f"{self.name}: got {len(tokvecs)} vectors for a doc of {len(doc)} tokens")
            doc.tensor = tokvecs

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
        examples = as_examples(examples, "Tok2Vec.update")
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
        examples = as_examples(examples, "Tok2Vec.distill")
        validate_distillation_examples(examples, "Tok2Vec.distill")
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
        tokvecs, backprop_network = self.model.begin_update(docs)
        tokvecs = _compact(tokvecs)
        gradient = _Accumulator()

        def accumulate(dY: Sequence[Floats2d]) -> list[Any]:
            losses[self.name] += gradient.add(dY)
            return []

        def backprop(dY: Sequence[Floats2d]) -> Any:
            accumulate(dY)
            dX = backprop_network(gradient.total())
            if is_optimizer(sgd):
                self.finish_update(sgd)
            return dX

        batch_id = Tok2VecListener.get_batch_id(docs)
        for listener in listeners[:-1]:
            listener.receive(batch_id, tokvecs, accumulate)
        listeners[-1].receive(batch_id, tokvecs, backprop)

    def begin_rehearsal(self, docs: Sequence[Doc], names: Collection[str], *, learns: bool) -> Callable[[], None]:
        """Let listening components rehearse on docs; what is returned is to be called when they have.

        names     Components that will rehearse. Their former networks read from the docs' tensors what this component
                  said when training was resumed; their present ones what it says now.
        learns    Whether this component gets the gradient of those.
        """
        earlier = self._rehearsal_model or self.model
        self.set_annotations(docs, _compact(earlier.predict(list(docs))))
        listeners = [listener for name in names for listener in self.listener_map.get(name, ())]
        if not learns or not listeners:
            return _nothing
        tokvecs, backprop = self.model.begin_update(list(docs))
        tokvecs = _compact(tokvecs)
        gradient = _Accumulator()

        def accumulate(dY: Sequence[Floats2d]) -> list[Any]:
            gradient.add(dY)
            return []

        batch_id = Tok2VecListener.get_batch_id(docs)
        for listener in listeners:
            listener.receive(batch_id, tokvecs, accumulate)

        def finish() -> None:
            if gradient.is_filled:
                backprop(gradient.total())

        return finish

    def add_label(self, label: str) -> int:
        """Raises NotImplementedError: vectors have no labels."""
        raise NotImplementedError(Errors.E931.format(parent="Tok2Vec", method="add_label", name=self.name))


make_tok2vec: Callable[..., Tok2Vec] = maker(Tok2Vec)


class _Accumulator:
    """Sum of the gradients that the listeners of a batch send back, kept flat."""

    def __init__(self) -> None:
        self._flat: Any = None
        self._lengths: Any = None
        self._is_own = False

    def add(self, dY: Sequence[Floats2d]) -> float:
        """Add a gradient; its sum of squares."""
        flat, lengths = flatten(dY)
        if self._flat is None:
            # The first gradient belongs to the listener: it is read, and copied only when there is a second.
            self._flat, self._lengths = flat, lengths
        elif self._is_own:
            self._flat += flat
        else:
            self._flat = self._flat + flat
            self._is_own = True
        ravelled = flat.ravel()
        return float(ravelled @ ravelled)

    @property
    def is_filled(self) -> bool:
        """Whether a gradient has come."""
        return self._flat is not None

    def total(self) -> ArrayList[Floats2d]:
        """The sum, as a list of one array per doc."""
        return ArrayList.from_flat(self._flat, self._lengths)


def _nothing() -> None:
    """What is left to do where nothing was begun."""


def _compact(arrays: Sequence[Floats2d]) -> ArrayList[Floats2d]:
    """The arrays as views of one, without the padding that an encoder leaves between them.

    Copied once here, so that no listener needs to.
    """
    if isinstance(arrays, ArrayList) and arrays.intact():
        return arrays
    return ArrayList.from_flat(*flatten(arrays))
