"""tagma: trainable natural-language pipelines on a fast CPU engine.

    import tagma
    nlp = tagma.load("my_pipeline")
    doc = nlp("A text.")

Importing this is cheap: each name comes from its module when it is first used.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from tagma.about import __version__
from tagma.doors import door
from tagma.doors.filters import setup_default_warnings
from tagma.doors.languages import find_languages
from tagma.doors.missing import explain_missing_modules

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

    from tagma.language import Language
    from tagma.nn import Config
    from tagma.vocab import Vocab

    logger: logging.Logger

setup_default_warnings()
find_languages()
explain_missing_modules()


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
    from tagma.language.loading import load_model

    return load_model(name, vocab=vocab, disable=disable, enable=enable, exclude=exclude, config=config)


def blank(
    name: str,
    *,
    vocab: Vocab | bool = True,
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
    meta: dict[str, Any] = {},  # noqa: B006 - read only
) -> Language:
    """A pipeline without components for a language, by its code. Raises ImportError E048 for an unknown one."""
    from tagma.language.codes import get_lang_class
    from tagma.language.configs import nested

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


__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.errors": "Errors",
        "tagma.glossary": "explain",
        "tagma.gold.example": "Example",
        "tagma.language": "Language",
        "tagma.nn.config": "Config",
        "tagma.nn.util": "prefer_gpu require_cpu require_gpu",
        "tagma.registries": "REGISTRY_POPULATED populate_registry registry",
        "tagma.schemas": "ConfigSchema ConfigSchemaInit ConfigSchemaNlp ConfigSchemaPretrain ConfigSchemaTraining",
        "tagma.util": "logger",
        "tagma.vocab": "Vocab",
    },
    rooms="about attrs cli compat displacy errors glossary gold lang language lexeme lookups matcher ml morphology nn"
    " parts_of_speech pipe_analysis pipeline registries schemas scorer strings symbols testing tokenizer"
    " tokens training util vectors vocab",
    live="REGISTRY_POPULATED",
)
__all__ += [
    "__version__",
    "about",
    "blank",
    "get_num_threads",
    "info",
    "load",
    "pipeline",
    "set_num_threads",
    "setup_default_warnings",
    "util",
]
