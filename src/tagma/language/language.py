"""Language: a vocabulary, a tokenizer and the components that annotate its docs in turn.

text ──▶ tokenizer ──▶ Doc ──▶ component ──▶ component ──▶ … ──▶ Doc

The class stands here whole: its fields, and each public method with what it promises. The work is done by functions of
the files beside it, which take the pipeline.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, TypeVar, overload

from tagma.errors import Errors, Warnings
from tagma.gold.example import as_examples
from tagma.language import analysis, assembly, description, files, learning, streams
from tagma.language.components import Components, Place
from tagma.language.configs import load_config
from tagma.language.defaults import BaseDefaults, create_vocab
from tagma.nn.config import Config
from tagma.pipeline import factory as factories
from tagma.pipeline import listeners as upstreams
from tagma.pipeline.factory import FactoryMeta, load_factories
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.util.frozen import SimpleFrozenDict, SimpleFrozenList
from tagma.util.handlers import raise_error
from tagma.util.names import Names, listed
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language.streams import Timings
    from tagma.nn import Optimizer
    from tagma.nn.model import ParamKey
    from tagma.nn.types import FloatArray
    from tagma.scorer import Scorer
    from tagma.ty import Component, ErrorHandler, GetExamples, Tokenizes
    from tagma.vectors import BaseVectors

__all__ = [
    "DEFAULT_CONFIG",
    "DEFAULT_CONFIG_PATH",
    "DEFAULT_CONFIG_PRETRAIN_PATH",
    "DisabledPipes",
    "Language",
    "create_tokenizer",
]

DEFAULT_CONFIG_PATH = Path(__file__).parent / "default_config.cfg"
DEFAULT_CONFIG_PRETRAIN_PATH = Path(__file__).parent / "default_config_pretraining.cfg"
DEFAULT_CONFIG = load_config(DEFAULT_CONFIG_PATH)

ContextT = TypeVar("ContextT")
Text: TypeAlias = "str | Doc | bytes"
Annotate: TypeAlias = Callable[[Doc], Doc]
Settings: TypeAlias = dict[str, dict[str, Any]]  # by component: keyword arguments of its methods


def create_tokenizer() -> Callable[[Language], Tokenizes]:
    """The factory of the standard tokenizer, `spacy.Tokenizer.v1`."""
    factory: Callable[[Language], Tokenizes] = registry.tokenizers.get("spacy.Tokenizer.v1")()
    return factory


class _Factories:
    """`Language.factories`: all factories by name, read-only."""

    def __get__(self, obj: object, cls: type[Language]) -> dict[str, Callable[..., Any]]:
        load_factories()
        return SimpleFrozenDict(registry.factories.get_all(), error=Errors.E957)


class Language:
    """A pipeline.

    vocab               the vocabulary, or True for a new one
    max_length          longest text, in characters
    meta                what is known of the pipeline: name, version, …
    create_tokenizer    function that makes the tokenizer; the config's if None
    create_vectors      function that makes the vectors table; the config's if None
    batch_size          texts in a batch of `pipe` and `evaluate`
    Raises ValueError: E150 a vocabulary of another language, E918 something else than a vocabulary.
    """

    Defaults: ClassVar[type[BaseDefaults]] = BaseDefaults
    lang: ClassVar[str | None] = None
    default_config: ClassVar[Config] = DEFAULT_CONFIG
    factories: ClassVar[_Factories] = _Factories()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        config = DEFAULT_CONFIG.merge(cls.Defaults.config)
        config["nlp"]["lang"] = cls.lang
        cls.default_config = config

    def __init__(
        self,
        vocab: Vocab | bool = True,
        *,
        max_length: int = 10**6,
        meta: dict[str, Any] = {},  # noqa: B006 - copied
        create_tokenizer: Callable[[Language], Tokenizes] | None = None,
        create_vectors: Callable[[Vocab], BaseVectors] | None = None,
        batch_size: int = 1000,
        **kwargs: object,
    ) -> None:
        self._config = DEFAULT_CONFIG.merge(self.default_config)
        self._meta = dict(meta)
        self._path: Path | None = None
        self._optimizer: Optimizer | None = None
        self._components = Components()
        self.vocab: Vocab = self._new_vocab(create_vectors) if vocab is True else _checked(vocab, self.lang)
        if self.lang is None:
            self.lang = self.vocab.lang  # type: ignore[misc]  # of a Language without a class of its own
        self.max_length = max_length
        self.batch_size = batch_size
        self.default_error_handler: ErrorHandler = raise_error
        self.tokenizer: Tokenizes = (create_tokenizer or self._configured("tokenizer"))(self)

    def _new_vocab(self, create_vectors: Callable[[Vocab], BaseVectors] | None) -> Vocab:
        """A new vocabulary with its vectors table, which has the name that the description gives."""
        name = self._meta.get("vectors", {}).get("name")
        vocab = create_vocab(self.lang, self.Defaults, name)
        vectors = (create_vectors or self._configured("vectors"))(vocab)
        if name:
            vectors.name = name
        vocab.vectors = vectors
        return vocab

    def _configured(self, setting: str) -> Callable[[Any], Any]:
        """The function that [nlp] names in a setting."""
        function: Callable[[Any], Any] = registry.resolve({setting: self._config["nlp"][setting]})[setting]
        return function

    # What it is

    @property
    def path(self) -> Path | None:
        """Folder that it was loaded from."""
        return self._path

    @property
    def meta(self) -> dict[str, Any]:
        """Description of the pipeline; what follows from its state is computed anew each time."""
        return description.meta_of(self, self._meta)

    @meta.setter
    def meta(self, value: dict[str, Any]) -> None:
        self._meta = value

    @property
    def config(self) -> Config:
        """The config of this pipeline as it is now. Raises ValueError E961 if it cannot be written."""
        return description.config_of(self, self._config)

    @config.setter
    def config(self, value: Config) -> None:
        self._config = value

    @property
    def components(self) -> list[tuple[str, Component]]:
        """(name, component) of all components, disabled ones too; read-only."""
        return self._components.all

    @property
    def component_names(self) -> list[str]:
        """Names of all components, disabled ones too; read-only."""
        return self._components.names

    @property
    def pipeline(self) -> list[tuple[str, Component]]:
        """(name, component) of the components that run, in order; read-only."""
        return self._components.running

    @property
    def pipe_names(self) -> list[str]:
        """Names of the components that run, in order; read-only."""
        return self._components.running_names

    @property
    def disabled(self) -> list[str]:
        """Names of the components that do not run, in order; read-only."""
        return self._components.disabled

    @property
    def factory_names(self) -> list[str]:
        """Names of all factories."""
        return SimpleFrozenList(registry.factories.names())

    @property
    def pipe_factories(self) -> dict[str, str]:
        """{component: its factory}."""
        return SimpleFrozenDict({name: self.get_pipe_meta(name).factory for name in self.component_names})

    @property
    def pipe_labels(self) -> dict[str, list[str]]:
        """{component: its labels}, without those whose labels are internal."""
        return SimpleFrozenDict(description.labels_of(self))

    def get_pipe_meta(self, name: str) -> FactoryMeta:
        """What is known of the factory of a component. Raises ValueError E967."""
        return self._components.meta(name)

    def get_pipe_config(self, name: str) -> Config:
        """Config of a component, defaults filled in. Raises ValueError E960."""
        return self._components.config(name)

    def analyze_pipes(
        self,
        *,
        keys: list[str] = ["assigns", "requires", "scores", "retokenizes"],  # noqa: B006 - read only
        pretty: bool = False,
    ) -> dict[str, Any]:
        """What the components assign and require, and which requirements are not met; `pretty` prints it."""
        found = analysis.analyze_pipes(self, keys=keys)
        if pretty:
            analysis.print_pipe_analysis(found, keys=keys)
        return found

    # Factories: what `add_pipe` finds, and how it is registered

    @classmethod
    def has_factory(cls, name: str) -> bool:
        """Whether there is a factory of this name, for this language or for all."""
        return cls.get_factory_name(name) in registry.factories or name in registry.factories

    @classmethod
    def get_factory_name(cls, name: str) -> str:
        """Name of a factory of this language: "en.lemmatizer" of "lemmatizer"."""
        return name if cls.lang is None else f"{cls.lang}.{name}"

    @classmethod
    def get_factory_meta(cls, name: str) -> FactoryMeta:
        """What is known of a factory. Raises ValueError E967."""
        return factories.find_meta((cls.get_factory_name(name), name))

    @classmethod
    def set_factory_meta(cls, name: str, value: FactoryMeta) -> None:
        """Replace what is known of a factory."""
        factories.FACTORY_META[cls.get_factory_name(name)] = value

    @classmethod
    def factory(
        cls,
        name: str,
        *,
        default_config: Mapping[str, Any] = {},
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        default_score_weights: Mapping[str, float | None] = {},
        func: Callable[..., Any] | None = None,
    ) -> Callable[..., Any]:
        """Register a factory `(nlp, name, **settings) -> component`; a decorator, or a call with `func`.

        On the class of a language it is for that language only. See `tagma.pipeline.factory.factory` for arguments and
        errors; besides, ValueError E853 for a name with a dot.
        """
        factories.require_name(name, "factory")
        add = factories.factory(
            cls.get_factory_name(name),
            default_config=default_config,
            assigns=assigns,
            requires=requires,
            retokenizes=retokenizes,
            default_score_weights=default_score_weights,
        )
        return add if func is None else add(func)

    @classmethod
    def component(
        cls,
        name: str | None = None,
        *,
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        func: Annotate | None = None,
    ) -> Callable[..., Any]:
        """Register a function `doc -> doc` as component; a decorator, or a call with `func`.

        Raises ValueError: E963 a name that is no text, E853 a dot in it, E965 a class instead of a function, E004 the
        name is taken by another function.
        """
        if name is not None:
            factories.require_name(name, "component")

        def add(component: Annotate) -> Annotate:
            make = factories.constant(component)
            found = factories.name_of(component) if name is None else name
            cls.factory(found, assigns=assigns, requires=requires, retokenizes=retokenizes, func=make)
            return component

        return add if func is None else add(func)

    # Components: adding, replacing, taking them out, and which of them run

    def get_pipe(self, name: str) -> Component:
        """A component by name, disabled or not. Raises KeyError E001."""
        return self._components.get(name)

    def has_pipe(self, name: str) -> bool:
        """Whether a component of this name runs."""
        return name in self.pipe_names

    def create_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Component:
        """Make a component without adding it.

        config        settings in place of the factory's defaults
        raw_config    the same before ${…} references were replaced, which is what is kept for saving
        Raises ValueError: E962 config is no dict, E961 it cannot be written, E002 no such factory, E003 what the
        factory gives cannot be called; and ConfigValidationError.
        """
        name = factory_name if name is None else name
        made = assembly.create_component(self, factory_name, name, config, raw_config=raw_config, validate=validate)
        self._components.describe(name, made.meta, made.config)
        return made.component

    def create_pipe_from_source(self, source_name: str, source: Language, *, name: str) -> tuple[Component, str]:
        """A component of another pipeline, shared with it, and the name of its factory.

        Raises ValueError E945 if `source` is no pipeline, KeyError E944 if it has no such component. Warns W113 if the
        vectors differ.
        """
        if not isinstance(source, Language):
            raise ValueError(Errors.E945.format(name=source_name, source=type(source)))
        found = assembly.component_of(self, source_name, source, name)
        self._components.describe(name, found.meta, found.config)
        return found.component, found.meta.factory

    def add_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        before: Place = None,
        after: Place = None,
        first: bool | None = None,
        last: bool | None = None,
        source: Language | None = None,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Component:
        """Make a component and put it into the pipeline, at the end unless told otherwise; returns it.

        before, after    name or index of another component
        source           pipeline to take the component `factory_name` from
        Raises ValueError: E966 factory_name is no text, E4051 no name for files, E007 name in use, E006 several places,
        E001 and E959 no such place; and what `create_pipe` raises. Warns W119 about a name in `config`.
        """
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E966.format(component=repr(factory_name), name=name))
        name = factory_name if name is None else name
        self._components.require_unused(name)
        if "name" in config:
            warnings.warn(Warnings.W119.format(name_in_config=name), stacklevel=2)
            config = {key: value for key, value in config.items() if key != "name"}
        index = self._components.place(before=before, after=after, first=first, last=last)
        if source is None:
            component = self.create_pipe(factory_name, name, config=config, raw_config=raw_config, validate=validate)
        else:
            component, _ = self.create_pipe_from_source(factory_name, source, name=name)
        self._components.insert(index, name, component)
        return component

    def replace_pipe(
        self, name: str, factory_name: str, *, config: Mapping[str, Any] = {}, validate: bool = True
    ) -> Component:
        """Put a new component in the place of one, under its name; returns it. Raises ValueError E001, E968."""
        index = self._components.index(name)
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E968.format(component=repr(factory_name), name=name))
        component = self.create_pipe(factory_name, name, config=config, validate=validate)
        self._components.replace(index, name, component)
        return component

    def rename_pipe(self, old_name: str, new_name: str) -> None:
        """Rename a component. Raises ValueError E001, E007, E4051."""
        self._components.rename(old_name, new_name)
        settings = self._config.get("initialize", {}).get("components", {})
        if old_name in settings:
            settings[new_name] = settings.pop(old_name)

    def remove_pipe(self, name: str) -> tuple[str, Component]:
        """Take a component out and return it with its name. Raises ValueError E001."""
        removed = self._components.remove(name)
        self._config.get("initialize", {}).get("components", {}).pop(name, None)
        return removed

    def disable_pipe(self, name: str) -> None:
        """Keep a component, but do not run it. Raises ValueError E001."""
        self._components.disable([name])

    def enable_pipe(self, name: str) -> None:
        """Run a disabled component again. Raises ValueError E001."""
        self._components.enable(name)

    def select_pipes(self, *, disable: Names | None = None, enable: Names | None = None) -> DisabledPipes:
        """Disable some components, or all but some; as context manager, until its end.

        Raises ValueError: E991 neither given, E992 both given and in contradiction, E001 unknown names.
        """
        if enable is None and disable is None:
            raise ValueError(Errors.E991)
        names = None if disable is None else listed(disable)
        if enable is not None:
            others = self._components.others(listed(enable))
            if names is not None and set(names) != set(others):
                raise ValueError(Errors.E992.format(enable=sorted(listed(enable)), disable=names))
            names = others
        already = set(self.disabled)
        return DisabledPipes(self, [name for name in names or () if name not in already])

    def disable_pipes(self, *names: Names) -> DisabledPipes:
        """The old name of `select_pipes(disable=…)`; takes names, and lists of names."""
        warnings.warn(Warnings.W096, DeprecationWarning, stacklevel=2)
        return self.select_pipes(disable=[*chain.from_iterable(map(listed, names))])

    def replace_listeners(self, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None:
        """Give a component its own copy of the network that it listens to.

        listeners    dotted paths, in the component's config, of the models that listen
        Raises ValueError: E889 unknown component, E888 nobody can listen to it, E887 another number of paths than
        listeners, E886 a path that is not there, E1055 a callback with another number of arguments.
        """
        upstreams.replace_listeners(self, tok2vec_name, pipe_name, listeners)

    # Texts through the components

    def make_doc(self, text: str) -> Doc:
        """Tokenize. Raises ValueError E088 for a text longer than `max_length`."""
        if len(text) > self.max_length:
            raise ValueError(Errors.E088.format(what="The text", length=len(text), max_length=self.max_length))
        return self.tokenizer(text)

    def __call__(self, text: Text, *, disable: Names = (), component_cfg: Settings | None = None) -> Doc:
        """Annotate one text.

        disable          names of components that are left out
        component_cfg    {component: keyword arguments of its call}
        Raises ValueError: E1041 neither text nor doc, E109 a component that is not initialized, E005 one that does not
        return a doc.
        """
        doc = streams.as_doc(self, text)
        for stage in streams.stages(self, self._components.steps, disable, component_cfg):
            doc = streams.annotated(doc, stage)
        return doc

    @overload
    def pipe(
        self,
        texts: Iterable[Text],
        *,
        as_tuples: Literal[False] = ...,
        batch_size: int | None = ...,
        disable: Names = ...,
        component_cfg: Settings | None = ...,
        n_process: int = ...,
        timings: Timings | None = ...,
    ) -> Iterator[Doc]: ...

    @overload
    def pipe(
        self,
        texts: Iterable[tuple[Text, ContextT]],
        *,
        as_tuples: Literal[True],
        batch_size: int | None = ...,
        disable: Names = ...,
        component_cfg: Settings | None = ...,
        n_process: int = ...,
        timings: Timings | None = ...,
    ) -> Iterator[tuple[Doc, ContextT]]: ...

    def pipe(
        self,
        texts: Iterable[Any],
        *,
        as_tuples: bool = False,
        batch_size: int | None = None,
        disable: Names = (),
        component_cfg: Settings | None = None,
        n_process: int = 1,
        timings: Timings | None = None,
    ) -> Iterator[Any]:
        """Annotate a stream of texts, in order, as they are asked for.

        as_tuples        the stream holds (text, context), and (doc, context) comes out
        batch_size       docs in a batch of each component
        disable          names of components that are left out
        component_cfg    {component: keyword arguments of its `pipe`}
        n_process        worker processes, each with one thread; -1 for one per processor
        timings          a dict that is filled, {component: seconds, docs and words that went through it}
        Raises ValueError, or TypeError for other types: E4022 a batch_size or n_process that is none, E1041 neither
        text nor doc, E4034 one text instead of a stream, E4035 no pairs, E4029 timings of several processes; what
        components raise goes to the error handler.
        """
        stream = streams.contexts(self, texts) if as_tuples else texts
        size = self.batch_size if batch_size is None else batch_size
        stages = streams.stages(self, self._components.steps, disable, component_cfg, batch_size=size)
        docs = streams.stream(self, stream, stages, batch_size=size, n_process=n_process, timings=timings)
        yield from streams.with_contexts(docs) if as_tuples else docs

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Have `error_handler(name, component, docs, error)` called when a component fails, here and in components."""
        streams.set_error_handler(self, error_handler)

    def memory_zone(self, mem: object = None) -> AbstractContextManager[object]:
        """What is added to the vocabulary inside is freed at the end; docs made inside must not be used after it.

        Raises ValueError E4000 if zones are nested.
        """
        return streams.memory_zone(self, mem)

    # Learning

    def update(
        self,
        examples: Iterable[Example],
        _: None = None,
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: Settings | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
    ) -> dict[str, float]:
        """Train all components on a batch; returns the losses.

        drop         dropout rate
        sgd          optimizer; None takes the pipeline's own, False only collects gradients
        losses       each component adds its loss to its entry
        exclude      components that are not trained
        annotates    components whose predictions the later ones see
        Weights change after all components have run: a shared network gets the gradients of all who listen to it. A
        component without `finish_update` has its model's called.
        Raises ValueError: E989 a second list, E109 a component that is not initialized, E4036 no dropout rate;
        TypeError: E978 for anything but examples, E4038 for an optimizer that is none.
        """
        if _ is not None:
            raise ValueError(Errors.E989)
        learning.check_settings(drop, sgd)
        examples, losses = as_examples(examples, "Language.update"), {} if losses is None else losses
        if examples:
            optimizer = self._own_optimizer() if sgd is None else sgd
            options = learning.Options(component_cfg, exclude, annotates)
            learning.update(self, self._components.steps, examples, optimizer, losses, drop, options)
        return losses

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: Settings | None = None,
        exclude: Iterable[str] = (),
    ) -> dict[str, float]:
        """Keep components near their state at `resume_training`, on examples that need no annotation.

        Components run in random order; all their gradients are applied.
        """
        learning.check_settings(0.0, sgd)
        examples, losses = as_examples(examples, "Language.rehearse"), {} if losses is None else losses
        if examples:
            optimizer = self._own_optimizer() if sgd is None else sgd
            learning.rehearse(self, examples, optimizer, losses, learning.Options(component_cfg, exclude))
        return losses

    def distill(
        self,
        teacher: Language,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: Settings | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
        student_to_teacher: dict[str, str] | None = None,
    ) -> dict[str, float]:
        """Train the components on the predictions of another pipeline; arguments as of `update`.

        student_to_teacher    {component here: component there}, where the names differ
        """
        learning.check_settings(drop, sgd)
        examples, losses = as_examples(examples, "Language.distill"), {} if losses is None else losses
        if examples:
            optimizer = self._own_optimizer() if sgd is None else sgd
            options = learning.Options(component_cfg, exclude, annotates)
            partners = learning.partners(self, teacher, student_to_teacher or {})
            learning.distill(self, self._components.steps, partners, examples, optimizer, losses, drop, options)
        return losses

    def evaluate(
        self,
        examples: Iterable[Example],
        *,
        batch_size: int | None = None,
        scorer: Scorer | None = None,
        component_cfg: Settings | None = None,
        scorer_cfg: dict[str, Any] | None = None,
        per_component: bool = False,
    ) -> dict[str, Any]:
        """Scores of the pipeline on examples, and its speed in tokens per second. Raises TypeError E978."""
        from tagma.scorer import Scorer

        examples = as_examples(examples, "Language.evaluate")
        scorer = Scorer(**{"nlp": self, **(scorer_cfg or {})}) if scorer is None else scorer
        return learning.evaluate(
            self, examples, scorer, batch_size=batch_size, component_cfg=component_cfg, per_component=per_component
        )

    def initialize(self, get_examples: GetExamples | None = None, *, sgd: Optimizer | None = None) -> Optimizer:
        """Make the pipeline ready for training and return the optimizer.

        get_examples    function that gives the training examples; without it shapes that come from data stay as in
                        the config
        Raises TypeError E930 if that is not callable, OSError E884 if vectors cannot be read, ValueError E4025 if a
        component listens to one that is not there, ConfigValidationError for settings of [initialize] that do not fit,
        E4120 for models of another type than a function or component takes.
        Warns W4011 of components with a model that cannot learn.
        """
        settings = learning.initialize(self, get_examples)
        self._components.link()
        self._own_optimizer(sgd)
        if settings["after_init"] is not None:
            settings["after_init"](self)
        return self._own_optimizer()

    def begin_training(self, get_examples: GetExamples | None = None, *, sgd: Optimizer | None = None) -> Optimizer:
        """The old name of `initialize`."""
        warnings.warn(Warnings.W089, DeprecationWarning, stacklevel=2)
        return self.initialize(get_examples, sgd=sgd)

    def resume_training(self, *, sgd: Optimizer | None = None) -> Optimizer:
        """Get a trained pipeline ready for more training; components remember their state for `rehearse`."""
        learning.resume(self)
        return self._own_optimizer(sgd)

    def _own_optimizer(self, sgd: Optimizer | None = None) -> Optimizer:
        """The pipeline's optimizer: from now on `sgd` if given; the config's if there was none."""
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def create_optimizer(self) -> Optimizer:
        """The optimizer that [training.optimizer] describes."""
        config = self.config.interpolate()
        optimizer: Optimizer = registry.resolve({"optimizer": config["training"]["optimizer"]})["optimizer"]
        return optimizer

    def use_params(self, params: dict[ParamKey, FloatArray] | None) -> AbstractContextManager[None]:
        """Run with other parameters, e.g. an optimizer's averages, until the end of the block."""
        return learning.use_params(self, params)

    # In and out

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any] | Config = {},  # noqa: B006 - never changed
        *,
        vocab: Vocab | bool = True,
        disable: Names = (),
        enable: Names = (),
        exclude: Names = (),
        meta: dict[str, Any] = {},  # noqa: B006 - copied
        auto_fill: bool = True,
        validate: bool = True,
    ) -> Self:
        """A pipeline from a config.

        disable, enable    components that do not run; if `enable` is given, all others
        exclude            components that are left out
        auto_fill          take what is missing from the defaults
        Raises ConfigValidationError with all errors at once; ValueError: E985 no [nlp], E958 another language, E956 a
        component without block, E984 a block without factory, E942 and E943 wrong results of callbacks, E1042
        components both enabled and disabled. Warns W123.
        """
        choice = assembly.Choice(disable=disable, enable=enable, exclude=exclude)
        return assembly.from_config(cls, config, choice, vocab=vocab, meta=meta, auto_fill=auto_fill, validate=validate)

    def to_disk(self, path: str | Path, *, exclude: Names = ()) -> None:
        """Write the pipeline into a folder, completely or not at all; `exclude` names components or files."""
        files.to_disk(self, path, exclude=exclude)

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: Names = (),
        overrides: dict[str, Any] = {},  # noqa: B006 - never changed
    ) -> Self:
        """Load data into a pipeline with the same components; `exclude` names components or files.

        overrides    dotted settings in place of those of the saved config
        Raises OSError E052, E4024 for a missing folder or file; ValueError E4010, E4023 for an altered one.
        """
        files.from_disk(self, path, exclude=exclude, overrides=overrides)
        self._path = Path(path)
        self._components.link()
        return self

    def to_bytes(self, *, exclude: Names = ()) -> bytes:
        """The pipeline as bytes; `exclude` names components or parts."""
        return files.to_bytes(self, exclude=exclude)

    def from_bytes(self, bytes_data: bytes, *, exclude: Names = ()) -> Self:
        """Load what `to_bytes` gave into a pipeline with the same components."""
        files.from_bytes(self, bytes_data, exclude=exclude)
        self._components.link()
        return self


class DisabledPipes(list[str]):
    """Names of components that were disabled; `restore()` enables them again, or the end of a `with` block."""

    def __init__(self, nlp: Language, names: list[str]) -> None:
        super().__init__(names)
        self.nlp = nlp
        nlp._components.disable(names)

    def __enter__(self) -> DisabledPipes:
        return self

    def __exit__(self, *args: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Enable the components again. Raises ValueError E008 if some were removed, after the others."""
        removed = [name for name in self if name not in self.nlp.component_names]
        while self:
            if (name := self.pop()) not in removed:
                self.nlp.enable_pipe(name)
        if removed:
            raise ValueError(Errors.E008.format(name=", ".join(removed)))


def _checked(vocab: Any, lang: str | None) -> Vocab:
    """A given vocabulary. Raises ValueError: E918 it is none, E150 it is of another language."""
    if not isinstance(vocab, Vocab):
        raise ValueError(Errors.E918.format(vocab=vocab, vocab_type=type(vocab)))
    if lang and vocab.lang and lang != vocab.lang:
        raise ValueError(Errors.E150.format(nlp=lang, vocab=vocab.lang))
    return vocab
