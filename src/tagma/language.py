"""Language: a pipeline. Text in, annotated Docs out; components, their configs, training, saving and loading.

    text ── tokenizer ──▶ Doc ── component ──▶ Doc ── component ──▶ Doc
"""

from __future__ import annotations

import functools
import inspect
import itertools
import random
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tagma.attrs import IS_STOP, LANG, NORM
from tagma.errors import Errors, Warnings
from tagma.factory import FACTORY_META, FactoryMeta, load_factories, register, validate_attrs
from tagma.factory import factory as register_factory
from tagma.frozen import SimpleFrozenDict, SimpleFrozenList
from tagma.lang import lex_attrs as base_lex_attrs
from tagma.lang.norm_exceptions import BASE_NORMS
from tagma.lang.punctuation import TOKENIZER_INFIXES, TOKENIZER_PREFIXES, TOKENIZER_SUFFIXES
from tagma.lang.tokenizer_exceptions import BASE_EXCEPTIONS, URL_MATCH
from tagma.norms import add_lookups
from tagma.registry import registry
from tagma.tokens import Doc
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.nn import Config, Optimizer
    from tagma.training.example import Example

__all__ = ["DEFAULT_CONFIG_PATH", "DEFAULT_CONFIG_PRETRAIN_PATH", "BaseDefaults", "DisabledPipes", "Language"]

PathT = str | Path
ErrorHandler = Callable[[Any, Any, Any, Any], Any]

DEFAULT_CONFIG_PATH = Path(__file__).parent / "default_config.cfg"
DEFAULT_CONFIG_PRETRAIN_PATH = Path(__file__).parent / "default_config_pretraining.cfg"
SECTION_ORDER = ["paths", "variables", "system", "nlp", "components", "corpora", "training", "pretraining", "initialize"]


def __getattr__(name: str) -> Any:
    if name == "DEFAULT_CONFIG":
        return default_config()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def default_config() -> Config:
    """The config that every pipeline starts from. A shared object: copy it before changing it."""
    from tagma.nn import Config

    return Config(section_order=SECTION_ORDER).from_disk(DEFAULT_CONFIG_PATH, interpolate=False)


def raise_error(name: Any, component: Any, docs: Any, error: Exception) -> Any:
    """The default error handler."""
    raise error


class BaseDefaults:
    """Rules and word lists of a language; subclasses replace what differs."""

    config: ClassVar[Any] = {}
    tokenizer_exceptions: ClassVar[dict[str, Any]] = BASE_EXCEPTIONS
    prefixes: ClassVar[Sequence[Any] | None] = TOKENIZER_PREFIXES
    suffixes: ClassVar[Sequence[Any] | None] = TOKENIZER_SUFFIXES
    infixes: ClassVar[Sequence[Any] | None] = TOKENIZER_INFIXES
    token_match: ClassVar[Callable[[str], Any] | None] = None
    url_match: ClassVar[Callable[[str], Any] | None] = URL_MATCH
    syntax_iterators: ClassVar[dict[str, Callable[..., Any]]] = {}
    lex_attr_getters: ClassVar[dict[int, Callable[[str], Any]]] = {}
    stop_words: ClassVar[set[str] | frozenset[str]] = set()
    writing_system: ClassVar[dict[str, Any]] = {"direction": "ltr", "has_case": True, "has_letters": True}


def create_vocab(lang: str | None, defaults: type[BaseDefaults], vectors_name: str | None = None) -> Vocab:
    """Vocabulary of a language, with the getters of its lexical attributes."""
    getters = {**base_lex_attrs.LEX_ATTRS, **defaults.lex_attr_getters}
    getters[NORM] = add_lookups(getters[NORM], BASE_NORMS)
    getters[LANG] = functools.partial(base_lex_attrs.get_lang, lang=lang or "")
    getters[IS_STOP] = functools.partial(base_lex_attrs.is_stop, stops=frozenset(defaults.stop_words))
    return Vocab(
        lex_attr_getters=getters,
        vectors_name=vectors_name,
        writing_system=defaults.writing_system,
        get_noun_chunks=defaults.syntax_iterators.get("noun_chunks"),
    )


