"""Configs and the registries that they name functions in.

Read `names` (which name may have been meant), then `reading` and `text` (a config as text and as sections), `resolve`
(defaults, problems, calls), last `registry`, the face of it all; each imports only those before it. `errors` has the
error about a config. Importing this door, or `registry`, is cheap. confection and pydantic come in when an annotation
or a schema asks for more than plain types, and a config that is right seldom does.

The lowest room of `nn`: backends, layers and every room of tagma that registers functions import it.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "confection": "Promise Schema",
        "tagma.nn.config.errors": "ConfigValidationError",
        "tagma.nn.config.names": "code_of suggest",
        "tagma.nn.config.reading": "VARIABLE_RE slip_of",
        "tagma.nn.config.registry": "REGISTRY Registry load_entry registry",
        "tagma.nn.config.resolve": "schema_errors",
        "tagma.nn.config.text": "Config errors_name_file raw_dollars",
        "tagma.nn.config.unknown": "RegistryError UnknownNameError",
    },
)
