"""The components of a pipeline: names, order, which of them run, and what is known of each. Knows no Language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from tagma.errors import Errors, Warnings, warn_user
from tagma.pipeline.listeners import link, unheard
from tagma.ty import HandlesErrors, Streams
from tagma.util.frozen import SimpleFrozenList
from tagma.util.paths import check_component_name

if TYPE_CHECKING:
    from tagma.nn.config import Config
    from tagma.pipeline.factory import FactoryMeta
    from tagma.ty import Component

__all__ = ["Components", "Place", "Step"]

Place = str | int | None


class Step(NamedTuple):
    """A component that runs. Its roles are looked up once, not for each text."""

    name: str
    proc: Component
    streams: bool
    handler: HandlesErrors | None  # the component itself, if it has a handler of its own


class Components:
    """An ordered list of (name, component) of which some are disabled.

    metas      {name: what is known of its factory}
    configs    {name: its config with the defaults filled in}
    Whatever changes what runs tells the components their names, and those that share vectors who listens to them.
    """

    def __init__(self) -> None:
        self._all: list[tuple[str, Component]] = []
        self._disabled: set[str] = set()
        self._steps: list[Step] = []
        self._unheard: list[tuple[str, str]] = []
        self._told: set[tuple[str, str]] = set()
        self.metas: dict[str, FactoryMeta] = {}
        self.configs: dict[str, Config] = {}

    @property
    def all(self) -> list[tuple[str, Component]]:
        """(name, component) of all, disabled ones too; read-only."""
        return _read_only("components", self._all)

    @property
    def names(self) -> list[str]:
        """Names of all; read-only."""
        return _read_only("component_names", (name for name, _ in self._all))

    @property
    def running(self) -> list[tuple[str, Component]]:
        """(name, component) of those that run, in order; read-only."""
        return _read_only("pipeline", (item for item in self._all if item[0] not in self._disabled))

    @property
    def steps(self) -> list[Step]:
        """Those that run, in order, with the roles that processing asks for.

        Warns W4012, once for each, of components that listen to one that does not run before them.
        """
        for name, upstream in self._unheard:
            if (name, upstream) not in self._told:
                self._told.add((name, upstream))
                warn_user(Warnings.W4012.format(name=name, upstream=upstream))
        return self._steps

    @property
    def running_names(self) -> list[str]:
        """Names of those that run; read-only."""
        return _read_only("pipe_names", (name for name, _ in self._all if name not in self._disabled))

    @property
    def disabled(self) -> list[str]:
        """Names of those that do not run, in order; read-only."""
        return _read_only("disabled", (name for name, _ in self._all if name in self._disabled))

    def get(self, name: str) -> Component:
        """A component by name, disabled or not. Raises KeyError E001."""
        for known, component in self._all:
            if known == name:
                return component
        raise KeyError(Errors.E001.format(name=name, opts=self.names))

    def meta(self, name: str) -> FactoryMeta:
        """What is known of the factory of a component. Raises ValueError E967."""
        if name not in self.metas:
            raise ValueError(Errors.E967.format(meta="component", name=name))
        return self.metas[name]

    def config(self, name: str) -> Config:
        """Config of a component, defaults filled in. Raises ValueError E960."""
        if name not in self.configs:
            raise ValueError(Errors.E960.format(name=name))
        return self.configs[name]

    def describe(self, name: str, meta: FactoryMeta, config: Config) -> None:
        """Keep what is known of a component, from when it is made."""
        self.metas[name] = meta
        self.configs[name] = config

    def others(self, names: Iterable[str]) -> list[str]:
        """The running ones but for some. Raises ValueError E001 if one of those is not there."""
        left_out = set(names)
        for name in sorted(left_out):
            self.index(name)
        return [name for name in self.running_names if name not in left_out]

    def index(self, name: str) -> int:
        """Where a component stands. Raises ValueError E001."""
        names = self.names
        if name not in names:
            raise ValueError(Errors.E001.format(name=name, opts=names))
        return names.index(name)

    def require_unused(self, name: str) -> None:
        """Raises ValueError: E4051 the name cannot be that of a component's files, E007 a component has it."""
        check_component_name(name, self.names)
        if name in self.names:
            raise ValueError(Errors.E007.format(name=name, opts=self.names))

    def place(self, *, before: Place, after: Place, first: bool | None, last: bool | None) -> int:
        """The index of a new component. Raises ValueError: E006 several places, E001 and E959 no such place."""
        given = {"before": before, "after": after, "first": first or None, "last": last or None}
        if sum(value is not None for value in given.values()) >= 2:
            raise ValueError(Errors.E006.format(args=given, opts=self.names))
        if first:
            return 0
        if before is not None:
            return self._beside("before", before)
        if after is not None:
            return min(self._beside("after", after) + 1, len(self._all))
        return len(self._all)

    def _beside(self, where: str, other: str | int) -> int:
        if isinstance(other, str):
            return self.index(other)
        length = len(self._all)
        if isinstance(other, bool) or not isinstance(other, int) or not 0 <= other < max(length, 1):
            raise ValueError(Errors.E959.format(dir=where, idx=other, length=length, opts=self.names))
        return other

    def insert(self, index: int, name: str, component: Component) -> None:
        """Put a component before the one that stands at an index."""
        self._all.insert(index, (name, component))
        self.link()

    def replace(self, index: int, name: str, component: Component) -> None:
        """Put a component in the place of another."""
        self._all[index] = (name, component)
        self.link()

    def rename(self, old: str, new: str) -> None:
        """Give a component another name. Raises ValueError E001, E007, E4051."""
        index = self.index(old)
        self.require_unused(new)
        if old in self.metas:
            self.describe(new, self.metas.pop(old), self.configs.pop(old))
        if old in self._disabled:
            self._disabled = self._disabled - {old} | {new}
        self.replace(index, new, self._all[index][1])

    def remove(self, name: str) -> tuple[str, Component]:
        """Take a component out and return it with its name. Raises ValueError E001."""
        removed = self._all.pop(self.index(name))
        self.metas.pop(name, None)
        self.configs.pop(name, None)
        self._disabled.discard(name)
        self.link()
        return removed

    def enable(self, name: str) -> None:
        """Run a component again. Raises ValueError E001."""
        self.index(name)
        self._disabled.discard(name)
        self.link()

    def disable(self, names: Iterable[str]) -> None:
        """Keep components, but do not run them. Raises ValueError E001, before any is disabled."""
        names = list(names)
        for name in names:
            self.index(name)
        self._disabled.update(names)
        self.link()

    def link(self) -> None:
        """Tell the components their names, and the shared ones who listens to them; look up their roles."""
        link(self.running)
        self._unheard = unheard(self.running)
        self._steps = [
            Step(name, proc, isinstance(proc, Streams), proc if isinstance(proc, HandlesErrors) else None)
            for name, proc in self.running
        ]


def _read_only(attr: str, items: Iterable[Any]) -> list[Any]:
    """A list that raises NotImplementedError E926, which names the attribute, when it is changed."""
    return SimpleFrozenList(items, error=Errors.E926.format(attr=attr))
