"""`import spacy` and `import thinc` that give tagma's modules, each the very same object under both names.

All but a few: `spacy`, `thinc` and their `about` say which versions of the peers tagma is level with, since code asks
them what it may rely on. They are thin modules before tagma's: reading and setting go through, save for versions.
`importlib.metadata` says the same of the distributions `spacy` and `thinc`, whether they are installed or not.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import Any

from tagma import about
from tagma.doors.missing import MissingModuleError, explain_missing

ALIASES = {"spacy": "tagma", "thinc": "tagma.nn"}
PEERS = tuple(ALIASES)
# What the thin modules say of their own.
VERSIONS = {
    "spacy": {"__version__": about.__spacy_version__},
    "spacy.about": {"__title__": "spacy", "__version__": about.__spacy_version__},
    "spacy.git_info": {"GIT_VERSION": ""},
    "thinc": {"__version__": about.__thinc_version__},
    "thinc.about": {"__title__": "thinc", "__version__": about.__thinc_version__},
}
# Modules that users of the peer know at another path than that of the room in which their names stand here.
ELSEWHERE = {
    **{
        f"spacy.cli.project.{name}": "tagma.cli.project.commands"
        for name in ("assets", "clone", "document", "dvc", "pull", "push", "run")
    },
    "spacy.git_info": "tagma.about",
    "spacy.ml._precomputable_affine": "tagma.ml.precomputable_affine",
    "spacy.ml.tb_framework": "tagma.ml.transition_model",
    "spacy.registrations": "tagma.registries",
    "spacy.tokens.morphanalysis": "tagma.morphology",
    "spacy.training.align": "tagma.gold.alignment",
    "thinc.about": "tagma.about",  # the layer library has none of its own
}


def install() -> None:
    """From now on `spacy[.…]` and `thinc[.…]` are names of tagma's modules. Doing it twice changes nothing.

    Raises RuntimeError if the real package is imported already: half the program would go on using it.
    """
    if is_installed():
        return
    real = [name for name in ALIASES if name in sys.modules]
    if real:
        raise RuntimeError(
            f"tagma.compat.install() came too late: {' and '.join(real)} is already imported (from "
            f"{getattr(sys.modules[real[0]], '__file__', None)}). Call it before the first 'import {real[0]}', "
            "or run the script with 'python -m tagma.compat script.py'."
        )
    sys.meta_path.insert(0, AliasFinder())


def is_installed() -> bool:
    """Whether code that says `import spacy` or `import thinc` gets tagma."""
    return any(isinstance(finder, AliasFinder) for finder in sys.meta_path)


def uninstall() -> None:
    """Undo `install`. Modules that hold names imported meanwhile keep them."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AliasFinder)]
    for name in [name for name in sys.modules if real_name(name)]:
        module = sys.modules[name]
        if isinstance(module, ThinModule) or getattr(module, "__name__", name) != name:
            del sys.modules[name]


def real_name(name: str) -> str | None:
    """`spacy.tokens.doc` → `tagma.tokens.doc`; None for a module of another package."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    package, dot, rest = name.partition(".")
    target = ALIASES.get(package)
    return None if target is None else target + dot + rest


class AliasFinder(MetaPathFinder):
    """Finds a module of tagma for each name below `ALIASES`, and says of what version these distributions are."""

    def find_distributions(self, context: Any = None) -> list[Any]:
        """The distributions of a name, or all: `importlib.metadata` asks here before it looks for those installed."""
        from tagma.compat._distributions import AliasDistribution

        name = getattr(context, "name", None)
        versions = {own: VERSIONS[own]["__version__"] for own in ALIASES if name is None or name.lower() == own}
        return [AliasDistribution(own, version) for own, version in versions.items()]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = real_name(fullname)
        if name is None:
            return None
        if not _exists(name):
            owner, _, last = name.rpartition(".")
            if reason := explain_missing(owner, last):
                raise MissingModuleError(f"No module {fullname!r}: {reason}")
            raise ModuleNotFoundError(f"No module named {fullname!r}: tagma has no {name!r}", name=fullname)
        return ModuleSpec(fullname, AliasLoader(name), is_package=hasattr(import_module(name), "__path__"))


class AliasLoader(Loader):
    """Gives the module that is there already under its own name; it runs once, under that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.name)
        if spec.name in VERSIONS:
            return ThinModule(spec.name, module)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        if not isinstance(module, ThinModule):
            module.__spec__ = self.spec  # the import system has put the alias's spec there

    def get_code(self, fullname: str) -> CodeType | None:
        """Code of the module, with which `python -m` runs it; None if it is compiled."""
        spec = find_spec(self.name)
        loader = spec.loader if spec is not None else None
        return loader.get_code(self.name) if isinstance(loader, InspectLoader) else None


class ThinModule(ModuleType):
    """Stands before a module of tagma: reading and setting go through, but for versions, and for other thin modules."""

    def __init__(self, name: str, real: ModuleType) -> None:
        super().__init__(name, real.__doc__)
        vars(self).update(VERSIONS[name], __tagma__=real)

    def __getattr__(self, name: str) -> Any:
        if (thin := f"{self.__name__}.{name}") in VERSIONS:
            return import_module(thin)
        return getattr(self.__tagma__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__") or isinstance(value, ThinModule):
            super().__setattr__(name, value)
        else:
            setattr(self.__tagma__, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__tagma__, name)

    def __dir__(self) -> list[str]:
        return dir(self.__tagma__)


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # a parent is missing
        return False
