"""Filling in the defaults of a config, finding its problems, and calling what it names.

What differs from confection: arguments of all blocks are checked before the first function
is called, and all errors come together, each with the dotted path of the value and the nearest valid name; simple
values are converted to the type that the function asks for.
"""

from __future__ import annotations

import builtins
import collections.abc
import inspect
import types
import typing
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, get_args

from .errors import ConfigValidationError
from .names import code_of, suggest
from .reading import VARIABLE_RE, slip_of
from .text import Config, apply_overrides

__all__ = ["fill", "problems", "resolve", "schema_errors"]


class Registries(Protocol):
    """What resolving asks of the registries; `registry.registry` says what each does."""

    def has(self, registry_name: str, func_name: str) -> bool: ...
    def get(self, registry_name: str, func_name: str) -> Callable[..., Any]: ...
    def is_promise(self, obj: Any) -> bool: ...
    def get_constructor(self, obj: dict[str, Any]) -> tuple[str, str]: ...
    def parse_args(self, obj: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]: ...


def _require_sections(registry: Registries, config: Config | dict[str, Any]) -> None:
    """Raises ConfigValidationError for settings of a registered function where its section should be."""
    if registry.is_promise(config):
        key = next(key for key in map(str, config) if key.startswith("@"))
        advice = f"{key} stands outside of any section: move it, and the settings of the function, into one"
        raise ConfigValidationError(config=config, errors=[{"loc": [], "msg": advice}])


def fill(
    registry: Registries,
    config: Config | dict[str, Any],
    *,
    schema: Any = None,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    interpolate: bool = False,
    validate: bool = True,
) -> Config:
    """See `registry.fill`."""
    _require_sections(registry, config)
    order = config.section_order if isinstance(config, Config) else None
    interpolated = getattr(config, "is_interpolated", True)
    source = config if interpolated else Config(config, section_order=order).interpolate()
    if overrides:
        source = apply_overrides(source, overrides)
    errors: list[dict[str, Any]] = []
    filled = Config(_fill_section(registry, source, [], errors, unknown_ok=True), section_order=order)
    if validate and errors:
        raise ConfigValidationError(config=filled, errors=errors, show_config=False)
    if not interpolate and not interpolated:
        filled = filled.merge(Config(config, is_interpolated=False, section_order=order), remove_extra=True)
        filled = Config(filled, is_interpolated=False, section_order=order)
    if schema is not None:
        filled.fill_defaults(schema)
    return filled


def problems(registry: Registries, config: dict[str, Any]) -> list[dict[str, Any]]:
    """See `registry.problems`."""
    errors: list[dict[str, Any]] = []
    _fill_section(registry, config, [], errors, unknown_ok=False)
    return errors


def resolve(
    registry: Registries,
    config: Config | dict[str, Any],
    *,
    schema: Any = None,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    validate: bool = True,
) -> dict[str, Any]:
    """See `registry.resolve`."""
    _require_sections(registry, config)
    interpolated = getattr(config, "is_interpolated", True)
    source: dict[str, Any] = config if interpolated else Config(config).interpolate()
    if overrides:
        source = apply_overrides(source, overrides)
    errors: list[dict[str, Any]] = []
    filled = _fill_section(registry, source, [], errors, unknown_ok=False)
    fatal = errors if validate else [error for error in errors if error.get("type") == "unknown_function"]
    if fatal:
        raise ConfigValidationError(config=filled, errors=fatal, show_config=False)
    resolved: dict[str, Any] = _resolve_section(registry, filled, [], validate)
    if schema is not None:
        resolved = _apply_schema(resolved, schema, validate)
    return resolved


def _apply_schema(resolved: dict[str, Any], schema: Any, validate: bool) -> dict[str, Any]:
    """Fill in the defaults of a schema, then check; unchecked, what a strict schema does not know is left out."""
    for name, field in schema.model_fields.items():
        if name not in resolved and not field.is_required():
            resolved[name] = field.get_default(call_default_factory=True)
    if validate:
        if errors := schema_errors(schema, resolved):
            raise ConfigValidationError(config=resolved, errors=errors, show_config=False)
    elif schema.model_config.get("extra", "allow") == "forbid":
        for name in set(resolved) - set(schema.model_fields):
            del resolved[name]
    return resolved


