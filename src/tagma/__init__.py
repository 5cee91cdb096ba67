"""tagma: trainable natural-language pipelines on a fast CPU engine.

    import tagma
    nlp = tagma.load("my_pipeline")
    doc = nlp("A text.")

Importing this is cheap: each name comes from its module when it is first used.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tagma.about import __version__
from tagma.errors import setup_default_warnings

try:
    # first of all, so that BLAS starts without threads of its own
    from tagma.threads import get_num_threads, set_num_threads
except (KeyboardInterrupt, ValueError) as error:
    # `python -m tagma` imports this before any line of the command line runs
    if sys.orig_argv[1:3] not in (["-m", "tagma"], ["-m", "tagma.compat"]) and os.path.basename(sys.argv[0]) != "tagma":
        raise
    print(str(error) or "Aborted!", file=sys.stderr)
    sys.exit(1 if str(error) else 130)

if TYPE_CHECKING:
    import logging
    from pathlib import Path

    from tagma import about, pipeline, util
    from tagma.errors import Errors
    from tagma.gold.example import Example
    from tagma.language import Language
    from tagma.nn import Config, prefer_gpu, require_cpu, require_gpu
    from tagma.registry import populate_registry, registry
    from tagma.schemas import (
        ConfigSchema,
        ConfigSchemaInit,
        ConfigSchemaNlp,
        ConfigSchemaPretrain,
        ConfigSchemaTraining,
    )
    from tagma.vocab import Vocab

    logger: logging.Logger

_WHERE = {
    "Config": "tagma.nn.config",
    "ConfigSchema": "tagma.schemas",
    "ConfigSchemaInit": "tagma.schemas",
    "ConfigSchemaNlp": "tagma.schemas",
    "ConfigSchemaPretrain": "tagma.schemas",
    "ConfigSchemaTraining": "tagma.schemas",
    "Errors": "tagma.errors",
    "Example": "tagma.gold.example",
    "Language": "tagma.language",
    "REGISTRY_POPULATED": "tagma.registry",
    "Vocab": "tagma.vocab",
    "logger": "tagma.util",
    "populate_registry": "tagma.registry",
    "prefer_gpu": "tagma.nn.util",
    "registry": "tagma.registry",
    "require_cpu": "tagma.nn.util",
    "require_gpu": "tagma.nn.util",
}
_MODULES = (
    "about",
    "attrs",
    "cli",
    "compat",
    "errors",
    "lang",
    "language",
    "lexeme",
    "lookups",
    "ml",
    "morphology",
    "nn",
    "parts_of_speech",
    "pipe_analysis",
    "pipeline",
    "schemas",
    "scorer",
    "strings",
    "symbols",
    "tokenizer",
    "tokens",
    "training",
    "util",
    "vectors",
    "vocab",
)

setup_default_warnings()


def load(
    name: str | Path,
    *,
    vocab: Vocab | bool = True,
    disable: Any = (),
    enable: Any = (),
    exclude: Any = (),
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
) -> Language:
    """A pipeline by the name of its package, the path of its folder, or as "blank:en".

    disable    components that are loaded but do not run
    enable     components that run; all others are disabled
    exclude    components that are not loaded
    config     settings in place of the saved ones, nested or dotted
    Raises OSError E050, E052, E053 if there is no such pipeline.
    """
    from tagma.loading import load_model

    return load_model(name, vocab=vocab, disable=disable, enable=enable, exclude=exclude, config=config)


def blank(
    name: str,
    *,
    vocab: Vocab | bool = True,
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
    meta: dict[str, Any] = {},  # noqa: B006 - read only
) -> Language:
    """A pipeline without components for a language, by its code. Raises ImportError E048 for an unknown one."""
    from tagma.languages import get_lang_class
    from tagma.loading import nested

    return get_lang_class(name).from_config(nested(config), vocab=vocab, meta=meta)


def info(
    model: str | None = None,
    *,
    markdown: bool = False,
    silent: bool = True,
    exclude: list[str] | None = None,
    url: bool = False,
) -> str | dict[str, Any]:
    """What there is to know about this installation, or about a pipeline."""
    from tagma.cli.info import info as describe

    return describe(model, markdown=markdown, silent=silent, exclude=exclude, url=url)


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        value = getattr(importlib.import_module(_WHERE[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"tagma.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name != "REGISTRY_POPULATED":
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE, *_MODULES})


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        # Importing tagma.registry would make the import system set the attribute `registry` to the file.
        if name == "registry" and isinstance(value, ModuleType):
            value = value.registry
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

__all__ = [
    "Config",
    "ConfigSchema",
    "ConfigSchemaInit",
    "ConfigSchemaNlp",
    "ConfigSchemaPretrain",
    "ConfigSchemaTraining",
    "Errors",
    "Example",
    "Language",
    "Vocab",
    "__version__",
    "about",
    "blank",
    "get_num_threads",
    "info",
    "load",
    "logger",
    "pipeline",
    "populate_registry",
    "prefer_gpu",
    "registry",
    "require_cpu",
    "require_gpu",
    "set_num_threads",
    "setup_default_warnings",
    "util",
]
