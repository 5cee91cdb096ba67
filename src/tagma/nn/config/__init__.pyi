# Written by scripts/door_stubs.py; do not edit.
from confection import Promise as Promise
from confection import Schema as Schema

from tagma.nn.config.errors import ConfigValidationError as ConfigValidationError
from tagma.nn.config.names import code_of as code_of
from tagma.nn.config.names import suggest as suggest
from tagma.nn.config.reading import VARIABLE_RE as VARIABLE_RE
from tagma.nn.config.reading import slip_of as slip_of
from tagma.nn.config.registry import REGISTRY as REGISTRY
from tagma.nn.config.registry import Registry as Registry
from tagma.nn.config.registry import load_entry as load_entry
from tagma.nn.config.resolve import schema_errors as schema_errors
from tagma.nn.config.text import Config as Config
from tagma.nn.config.text import errors_name_file as errors_name_file
from tagma.nn.config.text import raw_dollars as raw_dollars
from tagma.nn.config.unknown import RegistryError as RegistryError
from tagma.nn.config.unknown import UnknownNameError as UnknownNameError

from .registry import registry as registry

__all__ = [
    "Promise",
    "Schema",
    "ConfigValidationError",
    "code_of",
    "suggest",
    "VARIABLE_RE",
    "slip_of",
    "REGISTRY",
    "Registry",
    "load_entry",
    "registry",
    "schema_errors",
    "Config",
    "errors_name_file",
    "raw_dollars",
    "RegistryError",
    "UnknownNameError",
]
