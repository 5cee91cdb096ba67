"""Factories of a language: what `add_pipe` finds, and how it is registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.language.state import Component, PipelineState
from tagma.pipeline.factory import FACTORY_META, FactoryMeta, load_factories
from tagma.pipeline.factory import factory as register_factory
from tagma.registries import registry
from tagma.util.objects import get_object_name

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["WithFactories"]


class WithFactories(PipelineState):
    """A pipeline's class with the factories of its language."""

    @classmethod
    def has_factory(cls, name: str) -> bool:
        """Whether there is a factory of this name, for this language or for all."""
        load_factories()
        return cls.get_factory_name(name) in registry.factories or name in registry.factories

    @classmethod
    def get_factory_name(cls, name: str) -> str:
        """Name of a factory of this language: "en.lemmatizer" of "lemmatizer"."""
        return name if cls.lang is None else f"{cls.lang}.{name}"

    @classmethod
    def get_factory_meta(cls, name: str) -> FactoryMeta:
        """What is known of a factory. Raises ValueError E967."""
        load_factories()
        for candidate in (cls.get_factory_name(name), name):
            if candidate in FACTORY_META:
                return FACTORY_META[candidate]
        raise ValueError(Errors.E967.format(meta="factory", name=name))

    @classmethod
    def set_factory_meta(cls, name: str, value: FactoryMeta) -> None:
        """Replace what is known of a factory."""
        FACTORY_META[cls.get_factory_name(name)] = value

    @classmethod
    def factory(
        cls,
        name: str,
        *,
        default_config: Mapping[str, Any] = {},
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        default_score_weights: Mapping[str, float | None] = {},
        func: Callable[..., Any] | None = None,
    ) -> Callable[..., Any]:
        """Register a factory `(nlp, name, **settings) -> component`; a decorator, or a call with `func`.

        On the class of a language it is for that language only. See `tagma.pipeline.factory.factory` for arguments
        and errors; besides, ValueError E853 for a name with a dot.
        """
        if not isinstance(name, str):
            raise ValueError(Errors.E963.format(decorator="factory", name=name))
        if "." in name:
            raise ValueError(Errors.E853.format(name=name))
        add = register_factory(
            cls.get_factory_name(name),
            default_config=default_config,
            assigns=assigns,
            requires=requires,
            retokenizes=retokenizes,
            default_score_weights=default_score_weights,
        )
        return add if func is None else add(func)

    @classmethod
    def component(
        cls,
        name: str | None = None,
        *,
        assigns: Iterable[str] = (),
        requires: Iterable[str] = (),
        retokenizes: bool = False,
        func: Component | None = None,
    ) -> Callable[..., Any]:
        """Register a function `doc -> doc` as component; a decorator, or a call with `func`.

        Raises ValueError: E963 a name that is no text, E853 a dot in it, E965 a class instead of a function, E004 the
        name is taken by another function.
        """
        if name is not None and not isinstance(name, str):
            raise ValueError(Errors.E963.format(decorator="component", name=name))
        if name is not None and "." in name:
            raise ValueError(Errors.E853.format(name=name))
        known_as = name

        def add(component: Component) -> Component:
            if isinstance(component, type):
                raise ValueError(Errors.E965.format(name=component.__name__))

            def make(nlp: Language, name: str) -> Component:
                return component

            make.__wrapped_component__ = component  # type: ignore[attr-defined]
            found = known_as if known_as is not None else get_object_name(component)
            cls.factory(found, assigns=assigns, requires=requires, retokenizes=retokenizes, func=make)
            return component

        return add if func is None else add(func)
