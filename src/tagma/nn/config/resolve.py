"""Reading, writing, filling and resolving configs, on confection.

What differs from plain confection (nn.md, section 7.9): sections are written in `section_order`, subsections directly
behind their parent; arguments of all blocks are checked before the first function is called, and all errors come
together, each with the dotted path of the value and the nearest valid name; simple values are converted to the type
that the function asks for.
"""

from __future__ import annotations

import builtins
import configparser
import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confection import VARIABLE_RE, ConfigValidationError, Promise, Schema, try_dump_json
from confection import Config as BaseConfig
from confection.validation import validate_type

from tagma.nn.config import RegistryError, suggest

if TYPE_CHECKING:
    from tagma.nn.config import registry as Registries

__all__ = ["VARIABLE_RE", "Config", "ConfigValidationError", "Promise", "Schema", "fill", "problems", "resolve"]

_ERROR_TYPES = {"missing": "missing", "extra": "extra_forbidden"}


class Config(BaseConfig):
    """A dict that is read from and written to the sections of a .cfg file.

    data               nested dict
    is_interpolated    whether ${…} references have been replaced by what they refer to
    section_order      top-level sections that come first when written, in that order
    """

    def to_str(self, *, interpolate: bool = True) -> str:
        """The text, with references as they are; of a config whose references are replaced, `interpolate()` it first.

        interpolate    accepted for code that gives it, without effect, as it always was
        Raises ConfigValidationError for values that JSON cannot express or keys outside a section.
        """
        parts: list[str] = []
        for name in self._ordered_sections():
            value = self[name]
            if not isinstance(value, dict):
                raise ConfigValidationError(
                    config=self,
                    errors=[{"loc": [name], "msg": "a setting must stand in a section, e.g. [settings]"}],
                    show_config=False,
                )
            parts.extend(_section_text([str(name)], value))
        return "\n\n".join(parts)

    def _ordered_sections(self) -> list[str]:
        order = {name: i for i, name in enumerate(self.section_order)}
        return sorted(self, key=lambda name: order.get(name, len(order)))

    def interpolate(self) -> Config:
        """A copy in which all references are replaced."""
        return type(self)(section_order=self.section_order).from_str(self.to_str(interpolate=False))

    def from_str(
        self,
        text: str,
        *,
        interpolate: bool = True,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
        schema: Any = None,
    ) -> Config:
        """Fill this object from text and return the result.

        overrides    {"section.key": value}; the section must exist. Put in before references are replaced.
        """
        text = text.removeprefix("\ufeff")
        if overrides:
            raw = type(self)(section_order=self.section_order)
            _parse(raw, text, interpolate=False)
            raw = type(self)(apply_overrides(raw, overrides), is_interpolated=False, section_order=self.section_order)
            if not interpolate:
                self.clear()
                self.update(raw)
                self.is_interpolated = False
                return self
            text = raw.to_str(interpolate=False)
        _parse(self, text, interpolate=interpolate)
        if schema is not None:
            self.fill_defaults(schema)
            self.validate(schema)
        return self

    def from_disk(
        self,
        path: str | Path,
        *,
        interpolate: bool = True,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
    ) -> Config:
        """Fill this object from a file, which errors then name, and return it."""
        with in_file(path):
            text = Path(path).read_text(encoding="utf-8-sig")
            return self.from_str(text, interpolate=interpolate, overrides=overrides)


def _parse(config: Config, text: str, *, interpolate: bool) -> None:
    """Fill `config`; what is no config says so by line and text. The kinds of exception are those of confection."""
    try:
        BaseConfig.from_str(config, text, interpolate=interpolate)
    except configparser.DuplicateSectionError as error:
        error.message = f"Line {error.lineno}: there is a section [{error.section}] already; join the two."
        raise
    except configparser.DuplicateOptionError as error:
        error.message = (
            f"Line {error.lineno}: {error.option!r} is set in [{error.section}] already; delete one of the lines."
        )
        raise
    except ConfigValidationError as error:
        cause = error.__context__
        if isinstance(cause, configparser.MissingSectionHeaderError):
            lines, wrong = [(cause.lineno, repr(cause.line))], "stands in no section, such as [nlp]"
        elif isinstance(cause, configparser.ParsingError):
            lines, wrong = cause.errors, "is neither a [section] nor of the form key = value"
        else:
            raise
        shown = [f"Line {number}: {line.replace(chr(92) + 'n', '')} {wrong}." for number, line in lines]
        raise ConfigValidationError(desc="\n".join(shown), show_config=False) from None


