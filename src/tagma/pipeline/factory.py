"""Factories and scorers of components: what `nlp.add_pipe("name")` and configs find. They need no Language.

    @scorer("spacy.tagger_scorer.v1")
    def tagger_score(examples, **kwargs): ...

    @factory("tagger", default_config={"model": DEFAULT_MODEL}, assigns=["token.tag"])
    class Tagger(TrainablePipe):
        def __init__(self, vocab, model, name="tagger", *, overwrite=False, scorer=tagger_score): ...

    make_tagger: Callable[..., Tagger] = maker(Tagger)
    make_tagger_scorer: Callable[[], Callable[..., dict[str, Any]]] = maker(tagger_score)

`registry.factories` gets the function `(nlp, name, model, overwrite, scorer) -> Tagger`, `registry.scorers` gets
`() -> tagger_score`, and `FACTORY_META` what else is known of the component: its defaults are

    {"model": DEFAULT_MODEL, "overwrite": False, "scorer": {"@scorers": "spacy.tagger_scorer.v1"}}

A name may be that of one language only: "en.lemmatizer".
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tagma.errors import Errors
from tagma.registries import registry
from tagma.util.objects import get_object_name

if TYPE_CHECKING:
    from tagma.ty import Pipeline

__all__ = [
    "FACTORY_META",
    "FactoryMeta",
    "component_block",
    "constant",
    "factory",
    "find_meta",
    "load_factories",
    "maker",
    "name_of",
    "require_name",
    "scorer",
    "validate_attrs",
]

F = TypeVar("F", bound=Callable[..., Any])

BUILT_IN = "tagma.pipeline.factories"
OBJECTS = ("doc", "token", "span")
# Arguments of a class that the pipeline gives; all others are settings.
GIVEN = ("nlp", "vocab", "name")
PIPELINE_ARGUMENTS = (
    inspect.Parameter("nlp", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
    inspect.Parameter("name", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str),
)


@dataclass(slots=True)
class FactoryMeta:
    """What is known of a component before it is made."""

    factory: str
    default_config: Mapping[str, Any] | None = None
    assigns: Iterable[str] = ()
    requires: Iterable[str] = ()
    retokenizes: bool = False
    scores: Iterable[str] = ()
    default_score_weights: dict[str, float | None] | None = field(default_factory=dict)
    own_settings: Iterable[str] = ()


FACTORY_META: dict[str, FactoryMeta] = {}
_makers: dict[Callable[..., Any], Callable[..., Any]] = {}  # of classes and scorers
_scorer_names: dict[Callable[..., Any], str] = {}
_loaded = False
_lock = threading.RLock()


def factory(
    name: str,
    *,
    default_config: Mapping[str, Any] = {},
    assigns: Iterable[str] = (),
    requires: Iterable[str] = (),
    retokenizes: bool = False,
    default_score_weights: Mapping[str, float | None] = {},
    settings: Iterable[str] | None = None,
    own_settings: Iterable[str] = (),
) -> Callable[[F], F]:
    """Decorator that registers the class of a component, or a function `(nlp, name, **settings) -> component`.

    A class is called with `name`, with `nlp` or `vocab` if it takes them, and with its other arguments as settings.

    default_config           values of the settings that a config leaves out; a class's own defaults need not be
                             repeated, they come behind, and a scorer among them by its registered name
    assigns, requires        attributes, e.g. "token.tag", that the component writes and reads
    default_score_weights    score → weight in the final score; None hides it
    settings                 arguments of a class that the component takes besides `own_settings`; all, if None. So one
                             class may stand for several components
    own_settings             settings with defaults that the component keeps in its own files: configs may give them,
                             but that of a pipeline never has them, so that it is read where they are not known

    Raises ValueError: E963 the name is no text, E962 no dict, E964 arguments `nlp` or `name` missing, E004 the name is
    taken by another function, E180-E185 wrong attributes.
    """
    if not isinstance(name, str):
        raise ValueError(Errors.E963.format(decorator="factory", name=name))
    if not isinstance(default_config, Mapping):
        raise ValueError(Errors.E962.format(style="default_config", name=name, cfg_type=type(default_config)))

    def add(made: F) -> F:
        func: Callable[..., Any] = made
        defaults, own = dict(default_config), tuple(own_settings)
        wanted = None if settings is None else {*settings, *own}
        taken = inspect.signature(made).parameters
        if isinstance(made, type):
            func = _class_factory(made, wanted)
            found = _own_defaults(made, wanted)
            defaults |= {key: value for key, value in found.items() if key not in (*defaults, *own)}
        if "name" not in taken or "nlp" not in inspect.signature(func).parameters:
            raise ValueError(Errors.E964.format(name=name))
        register(
            name,
            func,
            FactoryMeta(
                factory=name.rpartition(".")[2],
                default_config=defaults,
                assigns=validate_attrs(assigns),
                requires=validate_attrs(requires),
                retokenizes=retokenizes,
                scores=list(default_score_weights),
                default_score_weights=dict(default_score_weights),
                own_settings=own,
            ),
        )
        if func is not made:
            _makers[made] = func
        return made

    return add


def scorer(name: str) -> Callable[[F], F]:
    """Decorator that registers `() -> score` for a function `score(examples, **kwargs)`, which stays as it is.

    As the default of a setting, the function stands in configs as {"@scorers": name}.
    """

    def add(score: F) -> F:
        def make() -> F:
            return score

        _makers[score] = registry.scorers.register(name, func=_describe(make, score, []))
        _scorer_names[score] = name
        return score

    return add


def maker(made: Callable[..., Any]) -> Callable[..., Any]:
    """The function that `factory` registered for a class, or `scorer` for a function; the outermost of several."""
    return _makers[made]


def _class_factory(cls: type, wanted: Container[str] | None) -> Callable[..., Any]:
    taken = frozenset(inspect.signature(cls).parameters)

    def make(nlp: Pipeline, name: str, **settings: Any) -> Any:
        for key in taken.intersection(("nlp", "vocab")):
            settings[key] = nlp if key == "nlp" else nlp.vocab
        return cls(name=name, **settings)

    return _describe(make, cls, [*PIPELINE_ARGUMENTS, *_settings(cls, wanted)])


def _settings(cls: type, wanted: Container[str] | None) -> list[inspect.Parameter]:
    """The arguments of a class that a config gives, all by name; those wanted, if there is a choice."""
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.name not in GIVEN
        and parameter.kind not in several
        and (wanted is None or parameter.name in wanted)
    ]


def _own_defaults(cls: type, wanted: Container[str] | None) -> dict[str, Any]:
    """Defaults of a class's settings as configs have them. A function without a name is left out: it has no text."""
    defaults = {}
    for parameter in _settings(cls, wanted):
        value = parameter.default
        if value is parameter.empty or (callable(value) and value not in _scorer_names):
            continue
        defaults[parameter.name] = {"@scorers": _scorer_names[value]} if callable(value) else value
    return defaults