def schema_errors(schema: Any, values: Mapping[str, Any], at: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What a pydantic model finds wrong with the settings of a section, [] if nothing: [{"loc", "msg", "type"}].

    at    the place of the section, which `loc` begins with
    Of each place the first finding is given.
    """
    from pydantic import ValidationError

    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    try:
        schema.model_validate(values)
    except ValidationError as error:
        for entry in error.errors(include_url=False):
            # where several types are allowed, each gives an entry, with its name at the end of the place
            place = tuple(part for part in entry["loc"] if part not in ("float", "int", "str", "bool"))
            message = _finding(schema, values, place, entry)
            found.setdefault(place, {"loc": [*at, *place], "msg": message, "type": entry["type"]})
    return list(found.values())


def _finding(schema: Any, values: Any, place: tuple[Any, ...], entry: Any) -> str:
    """The message for one entry of a pydantic error."""
    match entry["type"]:
        case "missing":
            return "this setting is missing (field required)"
        case "extra_forbidden":
            fields, given = _settings_at(schema, values, place[:-1])
            wrong = str(place[-1])
            near = suggest(wrong, [name for name in fields if name not in given]) or suggest(wrong, fields)
            return f"no such setting{near}"
    return f"{entry['msg'].removeprefix('Value error, ')}, not {entry.get('input')!r}"[:300] + slip_of(
        entry.get("input")
    )


def _settings_at(schema: Any, values: Any, place: tuple[Any, ...]) -> tuple[list[str], Any]:
    """Names that a schema has at a place, and the settings that are given there.

    Besides names of settings a place has numbers of items, and names of classes where several are allowed.
    """
    classes = [schema]
    for part in place:
        if any(cls.__name__ == part for cls in classes):
            classes = [cls for cls in classes if cls.__name__ == part]
            continue
        if isinstance(part, int):
            values = values[part] if isinstance(values, list) and part < len(values) else {}
            continue
        fields = [cls.model_fields[name] for cls in classes for name in cls.model_fields if _spelt(cls, name) == part]
        classes = [cls for field in fields for cls in _schemas_in(field.annotation)]
        values = values.get(part, {}) if isinstance(values, Mapping) else {}
    return [_spelt(cls, name) for cls in classes for name in cls.model_fields], values


def _spelt(schema: Any, name: str) -> str:
    """A setting as it is written in a config, where another name may stand for it."""
    return schema.model_fields[name].alias or name


def _schemas_in(annotation: Any) -> list[Any]:
    """The schemas in the type of a setting: itself, of items, or among several."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [schema for part in get_args(annotation) for schema in _schemas_in(part)]


def _fill_section(
    registry: Registries,
    section: dict[str, Any],
    path: list[str],
    errors: list[dict[str, Any]],
    unknown_ok: bool,
) -> dict[str, Any]:
    """A copy in which every block has its default arguments; problems are added to `errors`."""
    if registry.is_promise(section):
        return _fill_block(registry, section, path, errors, unknown_ok)
    return {
        key: _fill_section(registry, value, [*path, str(key)], errors, unknown_ok) if isinstance(value, dict) else value
        for key, value in section.items()
    }


def _fill_block(
    registry: Registries, block: dict[str, Any], path: list[str], errors: list[dict[str, Any]], unknown_ok: bool
) -> dict[str, Any]:
    def children(values: dict[str, Any]) -> dict[str, Any]:
        return {
            key: _fill_section(registry, value, [*path, str(key)], errors, unknown_ok)
            if isinstance(value, dict)
            else value
            for key, value in values.items()
        }

    try:
        kind, name = registry.get_constructor(block)
    except ConfigValidationError as error:
        errors.extend({**e, "loc": path} for e in error.errors)
        return children(block)
    if not registry.has(kind, name):
        if not unknown_ok:
            errors.append(
                {"loc": [*path, f"@{kind}"], "msg": _unknown(registry, kind, name), "type": "unknown_function"}
            )
        return children(block)
    func = registry.get(kind, name)
    filled = dict(block)
    for parameter in _parameters(func):
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.name not in filled:
            if parameter.default is not parameter.empty:
                filled[parameter.name] = parameter.default
            elif not ("*" in filled and parameter.kind is parameter.POSITIONAL_OR_KEYWORD):
                msg = f"{name} needs this argument"
                errors.append({"loc": [*path, parameter.name], "msg": msg, "type": "missing"})
        elif not isinstance(filled[parameter.name], dict) or not filled[parameter.name]:
            filled[parameter.name] = _checked(filled[parameter.name], parameter, [*path, parameter.name], errors)
    known = [p.name for p in _parameters(func) if p.kind is not p.VAR_POSITIONAL]
    given = ("nlp", "name") if kind == "factories" else ()  # by the pipeline, not by its config
    settable = [key for key in known if key not in given]
    for key in filled:
        if not key.startswith("@") and key != "*" and key not in known:
            near = suggest(key, settable) or f"; it has: {', '.join(settable) or 'none'}"
            msg = f"{name} has no argument {key!r}{near}"
            errors.append({"loc": [*path, key], "msg": msg, "type": "extra_forbidden"})
    return children(filled)


def _unknown(registry: Registries, kind: str, name: str) -> str:
    """That there is no such function, with the nearest names; the list of all of them would fill the screen."""
    from .unknown import UnknownNameError

    try:
        registry.get(kind, name)
    except UnknownNameError as error:
        return error.short
    return f"unknown function {name!r}"


class _Names(dict[str, Any]):
    """Names of a module; those that only a type checker sees stand for anything."""

    def __missing__(self, name: str) -> Any:
        return Any


# What is known of the functions that configs have named; `_parameters` fills it.
_PARAMETERS: weakref.WeakKeyDictionary[Callable[..., Any], list[inspect.Parameter]] = weakref.WeakKeyDictionary()


def _parameters(func: Callable[..., Any]) -> list[inspect.Parameter]:
    """Parameters that a block can set, with evaluated annotations where that is possible."""
    try:
        found = _PARAMETERS.get(func)
        if found is None:
            found = _PARAMETERS[func] = _read_parameters(func)
    except TypeError:  # neither hashed nor referred to weakly
        return _read_parameters(func)
    return found


def _read_parameters(func: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):
        return []
    target = func.__init__ if inspect.isclass(func) else func
    names = _Names(vars(builtins) | getattr(inspect.unwrap(target), "__globals__", {}))
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        annotation = parameter.annotation
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, {}, names)
            except Exception:  # no type that could be checked: anything is fine
                annotation = Any
        parameters.append(parameter.replace(annotation=annotation))
    return parameters


