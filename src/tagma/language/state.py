"""What a pipeline is made of: vocabulary, tokenizer, components, its description and its config."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from tagma import about
from tagma.errors import Errors
from tagma.language.defaults import BaseDefaults, create_vocab
from tagma.language.loading import load_config
from tagma.nn.config import Config
from tagma.pipeline.factory import FactoryMeta, load_factories
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.util.dotted import combine_score_weights
from tagma.util.frozen import SimpleFrozenDict, SimpleFrozenList
from tagma.util.handlers import raise_error
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["DEFAULT_CONFIG", "DEFAULT_CONFIG_PATH", "DEFAULT_CONFIG_PRETRAIN_PATH", "Component", "PipelineState"]

DEFAULT_CONFIG_PATH = Path(__file__).parent / "default_config.cfg"
DEFAULT_CONFIG_PRETRAIN_PATH = Path(__file__).parent / "default_config_pretraining.cfg"
DEFAULT_CONFIG = load_config(DEFAULT_CONFIG_PATH)

Component = Callable[[Doc], Doc]
Names = str | Iterable[str]


class _Factories:
    """`Language.factories`: all factories by name, read-only."""

    def __get__(self, obj: Any, cls: type[PipelineState]) -> dict[str, Callable[..., Any]]:
        load_factories()
        return SimpleFrozenDict(registry.factories.get_all(), error=Errors.E957)


class PipelineState:
    """The state of a `Language`, where the arguments are described, and what can be read from it."""

    Defaults: ClassVar[type[BaseDefaults]] = BaseDefaults
    lang: ClassVar[str | None] = None
    default_config: ClassVar[Config] = DEFAULT_CONFIG
    factories: ClassVar[Any] = _Factories()

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
        self.vocab: Vocab = self._make_vocab(create_vectors) if vocab is True else self._checked(vocab)
        if self.lang is None:
            self.lang = self.vocab.lang  # type: ignore[misc]
        self.max_length = max_length
        self.batch_size = batch_size
        self.default_error_handler: Callable[..., Any] = raise_error
        self.tokenizer = (create_tokenizer or self._configured("tokenizer"))(cast("Language", self))

    def _make_vocab(self, create_vectors: Callable[[Vocab], Any] | None) -> Vocab:
        """A new vocabulary with its vectors table, which has the name that the description gives."""
        name = self._meta.get("vectors", {}).get("name")
        vocab = create_vocab(self.lang, self.Defaults, name)
        vectors = (create_vectors or self._configured("vectors"))(vocab)
        if name:
            vectors.name = name
        vocab.vectors = vectors
        return vocab

    def _checked(self, vocab: Any) -> Vocab:
        """A given vocabulary. Raises ValueError: E918 it is none, E150 it is of another language."""
        if not isinstance(vocab, Vocab):
            raise ValueError(Errors.E918.format(vocab=vocab, vocab_type=type(vocab)))
        if self.lang and vocab.lang and self.lang != vocab.lang:
            raise ValueError(Errors.E150.format(nlp=self.lang, vocab=vocab.lang))
        return vocab

    def _configured(self, setting: str) -> Callable[[Any], Any]:
        """The function that [nlp] names in a setting."""
        return registry.resolve({setting: self._config["nlp"][setting]})[setting]

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
        meta["tagma_version"] = about.__version__
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
        weights = [self.get_pipe_meta(name).default_score_weights or {} for name in self.component_names]
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
        return _read_only("components", self._components)

    @property
    def component_names(self) -> list[str]:
        """Names of all components, disabled ones too; read-only."""
        return _read_only("component_names", (name for name, _ in self._components))

    @property
    def pipeline(self) -> list[tuple[str, Any]]:
        """(name, component) of the components that run, in order; read-only."""
        return _read_only("pipeline", self._running())

    @property
    def pipe_names(self) -> list[str]:
        """Names of the components that run, in order; read-only."""
        return _read_only("pipe_names", (name for name, _ in self._running()))

    @property
    def disabled(self) -> list[str]:
        """Names of the components that do not run, in order; read-only."""
        return _read_only("disabled", (name for name, _ in self._components if name in self._disabled))

    def _running(self) -> list[tuple[str, Any]]:
        return [item for item in self._components if item[0] not in self._disabled]

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


def _read_only(attr: str, items: Iterable[Any]) -> list[Any]:
    """A list that raises NotImplementedError E926, which names the attribute, when it is changed."""
    return SimpleFrozenList(items, error=Errors.E926.format(attr=attr))