class Language:
    """A pipeline.

    vocab               a Vocab, or True for a new one
    max_length          longest text, in characters, that is taken
    meta                description of the pipeline
    create_tokenizer    `nlp -> tokenizer`; the config's [nlp.tokenizer] by default
    create_vectors      `vocab -> vectors`; the config's [nlp.vectors] by default
    batch_size          texts in a batch of `pipe` and `evaluate`

    Raises ValueError: E150 a vocabulary of another language, E918 no vocabulary.
    """

    Defaults: ClassVar[type[BaseDefaults]] = BaseDefaults
    lang: ClassVar[str | None] = None

    def __init__(
        self,
        vocab: Vocab | bool = True,
        *,
        max_length: int = 10**6,
        meta: dict[str, Any] = {},  # noqa: B006 - copied
        create_tokenizer: Callable[[Language], Callable[[str], Doc]] | None = None,
        create_vectors: Callable[[Vocab], Any] | None = None,
        batch_size: int = 1000,
        **kwargs: Any,
    ) -> None:
        load_factories()
        self._config: Config | None = None
        self._meta = dict(meta)
        self._path: Path | None = None
        self._optimizer: Optimizer | None = None
        self._components: list[tuple[str, Any]] = []
        self._disabled: set[str] = set()
        self._pipe_meta: dict[str, FactoryMeta] = {}
        self._pipe_configs: dict[str, Any] = {}
        if vocab is True:
            vocab = create_vocab(self.lang, self.Defaults, vectors_name=meta.get("vectors", {}).get("name"))
        elif not isinstance(vocab, Vocab):
            raise ValueError(Errors.E918.format(vocab=vocab, vocab_type=type(vocab)))
        elif self.lang and vocab.lang and self.lang != vocab.lang:
            raise ValueError(Errors.E150.format(nlp=self.lang, vocab=vocab.lang))
        else:
            create_vectors = create_vectors or (lambda given: given.vectors)
        self.vocab: Vocab = vocab
        if create_vectors is None:
            create_vectors = registry.get("vectors", "spacy.Vectors.v1")()
        self.vocab.vectors = create_vectors(self.vocab)
        self.max_length = max_length
        if create_tokenizer is None:
            create_tokenizer = registry.get("tokenizers", "spacy.Tokenizer.v1")()
        self.tokenizer: Any = create_tokenizer(self)
        self.batch_size = batch_size
        self.default_error_handler: ErrorHandler = raise_error

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._default_config = None

    _default_config: ClassVar[Any] = None

    @classmethod
    def get_default_config(cls) -> Config:
        """The default config of this language."""
        if cls.__dict__.get("_default_config") is None:
            from tagma.nn import Config

            merged = default_config().merge(Config(cls.Defaults.config, is_interpolated=False))
            merged["nlp"]["lang"] = cls.lang
            cls._default_config = merged
        return cls._default_config

    # -- Description

    @property
    def path(self) -> Path | None:
        """Folder that the pipeline was loaded from."""
        return self._path

    @property
    def meta(self) -> dict[str, Any]:
        """Description: name, language, versions, labels, components, …; filled and brought up to date at each look."""
        from tagma.about import __spacy_version__
        from tagma.versions import get_minor_version

        meta = self._meta
        meta["lang"] = self.vocab.lang or self.lang or ""
        for key, value in (("name", "pipeline"), ("version", "0.0.0")):
            meta.setdefault(key, value)
        minor = get_minor_version(__spacy_version__) or "3.8"
        upper = f"{minor.split('.')[0]}.{int(minor.split('.')[1]) + 1}.0"
        meta.setdefault("spacy_version", f">={minor}.0,<{upper}")
        for key in ("description", "author", "email", "url", "license"):
            meta.setdefault(key, "")
        meta.setdefault("spacy_git_version", "")
        vectors = self.vocab.vectors
        meta["vectors"] = {
            "width": self.vocab.vectors_length,
            "vectors": len(vectors),
            "keys": vectors.n_keys,
            "name": vectors.name,
            "mode": getattr(vectors, "mode", "default"),
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
        """The config as it stands now: pipeline, disabled names and components are those of this object."""
        from tagma.dotted import combine_score_weights

        if self._config is None:
            self._config = self.get_default_config().copy()
        config = self._config
        config["nlp"].update(lang=self.lang, pipeline=list(self.component_names), disabled=list(self.disabled))
        config["components"] = {}
        weights = []
        for name in self.component_names:
            meta = self.get_pipe_meta(name)
            config["components"][name] = {"factory": meta.factory, **self.get_pipe_config(name)}
            weights.append(dict(meta.default_score_weights or {}))
        previous = config["training"].get("score_weights", {})
        config["training"]["score_weights"] = combine_score_weights(weights, previous)
        return config

    @config.setter
    def config(self, value: Config) -> None:
        self._config = value

    @property
    def disabled(self) -> list[str]:
        """Names of the components that do not run, in pipeline order."""
        names = [name for name, _ in self._components if name in self._disabled]
        return SimpleFrozenList(names, error=Errors.E926.format(attr="disabled"))

    @property
    def components(self) -> list[tuple[str, Any]]:
        """(name, component) of all components."""
        return SimpleFrozenList(self._components, error=Errors.E926.format(attr="components"))

    @property
    def component_names(self) -> list[str]:
        """Names of all components."""
        return SimpleFrozenList([n for n, _ in self._components], error=Errors.E926.format(attr="component_names"))

    @property
    def pipeline(self) -> list[tuple[str, Any]]:
        """(name, component) of the components that run, in order."""
        pipes = [(name, pipe) for name, pipe in self._components if name not in self._disabled]
        return SimpleFrozenList(pipes, error=Errors.E926.format(attr="pipeline"))

    @property
    def pipe_names(self) -> list[str]:
        """Names of the components that run."""
        names = [name for name, _ in self._components if name not in self._disabled]
        return SimpleFrozenList(names, error=Errors.E926.format(attr="pipe_names"))

    @property
    def pipe_factories(self) -> dict[str, str]:
        """Component name → factory name."""
        return SimpleFrozenDict({name: self.get_pipe_meta(name).factory for name, _ in self._components})

    @property
    def pipe_labels(self) -> dict[str, list[str]]:
        """Component name → labels, of the components that show them."""
        labels = {
            name: list(pipe.labels)
            for name, pipe in self._components
            if hasattr(pipe, "labels") and getattr(pipe, "hide_labels", False) is not True
        }
        return SimpleFrozenDict(labels)

    # -- Factories

    @property
    def factory_names(self) -> list[str]:
        """Names of all factories that this language can use."""
        load_factories()
        own = f"{self.lang}."
        names = {name.removeprefix(own) for name in FACTORY_META if "." not in name or name.startswith(own)}
        return SimpleFrozenList(sorted(names))

    @classmethod
    def _internal_name(cls, name: str) -> str:
        return name if cls.lang is None else f"{cls.lang}.{name}"

    @classmethod
    def _find_factory(cls, name: str) -> str | None:
        """Registered name of a factory, the language's own first."""
        load_factories()
        for candidate in (cls._internal_name(name), name):
            if candidate in FACTORY_META:
                return candidate
        return None

    @classmethod
    def has_factory(cls, name: str) -> bool:
        """Whether there is such a factory, for this language or for all."""
        return cls._find_factory(name) is not None

    @classmethod
    def get_factory_name(cls, name: str) -> str:
        """The name under which a factory of this class is registered."""
        return cls._internal_name(name)

    @classmethod
    def get_factory_meta(cls, name: str) -> FactoryMeta:
        """Raises ValueError E967 for an unknown factory."""
        found = cls._find_factory(name)
        if found is None:
            raise ValueError(Errors.E967.format(name=name))
        return FACTORY_META[found]

    @classmethod
    def set_factory_meta(cls, name: str, value: FactoryMeta) -> None:
        """Replace what is known of a factory."""
        FACTORY_META[cls._internal_name(name)] = value

    def get_pipe_meta(self, name: str) -> FactoryMeta:
        """What is known of a component. Raises ValueError E967."""
        if name not in self._pipe_meta:
            raise ValueError(Errors.E967.format(name=name))
        return self._pipe_meta[name]

    def get_pipe_config(self, name: str) -> Config:
        """Settings of a component. Raises ValueError E960."""
        if name not in self._pipe_configs:
            raise ValueError(Errors.E960.format(name=name))
        return self._pipe_configs[name]

    @classmethod
    def factory(
        cls,
        name: str,
        *,
        default_config: dict[str, Any] = {},  # noqa: B006
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        default_score_weights: dict[str, float | None] = {},  # noqa: B006
        func: Callable[..., Any] | None = None,
    ) -> Callable[..., Any]:
        """Register a function `(nlp, name, **settings) -> component`; see `tagma.factory.factory`."""
        if not isinstance(name, str):
            raise ValueError(Errors.E963.format(decorator="factory", name=name))
        if "." in name:
            raise ValueError(Errors.E853.format(name=name))
        add = register_factory(
            cls._internal_name(name),
            default_config=default_config,
            assigns=assigns,
            requires=requires,
            retokenizes=retokenizes,
            default_score_weights=default_score_weights,
        )

        def add_and_rename(function: Callable[..., Any]) -> Callable[..., Any]:
            add(function)
            FACTORY_META[cls._internal_name(name)].factory = name
            return function

        return add_and_rename(func) if func is not None else add_and_rename

    @classmethod
    def component(
        cls,
        name: str,
        *,
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        func: Callable[[Doc], Doc] | None = None,
    ) -> Callable[..., Any]:
        """Register a function `doc -> doc` as a component."""
        if name is not None:
            if not isinstance(name, str):
                raise ValueError(Errors.E963.format(decorator="component", name=name))
            if "." in name:
                raise ValueError(Errors.E853.format(name=name))

        def add(function: Callable[[Doc], Doc]) -> Callable[[Doc], Doc]:
            component_name = name if name is not None else object_name(function)
            if inspect.isclass(function):
                raise ValueError(Errors.E965.format(name=component_name))

            def make(nlp: Language, name: str) -> Callable[[Doc], Doc]:
                return function

            make.__wrapped_component__ = function  # type: ignore[attr-defined]
            meta = FactoryMeta(
                factory=component_name,
                default_config={},
                assigns=validate_attrs(assigns),
                requires=validate_attrs(requires),
                retokenizes=retokenizes,
            )
            register(cls._internal_name(component_name), make, meta)
            return function

        return add(func) if func is not None else add

    def analyze_pipes(
        self, *, keys: Sequence[str] = ("assigns", "requires", "scores", "retokenizes"), pretty: bool = False
    ) -> dict[str, Any]:
        """What the components assign and require, and which requirements no earlier component meets."""
        from tagma.pipe_analysis import analyze_pipes, print_pipe_analysis

        analysis = analyze_pipes(self, keys=keys)
        if pretty:
            print_pipe_analysis(analysis, keys=keys)
        return analysis

    # -- Building the pipeline

    def get_pipe(self, name: str) -> Any:
        """A component, disabled or not. Raises KeyError E001."""
        for pipe_name, component in self._components:
            if pipe_name == name:
                return component
        raise KeyError(Errors.E001.format(name=name, opts=", ".join(self.component_names) or "none"))

    def has_pipe(self, name: str) -> bool:
        """Whether a component of that name runs."""
        return name in self.pipe_names

    def create_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        config: Mapping[str, Any] = SimpleFrozenDict(),  # noqa: B008
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component from its factory, without adding it.

        Raises ValueError: E962 config is no dict, E961 it cannot be written, E002 unknown factory;
        ConfigValidationError for wrong settings.
        """
        from tagma.nn import Config
        from tagma.nn.config import suggest

        name = name if name is not None else factory_name
        if not isinstance(config, Mapping):
            raise ValueError(Errors.E962.format(style="config", name=name, cfg_type=type(config)))
        found = self._find_factory(factory_name)
        if found is None:
            raise ValueError(
                Errors.E002.format(
                    name=factory_name,
                    suggest=suggest(factory_name, self.factory_names),
                    opts=", ".join(self.factory_names),
                    lang=type(self).__name__,
                    lang_code=self.lang,
                )
            )
        meta = FACTORY_META[found]
        defaults = Config(dict(meta.default_config or {}), is_interpolated=False).interpolate()
        settings = defaults.merge(Config(config))
        labels = settings.pop("labels", None) if "labels" not in inspect.signature(registry.factories.get(found)).parameters else None
        block = {**settings, "nlp": self, "name": name, "@factories": found}
        self._check_writable(settings)
        try:
            component = registry.resolve({"components": {name: block}}, validate=validate)["components"][name]
        except ValueError as error:
            raise _shorten(error) from None
        filled = registry.fill({"block": block}, validate=validate)["block"]
        kept = Config({key: value for key, value in filled.items() if key not in ("nlp", "name", "@factories")})
        kept["factory"] = factory_name
        if raw_config:
            kept = kept.merge(raw_config)
            kept["factory"] = factory_name
        kept.pop("factory")
        self._pipe_configs[name] = kept
        self._pipe_meta[name] = meta
        for label in labels or ():
            component.add_label(label)
        return component

    @staticmethod
    def _check_writable(settings: Mapping[str, Any]) -> None:
        import json

        try:
            json.dumps(settings)
        except (TypeError, ValueError):
            raise ValueError(Errors.E961.format(config=dict(settings))) from None

    def create_pipe_from_source(self, source_name: str, source: Language, *, name: str) -> tuple[Any, str]:
        """Take a component of another pipeline: (component, factory name). Raises ValueError E945, KeyError E944."""
        if not isinstance(source, Language):
            raise ValueError(Errors.E945.format(name=source_name, source=type(source)))
        if source_name not in source.component_names:
            opts = ", ".join(source.component_names)
            raise KeyError(Errors.E944.format(name=source_name, model=f"{source.meta['lang']}_{source.meta['name']}", opts=opts))
        if self.vocab.vectors.shape != source.vocab.vectors.shape or not (
            self.vocab.vectors.to_bytes(exclude=["strings"]) == source.vocab.vectors.to_bytes(exclude=["strings"])
        ):
            warnings.warn(Warnings.W113.format(name=source_name), stacklevel=3)
        pipe = source.get_pipe(source_name)
        if hasattr(pipe, "name"):
            pipe.name = name
        meta = source.get_pipe_meta(source_name)
        self._pipe_meta[name] = meta
        self._pipe_configs[name] = source.config.interpolate()["components"][source_name]
        self._pipe_configs[name].pop("factory", None)
        for string in source.vocab.strings:
            self.vocab.strings.add(string)
        return pipe, meta.factory

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
        config: Mapping[str, Any] = SimpleFrozenDict(),  # noqa: B008
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component and add it, last unless told otherwise; returns it.

        name             name in the pipeline; the factory's if None
        before, after    name or index of another component
        source           take the component `factory_name` from this pipeline
        config           settings of the component

        Raises ValueError: E966 factory_name is no name, E007 the name is taken, E006 E001 E959 wrong positions, and
        what `create_pipe` raises.
        """
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E966.format(component=repr(factory_name), name=name))
        name = name if name is not None else factory_name
        if name in self.component_names:
            raise ValueError(Errors.E007.format(name=name, opts=", ".join(self.component_names)))
        position = self._pipe_position(before, after, first, last)
        if source is not None:
            component, factory_name = self.create_pipe_from_source(factory_name, source, name=name)
        else:
            if "name" in config:
                warnings.warn(Warnings.W119.format(name_in_config=config["name"]), stacklevel=2)
                config = {key: value for key, value in config.items() if key != "name"}
            component = self.create_pipe(factory_name, name, config=config, raw_config=raw_config, validate=validate)
        self._components.insert(position, (name, component))
        self._link_components()
        return component

    def _pipe_position(
        self, before: str | int | None, after: str | int | None, first: bool | None, last: bool | None
    ) -> int:
        names = self.component_names
        given = {"before": before, "after": after, "first": first or None, "last": last or None}
        chosen = {key: value for key, value in given.items() if value is not None}
        if len(chosen) > 1:
            raise ValueError(Errors.E006.format(args=chosen, opts=", ".join(names)))
        if not chosen or last:
            return len(names)
        if first:
            return 0
        (key, value), *_ = chosen.items()
        offset = 1 if key == "after" else 0
        if isinstance(value, str):
            if value not in names:
                raise ValueError(Errors.E001.format(name=value, opts=", ".join(names)))
            return names.index(value) + offset
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < max(len(names), 1):
            raise ValueError(Errors.E959.format(dir=key, idx=value, length=len(names), opts=", ".join(names)))
        return value + offset

    def replace_pipe(
        self,
        name: str,
        factory_name: str,
        *,
        config: dict[str, Any] = SimpleFrozenDict(),  # noqa: B008
        validate: bool = True,
    ) -> Any:
        """Put a new component in the place and under the name of another. Raises ValueError E001, E968."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=", ".join(self.component_names)))
        if callable(factory_name):
            raise ValueError(Errors.E968.format(component=repr(factory_name), name=name))
        index = self.component_names.index(name)
        self.remove_pipe(name)
        if not self._components or index == len(self._components):
            return self.add_pipe(factory_name, name=name, config=config, validate=validate)
        return self.add_pipe(factory_name, name=name, before=index, config=config, validate=validate)

    def rename_pipe(self, old_name: str, new_name: str) -> None:
        """Raises ValueError: E001 no such component, E007 the new name is taken."""
        if old_name not in self.component_names:
            raise ValueError(Errors.E001.format(name=old_name, opts=", ".join(self.component_names)))
        if new_name in self.component_names:
            raise ValueError(Errors.E007.format(name=new_name, opts=", ".join(self.component_names)))
        index = self.component_names.index(old_name)
        self._components[index] = (new_name, self._components[index][1])
        self._pipe_meta[new_name] = self._pipe_meta.pop(old_name)
        self._pipe_configs[new_name] = self._pipe_configs.pop(old_name)
        if old_name in self._disabled:
            self._disabled.remove(old_name)
            self._disabled.add(new_name)
        settings = self.config["initialize"]["components"]
        if old_name in settings:
            settings[new_name] = settings.pop(old_name)
        self._link_components()

    def remove_pipe(self, name: str) -> tuple[str, Any]:
        """Take a component out; returns (name, component). Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=", ".join(self.component_names)))
        removed = self._components.pop(self.component_names.index(name))
        self._pipe_meta.pop(name)
        self._pipe_configs.pop(name)
        if self._config is not None:
            self._config["initialize"]["components"].pop(name, None)
        self._disabled.discard(name)
        self._link_components()
        return removed

    def disable_pipe(self, name: str) -> None:
        """Stop a component from running. Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=", ".join(self.component_names)))
        self._disabled.add(name)

    def enable_pipe(self, name: str) -> None:
        """Let a component run again. Raises ValueError E001."""
        if name not in self.component_names:
            raise ValueError(Errors.E001.format(name=name, opts=", ".join(self.component_names)))
        self._disabled.discard(name)

    def select_pipes(
        self, *, disable: str | Iterable[str] | None = None, enable: str | Iterable[str] | None = None
    ) -> DisabledPipes:
        """Disable components, or all but some; as a context manager only within the block.

        Raises ValueError: E991 neither is given, E992 they contradict each other, E001 unknown names.
        """
        if disable is None and enable is None:
            raise ValueError(Errors.E991)
        disable = [disable] if isinstance(disable, str) else None if disable is None else list(disable)
        if enable is not None:
            enable = [enable] if isinstance(enable, str) else list(enable)
            for name in enable:
                self.get_pipe(name)
            rest = [name for name in self.pipe_names if name not in enable]
            if disable is not None and set(disable) != set(rest):
                raise ValueError(Errors.E992.format(enable=enable, disable=disable))
            disable = rest
        return DisabledPipes(self, [name for name in disable or [] if name not in self._disabled])

    def disable_pipes(self, *names: Any) -> DisabledPipes:
        """Old name of `select_pipes(disable=names)`."""
        warnings.warn(Warnings.W096, DeprecationWarning, stacklevel=2)
        if len(names) == 1 and isinstance(names[0], list | tuple):
            names = names[0]  # type: ignore[assignment]
        return self.select_pipes(disable=names)

    def _link_components(self) -> None:
        """Name the components, and connect listeners with the components before them."""
        active = self.pipeline
        for i, (name, pipe) in enumerate(self._components):
            if hasattr(pipe, "name"):
                pipe.name = name
        for i, (_, upstream) in enumerate(active):
            if hasattr(upstream, "listener_map") and hasattr(upstream, "find_listeners"):
                upstream.listener_map = {}
                for _, listener in active[i + 1 :]:
                    upstream.find_listeners(listener)

    def replace_listeners(self, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None:
        """Give a component its own copy of the upstream model in place of its listeners.

        listeners    dotted paths of the listeners in the component's config, e.g. ["model.tok2vec"]

        Raises ValueError E886-E889.
        """
        from tagma.pipeline.replace_listeners import replace_listeners

        replace_listeners(self, tok2vec_name, pipe_name, list(listeners))

    # -- Running

    def __call__(
        self,
        text: str | Doc | bytes,
        *,
        disable: Iterable[str] = SimpleFrozenList(),  # noqa: B008
        component_cfg: dict[str, dict[str, Any]] | None = None,
    ) -> Doc:
        """Annotate a text.

        Raises ValueError: E1041 neither text nor Doc, E088 too long, E003 E005 E109 wrong components.
        """
        doc = self._ensure_doc(text)
        component_cfg = component_cfg or {}
        for name, proc in self.pipeline:
            if name in disable:
                continue
            if not callable(proc):
                raise ValueError(Errors.E003.format(component=type(proc), name=name))
            error_handler = self._error_handler(proc)
            try:
                doc = proc(doc, **component_cfg.get(name, {}))
            except KeyError as error:
                raise ValueError(Errors.E109.format(name=name)) from error
            except Exception as error:
                error_handler(name, proc, [doc], error)
            if not isinstance(doc, Doc):
                raise ValueError(Errors.E005.format(name=name, returned_type=type(doc)))
        return doc

    def _error_handler(self, proc: Any) -> ErrorHandler:
        return proc.get_error_handler() if hasattr(proc, "get_error_handler") else self.default_error_handler

    def make_doc(self, text: str) -> Doc:
        """Tokenize a text. Raises ValueError E088 if it is longer than `max_length`."""
        if len(text) > self.max_length:
            raise ValueError(Errors.E088.format(length=len(text), max_length=self.max_length))
        return self.tokenizer(text)

    def _ensure_doc(self, doc_like: str | Doc | bytes) -> Doc:
        if isinstance(doc_like, str):
            return self.make_doc(doc_like)
        if isinstance(doc_like, Doc):
            return doc_like
        if isinstance(doc_like, bytes):
            return Doc(self.vocab).from_bytes(doc_like)
        raise ValueError(Errors.E1041.format(type=type(doc_like)))

    def pipe(
        self,
        texts: Iterable[Any],
        *,
        as_tuples: bool = False,
        batch_size: int | None = None,
        disable: Iterable[str] = SimpleFrozenList(),  # noqa: B008
        component_cfg: dict[str, dict[str, Any]] | None = None,
        n_process: int = 1,
    ) -> Iterator[Any]:
        """Annotate a stream of texts or Docs; results come in order, as they are ready.

        as_tuples    items are (text, context), results (doc, context)
        batch_size   texts in a batch
        n_process    worker processes; -1 for one a core. Threads are used in any case, see `tagma.set_num_threads`
        """
        if as_tuples:
            contexts: list[Any] = []
            pairs = iter(texts)

            def remember() -> Iterator[Any]:
                for item, context in pairs:
                    doc = self._ensure_doc(item) if n_process == 1 else item
                    if isinstance(doc, Doc):
                        doc._context = context
                    else:
                        contexts.append(context)
                    yield doc

            if n_process == 1:
                for doc in self.pipe(remember(), batch_size=batch_size, disable=disable, component_cfg=component_cfg):
                    context = doc._context
                    doc._context = None
                    yield doc, context
            else:
                from tagma.language_processes import pipe_in_processes

                yield from pipe_in_processes(
                    self, pairs, n_process, batch_size or self.batch_size, list(disable), component_cfg, as_tuples=True
                )
            return
        batch_size = batch_size or self.batch_size
        if n_process == -1:
            import os

            n_process = os.cpu_count() or 1
        if n_process != 1:
            from tagma.language_processes import pipe_in_processes

            yield from pipe_in_processes(self, texts, n_process, batch_size, list(disable), component_cfg)
            return
        docs: Iterator[Doc] = (self._ensure_doc(text) for text in texts)
        for stage in self._stages(batch_size, disable, component_cfg):
            docs = stage(docs)
        yield from docs

    def _stages(
        self, batch_size: int, disable: Iterable[str], component_cfg: dict[str, dict[str, Any]] | None
    ) -> list[Callable[[Iterator[Doc]], Iterator[Doc]]]:
        """One function `docs -> docs` for each component that runs."""
        settings = component_cfg or {}
        return [
            functools.partial(
                _run_component,
                proc,
                name=name,
                default_error_handler=self.default_error_handler,
                kwargs={"batch_size": batch_size, **settings.get(name, {})},
            )
            for name, proc in self.pipeline
            if name not in disable
        ]

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Have `error_handler(name, component, docs, error)` called instead of raising, in all components."""
        self.default_error_handler = error_handler
        for _, pipe in self.pipeline:
            if hasattr(pipe, "set_error_handler"):
                pipe.set_error_handler(error_handler)

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """Strings and lexemes first seen inside are released in the end; Docs made inside must not be used after."""
        with ExitStack() as stack:
            pool = stack.enter_context(self.vocab.memory_zone(mem))
            for part in (self.tokenizer, *(pipe for _, pipe in self.pipeline)):
                if hasattr(part, "memory_zone"):
                    stack.enter_context(part.memory_zone(pool))
            yield pool

    # -- Training

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """Make the pipeline ready for training: vocabulary, tokenizer, then each component from sample examples.

        Raises TypeError E930 if get_examples cannot be called; ConfigValidationError for wrong [initialize] settings.
        """
        from tagma.training.example import Example, validate_get_examples
        from tagma.training.initialize import init_tok2vec, init_vocab

        if get_examples is None:
            doc = Doc(self.vocab, words=["x", "y", "z"])

            def get_examples() -> Iterable[Example]:
                return [Example(doc.copy(), doc.copy())]
        if not callable(get_examples):
            raise TypeError(Errors.E930.format(method="Language.initialize", obj=type(get_examples)))
        from tagma.schemas import ConfigSchemaInit, validate_init_settings

        config = self.config.interpolate()
        settings = registry.resolve(
            {"initialize": {k: v for k, v in config["initialize"].items() if k not in ("tokenizer", "components")}}
        )["initialize"]
        blocks = registry.resolve(
            {"tokenizer": config["initialize"]["tokenizer"], "components": config["initialize"]["components"]}
        )
        checked = _validated({**settings, **blocks}, ConfigSchemaInit, "initialize")
        if checked["before_init"] is not None:
            checked["before_init"](self)
        init_vocab(self, data=checked["vocab_data"], lookups=checked["lookups"], vectors=checked["vectors"])
        if hasattr(self.tokenizer, "initialize"):
            tokenizer_settings = validate_init_settings(
                self.tokenizer.initialize, blocks["tokenizer"], section="tokenizer", name="tokenizer"
            )
            self.tokenizer.initialize(get_examples, nlp=self, **tokenizer_settings)
        for name, proc in self.pipeline:
            if hasattr(proc, "initialize"):
                pipe_settings = validate_init_settings(
                    proc.initialize, blocks["components"].get(name, {}), section=f"components.{name}", name=name
                )
                proc.initialize(get_examples, nlp=self, **pipe_settings)
        pretrain = config.get("pretraining")
        if pretrain:
            init_tok2vec(self, registry.resolve({"pretraining": pretrain})["pretraining"], checked)
        self._link_components()
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        if checked["after_init"] is not None:
            checked["after_init"](self)
        del validate_get_examples
        return self._optimizer

    def begin_training(
        self, get_examples: Callable[[], Iterable[Example]] | None = None, *, sgd: Optimizer | None = None
    ) -> Optimizer:
        """Old name of `initialize`."""
        warnings.warn(Warnings.W089, DeprecationWarning, stacklevel=2)
        return self.initialize(get_examples, sgd=sgd)

    def resume_training(self, *, sgd: Optimizer | None = None) -> Optimizer:
        """Go on training a trained pipeline; keeps copies of models for `rehearse`."""
        for _, proc in self.pipeline:
            if hasattr(proc, "_rehearsal_model"):
                proc._rehearsal_model = proc.model.copy()
        if sgd is not None:
            self._optimizer = sgd
        elif self._optimizer is None:
            self._optimizer = self.create_optimizer()
        return self._optimizer

    def create_optimizer(self) -> Optimizer:
        """The optimizer of [training.optimizer]."""
        block = self.config.interpolate()["training"]["optimizer"]
        return registry.resolve({"optimizer": block})["optimizer"]

    def update(
        self,
        examples: Iterable[Example],
        _: Any | None = None,
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = SimpleFrozenList(),  # noqa: B008
        annotates: Iterable[str] = SimpleFrozenList(),  # noqa: B008
    ) -> dict[str, float]:
        """Update the components with a batch; returns the losses by component, added to `losses`.

        sgd          optimizer; None uses the pipeline's own, False accumulates gradients only
        exclude      components that are not updated
        annotates    components that annotate the predicted docs after their update, for those behind them

        Raises ValueError E989, TypeError E978.
        """
        from tagma.training.example import Example, validate_examples

        if _ is not None:
            raise ValueError(Errors.E989)
        losses = {} if losses is None else losses
        examples = list(examples)
        if not examples:
            return losses
        validate_examples(examples, "Language.update")
        examples = [Example(example.x.copy(), example.y) for example in examples]
        if sgd is None:
            if self._optimizer is None:
                self._optimizer = self.create_optimizer()
            sgd = self._optimizer
        settings = component_cfg or {}
        for name, proc in self.pipeline:
            if name not in exclude and hasattr(proc, "update"):
                proc.update(examples, sgd=None, losses=losses, **{"drop": drop, **settings.get(name, {})})
            if name in annotates:
                docs = (example.predicted for example in examples)
                stage = _run_component(
                    proc, docs, name=name, default_error_handler=self.default_error_handler, kwargs={"batch_size": 1000}
                )
                for doc, example in zip(stage, examples, strict=True):
                    example.predicted = doc
        # after all components: a listener behind may still add to the gradients of a shared model
        if sgd not in (None, False):
            for name, proc in self.pipeline:
                if name not in exclude and getattr(proc, "is_trainable", False) and proc.model not in (True, False, None):
                    proc.finish_update(sgd)
        return losses

    def rehearse(
        self,
        examples: Iterable[Example],
        *,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        exclude: Iterable[str] = SimpleFrozenList(),  # noqa: B008
    ) -> dict[str, float]:
        """Keep the models near what they predicted when training was resumed, on unannotated examples."""
        from tagma.training.example import validate_examples

        losses = {} if losses is None else losses
        examples = list(examples)
        if not examples:
            return losses
        validate_examples(examples, "Language.rehearse")
        if sgd is None:
            if self._optimizer is None:
                self._optimizer = self.create_optimizer()
            sgd = self._optimizer
        pipes = list(self.pipeline)
        random.shuffle(pipes)
        settings = component_cfg or {}
        for name, proc in pipes:
            if name not in exclude and hasattr(proc, "rehearse"):
                proc.rehearse(examples, sgd=None, losses=losses, **settings.get(name, {}))
        if sgd is not False:
            for name, proc in pipes:
                if name not in exclude and getattr(proc, "is_trainable", False):
                    proc.finish_update(sgd)
        return losses

    def evaluate(
        self,
        examples: Iterable[Example],
        *,
        batch_size: int | None = None,
        scorer: Any = None,
        component_cfg: dict[str, dict[str, Any]] | None = None,
        scorer_cfg: dict[str, Any] | None = None,
        per_component: bool = False,
    ) -> dict[str, Any]:
        """Scores of the pipeline on examples, with "speed" in words a second. Raises TypeError E978."""
        from tagma.scorer import Scorer
        from tagma.training.example import Example, validate_examples

        examples = list(examples)
        validate_examples(examples, "Language.evaluate")
        examples = [Example(example.x.copy(), example.y) for example in examples]
        if scorer is None:
            scorer = Scorer(**{"nlp": self, **(scorer_cfg or {})})
        start = time.perf_counter()
        # what a user would wait for: tokenizing the text counts, though the given tokens are used
        for example in examples:
            self.make_doc(example.reference.text)
        docs: Iterable[Doc] = (example.predicted for example in examples)
        for stage in self._stages(batch_size or self.batch_size, (), component_cfg):
            docs = stage(iter(docs))
        for example, doc in zip(examples, docs, strict=True):
            example.predicted = doc
        seconds = time.perf_counter() - start
        results = scorer.score(examples, per_component=per_component)
        words = sum(len(example.predicted) for example in examples)
        results["speed"] = words / seconds if seconds else 0.0
        return _plain_numbers(results)

    @contextmanager
    def use_params(self, params: dict[Any, Any] | None) -> Iterator[None]:
        """Use other parameters, such as averages, within the block."""
        with ExitStack() as stack:
            if params:
                for _, pipe in self.pipeline:
                    if hasattr(pipe, "use_params") and hasattr(pipe, "model"):
                        stack.enter_context(pipe.use_params(params))
            yield

    # -- Configs and files

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any] | Config = {},  # noqa: B006 - read only
        *,
        vocab: Vocab | bool = True,
        disable: str | Iterable[str] = SimpleFrozenList(),  # noqa: B008
        enable: str | Iterable[str] = SimpleFrozenList(),  # noqa: B008
        exclude: str | Iterable[str] = SimpleFrozenList(),  # noqa: B008
        meta: dict[str, Any] = SimpleFrozenDict(),  # noqa: B008
        auto_fill: bool = True,
        validate: bool = True,
    ) -> Language:
        """Make a pipeline from a config. See `tagma.language_config` for the steps."""
        from tagma.language_config import pipeline_from_config

        return pipeline_from_config(
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

    def to_disk(self, path: PathT, *, exclude: Iterable[str] = SimpleFrozenList()) -> None:  # noqa: B008
        """Save to a folder, which appears whole or not at all. `exclude`: names of components or files."""
        from tagma.language_files import to_disk

        to_disk(self, Path(path), list(exclude))

    def from_disk(
        self,
        path: PathT,
        *,
        exclude: Iterable[str] = SimpleFrozenList(),  # noqa: B008
        overrides: dict[str, Any] = SimpleFrozenDict(),  # noqa: B008
    ) -> Language:
        """Load what `to_disk` saved into this pipeline, which must have the same components."""
        from tagma.language_files import from_disk

        return from_disk(self, Path(path), list(exclude), overrides)

    def to_bytes(self, *, exclude: Iterable[str] = SimpleFrozenList()) -> bytes:  # noqa: B008
        """The pipeline as bytes."""
        from tagma.language_files import to_bytes

        return to_bytes(self, list(exclude))

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = SimpleFrozenList()) -> Language:  # noqa: B008
        """Load what `to_bytes` gave into this pipeline, which must have the same components."""
        from tagma.language_files import from_bytes

        return from_bytes(self, bytes_data, list(exclude))