@contextmanager
def in_file(path: str | Path) -> Iterator[None]:
    """Have errors about the text of a config name its file."""
    try:
        yield
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        error.message = f"{path}: {error.message}"
        raise
    except ConfigValidationError as error:
        if error.errors:
            raise
        raise ConfigValidationError.from_error(error, desc=f"{path}: {error.desc}") from None


def _section_text(path: list[str], section: dict[str, Any]) -> Iterator[str]:
    """Texts of a section and of the sections below it."""
    lines, children = [], []
    for key, value in section.items():
        if isinstance(value, dict) and all(isinstance(k, str) for k in value):
            children.append((key, value))
        else:
            lines.append(f"{key} = {_value_text(value, [*path, str(key)])}")
    if path[-1] != "*":
        yield "\n".join([f"[{'.'.join(path)}]", *lines])
    elif lines:
        raise ConfigValidationError(
            errors=[{"loc": path, "msg": "positional arguments are sections, or a list"}], show_config=False
        )
    for key, value in children:
        yield from _section_text([*path, str(key)], value)


def _value_text(value: Any, path: list[str]) -> str:
    if isinstance(value, str) and VARIABLE_RE.search(value):
        return value
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, tuple):
        value = list(value)
    try:
        return re.sub(r"\$(?!\$)", "$$$$", try_dump_json(value)) if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError, ConfigValidationError) as error:
        raise ConfigValidationError(
            errors=[{"loc": path, "msg": f"a value of type {type(value).__name__} cannot be written: {error}"}],
            show_config=False,
        ) from None


