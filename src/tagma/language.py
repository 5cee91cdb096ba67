"""Language: a vocabulary, a tokenizer and the components that annotate its docs in turn.

text ──▶ tokenizer ──▶ Doc ──▶ component ──▶ component ──▶ … ──▶ Doc
"""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from timeit import default_timer as timer
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from tagma import about, pipe_analysis
from tagma.dotted import combine_score_weights
from tagma.error_handlers import raise_error
from tagma.errors import Errors, Warnings
from tagma.factory import FACTORY_META, FactoryMeta, load_factories
from tagma.factory import factory as register_factory
from tagma.frozen import SimpleFrozenDict, SimpleFrozenList
from tagma.language_defaults import BaseDefaults, create_vocab
from tagma.loading import CONFIG_SECTION_ORDER, load_config
from tagma.nn.config import Config, suggest
from tagma.objects import get_object_name
from tagma.paths import replace_dir
from tagma.registry import registry
from tagma.serialize import from_bytes, from_disk, to_bytes, to_disk
from tagma.streams import Stage, run_stage, stream_in_processes
from tagma.tokens import Doc
from tagma.training.example import Example, validate_examples
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.nn import Optimizer
    from tagma.scorer import Scorer

__all__ = [
    "DEFAULT_CONFIG",
    "DEFAULT_CONFIG_PATH",
    "DEFAULT_CONFIG_PRETRAIN_PATH",
    "BaseDefaults",
    "Component",
    "DisabledPipes",
    "FactoryMeta",
    "Language",
    "create_tokenizer",
]

DEFAULT_CONFIG_PATH = Path(__file__).parent / "default_config.cfg"
DEFAULT_CONFIG_PRETRAIN_PATH = Path(__file__).parent / "default_config_pretraining.cfg"
DEFAULT_CONFIG = load_config(DEFAULT_CONFIG_PATH)

Component = Callable[[Doc], Doc]
Self = TypeVar("Self", bound="Language")
Names = str | Iterable[str]


def create_tokenizer() -> Callable[[Language], Any]:
    """The factory of the standard tokenizer, `spacy.Tokenizer.v1`."""
    return registry.tokenizers.get("spacy.Tokenizer.v1")()


class _Factories:
    """`Language.factories`: all factories by name, read-only."""

    def __get__(self, obj: Any, cls: type[Language]) -> dict[str, Callable[..., Any]]:
        load_factories()
        return SimpleFrozenDict(registry.factories.get_all(), error=Errors.E957)