def _checked(value: Any, parameter: inspect.Parameter, path: list[str], errors: list[dict[str, Any]]) -> Any:
    """The value, converted where that loses nothing; else an error."""
    annotation = parameter.annotation
    if annotation in (parameter.empty, Any):
        return value
    if (parameter.default is None and value is None) or (isinstance(value, str) and VARIABLE_RE.search(value)):
        return value
    value = _converted(value, annotation)
    if not _is_plainly(value, annotation) and _misfits(value, annotation) and not _is_iterator(annotation):
        origin = typing.get_origin(annotation)
        cls = origin if inspect.isclass(origin) and origin.__module__.startswith("tagma.") else annotation
        wanted = cls.__name__ if inspect.isclass(cls) else str(annotation).replace("typing.", "")
        msg = f"must be {wanted}, not {value!r}{slip_of(value)}"
        errors.append({"loc": path, "msg": msg, "type": _type_error(annotation)})
    return value


def _is_plainly(value: Any, annotation: Any) -> bool:
    """Whether a value is of the very type that an annotation names, or of one of them; `_misfits` tells of others."""
    if isinstance(annotation, type) or annotation is None:
        return type(value) is (type(None) if annotation is None else annotation)
    if _is_union(annotation):
        return any(_is_plainly(value, option) for option in typing.get_args(annotation))
    items = typing.get_args(annotation)
    match typing.get_origin(annotation):
        case builtins.list | collections.abc.Sequence | collections.abc.Iterable:
            return type(value) is list and all(_is_plainly(item, items[0]) for item in value)
        case builtins.dict | collections.abc.Mapping:
            return type(value) is dict and all(
                _is_plainly(key, items[0]) and _is_plainly(item, items[1]) for key, item in value.items()
            )
        case typing.Literal:
            return any(type(value) is type(option) and value == option for option in items)
    return False