def apply_overrides(config: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """A copy of `config` with {"a.b.key": value} put in. The section must exist, the key need not."""
    config = _copy_sections(config)
    errors = []
    for name, value in overrides.items():
        *path, key = name.split(".")
        node: Any = config
        for i, part in enumerate(path):
            if not isinstance(node, dict) or not isinstance(node.get(part), dict):
                near = suggest(part, [k for k in node if isinstance(node[k], dict)]) if isinstance(node, dict) else ""
                errors.append({"loc": path[: i + 1], "msg": f"no such section, so {name!r} cannot be overridden{near}"})
                break
            node = node[part]
        else:
            if not path:
                errors.append({"loc": [name], "msg": "cannot be overridden: write section.setting"})
            else:
                node[key] = value
    if errors:
        raise ConfigValidationError(errors=errors, title="Config override error", show_config=False)
    return config


def _copy_sections(config: Any) -> Any:
    return {key: _copy_sections(value) for key, value in config.items()} if isinstance(config, dict) else config


def _require_sections(registry: type[Registries], config: Config | dict[str, Any]) -> None:
    """Raises ConfigValidationError for settings of a registered function where its section should be."""
    if registry.is_promise(config):
        key = next(key for key in map(str, config) if key.startswith("@"))
        advice = f"{key} stands outside of any section: move it, and the settings of the function, into one"
        raise ConfigValidationError(config=config, errors=[{"loc": [], "msg": advice}])


def fill(
    registry: type[Registries],
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
    interpolated = not isinstance(config, BaseConfig) or config.is_interpolated
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


def problems(registry: type[Registries], config: dict[str, Any]) -> list[dict[str, Any]]:
    """See `registry.problems`."""
    errors: list[dict[str, Any]] = []
    _fill_section(registry, config, [], errors, unknown_ok=False)
    return errors


def resolve(
    registry: type[Registries],
    config: Config | dict[str, Any],
    *,
    schema: Any = None,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    validate: bool = True,
) -> dict[str, Any]:
    """See `registry.resolve`."""
    _require_sections(registry, config)
    interpolated = not isinstance(config, BaseConfig) or config.is_interpolated
    source: dict[str, Any] = config if interpolated else Config(config).interpolate()
    if overrides:
        source = apply_overrides(source, overrides)
    errors: list[dict[str, Any]] = []
    filled = _fill_section(registry, source, [], errors, unknown_ok=False)
    fatal = errors if validate else [error for error in errors if error.get("type") == "unknown_function"]
    if fatal:
        raise ConfigValidationError(config=filled, errors=fatal, show_config=False)
    resolved = _resolve_section(registry, filled, [], validate)
    if schema is not None:
        resolved = _apply_schema(resolved, schema, validate)
    return resolved


def _apply_schema(resolved: dict[str, Any], schema: Any, validate: bool) -> dict[str, Any]:
    fields = schema.model_fields
    extra = schema.model_config.get("extra", "allow")
    errors = []
    for name, field in fields.items():
        if name not in resolved and not field.is_required():
            resolved[name] = field.get_default(call_default_factory=True)
    if extra == "forbid":
        for name in [name for name in resolved if name not in fields]:
            if validate:
                msg = f"unexpected setting{suggest(name, fields)}"
                errors.append({"loc": [name], "msg": msg, "type": _ERROR_TYPES["extra"]})
            else:
                del resolved[name]
    if validate:
        known = {name: value for name, value in resolved.items() if extra != "forbid" or name in fields}
        try:
            schema.model_validate(known)
        except ValueError as error:
            if not hasattr(error, "errors"):
                raise
            errors += [
                {"loc": list(e["loc"]), "msg": f"{e['msg']}, got {e.get('input')!r}"[:300], "type": e["type"]}
                for e in error.errors()
            ]
    if errors:
        raise ConfigValidationError(config=resolved, errors=errors, show_config=False)
    return resolved


def _fill_section(
    registry: type[Registries],
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
    registry: type[Registries], block: dict[str, Any], path: list[str], errors: list[dict[str, Any]], unknown_ok: bool
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
                errors.append({"loc": [*path, parameter.name], "msg": msg, "type": _ERROR_TYPES["missing"]})
        elif not isinstance(filled[parameter.name], dict) or not filled[parameter.name]:
            filled[parameter.name] = _checked(filled[parameter.name], parameter, [*path, parameter.name], errors)
    known = [p.name for p in _parameters(func) if p.kind is not p.VAR_POSITIONAL]
    given = ("nlp", "name") if kind == "factories" else ()  # by the pipeline, not by its config
    settable = [key for key in known if key not in given]
    for key in filled:
        if not key.startswith("@") and key != "*" and key not in known:
            near = suggest(key, settable) or f"; it has: {', '.join(settable) or 'none'}"
            msg = f"{name} has no argument {key!r}{near}"
            errors.append({"loc": [*path, key], "msg": msg, "type": _ERROR_TYPES["extra"]})
    return children(filled)


def _unknown(registry: type[Registries], kind: str, name: str) -> str:
    try:
        registry.get(kind, name)
    except RegistryError as error:
        # the first sentence names the function and the nearest ones; the full list would fill the screen
        return str(error).split(" There are: ", 1)[0]
    return f"unknown function {name!r}"


class _Names(dict[str, Any]):
    """Names of a module; those that only a type checker sees stand for anything."""

    def __missing__(self, name: str) -> Any:
        return Any


def _parameters(func: Callable[..., Any]) -> list[inspect.Parameter]:
    """Parameters that a block can set, with evaluated annotations where that is possible."""
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):
        return []
    target = func.__init__ if inspect.isclass(func) else func  # type: ignore[misc]
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
    try:
        problem = validate_type(value, annotation)
    except Exception:  # annotations that the type checker does not know
        return value
    if problem and not _is_iterator(annotation):
        origin = typing.get_origin(annotation)
        cls = origin if inspect.isclass(origin) and origin.__module__.startswith("tagma.") else annotation
        wanted = cls.__name__ if inspect.isclass(cls) else str(annotation).replace("typing.", "")
        errors.append({"loc": path, "msg": f"must be {wanted}, not {value!r}", "type": _type_error(annotation)})
    return value


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


def _resolve_section(registry: type[Registries], section: dict[str, Any], path: list[str], validate: bool) -> Any:
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
        if isinstance(error, ValueError) and not isinstance(error, ConfigValidationError) and not _has_code(error):
            entry = {"loc": path, "msg": f"{name} does not take these settings: {error}", "type": "value_error"}
            raise ConfigValidationError(config=section, errors=[entry], show_config=False) from error
        if not _has_code(error) and not any(n.startswith("In ") for n in getattr(error, "__notes__", ())):
            error.add_note(f"In {name!r} of the registry {kind!r}, for [{'.'.join(path)}].")
        raise


def _has_code(error: Exception) -> bool:
    return str(error).startswith("[E")


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