class DisabledPipes(list):  # type: ignore[type-arg]
    """Names of components that were disabled; `restore()` enables them again, or the end of a `with` block."""

    def __init__(self, nlp: Language, names: Sequence[str]) -> None:
        super().__init__(names)
        self.nlp = nlp
        for name in names:
            nlp.disable_pipe(name)

    def __enter__(self) -> DisabledPipes:
        return self

    def __exit__(self, *args: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Enable the components again. Raises ValueError E008 if one was removed."""
        for name in self:
            if name not in self.nlp.component_names:
                raise ValueError(Errors.E008.format(name=name))
            self.nlp.enable_pipe(name)
        self.clear()


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
    factories: ClassVar[Any] = _Factories()

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
        create_tokenizer: Callable[[Language], Any] | None = None,
        create_vectors: Callable[[Vocab], Any] | None = None,
        batch_size: int = 1000,
        **kwargs: Any,
    ) -> None:
        load_factories()
        self._config = DEFAULT_CONFIG.merge(self.default_config)
        self._meta = dict(meta)
        self._path: Path | None = None
        self._optimizer: Any = None
        self._components: list[tuple[str, Any]] = []
        self._disabled: set[str] = set()
        # By component: what is known of its factory, and its config with the defaults filled in.
        self._pipe_meta: dict[str, FactoryMeta] = {}
        self._pipe_configs: dict[str, Config] = {}
        if not isinstance(vocab, Vocab) and vocab is not True:
            raise ValueError(Errors.E918.format(vocab=vocab, vocab_type=type(vocab)))
        if vocab is True:
            vectors_name = self._meta.get("vectors", {}).get("name")
            vocab = create_vocab(self.lang, self.Defaults, vectors_name)
            if create_vectors is None:
                create_vectors = registry.resolve({"vectors": self._config["nlp"]["vectors"]})["vectors"]
            vectors = create_vectors(vocab)
            if vectors_name:
                vectors.name = vectors_name
            vocab.vectors = vectors
        elif self.lang and vocab.lang and self.lang != vocab.lang:
            raise ValueError(Errors.E150.format(nlp=self.lang, vocab=vocab.lang))
        self.vocab: Vocab = vocab
        if self.lang is None:
            self.lang = self.vocab.lang  # type: ignore[misc]
        self.max_length = max_length
        self.batch_size = batch_size
        self.default_error_handler: Callable[..., Any] = raise_error
        if create_tokenizer is None:
            create_tokenizer = registry.resolve({"tokenizer": self._config["nlp"]["tokenizer"]})["tokenizer"]
        self.tokenizer = create_tokenizer(self)

    # What it is

    @property
    def path(self) -> Path | None:
        """Folder that it was loaded from."""
        return self._path

    @property
    def meta(self) -> dict[str, Any]:
        """Description of the pipeline; what follows from its state is computed anew each time."""
        meta = self._meta
        version = about.__spacy_version__
        major, minor, *_ = version.split(".")
        meta["lang"] = self.vocab.lang or self.lang
        meta.setdefault("name", "pipeline")
        meta.setdefault("version", "0.0.0")
        meta.setdefault("spacy_version", f">={version},<{major}.{int(minor) + 1}.0")
        for key in ("description", "author", "email", "url", "license"):
            meta.setdefault(key, "")
        meta.setdefault("spacy_git_version", "")
        vectors = self.vocab.vectors
        meta["vectors"] = {
            "width": self.vocab.vectors_length,
            "vectors": len(vectors),
            "keys": vectors.n_keys,
            "name": vectors.name,
            "mode": getattr(vectors.mode, "value", vectors.mode) if hasattr(vectors, "mode") else None,
        }
        meta["labels"] = dict(self.pipe_labels)
        meta["pipeline"] = list(self.pipe_names)
        meta["components"] = list(self.component_names)
        meta["disabled"] = list(self.disabled)
        return meta

    @meta.setter
    def meta(self, value: dict[str, Any]) -> None:
        self._meta = value

    @property
    def config(self) -> Config:
        """The config of this pipeline as it is now. Raises ValueError E961 if it cannot be written."""
        nlp_config = self._config.setdefault("nlp", {})
        nlp_config["lang"] = self.lang
        nlp_config["pipeline"] = list(self.component_names)
        nlp_config["disabled"] = list(self.disabled)
        components = {}
        for name in self.component_names:
            settings = {key: value for key, value in self.get_pipe_config(name).items() if key != "factory"}
            components[name] = {"factory": self.get_pipe_meta(name).factory, **settings}
        self._config["components"] = components
        weights = [self.get_pipe_meta(name).default_score_weights or {} for name in self.pipe_names]
        training = self._config.setdefault("training", {})
        training["score_weights"] = combine_score_weights(weights, training.get("score_weights", {}))
        try:
            json.dumps(self._config)
        except (TypeError, ValueError):
            raise ValueError(Errors.E961.format(config=self._config)) from None
        return self._config

    @config.setter
    def config(self, value: Config) -> None:
        self._config = value

    @property
    def components(self) -> list[tuple[str, Any]]:
        """(name, component) of all components, disabled ones too; read-only."""
        return SimpleFrozenList(self._components, error=Errors.E926.format(attr="components"))

    @property
    def component_names(self) -> list[str]:
        """Names of all components, disabled ones too; read-only."""
        return SimpleFrozenList(
            [name for name, _ in self._components], error=Errors.E926.format(attr="component_names")
        )

    @property
    def pipeline(self) -> list[tuple[str, Any]]:
        """(name, component) of the components that run, in order; read-only."""
        active = [item for item in self._components if item[0] not in self._disabled]
        return SimpleFrozenList(active, error=Errors.E926.format(attr="pipeline"))

    @property
    def pipe_names(self) -> list[str]:
        """Names of the components that run, in order; read-only."""
        active = [name for name, _ in self._components if name not in self._disabled]
        return SimpleFrozenList(active, error=Errors.E926.format(attr="pipe_names"))

    @property
    def disabled(self) -> list[str]:
        """Names of the components that do not run, in order; read-only."""
        names = [name for name, _ in self._components if name in self._disabled]
        return SimpleFrozenList(names, error=Errors.E926.format(attr="disabled"))

    @property
    def factory_names(self) -> list[str]:
        """Names of all factories."""
        return SimpleFrozenList(list(self.factories))

    @property
    def pipe_factories(self) -> dict[str, str]:
        """{component: its factory}."""
        return SimpleFrozenDict({name: self.get_pipe_meta(name).factory for name, _ in self._components})

    @property
    def pipe_labels(self) -> dict[str, list[str]]:
        """{component: its labels}, without those whose labels are internal."""
        labels = {
            name: list(pipe.labels)
            for name, pipe in self._components
            if hasattr(pipe, "labels") and not getattr(pipe, "hide_labels", False)
        }
        return SimpleFrozenDict(labels)

    # Factories

    @classmethod
    def has_factory(cls, name: str) -> bool:
        """Whether there is a factory of this name, for this language or for all."""
        load_factories()
        return cls.get_factory_name(name) in registry.factories or name in registry.factories

    @classmethod
    def get_factory_name(cls, name: str) -> str:
        """Name of a factory of this language: "en.lemmatizer" of "lemmatizer"."""
        return name if cls.lang is None else f"{cls.lang}.{name}"

    @classmethod
    def get_factory_meta(cls, name: str) -> FactoryMeta:
        """What is known of a factory. Raises ValueError E967."""
        load_factories()
        for candidate in (cls.get_factory_name(name), name):
            if candidate in FACTORY_META:
                return FACTORY_META[candidate]
        raise ValueError(Errors.E967.format(meta="factory", name=name))

    @classmethod
    def set_factory_meta(cls, name: str, value: FactoryMeta) -> None:
        """Replace what is known of a factory."""
        FACTORY_META[cls.get_factory_name(name)] = value

    def get_pipe_meta(self, name: str) -> FactoryMeta:
        """What is known of the factory of a component. Raises ValueError E967."""
        if name not in self._pipe_meta:
            raise ValueError(Errors.E967.format(meta="component", name=name))
        return self._pipe_meta[name]

    def get_pipe_config(self, name: str) -> Config:
        """Config of a component, defaults filled in. Raises ValueError E960."""
        if name not in self._pipe_configs:
            raise ValueError(Errors.E960.format(name=name))
        return self._pipe_configs[name]

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

        On the class of a language it is for that language only. See `tagma.factory.factory` for arguments and errors;
        besides, ValueError E853 for a name with a dot.
        """
        if not isinstance(name, str):
            raise ValueError(Errors.E963.format(decorator="factory", name=name))
        if "." in name:
            raise ValueError(Errors.E853.format(name=name))
        add = register_factory(
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
        func: Component | None = None,
    ) -> Callable[..., Any]:
        """Register a function `doc -> doc` as component; a decorator, or a call with `func`.

        Raises ValueError: E963 a name that is no text, E853 a dot in it, E965 a class instead of a function, E004 the
        name is taken by another function.
        """
        if name is not None and not isinstance(name, str):
            raise ValueError(Errors.E963.format(decorator="component", name=name))
        if name is not None and "." in name:
            raise ValueError(Errors.E853.format(name=name))
        known_as = name

        def add(component: Component) -> Component:
            if isinstance(component, type):
                raise ValueError(Errors.E965.format(name=component.__name__))

            def make(nlp: Language, name: str) -> Component:
                return component

            make.__wrapped_component__ = component  # type: ignore[attr-defined]
            found = known_as if known_as is not None else get_object_name(component)
            cls.factory(found, assigns=assigns, requires=requires, retokenizes=retokenizes, func=make)
            return component

        return add if func is None else add(func)

    def analyze_pipes(
        self,
        *,
        keys: list[str] = ["assigns", "requires", "scores", "retokenizes"],  # noqa: B006 - read only
        pretty: bool = False,
    ) -> dict[str, Any]:
        """What the components assign and require, and which requirements are not met; `pretty` prints it."""
        analysis = pipe_analysis.analyze_pipes(self, keys=keys)
        if pretty:
            pipe_analysis.print_pipe_analysis(analysis, keys=keys)
        return analysis

    # Building the pipeline

    def get_pipe(self, name: str) -> Any:
        """A component by name, disabled or not. Raises KeyError E001."""
        for pipe_name, component in self._components:
            if pipe_name == name:
                return component
        raise KeyError(Errors.E001.format(name=name, opts=self.component_names))

    def has_pipe(self, name: str) -> bool:
        """Whether a component of this name runs."""
        return name in self.pipe_names

    @classmethod
    def component_block(cls, factory_name: str, name: str, config: Mapping[str, Any], nlp: Any) -> dict[str, Any]:
        """The config block that makes a component when it is resolved: defaults under `config`, nlp and name."""
        internal = cls.get_factory_name(factory_name)
        if internal not in registry.factories:
            internal = factory_name
        default = FACTORY_META[internal].default_config if internal in FACTORY_META else None
        merged = Config({"cfg": dict(default or {})}).merge(Config({"cfg": dict(config)}))["cfg"]
        return {**merged, "nlp": nlp, "name": name, "@factories": internal}

    def create_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component without adding it.

        config        settings in place of the factory's defaults
        raw_config    the same before ${…} references were replaced, which is what is kept for saving
        Raises ValueError: E962 config is no dict, E961 it cannot be written, E002 no such factory; and
        ConfigValidationError.
        """
        name = name if name is not None else factory_name
        if not isinstance(config, Mapping):
            raise ValueError(Errors.E962.format(style="config", name=name, cfg_type=type(config)))
        try:
            json.dumps(config)
        except (TypeError, ValueError):
            raise ValueError(Errors.E961.format(config=config)) from None
        if not self.has_factory(factory_name):
            known = [known for known in self.factory_names if "." not in known]
            described = {"lang": type(self).__name__, "lang_code": self.lang, "opts": ", ".join(sorted(known))}
            raise ValueError(Errors.E002.format(name=factory_name, suggest=suggest(factory_name, known), **described))
        meta = self.get_factory_meta(factory_name)
        config = {key: value for key, value in config.items() if key != "factory"}
        # As in a config file, so that errors name the place there.
        whole = {"components": {name: self.component_block(factory_name, name, config, self)}}
        component = registry.resolve(whole, validate=validate)["components"][name]
        filled = Config(registry.fill(whole, validate=False)["components"][name])
        for key in ("nlp", "name", "@factories"):
            del filled[key]
        filled["factory"] = factory_name
        if raw_config:
            filled = filled.merge(Config(raw_config))
        self._pipe_configs[name] = filled
        self._pipe_meta[name] = meta
        return component

    def create_pipe_from_source(self, source_name: str, source: Language, *, name: str) -> tuple[Any, str]:
        """A component of another pipeline, shared with it, and the name of its factory.

        Raises ValueError E945 if `source` is no pipeline, KeyError E944 if it has no such component. Warns W113 if the
        vectors differ.
        """
        if not isinstance(source, Language):
            raise ValueError(Errors.E945.format(name=source_name, source=type(source)))
        if source_name not in source.component_names:
            described = f"{source.meta['lang']}_{source.meta['name']}"
            raise KeyError(Errors.E944.format(name=source_name, model=described, opts=source.component_names))
        if self.vocab.vectors != source.vocab.vectors:
            warnings.warn(Warnings.W113.format(name=source_name), stacklevel=3)
        component = source.get_pipe(source_name)
        if hasattr(component, "name"):
            component.name = name
        config = source.config.interpolate()
        meta = source.get_pipe_meta(source_name)
        self._pipe_meta[name] = meta
        self._pipe_configs[name] = Config(config["components"][source_name])
        for string in source.vocab.strings:
            self.vocab.strings.add(string)
        return component, meta.factory

    def add_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        before: str | int | None = None,
        after: str | int | None = None,
        first: bool | None = None,
        last: bool | None = None,
        source: Language | None = None,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component and put it into the pipeline, at the end unless told otherwise; returns it.

        before, after    name or index of another component
        source           pipeline to take the component `factory_name` from
        Raises ValueError: E966 factory_name is no text, E007 name in use, E006 several places, E001 and E959 no such
        place; and what `create_pipe` raises. Warns W119 about a name in `config`.
        """
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E966.format(component=repr(factory_name), name=name))
        name = name if name is not None else factory_name
        if name in self.component_names:
            raise ValueError(Errors.E007.format(name=name, opts=self.component_names))
        if "name" in config:
            warnings.warn(Warnings.W119.format(name_in_config=name), stacklevel=2)
            config = {key: value for key, value in config.items() if key != "name"}
        index = self._get_pipe_index(before, after, first, last)
        if source is not None:
            component, _ = self.create_pipe_from_source(factory_name, source, name=name)
        else:
            component = self.create_pipe(
                factory_name, name=name, config=config, raw_config=raw_config, validate=validate
            )
        self._components.insert(index, (name, component))
        self._link_components()
        return component

    def _get_pipe_index(
        self, before: str | int | None, after: str | int | None, first: bool | None, last: bool | None
    ) -> int:
        given = {"before": before, "after": after, "first": first or None, "last": last or None}
        if sum(value is not None for value in given.values()) >= 2:
            raise ValueError(Errors.E006.format(args=given, opts=self.component_names))
        if first:
            return 0
        for where, value in (("before", before), ("after", after)):
            if value is None:
                continue
            if isinstance(value, str):
                if value not in self.component_names:
                    raise ValueError(Errors.E001.format(name=value, opts=self.component_names))
                return self.component_names.index(value) + (where == "after")
            length = len(self._components)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < max(length, 1):
                raise ValueError(Errors.E959.format(dir=where, idx=value, length=length, opts=self.component_names))
            return min(value + (where == "after"), length)
        return len(self._components)

    def replace_pipe(
        self,
        name: str,
        factory_name: str,
        *,
        config: Mapping[str, Any] = {},
        validate: bool = True,
    ) -> Any:
        """Put a new component in the place of one, under its name; returns it. Raises ValueError E001, E968."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=self.component_names))
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E968.format(component=repr(factory_name), name=name))
        component = self.create_pipe(factory_name, name=name, config=config, validate=validate)
        index = self.component_names.index(name)
        self._components[index] = (name, component)
        self._link_components()
        return component

    def rename_pipe(self, old_name: str, new_name: str) -> None:
        """Rename a component. Raises ValueError E001, E007."""
        if old_name not in self.component_names:
            raise ValueError(Errors.E001.format(name=old_name, opts=self.component_names))
        if new_name in self.component_names:
            raise ValueError(Errors.E007.format(name=new_name, opts=self.component_names))
        index = self.component_names.index(old_name)
        self._components[index] = (new_name, self._components[index][1])
        self._pipe_meta[new_name] = self._pipe_meta.pop(old_name)
        self._pipe_configs[new_name] = self._pipe_configs.pop(old_name)
        settings = self._config.get("initialize", {}).get("components", {})
        if old_name in settings:
            settings[new_name] = settings.pop(old_name)
        if old_name in self._disabled:
            self._disabled.remove(old_name)
            self._disabled.add(new_name)
        self._link_components()

    def remove_pipe(self, name: str) -> tuple[str, Any]:
        """Take a component out and return it with its name. Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=self.component_names))
        removed = self._components.pop(self.component_names.index(name))
        del self._pipe_meta[name]
        del self._pipe_configs[name]
        self._config.get("initialize", {}).get("components", {}).pop(name, None)
        self._disabled.discard(name)
        self._link_components()
        return removed

    def disable_pipe(self, name: str) -> None:
        """Keep a component, but do not run it. Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=self.component_names))
        self._disabled.add(name)
        self._link_components()

    def enable_pipe(self, name: str) -> None:
        """Run a disabled component again. Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=self.component_names))
        self._disabled.discard(name)
        self._link_components()

    def select_pipes(self, *, disable: Names | None = None, enable: Names | None = None) -> DisabledPipes:
        """Disable some components, or all but some; as context manager, until its end.

        Raises ValueError: E991 neither given, E992 both given and in contradiction, E001 unknown names to disable.
        """
        if enable is None and disable is None:
            raise ValueError(Errors.E991)
        disable = [disable] if isinstance(disable, str) else disable
        if enable is not None:
            enable = {enable} if isinstance(enable, str) else set(enable)
            others = [name for name in self.pipe_names if name not in enable]
            if disable is not None and set(disable) != set(others):
                raise ValueError(Errors.E992.format(enable=sorted(enable), disable=list(disable)))
            disable = others
        already = set(self.disabled)
        return DisabledPipes(self, [name for name in disable or () if name not in already])

    def disable_pipes(self, *names: Any) -> DisabledPipes:
        """The old name of `select_pipes(disable=…)`."""
        warnings.warn(Warnings.W096, DeprecationWarning, stacklevel=2)
        if len(names) == 1 and isinstance(names[0], list | tuple):
            names = tuple(names[0])
        return self.select_pipes(disable=names)

    def _link_components(self) -> None:
        """Tell the components their names, and the shared ones who listens to them."""
        active = self.pipeline
        for name, first in active:
            if hasattr(first, "name"):
                first.name = name
            if hasattr(first, "find_listeners") and hasattr(first, "listener_map"):
                first.listener_map = {}
        for i, (_, first) in enumerate(active):
            if hasattr(first, "find_listeners") and hasattr(first, "listener_map"):
                for _, second in active[i + 1 :]:
                    first.find_listeners(second)

    def replace_listeners(self, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None:
        """Give a component its own copy of the network that it listens to.

        listeners    dotted paths, in the component's config, of the models that listen
        Raises ValueError: E889 unknown component, E888 nobody can listen to it, E887 another number of paths than
        listeners, E886 a path that is not there, E1055 a callback with another number of arguments.
        """
        from tagma.listeners import replace_listeners

        replace_listeners(self, tok2vec_name, pipe_name, listeners)

    # Processing

    def make_doc(self, text: str) -> Doc:
        """Tokenize. Raises ValueError E088 for a text longer than `max_length`."""
        if len(text) > self.max_length:
            raise ValueError(Errors.E088.format(length=len(text), max_length=self.max_length))
        return self.tokenizer(text)

    def _ensure_doc(self, text: str | Doc | bytes) -> Doc:
        if isinstance(text, str):
            return self.make_doc(text)
        if isinstance(text, Doc):
            return text
        if isinstance(text, bytes):
            return Doc(self.vocab).from_bytes(text)
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
        component_cfg = component_cfg or {}
        for name, proc in self.pipeline:
            if name in disable:
                continue
            if not callable(proc):
                raise ValueError(Errors.E003.format(component=type(proc), name=name))
            handler = self._handler_of(proc)
            try:
                doc = proc(doc, **component_cfg.get(name, {}))
            except KeyError as error:
                # A missing key is what a component without weights or tables runs into.
                raise ValueError(Errors.E109.format(name=name)) from error
            except Exception as error:
                handler(name, proc, [doc], error)
            if not isinstance(doc, Doc):
                raise ValueError(Errors.E005.format(name=name, returned_type=type(doc)))
        return doc

    def _handler_of(self, proc: Any) -> Callable[..., Any]:
        return proc.get_error_handler() if hasattr(proc, "get_error_handler") else self.default_error_handler

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
        n_process        worker processes; -1 for one per processor
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
        stages = self._stages(batch_size, disable, component_cfg)
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
        self, batch_size: int, disable: Iterable[str], component_cfg: dict[str, dict[str, Any]] | None
    ) -> list[Stage]:
        left_out = {disable} if isinstance(disable, str) else set(disable)
        stages = []
        for name, proc in self.pipeline:
            if name not in left_out:
                kwargs = {"batch_size": batch_size, **(component_cfg or {}).get(name, {})}
                stages.append((name, proc, kwargs, self._handler_of(proc)))
        return stages

    def _with_context(self, text: str | Doc | bytes, context: Any) -> Doc:
        doc = self._ensure_doc(text)
        doc.context = context
        return doc

    def set_error_handler(self, error_handler: Callable[..., Any]) -> None:
        """Have `error_handler(name, component, docs, error)` called when a component fails, here and in components."""
        self.default_error_handler = error_handler
        for _, pipe in self.pipeline:
            if hasattr(pipe, "set_error_handler"):
                pipe.set_error_handler(error_handler)

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """What is added to the vocabulary inside is freed at the end; docs made inside must not be used after it.

        Raises ValueError E4000 if zones are nested.
        """
        with ExitStack() as stack:
            mem = stack.enter_context(self.vocab.memory_zone(mem))
            for holder in (self.tokenizer, *(proc for _, proc in self.pipeline)):
                if hasattr(holder, "memory_zone"):
                    stack.enter_context(holder.memory_zone(mem))
            yield mem

    # Training

    def update(
        self,
        examples: Iterable[Example],
        _: Any = None,
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
    ) -> dict[str, float]:
        """Train all components on a batch; returns the losses.

        drop         dropout rate
        sgd          optimizer; None takes the pipeline's own, False only collects gradients
        losses       each component adds its loss to its entry
        exclude      components that are not trained
        annotates    components whose predictions the later ones see
        Weights change after all components have run: a shared network gets the gradients of all who listen to it.
        Raises ValueError E989 for a second list, TypeError E978 for anything but examples.
        """
        if _ is not None:
            raise ValueError(Errors.E989)
        losses = {} if losses is None else losses
        examples = list(examples)
        if not examples:
            return losses
        validate_examples(examples, "Language.update")
        examples = _with_copied_predictions(examples)
        if sgd is None:
            if self._optimizer is None:
                self._optimizer = self.create_optimizer()
            sgd = self._optimizer
        left_out, annotating = set(exclude), set(annotates)
        component_cfg = component_cfg or {}
        pipeline = self.pipeline
        for name, proc in pipeline:
            if name not in left_out and hasattr(proc, "update"):
                proc.update(examples, sgd=None, losses=losses, **{"drop": drop, **component_cfg.get(name, {})})
            if name in annotating:
                self._annotate(examples, (name, proc, {"batch_size": self.batch_size}, self._handler_of(proc)))
        if sgd is not False:
            for name, proc in pipeline:
                if name not in left_out and _is_trained(proc):
                    proc.finish_update(sgd)
        return losses

    def _annotate(self, examples: list[Example], stage: Stage) -> None:
        docs = [example.predicted for example in examples]
        for example, doc in zip(examples, run_stage(docs, stage), strict=False):
            example.predicted = doc

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
    ) -> dict[str, float]:
        """Keep components near their state at `resume_training`, on examples that need no annotation.

        Components run in random order; all their gradients are applied.
        """
        import random

        losses = {} if losses is None else losses
        examples = list(examples)
        if not examples:
            return losses
        validate_examples(examples, "Language.rehearse")
        if sgd is None:
            if self._optimizer is None:
                self._optimizer = self.create_optimizer()
            sgd = self._optimizer
        pipes = [(name, proc) for name, proc in self.pipeline if name not in set(exclude) and hasattr(proc, "rehearse")]
        random.shuffle(pipes)
        for name, proc in pipes:
            proc.rehearse(examples, sgd=None, losses=losses, **(component_cfg or {}).get(name, {}))
        if sgd is not False:
            for _, proc in pipes:
                if _is_trained(proc):
                    proc.finish_update(sgd)
        return losses

    def distill(
        self,
        teacher: Language,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | bool | None = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = (),
        annotates: Iterable[str] = (),
        student_to_teacher: dict[str, str] | None = None,
    ) -> dict[str, float]:
        """Train the components on the predictions of another pipeline; arguments as of `update`.

        student_to_teacher    {component here: component there}, where the names differ
        """
        losses = {} if losses is None else losses
        examples = list(examples)
        if not examples:
            return losses
        validate_examples(examples, "Language.distill")
        examples = [Example(example.predicted.copy(), example.reference.copy()) for example in examples]
        if sgd is None:
            if self._optimizer is None:
                self._optimizer = self.create_optimizer()
            sgd = self._optimizer
        left_out, annotating = set(exclude), set(annotates)
        teachers = dict(teacher.pipeline)
        for name, proc in self.pipeline:
            if name in annotating:
                self._annotate(examples, (name, proc, {"batch_size": self.batch_size}, self._handler_of(proc)))
            if name not in left_out and getattr(proc, "is_distillable", False):
                partner = teachers.get((student_to_teacher or {}).get(name, name))
                kwargs = {"drop": drop, **(component_cfg or {}).get(name, {})}
                proc.distill(partner, examples, sgd=None, losses=losses, **kwargs)
        if sgd is not False:
            for name, proc in self.pipeline:
                if name not in left_out and _is_trained(proc) and getattr(proc, "is_distillable", False):
                    proc.finish_update(sgd)
        return losses

    def evaluate(
        self,
        examples: Iterable[Example],
        *,
        batch_size: int | None = None,
        scorer: Scorer | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        scorer_cfg: dict[str, Any] | None = None,
        per_component: bool = False,
    ) -> dict[str, Any]:
        """Scores of the pipeline on examples, and its speed in tokens per second. Raises TypeError E978."""
        from tagma.scorer import Scorer

        examples = list(examples)
        validate_examples(examples, "Language.evaluate")
        examples = _with_copied_predictions(examples)
        if scorer is None:
            scorer = Scorer(**{"nlp": self, **(scorer_cfg or {})})
        start = timer()
        # The docs to annotate are made already; their texts are tokenized for the time that it takes.
        for example in examples:
            self.make_doc(example.reference.text)
        batch_size = self.batch_size if batch_size is None else batch_size
        pairs = ((example.predicted, example) for example in examples)
        annotated = self.pipe(pairs, as_tuples=True, batch_size=batch_size, component_cfg=component_cfg)
        for doc, example in annotated:  # type: ignore[misc]
            example.predicted = doc
        seconds = timer() - start
        results = scorer.score(examples, per_component=per_component)
        results["speed"] = sum(len(example.predicted) for example in examples) / seconds
        return _plain_numbers(results)

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """Make the pipeline ready for training and return the optimizer.

        get_examples    function that gives the training examples; without it shapes that come from data stay as in
                        the config
        Raises TypeError E930 if that is not callable, OSError E884 if vectors cannot be read, ConfigValidationError
        for settings of [initialize] that do not fit.
        """
        from tagma.training.initialize import init_tok2vec, init_vocab

        if get_examples is None:
            doc = Doc(self.vocab, words=["x", "y", "z"])
            sample = [Example.from_dict(doc, {})]

            def get_examples() -> Iterable[Example]:
                return sample

        if not callable(get_examples):
            raise TypeError(Errors.E930.format(method="Language.initialize", obj=type(get_examples)))
        from tagma.schemas import ConfigSchemaInit, ConfigSchemaPretrain

        config = self.config.interpolate()
        settings = registry.resolve(config["initialize"], schema=ConfigSchemaInit)
        if settings["before_init"] is not None:
            settings["before_init"](self)
        try:
            init_vocab(self, data=settings["vocab_data"], lookups=settings["lookups"], vectors=settings["vectors"])
        except OSError as error:
            raise OSError(Errors.E884.format(vectors=settings["vectors"], error=error)) from error
        self._vectors_to_device()
        if hasattr(self.tokenizer, "initialize"):
            kwargs = _init_settings(self.tokenizer, settings["tokenizer"], "tokenizer", "tokenizer")
            self.tokenizer.initialize(get_examples, nlp=self, **kwargs)
        for name, proc in self.pipeline:
            if hasattr(proc, "initialize"):
                kwargs = _init_settings(proc, settings["components"].get(name, {}), f"components.{name}", name)
                proc.initialize(get_examples, nlp=self, **kwargs)
        if config.get("pretraining"):
            pretraining = registry.resolve(config["pretraining"], schema=ConfigSchemaPretrain)
            init_tok2vec(self, pretraining, settings)
        self._link_components()
        self._set_optimizer(sgd)
        if settings["after_init"] is not None:
            settings["after_init"](self)
        return self._optimizer

    def begin_training(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """The old name of `initialize`."""
        warnings.warn(Warnings.W089, DeprecationWarning, stacklevel=2)
        return self.initialize(get_examples, sgd=sgd)

    def resume_training(self, *, sgd: Optimizer | None = None) -> Optimizer:
        """Get a trained pipeline ready for more training; components remember their state for `rehearse`."""
        self._vectors_to_device()
        for _, proc in self.pipeline:
            if hasattr(proc, "_rehearsal_model"):
                proc._rehearsal_model = proc.model.copy()
        self._set_optimizer(sgd)
        return self._optimizer

    def _vectors_to_device(self) -> None:
        from tagma.nn import get_current_ops

        if self.vocab.vectors.shape[1] >= 1:
            self.vocab.vectors.to_ops(get_current_ops())

    def _set_optimizer(self, sgd: Optimizer | None) -> None:
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()

    def create_optimizer(self) -> Optimizer:
        """The optimizer that [training.optimizer] describes."""
        config = self.config.interpolate()
        return registry.resolve({"optimizer": config["training"]["optimizer"]})["optimizer"]

    @contextmanager
    def use_params(self, params: dict[Any, Any] | None) -> Iterator[None]:
        """Run with other parameters, e.g. an optimizer's averages, until the end of the block."""
        with ExitStack() as stack:
            if params:
                for _, proc in self.pipeline:
                    if hasattr(proc, "use_params") and hasattr(proc, "model"):
                        stack.enter_context(_as_context(proc.use_params(params)))
            yield

    # Configs and files

    @classmethod
    def from_config(
        cls: type[Self],
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
        from tagma.assembly import from_config

        return from_config(
            cls,
            config,
            vocab=vocab,
            disable=disable,
            enable=enable,
            exclude=exclude,
            meta=meta,
            auto_fill=auto_fill,
            validate=validate,
        )

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the pipeline into a folder, completely or not at all; `exclude` names components or files."""
        writers: dict[str, Callable[[Path], Any]] = {}
        writers["tokenizer"] = lambda file: self.tokenizer.to_disk(file, exclude=["vocab"])
        writers["meta.json"] = lambda file: _write_json(file, _for_json(self.meta))
        writers["config.cfg"] = lambda file: self.config.to_disk(file, interpolate=False)
        for name, proc in self._components:
            if hasattr(proc, "to_disk"):
                writers[name] = functools.partial(proc.to_disk, exclude=["vocab"])
        writers["vocab"] = lambda folder: self.vocab.to_disk(folder)
        with replace_dir(path) as folder:
            to_disk(folder, writers, _names(exclude))

    def from_disk(
        self: Self,
        path: str | Path,
        *,
        exclude: Names = (),
        overrides: dict[str, Any] = {},  # noqa: B006 - never changed
    ) -> Self:
        """Load data into a pipeline with the same components; `exclude` names components or files.

        overrides    dotted settings in place of those of the saved config
        """
        path = Path(path)
        if not path.exists():
            raise OSError(Errors.E052.format(path=path))
        readers: dict[str, Callable[[Path], Any]] = {}
        readers["config.cfg"] = lambda file: self._read_config(file, overrides)
        readers["meta.json"] = self._read_meta
        excluded = _names(exclude)
        readers["vocab"] = lambda folder: self._read_vocab(folder, excluded)
        readers["tokenizer"] = lambda file: self.tokenizer.from_disk(file, exclude=["vocab"])
        for name, proc in self._components:
            if hasattr(proc, "from_disk"):
                readers[name] = functools.partial(proc.from_disk, exclude=["vocab"])
        from_disk(path, readers, excluded if (path / "vocab").exists() else [*excluded, "vocab"])
        self._path = path
        self._link_components()
        return self

    def _read_config(self, file: Path, overrides: dict[str, Any]) -> None:
        if file.exists():
            self.config = load_config(file, overrides=overrides)

    def _read_meta(self, file: Path) -> None:
        import srsly

        if file.exists():
            meta = srsly.read_json(file)
            self.meta.update(meta)
            # The name is not part of the vectors' own files.
            self.vocab.vectors.name = meta.get("vectors", {}).get("name")

    def _read_vocab(self, folder: Path, exclude: list[str]) -> None:
        name = self.vocab.vectors.name
        self.vocab.from_disk(folder, exclude=exclude)
        self.vocab.vectors.name = name

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipeline as bytes; `exclude` names components or parts."""
        import srsly

        getters: dict[str, Callable[[], bytes]] = {}
        getters["vocab"] = lambda: self.vocab.to_bytes()
        getters["tokenizer"] = lambda: self.tokenizer.to_bytes(exclude=["vocab"])
        getters["meta.json"] = lambda: srsly.json_dumps(_for_json(self.meta))
        getters["config.cfg"] = lambda: self.config.to_str(interpolate=False).encode("utf8")
        for name, proc in self._components:
            if hasattr(proc, "to_bytes"):
                getters[name] = functools.partial(proc.to_bytes, exclude=["vocab"])
        return to_bytes(getters, _names(exclude))

    def from_bytes(self: Self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        """Load what `to_bytes` gave into a pipeline with the same components."""
        import srsly

        def read_meta(data: Any) -> None:
            meta = srsly.json_loads(data)
            self.meta.update(meta)
            self.vocab.vectors.name = meta.get("vectors", {}).get("name")

        def read_config(data: Any) -> None:
            text = data.decode("utf8") if isinstance(data, bytes) else data
            self.config = Config(section_order=CONFIG_SECTION_ORDER).from_str(text, interpolate=False)

        setters: dict[str, Callable[[bytes], Any]] = {}
        setters["config.cfg"] = read_config
        setters["meta.json"] = read_meta
        setters["vocab"] = lambda data: self.vocab.from_bytes(data)
        setters["tokenizer"] = lambda data: self.tokenizer.from_bytes(data, exclude=["vocab"])
        for name, proc in self._components:
            if hasattr(proc, "from_bytes"):
                setters[name] = functools.partial(proc.from_bytes, exclude=["vocab"])
        from_bytes(bytes_data, setters, _names(exclude))
        self._link_components()
        return self


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _with_copied_predictions(examples: Iterable[Example]) -> list[Example]:
    """Examples whose predicted docs may be changed; the reference docs are shared."""
    return [Example(example.predicted.copy(), example.reference) for example in examples]


def _is_trained(proc: Any) -> bool:
    """Whether a component has weights to update."""
    if not (hasattr(proc, "finish_update") and getattr(proc, "is_trainable", False)):
        return False
    model = getattr(proc, "model", None)
    return model is not None and not isinstance(model, bool)


def _is_on_gpu(proc: Any) -> bool:
    model = getattr(proc, "model", None)
    return getattr(getattr(model, "ops", None), "device_type", "cpu") != "cpu"


def _init_settings(proc: Any, settings: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    from tagma.schemas import validate_init_settings

    return validate_init_settings(proc.initialize, settings, section=section, name=name) if settings else {}


def _as_context(params: Any) -> AbstractContextManager[Any]:
    """What `use_params` of a component gave: a context manager, or a bare generator of an older component."""
    return params if hasattr(params, "__enter__") else contextmanager(lambda: params)()


def _plain_numbers(value: Any) -> Any:
    """NumPy scalars as Python numbers, in nested dicts too."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value


def _for_json(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _plain_numbers(meta).items() if not key.startswith("_")}


def _write_json(file: Path, value: Any) -> None:
    import srsly

    srsly.write_json(file, value)
