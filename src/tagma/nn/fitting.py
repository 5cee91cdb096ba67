"""Whether the models that a config puts together fit, by the annotations of the registered functions.

    def build(tok2vec: Model[list[Doc], list[Floats2d]]) -> Model[list[Doc], Floats2d]: ...

A block that stands for `tok2vec` must name a function whose own result may be of that type. Only what cannot fit is
found: where one of two types is open (no annotation, Any, a type variable, a name that cannot be looked up), or where
one is a kind of the other, they may fit.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any, Protocol

from .model import Model
from .types import is_array_annotation

__all__ = ["Misfit", "may_fit", "misfits", "models_that_fit", "shown"]


class Registries(Protocol):
    """What is asked of the registries; `config.registry` says what each does."""

    def has(self, registry_name: str, func_name: str) -> bool: ...
    def get(self, registry_name: str, func_name: str) -> Callable[..., Any]: ...
    def is_promise(self, obj: Any) -> bool: ...


@dataclass(frozen=True)
class Misfit:
    """A model that cannot be the argument it stands for.

    path          of the argument in the config
    taker         name of the function that takes it
    wanted        type of the argument, and as it is written
    kind, name    registry and name of the function that gives it
    given         type that this one gives, as it is written
    """

    path: tuple[str, ...]
    taker: str
    wanted: Any
    wanted_text: str
    kind: str
    name: str
    given_text: str


def misfits(registry: Registries, config: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Misfit]:
    """All misfits below a section, blocks from the outside in. Unknown functions are passed over.

    config    interpolated, with the defaults of functions filled in as far as they are to be looked at
    """
    if (function := _function(registry, config)) is not None:
        _, name, func = function
        for place, block, annotation in _arguments(func, config):
            if (inner := _function(registry, block)) is None:
                continue
            kind, giver, giving = inner
            given = _result(giving)
            if not _models_may_fit(given.type, annotation.type):
                yield Misfit((*path, *place), name, annotation.type, annotation.text, kind, giver, given.text)
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from misfits(registry, value, (*path, str(key)))


def models_that_fit(functions: Mapping[str, Callable[..., Any]], wanted: Any) -> list[str]:
    """Names of the functions whose result is, by what is written, a model of this type.

    Those without parts of their own come first, then by name; names of old versions last.
    """
    found = []
    for name, func in functions.items():
        given = _result(func).type
        if _is_decided(given) and _models_may_fit(given, wanted):
            parts = any(_model_types(annotation.type) for _, annotation in _annotations(func))
            found.append(("legacy" in name, parts, name))
    return [name for *_, name in sorted(found)]


def may_fit(given: Any, wanted: Any) -> bool:
    """Whether a value can be of both types, as far as that can be told."""
    return any(_one_may_fit(a, b) for a in _options(given) for b in _options(wanted))


def shown(annotation: Any) -> str:
    """A type as it is written."""
    if isinstance(annotation, str):
        return annotation
    if annotation is type(None):
        return "None"
    if _is_union(annotation):
        return " | ".join(map(shown, typing.get_args(annotation)))
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is not None and args:
        return f"{shown(origin)}[{', '.join(map(shown, args))}]"
    if annotation is ...:
        return "..."
    return getattr(annotation, "__name__", None) or str(annotation)


@dataclass(frozen=True)
class _Annotation:
    type: Any
    text: str


def _function(registry: Registries, block: Any) -> tuple[str, str, Callable[..., Any]] | None:
    """Registry, name and function that a block names; None if it names none that there is."""
    if not registry.is_promise(block):
        return None
    keys = [key for key in block if key.startswith("@")]
    kind, name = keys[0][1:], block[keys[0]]
    if len(keys) > 1 or not isinstance(name, str) or not registry.has(kind, name):
        return None
    return kind, name, registry.get(kind, name)


def _arguments(
    func: Callable[..., Any], block: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Any, _Annotation]]:
    """Place in the block, block and annotation of each argument that is a block and may be a model."""
    for parameter, annotation in _annotations(func):
        if not _model_types(annotation.type):
            continue
        if parameter.kind is not parameter.VAR_POSITIONAL:
            yield (parameter.name,), block.get(parameter.name), annotation
        elif isinstance(several := block.get("*"), Mapping):
            for key, value in several.items():
                yield ("*", str(key)), value, annotation


def _annotations(func: Callable[..., Any]) -> Iterator[tuple[inspect.Parameter, _Annotation]]:
    signature, names = _signature(func)
    for parameter in signature.parameters.values() if signature else ():
        if parameter.annotation is not parameter.empty:
            yield parameter, _evaluated(parameter.annotation, names)


def _result(func: Callable[..., Any]) -> _Annotation:
    """What a function gives: its annotation, or itself if it is a class."""
    if inspect.isclass(func):
        return _Annotation(func, func.__name__)
    signature, names = _signature(func)
    if signature is None or signature.return_annotation is signature.empty:
        return _Annotation(Any, "Any")
    return _evaluated(signature.return_annotation, names)


def _signature(func: Callable[..., Any]) -> tuple[inspect.Signature | None, _Names]:
    target = inspect.unwrap(func.__init__ if inspect.isclass(func) else func)
    names = _Names(getattr(target, "__globals__", {}))
    try:
        return inspect.signature(func), names
    except (TypeError, ValueError):
        return None, names


class _Names(dict[str, Any]):
    """Names that annotations of a module use, also those that it imports for type checkers alone.

    A name that cannot be looked up stands for anything.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        super().__init__(vars(builtins) | dict(module))
        self._module: str = module.get("__name__", "")
        self._imports: dict[str, tuple[str, str]] | None = None

    def __missing__(self, name: str) -> Any:
        if self._imports is None:
            self._imports = _imports_for_types(self._module)
        source, attribute = self._imports.get(name, ("", ""))
        try:
            found = getattr(importlib.import_module(source), attribute)
        except (ImportError, AttributeError, ValueError):
            found = Any
        self[name] = found
        return found