def _describe(
    make: Callable[..., Any], made: Callable[..., Any], parameters: Sequence[inspect.Parameter]
) -> Callable[..., Any]:
    """Give a function the parameters that configs set, and the place and text of what it makes."""
    make.__module__, make.__qualname__, make.__doc__ = made.__module__, made.__qualname__, made.__doc__
    make.__name__ = f"make_{made.__name__}"
    # Annotations are text until a config is checked: it takes their names from the module of what is wrapped.
    make.__wrapped__ = made.__init__ if isinstance(made, type) else made  # type: ignore[attr-defined,misc]  # as functools.wraps
    make.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # for inspect
    return make


def register(name: str, func: Callable[..., Any], meta: FactoryMeta, *, same: Callable[..., Any] | None = None) -> None:
    """Put a factory in place. Raises ValueError E004 if the name is taken by a function of another place."""
    registry.factories.load_file(name)  # a built-in one must be there to be seen
    if name in FACTORY_META:
        old = registry.factories.get(name)
        if _place(old) != _place(func):
            raise ValueError(Errors.E004.format(name=name, old=_place(old), new=_place(func)))
    registry.factories.register(name, func=func)
    FACTORY_META[name] = meta


def require_name(name: object, decorator: str) -> None:
    """Raises ValueError: E963 the name given to a decorator is no text, E853 there is a dot in it."""
    if not isinstance(name, str):
        raise ValueError(Errors.E963.format(decorator=decorator, name=name))
    if "." in name:
        raise ValueError(Errors.E853.format(name=name))


