"""Roles of a component: what it can do, as protocols that `isinstance` checks by the names of methods.

A component needs to be called with a Doc and give it back; every other role is its own choice. A pipeline asks for
roles where a component is added or trained, never for each document:

    Component              takes a doc and gives it back
    Named                  is told the name that it has in its pipeline
    Streams                takes a stream of docs
    HandlesErrors          keeps a handler of its own for docs that fail
    Initializes            is made ready for training from examples
    Learns                 has a model and learns from a batch of examples
    Finishes               changes its parameters itself; else the pipeline has its model do it
    Updates                takes part in training, with or without a model
    Remembers              keeps a copy of its model to rehearse with
    Rehearses, Distils     learns from its former self, from another component
    SharesVectors          computes vectors that the models of other components listen to
    SharesRehearsal        and gives them those of its former self
    Listens                such a listener, a node of a model
    Labels                 predicts labels
    Scores                 measures its predictions
    SwapsParams            can run with other parameters for a while
    UsesZones              frees what it keeps for texts with a memory zone

`TrainableComponent`, `InitializableComponent`, `ListenerComponent` and `DistillableComponent` are the roles by the
names and with the members that users know. `Pipeline` is what a component may ask of the pipeline it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    from tagma.gold.example import Example
    from tagma.nn import Model
    from tagma.nn.config import Config
    from tagma.tokens import Doc
    from tagma.vocab import Vocab

__all__ = [
    "Component",
    "DistillableComponent",
    "Distils",
    "ErrorHandler",
    "Finishes",
    "GetExamples",
    "HandlesErrors",
    "InitializableComponent",
    "Initializes",
    "Labels",
    "Listens",
    "Learns",
    "ListenerComponent",
    "Named",
    "Pipeline",
    "Rehearses",
    "Remembers",
    "Scores",
    "SharesRehearsal",
    "SharesVectors",
    "Streams",
    "SwapsParams",
    "Tokenizes",
    "TrainableComponent",
    "Updates",
    "UsesZones",
    "has_network",
    "nodes_of",
]

# Called as handler(name, component, docs, error), with None for the first three where a worker process failed; what
# it returns is not looked at.
ErrorHandler: TypeAlias = "Callable[[Any, Any, Any, Exception], object]"
# Gives the training examples; called anew for each pass over them.
GetExamples: TypeAlias = "Callable[[], Iterable[Example]]"


@runtime_checkable
class Component(Protocol):
    """Takes a doc, changes it and gives it back."""

    def __call__(self, doc: Doc, /) -> Doc: ...

    if TYPE_CHECKING:
        # Components have methods of their own, which whoever got one by name may call.
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...


class Tokenizes(Protocol):
    """Makes a Doc of a text."""

    def __call__(self, text: str, /) -> Doc: ...

    if TYPE_CHECKING:
        # Tokenizers have methods and settings of their own.
        def __getattr__(self, name: str) -> Any: ...


@runtime_checkable
class Named(Protocol):
    """Is told the name that it has in its pipeline."""

    name: str


@runtime_checkable
class Streams(Protocol):
    """Takes a stream of docs, in batches of its own."""

    def pipe(self, stream: Iterable[Doc], /, *, batch_size: int) -> Iterator[Doc]: ...


@runtime_checkable
class HandlesErrors(Protocol):
    """Has a handler of its own for docs on which it fails."""

    def get_error_handler(self) -> ErrorHandler: ...
    def set_error_handler(self, error_handler: ErrorHandler, /) -> None: ...


@runtime_checkable
class Initializes(Protocol):
    """Is made ready for training from examples."""

    # Components of users take a Language, which is above this file.
    def initialize(self, get_examples: GetExamples, /, *, nlp: Any) -> object: ...


@runtime_checkable
class Updates(Protocol):
    """Does something with a batch of examples in training."""

    def update(self, examples: Iterable[Example], /, **kwargs: Any) -> Any: ...


@runtime_checkable
class Learns(Protocol):
    """Has a model, and collects gradients from a batch of examples."""

    model: Any

    def update(self, examples: Iterable[Example], /, **kwargs: Any) -> Any: ...


@runtime_checkable
class Finishes(Protocol):
    """Changes its parameters by the gradients collected so far."""

    def finish_update(self, sgd: Any, /) -> None: ...


@runtime_checkable
class Rehearses(Protocol):
    """Learns to stay near the state that it had when training was resumed."""

    def rehearse(self, examples: Iterable[Example], /, **kwargs: Any) -> Any: ...


@runtime_checkable
class Remembers(Protocol):
    """Keeps a copy of its model, from when training was resumed, to rehearse with."""

    model: Any
    _rehearsal_model: Any


@runtime_checkable
class Distils(Protocol):
    """Learns the predictions of another component, if `is_distillable`."""

    is_distillable: bool

    def distill(self, teacher_pipe: Any, examples: Iterable[Example], /, **kwargs: Any) -> Any: ...


@runtime_checkable
class SharesVectors(Protocol):
    """Computes vectors for the listeners in the models of other components."""

    model: Any
    listener_map: dict[str, list[Any]]
    listening_components: list[str]

    def find_listeners(self, component: Any, /) -> None: ...
    def remove_listener(self, listener: Any, component_name: str, /) -> bool: ...


@runtime_checkable
class SharesRehearsal(SharesVectors, Protocol):
    """Also gives them what it said when training was resumed."""

    def begin_rehearsal(
        self, docs: Sequence[Doc], names: Collection[str], /, *, learns: bool
    ) -> Callable[[], None]: ...


@runtime_checkable
class Listens(Protocol):
    """A node of a model that takes the vectors of a component: of the one of this name, or of any with "*"."""

    upstream_name: str


@runtime_checkable
class Labels(Protocol):
    """Predicts labels."""

    labels: Sequence[str]


@runtime_checkable
class Scores(Protocol):
    """Measures its predictions."""

    def score(self, examples: Iterable[Example], /, **kwargs: Any) -> Mapping[str, Any]: ...


@runtime_checkable
class SwapsParams(Protocol):
    """Runs with other parameters within a `with` block."""

    model: Any

    def use_params(self, params: Any, /) -> Any: ...


@runtime_checkable
class UsesZones(Protocol):
    """Frees what it keeps for texts at the end of a memory zone."""

    def memory_zone(self, mem: Any, /) -> AbstractContextManager[Any]: ...


@runtime_checkable
class TrainableComponent(Protocol):
    """A component that learns and finishes its updates itself."""

    model: Any
    is_trainable: bool

    def update(self, examples: Iterable[Example], /, **kwargs: Any) -> Any: ...
    def finish_update(self, sgd: Any, /) -> None: ...


@runtime_checkable
class ListenerComponent(Protocol):
    """A component to which others listen, with all that it keeps of them."""

    model: Any
    listeners: Sequence[Any]
    listener_map: dict[str, list[Any]]
    listening_components: list[str]

    def add_listener(self, listener: Any, component_name: str, /) -> None: ...
    def remove_listener(self, listener: Any, component_name: str, /) -> bool: ...
    def find_listeners(self, component: Any, /) -> None: ...


InitializableComponent = Initializes
DistillableComponent = Distils


class Pipeline(Protocol):
    """What rooms below `language` know of a pipeline; `tagma.language.Language` says what each name does."""

    lang: ClassVar[str | None]
    default_config: ClassVar[Config]
    vocab: Vocab
    tokenizer: Tokenizes
    batch_size: int
    default_error_handler: ErrorHandler
    meta: dict[str, Any]
    config: Config

    def __init__(self, vocab: Vocab | bool = True, **kwargs: Any) -> None: ...
    def __call__(self, text: str | Doc | bytes) -> Doc: ...

    @property
    def components(self) -> list[tuple[str, Component]]: ...
    @property
    def component_names(self) -> list[str]: ...
    @property
    def pipeline(self) -> list[tuple[str, Component]]: ...
    @property
    def pipe_names(self) -> list[str]: ...
    @property
    def disabled(self) -> list[str]: ...
    @property
    def factory_names(self) -> list[str]: ...
    @property
    def path(self) -> Path | None: ...

    @classmethod
    def has_factory(cls, name: str) -> bool: ...
    @classmethod
    def get_factory_name(cls, name: str) -> str: ...
    @classmethod
    def get_factory_meta(cls, name: str) -> Any: ...

    def get_pipe(self, name: str) -> Component: ...
    def get_pipe_config(self, name: str) -> Config: ...
    def get_pipe_meta(self, name: str) -> Any: ...
    def add_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        source: Any = None,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Component: ...
    def disable_pipe(self, name: str) -> None: ...
    def replace_listeners(self, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None: ...
    def make_doc(self, text: str) -> Doc: ...
    def select_pipes(self, *, disable: Any = None, enable: Any = None) -> Any: ...
    def pipe(
        self, texts: Iterable[Any], *, as_tuples: Any = False, batch_size: int | None = None, component_cfg: Any = None
    ) -> Iterator[Any]: ...


def has_network(component: object) -> bool:
    """Whether a component has a model: some have none, some have True in its place until they are initialized."""
    model: Model[Any, Any] | bool | None = getattr(component, "model", None)
    return model is not None and not isinstance(model, bool)


def nodes_of(component: object) -> Iterator[Model[Any, Any]]:
    """The nodes of a component's model, none for a component without one."""
    if has_network(component):
        yield from component.model.walk()  # type: ignore[attr-defined]  # asked for above