def _imports_for_types(module: str) -> dict[str, tuple[str, str]]:
    """Name → (module, name there), of the imports below `if TYPE_CHECKING:`; none if there is no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}
    package = getattr(sys.modules[module], "__package__", None) or ""
    found = {}
    for block in tree.body:
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                    source = ".".join(filter(None, [*above, node.module]))
                    found.update({alias.asname or alias.name: (source, alias.name) for alias in node.names})
    return found


def _evaluated(annotation: Any, names: _Names) -> _Annotation:
    text = shown(annotation)
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return _Annotation(annotation, text)
    try:
        return _Annotation(eval(annotation, {}, names), text)
    except Exception:  # what only a type checker can read: anything
        return _Annotation(Any, text)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _options(annotation: Any) -> list[Any]:
    """The types of a union, and what stands behind an annotation with remarks or under another name."""
    if _is_union(annotation):
        return [option for part in typing.get_args(annotation) for option in _options(part)]
    if typing.get_origin(annotation) is typing.Annotated:
        return _options(typing.get_args(annotation)[0])
    if isinstance(annotation, typing.NewType):
        return _options(annotation.__supertype__)
    return [type(None) if annotation is None else annotation]


def _model_types(annotation: Any) -> list[tuple[Any, Any]]:
    """Input and output of the models in a union, each by the side of Model that a subclass of it is."""
    return [sides for option in _options(annotation) if (sides := _sides(option)) is not None]


def _sides(annotation: Any) -> tuple[Any, Any] | None:
    """Input and output of a type of models, open ones as Any; None for another type."""
    cls = typing.get_origin(annotation) or annotation
    if not inspect.isclass(cls) or not issubclass(cls, Model):
        return None
    if cls is not Model:
        for base in getattr(cls, "__orig_bases__", ()):
            if (sides := _sides(base)) is not None:
                names = _Names(vars(sys.modules.get(cls.__module__, builtins)))
                chosen = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(annotation), strict=False))
                given, wanted = (chosen[side] if side in chosen else _evaluated(side, names).type for side in sides)
                return given, wanted
        return Any, Any
    args = typing.get_args(annotation)
    return (args[0], args[1]) if len(args) == 2 else (Any, Any)


def _models_may_fit(given: Any, wanted: Any) -> bool:
    """Whether a model of one type may stand for one of the other; True where either may be something else."""
    if any(_sides(option) is None and option is not type(None) for t in (given, wanted) for option in _options(t)):
        return True
    pairs = [(a, b) for a in _model_types(given) for b in _model_types(wanted)]
    return not pairs or any(all(map(may_fit, a, b)) for a, b in pairs)


def _is_decided(annotation: Any) -> bool:
    """Whether input and output of a type of models are known."""
    sides = [side for pair in _model_types(annotation) for side in pair]
    return bool(sides) and not any(map(_is_open, sides))


def _is_open(annotation: Any) -> bool:
    """Whether a type can be anything, as far as is known here."""
    if annotation is Any or annotation is object:
        return True
    return not inspect.isclass(typing.get_origin(annotation) or annotation) and not _is_union(annotation)


def _one_may_fit(given: Any, wanted: Any) -> bool:
    if _is_open(given) or _is_open(wanted):
        return True
    a, b = typing.get_origin(given) or given, typing.get_origin(wanted) or wanted
    if is_array_annotation(a) and is_array_annotation(b):
        return a is b
    if is_array_annotation(a) or is_array_annotation(b):
        return _is_array_class(a) or _is_array_class(b)
    return _related(a, b) and _args_may_fit(a, b, typing.get_args(given), typing.get_args(wanted))


def _is_array_class(cls: type) -> bool:
    """Whether a class is one of arrays, or of another package's annotations of them."""
    return cls.__module__.partition(".")[0] in ("numpy", "cupy", "thinc", "torch", "jax")


def _related(a: type, b: type) -> bool:
    """Whether one class is a kind of the other. Of two with the same name one stands in another package."""
    if a.__name__ == b.__name__ or getattr(a, "_is_protocol", False) or getattr(b, "_is_protocol", False):
        return True
    try:
        return issubclass(a, b) or issubclass(b, a) or (issubclass(a, Number) and issubclass(b, Number))
    except TypeError:  # a class that cannot be asked, such as a TypedDict
        return True


def _args_may_fit(a: type, b: type, given: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    """Whether what stands in the brackets of two related classes may fit."""
    if issubclass(a, Model) or issubclass(b, Model) or not given or not wanted:
        return True
    if a is tuple and b is tuple:
        if ... in given or ... in wanted:
            longest = max(len(given), len(wanted))
            given, wanted = _repeated(given, longest), _repeated(wanted, longest)
        return len(given) == len(wanted) and all(map(may_fit, given, wanted))
    if a is not b and not {a.__module__, b.__module__} <= {"builtins", "collections.abc"}:
        return True
    return len(given) != len(wanted) or all(map(may_fit, given, wanted))


def _repeated(args: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    """The types of the items of a tuple, "..." spelled out."""
    return (args[0],) * length if ... in args else args