def _misfits(value: Any, annotation: Any) -> bool:
    """Whether a value does not fit an annotation, by the type checker of confection, whose import takes time."""
    from confection.validation import validate_type

    try:
        return bool(validate_type(value, annotation))
    except Exception:  # annotations that the type checker does not know
        return False


def _type_error(annotation: Any) -> str:
    return f"{annotation.__name__}_type" if annotation in (int, float, bool, str, list, dict) else "value_error"


def _is_iterator(annotation: Any) -> bool:
    return "Generator" in str(annotation) or "Iterator" in str(annotation) or "Schedule" in str(annotation)


def _converted(value: Any, annotation: Any) -> Any:
    options = set(typing.get_args(annotation)) if _is_union(annotation) else {annotation}
    if type(value) in options or (value is None and type(None) in options):
        return value
    if isinstance(value, bool) or value is None:
        return value
    if float in options and isinstance(value, int):
        return float(value)
    if bool in options and value in (0, 1) and isinstance(value, int):
        return bool(value)
    if isinstance(value, str):
        if Path in options and str not in options:
            return Path(value)
        for kind in (int, float):
            if kind in options and str not in options:
                try:
                    return kind(value)
                except ValueError:
                    continue
    return value


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


def _resolve_section(registry: Registries, section: dict[str, Any], path: list[str], validate: bool) -> Any:
    values = {
        key: _resolve_section(registry, value, [*path, str(key)], validate) if isinstance(value, dict) else value
        for key, value in section.items()
    }
    if not registry.is_promise(section):
        if isinstance(values.get("*"), dict):
            values["*"] = tuple(values["*"].values())
        return values
    kind, name = registry.get_constructor(section)
    func = registry.get(kind, name)
    args, kwargs = registry.parse_args(values)
    if validate:
        _check_results(func, name, section, kwargs, path)
    for parameter in _parameters(func):
        annotation = parameter.annotation
        value = kwargs.get(parameter.name)
        if isinstance(value, dict) and inspect.isclass(annotation) and hasattr(annotation, "model_validate"):
            kwargs[parameter.name] = annotation.model_validate(value)
    try:
        return func(*args, **kwargs)
    except Exception as error:
        coded = code_of(error) is not None
        if isinstance(error, ValueError) and not isinstance(error, ConfigValidationError) and not coded:
            entry = {"loc": path, "msg": f"{name} does not take these settings: {error}", "type": "value_error"}
            raise ConfigValidationError(config=section, errors=[entry], show_config=False) from error
        if not coded and not getattr(error, "__notes__", None):  # else something inside has said where
            error.add_note(f"In {name!r} of the registry {kind!r}, for [{'.'.join(path)}].")
        raise


def _check_results(
    func: Callable[..., Any], name: str, section: dict[str, Any], kwargs: dict[str, Any], path: list[str]
) -> None:
    """What a nested block returned must be an instance of the class that the parameter names."""
    errors = []
    for parameter in _parameters(func):
        if not isinstance(section.get(parameter.name), dict) or parameter.name not in kwargs:
            continue
        value, annotation = kwargs[parameter.name], parameter.annotation
        wanted = typing.get_origin(annotation) or annotation
        checked = inspect.isclass(wanted) and wanted.__module__.startswith("tagma.") and not _is_protocol(wanted)
        if checked and not isinstance(value, wanted) and not _is_iterator(annotation):
            kind = next((key for key in section[parameter.name] if key.startswith("@")), None)
            source = f"{section[parameter.name][kind]} gives" if kind else "this section is"
            shown = "None" if value is None else f"a {type(value).__name__}"
            msg = f"{name} needs a {wanted.__name__} here, but {source} {shown}"
            errors.append({"loc": [*path, parameter.name], "msg": msg, "type": "is_instance_of"})
    if errors:
        raise ConfigValidationError(errors=errors, show_config=False)


def _is_protocol(cls: type) -> bool:
    return bool(getattr(cls, "_is_protocol", False))