def name_of(component: Callable[..., Any]) -> str:
    """The name of a function that is registered without one."""
    return str(get_object_name(component))


def constant(component: Callable[..., Any]) -> Callable[..., Any]:
    """A factory that always gives the same component, a function. Raises ValueError E965 for a class."""
    if isinstance(component, type):
        raise ValueError(Errors.E965.format(name=component.__name__))

    def make(nlp: Pipeline, name: str) -> Callable[..., Any]:
        return component

    make.__wrapped_component__ = component  # type: ignore[attr-defined]  # for _place
    return make


def find_meta(names: Iterable[str]) -> FactoryMeta:
    """What is known of the first factory that is there. Raises ValueError E967, which names the last."""
    name = ""
    for name in names:
        if name in registry.factories and name in FACTORY_META:
            return FACTORY_META[name]
    raise ValueError(Errors.E967.format(meta="factory", name=name))


def component_block(
    of_language: str, factory_name: str, name: str, config: Mapping[str, Any], nlp: Pipeline | None
) -> dict[str, Any]:
    """The config block that makes a component when it is resolved: defaults under `config`, nlp and name.

    of_language    name under which the factory would be registered for the pipeline's language only
    nlp            None where a config is checked for which there is no pipeline yet
    """
    from tagma.nn.config import Config

    registered = of_language if of_language in registry.factories else factory_name
    default = FACTORY_META[registered].default_config if registered in FACTORY_META else None
    merged = Config({"cfg": dict(default or {})}).merge(Config({"cfg": dict(config)}))["cfg"]
    return {**merged, "nlp": nlp, "name": name, "@factories": registered}


def _place(func: Callable[..., Any]) -> str:
    func = getattr(func, "__wrapped_component__", func)
    return f"{getattr(func, '__module__', '')}.{getattr(func, '__qualname__', repr(func))}"


def load_factories() -> None:
    """Import the built-in components, once. Those of installed packages are imported when their names are asked for."""
    global _loaded
    if _loaded:
        return
    with _lock:
        if not _loaded:
            import importlib

            importlib.import_module(BUILT_IN)
            _loaded = True


def validate_attrs(values: Iterable[str]) -> list[str]:
    """Check names such as "token.tag", "doc._.cats", "doc.ents". Raises ValueError E180-E185."""
    checked = list(values)
    for attr in checked:
        obj, *rest = str(attr).split(".")
        if obj == "span" and rest and rest[0] != "_":
            raise ValueError(Errors.E180.format(attr=attr))
        if obj not in OBJECTS:
            raise ValueError(Errors.E181.format(obj=obj, attr=attr))
        if not rest or rest == ["_"]:
            raise ValueError(Errors.E182.format(attr=attr))
        if rest[0] == "_":
            if len(rest) > 2:
                raise ValueError(Errors.E183.format(attr=attr, solution=f"{obj}._.{rest[1]}"))
        else:
            if len(rest) > 1:
                raise ValueError(Errors.E183.format(attr=attr, solution=f"{obj}.{rest[0]}"))
            if rest[0].endswith("_"):
                raise ValueError(Errors.E184.format(attr=attr, solution=attr.rstrip("_")))
            if not _has_attr(obj, rest[0]):
                raise ValueError(Errors.E185.format(obj=obj, attr=rest[0]))
    return checked


def _has_attr(obj: str, name: str) -> bool:
    from tagma.tokens import Doc, Span, Token

    return hasattr({"doc": Doc, "token": Token, "span": Span}[obj], name)
