"""All registries of the library: those of the layers, and the kinds that deal with text.

Names keep the prefixes that configs are written with (`spacy.Tagger.v2`). A name `spacy.X` that is not there is looked
up as `spacy-legacy.X` too. Installed packages are found through the entry-point groups `tagma_<kind>` and
`spacy_<kind>`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from tagma.nn.config import Registry
from tagma.nn.config import registry as nn_registry

__all__ = ["REGISTRY_POPULATED", "populate_registry", "registry"]


class _TextRegistry(Registry):
    def __init__(self, kind: str, *rooms: str, groups: tuple[str, ...] = ()) -> None:
        super().__init__(kind, groups=groups or (f"tagma_{kind}", f"spacy_{kind}"), rooms=rooms)

    def aliases(self, name: str) -> tuple[str, ...]:
        if name.startswith("spacy."):
            return (name.replace("spacy.", "spacy-legacy.", 1),)
        if name.startswith("spacy-legacy."):
            return (name.replace("spacy-legacy.", "spacy.", 1),)
        return ()


class _LanguageRegistry(_TextRegistry):
    """Classes of languages by code. Each built-in language is a module of its own, so the room is asked for one."""

    def get(self, name: str) -> Any:
        """The class. Raises ImportError E048 that offers the codes that there are."""
        return super().get(name) if name in self else import_module(LANGUAGES).get_lang_class(name)


LANGUAGES = "tagma.language.codes"
MODELS = "tagma.ml.architectures"
COMPONENTS = "tagma.pipeline.factories"


class registry(nn_registry):
    """`registry.architectures("name")` registers, `registry.get("architectures", "name")` finds."""

    # the layers of this library and of the layer library are one registry
    layers: ClassVar[Registry] = nn_registry.layers
    architectures: ClassVar[Registry] = _TextRegistry("architectures", MODELS)
    augmenters: ClassVar[Registry] = _TextRegistry("augmenters", "tagma.training.augment")
    batchers: ClassVar[Registry] = _TextRegistry("batchers", "tagma.training.batchers")
    callbacks: ClassVar[Registry] = _TextRegistry("callbacks", "tagma.training.callbacks")
    cli: ClassVar[Registry] = _TextRegistry("cli")
    displacy_colors: ClassVar[Registry] = _TextRegistry("displacy_colors")
    factories: ClassVar[Registry] = _TextRegistry("factories", COMPONENTS)
    languages: ClassVar[Registry] = _LanguageRegistry("languages")
    lemmatizers: ClassVar[Registry] = _TextRegistry("lemmatizers")
    loggers: ClassVar[Registry] = _TextRegistry("loggers", "tagma.training.loggers")
    lookups: ClassVar[Registry] = _TextRegistry("lookups")
    misc: ClassVar[Registry] = _TextRegistry("misc", COMPONENTS, "tagma.lookups")
    models: ClassVar[Registry] = _TextRegistry("models")
    readers: ClassVar[Registry] = _TextRegistry("readers", "tagma.training.corpus")
    scorers: ClassVar[Registry] = _TextRegistry("scorers", COMPONENTS)
    tokenizers: ClassVar[Registry] = _TextRegistry("tokenizers", "tagma.tokenizer.tokenizer")
    vectors: ClassVar[Registry] = _TextRegistry("vectors", "tagma.vectors.table")


# layers that read docs stand in the same registry as the others, under the text library's names
registry.layers.rooms = (*registry.layers.rooms, MODELS)
registry.layers.groups = (*registry.layers.groups, "spacy_layers")

REGISTRY_POPULATED = False


def populate_registry() -> None:
    """Import all built-in functions. Registries do this by themselves when a name is unknown."""
    global REGISTRY_POPULATED
    for name in registry.get_registry_names():
        getattr(registry, name).load_rooms()
    REGISTRY_POPULATED = True
