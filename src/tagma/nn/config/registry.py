"""Registries: functions by name, as configs call them.

    @registry.layers("MyLayer.v1")                   [model]
    def MyLayer(width: int) -> Model: ...            @layers = "MyLayer.v1"
                                                     width = 64

Importing this module is cheap: what reads configs (`text`, `resolve`) comes in when one is read.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from tagma.doors.registered import FILES

from .entry_points import EntryPoint, entry_points

if TYPE_CHECKING:
    from .text import Config

__all__ = ["REGISTRY", "Registry", "load_entry", "registry"]

FuncT = TypeVar("FuncT", bound=Callable[..., Any])

REGISTRY: dict[tuple[str, ...], Any] = {}  # all functions, by "tagma", the kind and the name

# Packages of the peers: what they bring is built in here. The readers of srsly are its own.
BUILT_IN = frozenset({"spacy", "spacy-legacy", "spacy-loggers", "spacy-nightly", "thinc", "weasel"})


@functools.cache
def _installed() -> list[EntryPoint]:
    """Entry points of all installed packages; to read them takes milliseconds, and there are twenty registries."""
    return [point for point in entry_points() if point.project not in BUILT_IN]


@functools.cache
def _files(kind: str) -> dict[str, str]:
    """The file of each built-in function of a kind by its name."""
    return {name: file for file, names in FILES.get(kind, {}).items() for name in names}


def load_entry(point: Any) -> Any:
    """What an entry point of an installed package names. What its import raises has a note that names the package."""
    try:
        return point.load()
    except Exception as error:
        package = point.dist.name if point.dist is not None else "unknown"
        place = f"{point.name} = {point.value} of the group {point.group}"
        error.add_note(f"Raised by the installed package {package!r}, entry point {place}.")
        raise


class Registry:
    """Functions of one kind by name, with those of installed packages and, from its room, the built-in ones.

    groups    entry-point groups read besides, earlier ones win
    rooms     modules whose import registers the built-in functions; imported once, on the first name that is unknown
    """

    def __init__(self, kind: str, *, groups: Iterable[str] = (), rooms: Iterable[str] = ()) -> None:
        self.namespace: tuple[str, ...] = ("tagma", kind)
        self.kind = kind
        self.groups: tuple[str, ...] = tuple(groups)
        self.rooms: tuple[str, ...] = tuple(rooms)
        self._entry_points: dict[str, Any] | None = None
        self._loaded = False
        self._lock = threading.RLock()

    @overload
    def __call__(self, name: str) -> Callable[[FuncT], FuncT]: ...
    @overload
    def __call__(self, name: str, func: FuncT) -> FuncT: ...
    def __call__(self, name: str, func: Any = None) -> Any:
        """Register a function; without one, a decorator. A name that is there is given to the new function."""
        return self.register(name) if func is None else self.register(name, func=func)

    @overload
    def register(self, name: str) -> Callable[[FuncT], FuncT]: ...
    @overload
    def register(self, name: str, *, func: FuncT) -> FuncT: ...
    def register(self, name: str, *, func: Any = None) -> Any:
        """See `__call__`."""

        def add(function: FuncT) -> FuncT:
            REGISTRY[(*self.namespace, name)] = function
            return function

        return add if func is None else add(func)

    def load_file(self, name: str) -> bool:
        """Import the file of a built-in function; whether it is known. That of the whole room takes longer."""
        for candidate in (name, *self.aliases(name)):
            if (file := _files(self.kind).get(candidate)) is not None:
                importlib.import_module(file)
                return True
        return False

    def load_rooms(self) -> None:
        """Import the modules that hold the built-in functions."""
        if self._loaded:
            return
        with self._lock:
            if self._loaded:
                return
            for room in self.rooms:
                importlib.import_module(room)
            self._loaded = True

    def entries(self) -> dict[str, Any]:
        """Entry points of installed packages by name, read once, not imported."""
        if self._entry_points is None:
            found: dict[str, Any] = {}
            for group in self.groups:
                for point in _installed():
                    if point.group == group:
                        found.setdefault(point.name, point)
            self._entry_points = found
        return self._entry_points

    def aliases(self, name: str) -> tuple[str, ...]:
        """Other names under which `name` may be registered."""
        return ()

    def _find(self, name: str) -> Any | None:
        if (point := self.entries().get(name)) is not None:
            return load_entry(point)
        for candidate in (name, *self.aliases(name)):
            if (func := REGISTRY.get((*self.namespace, candidate))) is not None:
                return func
        return None

    def get(self, name: str) -> Any:
        """The function. Raises RegistryError (a ValueError) that offers the nearest names."""
        func = self._find(name)
        if func is None and self.load_file(name):
            func = self._find(name)
        if func is None:
            self.load_rooms()
            func = self._find(name)
        if func is None:
            from tagma.doors.missing import explain_missing

            reasons = [explain_missing(f"@{self.kind}", other) for other in (name, *self.aliases(name))]
            what, reason = f"function {name!r} in the registry {self.kind!r}", next(filter(None, reasons), "")
            from .unknown import UnknownNameError

            raise UnknownNameError(what, name, self.names(), reason=reason)
        return func

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if self._find_quietly(name) or (self.load_file(name) and self._find_quietly(name)):
            return True
        self.load_rooms()
        return self._find_quietly(name)

    def _find_quietly(self, name: str) -> bool:
        return name in self.entries() or any(
            (*self.namespace, candidate) in REGISTRY for candidate in (name, *self.aliases(name))
        )

    def get_all(self) -> dict[str, Any]:
        """All functions by name."""
        self.load_rooms()
        found = {name: load_entry(point) for name, point in self.entries().items()}
        size = len(self.namespace)
        for keys, func in REGISTRY.copy().items():
            if keys[:size] == self.namespace and len(keys) == size + 1:
                found[keys[-1]] = func
        return found

    def names(self) -> list[str]:
        """All names, sorted; nothing is imported for those of installed packages."""
        self.load_rooms()
        size = len(self.namespace)
        own = {k[-1] for k in REGISTRY.copy() if k[:size] == self.namespace and len(k) == size + 1}
        return sorted(own | set(self.entries()))

    def find(self, name: str) -> dict[str, str | int | None]:
        """{"module", "file", "line_no", "docstring"} of a function, None where unknown."""
        import inspect

        func = self.get(name)
        written = inspect.unwrap(func)
        try:
            _, line_no = inspect.findsource(written)
            file = inspect.getfile(written)
        except (TypeError, OSError):
            return {"module": getattr(func, "__module__", None), "file": None, "line_no": None, "docstring": None}
        doc = inspect.getdoc(func)
        return {"module": func.__module__, "file": file, "line_no": line_no, "docstring": doc}


def _is_registry(value: Any) -> bool:
    """Whether a value is a registry: one of these, or one that somebody made with catalogue itself."""
    catalogue = sys.modules.get("catalogue")
    return isinstance(value, Registry) or (catalogue is not None and isinstance(value, catalogue.Registry))


def _nn(kind: str, *rooms: str) -> Registry:
    return Registry(kind, groups=(f"tagma_{kind}", f"thinc_{kind}"), rooms=rooms)


class registry:
    """The registries of the layer library. Subclass it and add attributes, or `catalogue.create(…)`, for more kinds."""

    optimizers: ClassVar[Registry] = _nn("optimizers", "tagma.nn.optimizers")
    schedules: ClassVar[Registry] = _nn("schedules", "tagma.nn.schedules")
    layers: ClassVar[Registry] = _nn("layers", "tagma.nn.layers")
    losses: ClassVar[Registry] = _nn("losses", "tagma.nn.loss")
    initializers: ClassVar[Registry] = _nn("initializers", "tagma.nn.initializers")
    datasets: ClassVar[Registry] = _nn("datasets")
    ops: ClassVar[Registry] = _nn("ops", "tagma.nn.backends")

    @classmethod
    def create(cls, registry_name: str, entry_points: bool = False) -> None:
        """Add a registry. Raises ValueError if there is one of that name."""
        if hasattr(cls, registry_name):
            raise ValueError(f"there is a registry {registry_name!r} already; choose another name")
        groups = (f"tagma_{registry_name}", f"thinc_{registry_name}") if entry_points else ()
        setattr(cls, registry_name, Registry(registry_name, groups=groups))

    @classmethod
    def get_registry_names(cls) -> list[str]:
        """Names of all registries, sorted."""
        return sorted(name for name in dir(cls) if _is_registry(getattr(cls, name)))

    @classmethod
    def _registry(cls, registry_name: str) -> Any:
        found = getattr(cls, registry_name, None)
        if not _is_registry(found):
            from .unknown import UnknownNameError

            raise UnknownNameError(f"registry {registry_name!r}", registry_name, cls.get_registry_names(), "E892")
        return found

    @classmethod
    def has(cls, registry_name: str, func_name: str) -> bool:
        """Whether there is such a registry, with such a function."""
        found: Any = getattr(cls, registry_name, None)
        return _is_registry(found) and func_name in found

    @classmethod
    def get(cls, registry_name: str, func_name: str) -> Callable[..., Any]:
        """The function. Raises RegistryError for an unknown registry (E892) or function (E893)."""
        found = cls._registry(registry_name)
        try:
            function: Callable[..., Any] = found.get(func_name)
            return function
        except ValueError as error:
            from .unknown import RegistryError, UnknownNameError

            if not isinstance(error, RegistryError):
                raise
            what, reason = f"function {func_name!r} in the registry {registry_name!r}", getattr(error, "reason", "")
            known = found.names() if isinstance(found, Registry) else found.get_all()
            raise UnknownNameError(what, func_name, known, "E893", reason) from None

    @classmethod
    def find(cls, registry_name: str, func_name: str) -> dict[str, str | int | None]:
        """{"module", "file", "line_no", "docstring"} of a function."""
        cls.get(registry_name, func_name)
        found: dict[str, str | int | None] = cls._registry(registry_name).find(func_name)
        return found

    @classmethod
    def is_promise(cls, obj: Any) -> bool:
        """Whether a value is a block that names a function: a mapping with a key that starts with "@"."""
        return isinstance(obj, Mapping) and any(isinstance(key, str) and key.startswith("@") for key in obj)

    @classmethod
    def get_constructor(cls, obj: dict[str, Any]) -> tuple[str, str]:
        """(registry name, function name). Raises ConfigValidationError unless there is exactly one "@" key."""
        keys = [key for key in obj if isinstance(key, str) and key.startswith("@")]
        if len(keys) != 1:
            from .errors import ConfigValidationError

            raise ConfigValidationError(
                config=obj, errors=[{"loc": [], "msg": f"a block names one registered function, not {keys or 'none'}"}]
            )
        return keys[0][1:], obj[keys[0]]

    @classmethod
    def parse_args(cls, obj: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """(positional arguments from "*", keyword arguments)."""
        args = obj.get("*", [])
        args = list(args.values()) if isinstance(args, dict) else list(args)
        return args, {key: value for key, value in obj.items() if key != "*" and not key.startswith("@")}

    @classmethod
    def resolve(
        cls,
        config: Config | dict[str, Any],
        *,
        schema: Any = None,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
        validate: bool = True,
    ) -> dict[str, Any]:
        """Call all registered functions that `config` names, children first, and return the dict of results.

        Raises ConfigValidationError with all errors at once, each under its dotted path.
        """
        from .resolve import resolve

        return resolve(cls, config, schema=schema, overrides=overrides, validate=validate)

    @classmethod
    def fill(
        cls,
        config: Config | dict[str, Any],
        *,
        schema: Any = None,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
        interpolate: bool = False,
        validate: bool = True,
    ) -> Config:
        """The config with the default arguments of all registered functions filled in; nothing is called."""
        from .resolve import fill

        return fill(cls, config, schema=schema, overrides=overrides, interpolate=interpolate, validate=validate)

    @classmethod
    def problems(cls, config: dict[str, Any]) -> list[dict[str, Any]]:
        """What would keep an interpolated config from being resolved: [{"loc": path, "msg": …, "type": …}].

        Looks at all blocks: unknown functions, missing and unexpected arguments, values of the wrong type.
        """
        from .resolve import problems

        return problems(cls, config)
