"""Components of a pipeline: adding, replacing, taking them out, and which of them run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors, Warnings
from tagma.language.factories import WithFactories
from tagma.language.state import Names
from tagma.nn.config import Config, suggest
from tagma.pipeline.factory import FACTORY_META
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["DisabledPipes", "WithComponents"]


class DisabledPipes(list):  # type: ignore[type-arg]
    """Names of components that were disabled; `restore()` enables them again, or the end of a `with` block."""

    def __init__(self, nlp: WithComponents, names: Sequence[str]) -> None:
        super().__init__(names)
        self.nlp = nlp
        for name in names:
            nlp._index_of(name)  # of all before any is disabled
        for name in names:
            nlp.disable_pipe(name)

    def __enter__(self) -> DisabledPipes:
        return self

    def __exit__(self, *args: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Enable the components again. Raises ValueError E008 if some were removed, after the others."""
        removed = [name for name in self if name not in self.nlp.component_names]
        while self:
            if (name := self.pop()) not in removed:
                self.nlp.enable_pipe(name)
        if removed:
            raise ValueError(Errors.E008.format(name=", ".join(removed)))


class WithComponents(WithFactories):
    """A pipeline whose components can be changed."""

    def get_pipe(self, name: str) -> Any:
        """A component by name, disabled or not. Raises KeyError E001."""
        for pipe_name, component in self._components:
            if pipe_name == name:
                return component
        raise KeyError(Errors.E001.format(name=name, opts=self.component_names))

    def has_pipe(self, name: str) -> bool:
        """Whether a component of this name runs."""
        return name in self.pipe_names

    @classmethod
    def component_block(cls, factory_name: str, name: str, config: Mapping[str, Any], nlp: Any) -> dict[str, Any]:
        """The config block that makes a component when it is resolved: defaults under `config`, nlp and name."""
        internal = cls.get_factory_name(factory_name)
        if internal not in registry.factories:
            internal = factory_name
        default = FACTORY_META[internal].default_config if internal in FACTORY_META else None
        merged = Config({"cfg": dict(default or {})}).merge(Config({"cfg": dict(config)}))["cfg"]
        return {**merged, "nlp": nlp, "name": name, "@factories": internal}

    def create_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component without adding it.

        config        settings in place of the factory's defaults
        raw_config    the same before ${…} references were replaced, which is what is kept for saving
        Raises ValueError: E962 config is no dict, E961 it cannot be written, E002 no such factory; and
        ConfigValidationError.
        """
        name = name if name is not None else factory_name
        if not isinstance(config, Mapping):
            raise ValueError(Errors.E962.format(style="config", name=name, cfg_type=type(config)))
        try:
            json.dumps(config)
        except (TypeError, ValueError):
            raise ValueError(Errors.E961.format(config=config)) from None
        if not self.has_factory(factory_name):
            known = [known for known in self.factory_names if "." not in known]
            described = {"lang": type(self).__name__, "lang_code": self.lang, "opts": ", ".join(sorted(known))}
            raise ValueError(Errors.E002.format(name=factory_name, suggest=suggest(factory_name, known), **described))
        meta = self.get_factory_meta(factory_name)
        config = {key: value for key, value in config.items() if key != "factory"}
        # As in a config file, so that errors name the place there.
        whole = {"components": {name: self.component_block(factory_name, name, config, self)}}
        component = registry.resolve(whole, validate=validate)["components"][name]
        filled = Config(registry.fill(whole, validate=False)["components"][name])
        for key in ("nlp", "name", "@factories"):
            del filled[key]
        filled["factory"] = factory_name
        if raw_config:
            filled = filled.merge(Config(raw_config))
        self._pipe_configs[name] = filled
        self._pipe_meta[name] = meta
        return component

    def create_pipe_from_source(self, source_name: str, source: Language, *, name: str) -> tuple[Any, str]:
        """A component of another pipeline, shared with it, and the name of its factory.

        Raises ValueError E945 if `source` is no pipeline, KeyError E944 if it has no such component. Warns W113 if the
        vectors differ.
        """
        _check_source(source, source_name)
        if self.vocab.vectors != source.vocab.vectors:
            warnings.warn(Warnings.W113.format(name=source_name), stacklevel=3)
        for string in source.vocab.strings:
            self.vocab.strings.add(string)
        meta = source.get_pipe_meta(source_name)
        self._pipe_meta[name] = meta
        self._pipe_configs[name] = Config(source.config.interpolate()["components"][source_name])
        component = source.get_pipe(source_name)
        if hasattr(component, "name"):
            component.name = name
        return component, meta.factory

    def add_pipe(
        self,
        factory_name: str,
        name: str | None = None,
        *,
        before: str | int | None = None,
        after: str | int | None = None,
        first: bool | None = None,
        last: bool | None = None,
        source: Language | None = None,
        config: Mapping[str, Any] = {},
        raw_config: Config | None = None,
        validate: bool = True,
    ) -> Any:
        """Make a component and put it into the pipeline, at the end unless told otherwise; returns it.

        before, after    name or index of another component
        source           pipeline to take the component `factory_name` from
        Raises ValueError: E966 factory_name is no text, E007 name in use, E006 several places, E001 and E959 no such
        place; and what `create_pipe` raises. Warns W119 about a name in `config`.
        """
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E966.format(component=repr(factory_name), name=name))
        name = factory_name if name is None else name
        self._require_unused(name)
        if "name" in config:
            warnings.warn(Warnings.W119.format(name_in_config=name), stacklevel=2)
            config = {key: value for key, value in config.items() if key != "name"}
        index = self._get_pipe_index(before, after, first, last)
        if source is None:
            component = self.create_pipe(
                factory_name, name=name, config=config, raw_config=raw_config, validate=validate
            )
        else:
            component, _ = self.create_pipe_from_source(factory_name, source, name=name)
        self._put(slice(index, index), name, component)
        return component

    def _index_of(self, name: str) -> int:
        """Where a component stands. Raises ValueError E001."""
        names = self.component_names
        if name not in names:
            raise ValueError(Errors.E001.format(name=name, opts=names))
        return names.index(name)

    def _require_unused(self, name: str) -> None:
        """Raises ValueError E007 if a component has this name."""
        if name in self.component_names:
            raise ValueError(Errors.E007.format(name=name, opts=self.component_names))

    def _put(self, where: slice, name: str, component: Any) -> None:
        """Put a component in the place of those in a slice."""
        self._components[where] = [(name, component)]
        self._link_components()

    def _get_pipe_index(
        self, before: str | int | None, after: str | int | None, first: bool | None, last: bool | None
    ) -> int:
        given = {"before": before, "after": after, "first": first or None, "last": last or None}
        if sum(value is not None for value in given.values()) >= 2:
            raise ValueError(Errors.E006.format(args=given, opts=self.component_names))
        if first:
            return 0
        for where, value in (("before", before), ("after", after)):
            if value is None:
                continue
            if isinstance(value, str):
                return self._index_of(value) + (where == "after")
            length = len(self._components)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < max(length, 1):
                raise ValueError(Errors.E959.format(dir=where, idx=value, length=length, opts=self.component_names))
            return min(value + (where == "after"), length)
        return len(self._components)

    def replace_pipe(
        self,
        name: str,
        factory_name: str,
        *,
        config: Mapping[str, Any] = {},
        validate: bool = True,
    ) -> Any:
        """Put a new component in the place of one, under its name; returns it. Raises ValueError E001, E968."""
        index = self._index_of(name)
        if not isinstance(factory_name, str):
            raise ValueError(Errors.E968.format(component=repr(factory_name), name=name))
        component = self.create_pipe(factory_name, name=name, config=config, validate=validate)
        self._put(slice(index, index + 1), name, component)
        return component

    def rename_pipe(self, old_name: str, new_name: str) -> None:
        """Rename a component. Raises ValueError E001, E007."""
        index = self._index_of(old_name)
        self._require_unused(new_name)
        for kept in self._kept_by_name():
            if old_name in kept:
                kept[new_name] = kept.pop(old_name)
        if old_name in self._disabled:
            self._disabled = self._disabled - {old_name} | {new_name}
        self._put(slice(index, index + 1), new_name, self._components[index][1])

    def remove_pipe(self, name: str) -> tuple[str, Any]:
        """Take a component out and return it with its name. Raises ValueError E001."""
        removed = self._components.pop(self._index_of(name))
        for kept in self._kept_by_name():
            kept.pop(name, None)
        self._disabled.discard(name)
        self._link_components()
        return removed

    def _kept_by_name(self) -> tuple[dict[str, Any], ...]:
        """What is kept under the names of components: metas, configs, settings of [initialize]."""
        settings = self._config.get("initialize", {}).get("components", {})
        return self._pipe_meta, self._pipe_configs, settings

    def disable_pipe(self, name: str) -> None:
        """Keep a component, but do not run it. Raises ValueError E001."""
        self._index_of(name)
        self._disabled.add(name)
        self._link_components()

    def enable_pipe(self, name: str) -> None:
        """Run a disabled component again. Raises ValueError E001."""
        self._index_of(name)
        self._disabled.discard(name)
        self._link_components()

    def select_pipes(self, *, disable: Names | None = None, enable: Names | None = None) -> DisabledPipes:
        """Disable some components, or all but some; as context manager, until its end.

        Raises ValueError: E991 neither given, E992 both given and in contradiction, E001 unknown names.
        """
        if enable is None and disable is None:
            raise ValueError(Errors.E991)
        disable = [disable] if isinstance(disable, str) else disable
        if enable is not None:
            enable = {enable} if isinstance(enable, str) else set(enable)
            for name in sorted(enable):
                self._index_of(name)
            others = [name for name in self.pipe_names if name not in enable]
            if disable is not None and set(disable) != set(others):
                raise ValueError(Errors.E992.format(enable=sorted(enable), disable=list(disable)))
            disable = others
        already = set(self.disabled)
        return DisabledPipes(self, [name for name in disable or () if name not in already])

    def disable_pipes(self, *names: Any) -> DisabledPipes:
        """The old name of `select_pipes(disable=…)`; takes names, and lists of names."""
        warnings.warn(Warnings.W096, DeprecationWarning, stacklevel=2)
        return self.select_pipes(
            disable=[*chain.from_iterable([item] if isinstance(item, str) else item for item in names)]
        )

    def _link_components(self) -> None:
        """Tell the components their names, and the shared ones who listens to them."""
        active = self.pipeline
        for name, first in active:
            if hasattr(first, "name"):
                first.name = name
            if hasattr(first, "find_listeners") and hasattr(first, "listener_map"):
                first.listener_map = {}
        for i, (_, first) in enumerate(active):
            if hasattr(first, "find_listeners") and hasattr(first, "listener_map"):
                for _, second in active[i + 1 :]:
                    first.find_listeners(second)


def _check_source(source: Any, name: str) -> None:
    if not isinstance(source, WithComponents):
        raise ValueError(Errors.E945.format(name=name, source=type(source)))
    if name not in source.component_names:
        model = "{lang}_{name}".format_map(source.meta)
        raise KeyError(Errors.E944.format(name=name, model=model, opts=source.component_names))
