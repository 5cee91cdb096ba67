"""Language: a vocabulary, a tokenizer and the components that annotate its docs in turn.

text ──▶ tokenizer ──▶ Doc ──▶ component ──▶ component ──▶ … ──▶ Doc

The class is put together in storeys, a module each, from what it is made of up to its files:
`language_state`, `language_factories`, `language_components`, `language_processing`, `language_training`,
`language_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from tagma.language import analysis as pipe_analysis
from tagma.language.components import DisabledPipes
from tagma.language.defaults import BaseDefaults
from tagma.language.files import WithFiles
from tagma.language.state import (
    DEFAULT_CONFIG,
    DEFAULT_CONFIG_PATH,
    DEFAULT_CONFIG_PRETRAIN_PATH,
    Component,
    Names,
)
from tagma.nn.config import Config
from tagma.pipeline.factory import FactoryMeta
from tagma.registries import registry
from tagma.vocab import Vocab

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


def create_tokenizer() -> Callable[[Language], Any]:
    """The factory of the standard tokenizer, `spacy.Tokenizer.v1`."""
    return registry.tokenizers.get("spacy.Tokenizer.v1")()


class Language(WithFiles):
    """A pipeline.

    vocab               the vocabulary, or True for a new one
    max_length          longest text, in characters
    meta                what is known of the pipeline: name, version, …
    create_tokenizer    function that makes the tokenizer; the config's if None
    create_vectors      function that makes the vectors table; the config's if None
    batch_size          texts in a batch of `pipe` and `evaluate`
    Raises ValueError: E150 a vocabulary of another language, E918 something else than a vocabulary.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        config = DEFAULT_CONFIG.merge(cls.Defaults.config)
        config["nlp"]["lang"] = cls.lang
        cls.default_config = config

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
        from tagma.language.assembly import from_config

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

    def replace_listeners(self, tok2vec_name: str, pipe_name: str, listeners: Iterable[str]) -> None:
        """Give a component its own copy of the network that it listens to.

        listeners    dotted paths, in the component's config, of the models that listen
        Raises ValueError: E889 unknown component, E888 nobody can listen to it, E887 another number of paths than
        listeners, E886 a path that is not there, E1055 a callback with another number of arguments.
        """
        from tagma.pipeline.listeners import replace_listeners

        replace_listeners(self, tok2vec_name, pipe_name, listeners)
