# Written by scripts/door_stubs.py; do not edit.
from __future__ import annotations

from pathlib import Path
from typing import Any

from tagma.about import __version__
from tagma.doors.filters import setup_default_warnings
from tagma.errors import Errors as Errors
from tagma.glossary import explain as explain
from tagma.gold.example import Example as Example
from tagma.language import Language as Language
from tagma.nn.config import Config as Config
from tagma.nn.util import prefer_gpu as prefer_gpu
from tagma.nn.util import require_cpu as require_cpu
from tagma.nn.util import require_gpu as require_gpu
from tagma.registries import REGISTRY_POPULATED as REGISTRY_POPULATED
from tagma.registries import populate_registry as populate_registry
from tagma.registries import registry as registry
from tagma.schemas import ConfigSchema as ConfigSchema
from tagma.schemas import ConfigSchemaInit as ConfigSchemaInit
from tagma.schemas import ConfigSchemaNlp as ConfigSchemaNlp
from tagma.schemas import ConfigSchemaPretrain as ConfigSchemaPretrain
from tagma.schemas import ConfigSchemaTraining as ConfigSchemaTraining
from tagma.threads import get_num_threads, set_num_threads
from tagma.util import logger as logger
from tagma.vocab import Vocab as Vocab

def load(
    name: str | Path,
    *,
    vocab: Vocab | bool = True,
    disable: Any = (),
    enable: Any = (),
    exclude: Any = (),
    config: dict[str, Any] | Config = {},
) -> Language:
    """A pipeline by the name of its package, the path of its folder, or as "blank:en".

    disable    components that are loaded but do not run
    enable     components that run; all others are disabled
    exclude    components that are not loaded
    config     settings in place of the saved ones, nested or dotted
    Raises OSError E050, E052, E053 if there is no such pipeline.
    """

def blank(
    name: str, *, vocab: Vocab | bool = True, config: dict[str, Any] | Config = {}, meta: dict[str, Any] = {}
) -> Language:
    """A pipeline without components for a language, by its code. Raises ImportError E048 for an unknown one."""

def info(
    model: str | None = None,
    *,
    markdown: bool = False,
    silent: bool = True,
    exclude: list[str] | None = None,
    url: bool = False,
) -> str | dict[str, Any]:
    """What there is to know about this installation, or about a pipeline."""

__all__ = [
    "Errors",
    "explain",
    "Example",
    "Language",
    "Config",
    "prefer_gpu",
    "require_cpu",
    "require_gpu",
    "REGISTRY_POPULATED",
    "populate_registry",
    "registry",
    "ConfigSchema",
    "ConfigSchemaInit",
    "ConfigSchemaNlp",
    "ConfigSchemaPretrain",
    "ConfigSchemaTraining",
    "logger",
    "Vocab",
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