class _DefaultConfig:
    """`Language.default_config`, made when it is first looked at, since reading configs is slow to import."""

    def __get__(self, obj: Any, cls: type[Language]) -> Config:
        return cls.get_default_config()


class _Factories:
    """`Language.factories`: a read-only view of all factories by name."""

    def __get__(self, obj: Any, cls: type[Language]) -> dict[str, Any]:
        load_factories()
        return SimpleFrozenDict(registry.factories.get_all(), error=Errors.E957)


Language.default_config = _DefaultConfig()  # type: ignore[attr-defined]
Language.factories = _Factories()  # type: ignore[attr-defined]


class DisabledPipes(list[str]):
    """Names of components that `select_pipes` disabled; enabled again by `restore` or at the end of a with-block."""

    def __init__(self, nlp: Language, names: list[str]) -> None:
        for name in names:
            nlp.disable_pipe(name)
        super().__init__(names)
        self.nlp = nlp

    def __enter__(self) -> DisabledPipes:
        return self

    def __exit__(self, *exc: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Enable the components again. Raises ValueError E008 if one was removed meanwhile."""
        for name in self:
            if name not in self.nlp.component_names:
                raise ValueError(Errors.E008.format(name=name))
            self.nlp.enable_pipe(name)
        self[:] = []


def _run_component(
    proc: Any, docs: Iterable[Doc], *, name: str, default_error_handler: ErrorHandler, kwargs: dict[str, Any]
) -> Iterator[Doc]:
    if hasattr(proc, "pipe"):
        yield from proc.pipe(docs, **kwargs)
        return
    kwargs = {key: value for key, value in kwargs.items() if key != "batch_size"}
    error_handler = proc.get_error_handler() if hasattr(proc, "get_error_handler") else default_error_handler
    for doc in docs:
        try:
            doc = proc(doc, **kwargs)
        except Exception as error:
            error_handler(name, proc, [doc], error)
        else:
            yield doc


def object_name(obj: Any) -> str:
    """Name of a component: its `.name`, else `__name__`, else that of its class."""
    for value in (getattr(obj, "name", None), getattr(obj, "__name__", None)):
        if isinstance(value, str):
            return value
    return type(obj).__name__ if hasattr(type(obj), "__name__") else repr(obj)


def _validated(settings: dict[str, Any], schema: Any, section: str) -> dict[str, Any]:
    from pydantic import ValidationError

    from tagma.nn import ConfigValidationError
    from tagma.nn.config import suggest

    try:
        schema.model_validate(settings)
    except ValidationError as error:
        errors = []
        for entry in error.errors():
            extra = suggest(str(entry["loc"][-1]), schema.model_fields) if entry["type"] == "extra_forbidden" else ""
            msg = f"unexpected setting{extra}" if entry["type"] == "extra_forbidden" else entry["msg"]
            if entry["type"] not in ("extra_forbidden", "missing"):
                msg = f"{msg}, not {entry['input']!r}"
            errors.append({"loc": [section, *entry["loc"]], "msg": msg, "type": entry["type"]})
        raise ConfigValidationError(errors=errors, config=settings, show_config=False) from None
    return {**settings}


def _shorten(error: ValueError) -> ValueError:
    """A config error without the config, which for components holds the whole pipeline."""
    if hasattr(error, "show_config"):
        return type(error).from_error(error, show_config=False)  # type: ignore[attr-defined,no-any-return]
    return error


def _plain_numbers(value: Any) -> Any:
    """NumPy scalars as Python numbers, at any depth."""
    if isinstance(value, dict):
        return {key: _plain_numbers(item) for key, item in value.items()}
    return value.item() if hasattr(value, "item") and not isinstance(value, str) else value


def batches_of(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last one shorter."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
