"""All registries of the library: those of the layers, and the kinds that deal with text.

Names keep the prefixes that configs are written with (`spacy.Tagger.v2`). A name `spacy.X` that is not there is looked
up as `spacy-legacy.X` too. Installed packages are found through the entry-point groups `tagma_<kind>` and
`spacy_<kind>`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, ClassVar

from tagma.errors import Errors
from tagma.nn.config import REGISTRY, Registry, load_entry
from tagma.nn.config import registry as nn_registry

__all__ = ["REGISTRY_POPULATED", "populate_registry", "registry"]


PEERS = ("spacy", "thinc")


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


class _FactoryRegistry(_TextRegistry):
    """Makers of components by name. What an entry point names is imported, which registers its component, and no more.

    That is when its name is first asked for, also with a language in front ("en.x"), and not with each pipeline.
    Names that are built in are not asked for.
    """

    def __init__(self, kind: str, *rooms: str) -> None:
        super().__init__(kind, *rooms)
        self._imported: set[str] = set()

    def _find(self, name: str) -> Any | None:
        """Raises ImportError E4441 for a component that is made known to the peer instead of here."""
        base = name.rpartition(".")[2]
        if base in self.entries() and not (self._registered(name) or self._registered(base)):
            self.load_rooms()
            point = self.entries()[base]
            if not self._registered(base) and not self._import(point):
                raise ImportError(Errors.E4441.format(name=base, package=point.dist.name))
        return self._registered(name)

    def _registered(self, name: str) -> Any | None:
        return REGISTRY.get((*self.namespace, name))

    def _find_quietly(self, name: str) -> bool:
        return self._find(name) is not None

    def __contains__(self, name: object) -> bool:
        """Of a component that is built in, whether it is one of this language needs no other files than its own."""
        if isinstance(name, str) and "." in name and self.load_file(name.rpartition(".")[2]):
            return self._find_quietly(name) or (self.load_file(name) and self._find_quietly(name))
        return super().__contains__(name)

    def _import(self, point: Any) -> bool:
        """Whether what is imported registers anything here; it is for the peer otherwise, and `spacy` is not this."""
        if point.name not in self._imported:
            before = len(REGISTRY)
            try:
                load_entry(point)
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] not in PEERS:
                    raise
            if len(REGISTRY) > before or hasattr(sys.modules.get(PEERS[0]), "__tagma__"):
                self._imported.add(point.name)
        return point.name in self._imported

    def get_all(self) -> dict[str, Any]:
        """All makers by name, those of installed packages too unless they are written for the peer."""
        self.load_rooms()
        for name, point in self.entries().items():
            if self._registered(name) is None:
                self._import(point)
        size = len(self.namespace)
        return {keys[-1]: maker for keys, maker in REGISTRY.copy().items() if keys[:size] == self.namespace}


LANGUAGES = "tagma.language.codes"
MODELS = "tagma.ml.architectures"
COMPONENTS = "tagma.pipeline.factories"
MISC = ("tagma.lookups", "tagma.kb.factories", "tagma.matcher.levenshtein")
TOKENIZERS = tuple(f"tagma.tokenizer.{name}" for name in ("tokenizer", "unspaced", "chinese", "japanese", "korean"))
LOGGERS = ("tagma.training.loggers", "tagma.training.trackers", "tagma.training.memory_loggers")


class registry(nn_registry):
    """`registry.architectures("name")` registers, `registry.get("architectures", "name")` finds."""

    # the layers of this library and of the layer library are one registry
    layers: ClassVar[Registry] = nn_registry.layers
    annotation_setters: ClassVar[Registry] = _TextRegistry("annotation_setters", MODELS)
    architectures: ClassVar[Registry] = _TextRegistry("architectures", MODELS)
    augmenters: ClassVar[Registry] = _TextRegistry("augmenters", "tagma.training.augment")
    batchers: ClassVar[Registry] = _TextRegistry("batchers", "tagma.training.batchers")
    callbacks: ClassVar[Registry] = _TextRegistry("callbacks", "tagma.training.callbacks", "tagma.ml.callbacks")
    cli: ClassVar[Registry] = _TextRegistry("cli")
    displacy_colors: ClassVar[Registry] = _TextRegistry("displacy_colors")
    factories: ClassVar[Registry] = _FactoryRegistry("factories", COMPONENTS)
    languages: ClassVar[Registry] = _LanguageRegistry("languages")
    lemmatizers: ClassVar[Registry] = _TextRegistry("lemmatizers")
    loggers: ClassVar[Registry] = _TextRegistry("loggers", *LOGGERS)
    lookups: ClassVar[Registry] = _TextRegistry("lookups")
    misc: ClassVar[Registry] = _TextRegistry("misc", COMPONENTS, *MISC)
    models: ClassVar[Registry] = _TextRegistry("models")
    readers: ClassVar[Registry] = _TextRegistry("readers", "tagma.training.corpus")
    scorers: ClassVar[Registry] = _TextRegistry("scorers", COMPONENTS)
    span_getters: ClassVar[Registry] = _TextRegistry("span_getters", MODELS)
    tokenizers: ClassVar[Registry] = _TextRegistry("tokenizers", *TOKENIZERS)
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
