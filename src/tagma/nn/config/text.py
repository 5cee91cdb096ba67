"""The text of a config: writing, overriding, merging; `reading` is the other way.

What differs from confection: sections are written in `section_order`, subsections directly
behind their parent; every value that is written is read again as it was, dollars and backslashes included.

A config that is not interpolated has its dollars as the text has them: `$$` is one that is no reference. In an
interpolated one each `$` is a dollar. `raw_dollars` leads from the second form to the first.
"""

from __future__ import annotations

import configparser
import copy
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from .errors import ConfigValidationError
from .names import suggest
from .reading import REFERENCE, VARIABLE_RE, parse

__all__ = [
    "Config",
    "apply_overrides",
    "errors_name_file",
    "raw_dollars",
]

# Dollars with what belongs to them, in a config that is not interpolated, and in one that is.
RAW_DOLLAR = re.compile(r"\$(?:\$|\{[^}]+\})?")
PLAIN_DOLLAR = re.compile(r"\$(?:\{[\w.:]+\})?")
ESCAPED_DOLLAR = "\\u0024"
# What configparser reads as the name of a section or a setting.
SECTION_NAME = re.compile(r"[^\s.\[\]](?:[^.\[\]\r\n]*[^\s.\[\]])?")
KEY = re.compile(r"[^\s=:\[#;](?:[^=:\r\n]*[^\s=:])?")


class Config(dict[str, Any]):
    """A dict that is read from and written to the sections of a .cfg file.

    data               nested dict
    is_interpolated    whether ${…} references have been replaced by what they refer to; as in `data`, by default
    section_order      top-level sections that come first when written, in that order; likewise
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        is_interpolated: bool | None = None,
        section_order: list[str] | None = None,
    ) -> None:
        """Raises ConfigValidationError if `data` is no dict."""
        if not isinstance(data, dict | None):
            message = f"a config is made from a dict, not from {type(data).__name__}"
            raise ConfigValidationError(errors=[{"loc": [], "msg": message}])
        super().__init__(data or {})
        # configs of confection have both attributes, too
        given = getattr(data, "is_interpolated", True) if is_interpolated is None else is_interpolated
        order = getattr(data, "section_order", []) if section_order is None else section_order
        self.is_interpolated: bool = given
        self.section_order: list[str] = order

    def copy(self) -> Self:
        """A deep copy."""
        return type(self)(_copy(self), is_interpolated=self.is_interpolated, section_order=self.section_order)

    def to_str(self, *, interpolate: bool = True) -> str:
        """The text, with references as they are; of a config whose references are replaced, `interpolate()` it first.

        interpolate    accepted for code that gives it, without effect, as it always was
        What looks like a reference, ${section.key}, is one. All other values are read as they were written.
        Raises ConfigValidationError for values that JSON cannot express, keys outside a section, and names that
        would be read otherwise.
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
            if name == "DEFAULT" or not (isinstance(name, str) and SECTION_NAME.fullmatch(name)):
                message = f"{name!r} cannot be the name of a section: names are texts without dots and brackets"
                raise ConfigValidationError(errors=[{"loc": [str(name)], "msg": message}], show_config=False)
            parts.extend(_section_text([name], value, raw=not self.is_interpolated))
        return "\n\n".join(parts)

    def _ordered_sections(self) -> list[str]:
        order = {name: i for i, name in enumerate(self.section_order)}
        return sorted(self, key=lambda name: order.get(name, len(order)))

    def interpolate(self) -> Self:
        """A copy in which all references are replaced."""
        return type(self)(section_order=self.section_order).from_str(self.to_str(interpolate=False))

    def from_str(
        self,
        text: str,
        *,
        interpolate: bool = True,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
        schema: Any = None,
    ) -> Self:
        """Fill this object from text and return the result.

        overrides    {"section.key": value}; the section must exist. Put in before references are replaced.
        """
        text = text.removeprefix("\ufeff")
        if overrides:
            raw = type(self)(section_order=self.section_order)
            _parse(raw, text, interpolate=False)
            overridden = apply_overrides(raw, {name: raw_dollars(value) for name, value in overrides.items()})
            raw = type(self)(overridden, is_interpolated=False, section_order=self.section_order)
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

    def merge(self, updates: dict[str, Any], remove_extra: bool = False) -> Config:
        """A new config: this one as the defaults, `updates` over them.

        remove_extra    drop what this config does not have
        Blocks that name another function than the default replace it whole.
        """
        given = Config(updates)
        if self.is_interpolated != given.is_interpolated:
            return _raw(self).merge(_raw(given), remove_extra=remove_extra)
        merged = _merge(given, self, remove_extra)
        return type(self)(merged, is_interpolated=self.is_interpolated, section_order=self.section_order)

    def fill_defaults(self, schema: Any) -> Self:
        """Put in what a schema has defaults for, and drop what it forbids, in place; returns this object.

        schema    a pydantic model, or a `Schema`
        """
        from confection import Config as Checked

        Checked.fill_defaults(self, schema)  # type: ignore[type-var]  # of any dict
        return self

    def validate(self, schema: Any) -> Self:
        """Raise ConfigValidationError unless this config fits a pydantic model or a `Schema`; returns this object."""
        from confection import Config as Checked
        from confection import ConfigValidationError as Invalid

        try:
            Checked.validate(self, schema)  # type: ignore[type-var]  # of any dict
        except Invalid as error:
            raise ConfigValidationError.from_error(error) from None
        return self

    def to_bytes(self, *, interpolate: bool = True) -> bytes:
        """The text, see `to_str`, in UTF-8."""
        return self.to_str(interpolate=interpolate).encode("utf8")

    def from_bytes(
        self,
        bytes_data: bytes,
        *,
        interpolate: bool = True,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
    ) -> Self:
        """Fill this object from a text in UTF-8, see `from_str`, and return it."""
        return self.from_str(bytes_data.decode("utf8"), interpolate=interpolate, overrides=overrides)

    def to_disk(self, path: str | Path, *, interpolate: bool = True) -> None:
        """Write the text, see `to_str`, to a file."""
        Path(path).write_text(self.to_str(interpolate=interpolate), encoding="utf8")

    def from_disk(
        self,
        path: str | Path,
        *,
        interpolate: bool = True,
        overrides: dict[str, Any] = {},  # noqa: B006 - read only
    ) -> Self:
        """Fill this object from a file, which errors then name, and return it."""
        with errors_name_file(path):
            text = Path(path).read_text(encoding="utf-8-sig")
            return self.from_str(text, interpolate=interpolate, overrides=overrides)


def _parse(config: Config, text: str, *, interpolate: bool) -> None:
    sections = parse(text, interpolate=interpolate)
    config.clear()
    config.update(sections)
    config.is_interpolated = interpolate


@contextmanager
def errors_name_file(path: str | Path) -> Iterator[None]:
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


def _section_text(path: list[str], section: dict[str, Any], raw: bool) -> Iterator[str]:
    """Texts of a section and of the sections below it."""
    lines, children = [], []
    for key, value in section.items():
        if isinstance(value, dict) and _is_section(key, value):
            children.append((key, value))
        else:
            lines.append(f"{_key_text(key, path)} = {_value_text(value, [*path, str(key)], raw)}")
    if path[-1] != "*":
        yield "\n".join([f"[{'.'.join(path)}]", *lines])
    elif lines:
        raise ConfigValidationError(
            errors=[{"loc": path, "msg": "positional arguments are sections, or a list"}], show_config=False
        )
    for key, value in children:
        yield from _section_text([*path, str(key)], value, raw)


def _is_section(name: Any, value: dict[Any, Any]) -> bool:
    """Whether a dict can be written as a section; else it is a value of the section above."""
    if name == "*" and not value:
        return False
    return isinstance(name, str) and bool(SECTION_NAME.fullmatch(name)) and all(_is_key(key) for key in value)


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and bool(KEY.fullmatch(key))


def _key_text(key: Any, path: list[str]) -> str:
    if _is_key(key):
        return str(key)
    message = (
        f"{key!r} cannot be the name of a setting: names are texts without = and : that do not begin with [, # or ;"
    )
    raise ConfigValidationError(errors=[{"loc": [*path, str(key)], "msg": message}], show_config=False)


def _value_text(value: Any, path: list[str], raw: bool) -> str:
    """`raw` says that a dollar in `value` is written `$$` there, as in a config that is not interpolated."""
    if isinstance(value, str) and (text := _reference_text(value, raw)) is not None:
        return text.replace("\n", "\n\t")
    try:
        if not _all_text(value):
            raise TypeError("the keys of dicts must be texts")
        text = json.dumps(str(value) if isinstance(value, Path) else value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigValidationError(
            errors=[{"loc": path, "msg": f"a value of type {type(value).__name__} cannot be written: {error}"}],
            show_config=False,
        ) from None
    # As the escape of JSON, a dollar means itself to every reader, wherever it stands.
    return (RAW_DOLLAR if raw else PLAIN_DOLLAR).sub(
        lambda match: match[0] if len(match[0]) > 1 else ESCAPED_DOLLAR, text
    )


def _reference_text(value: str, raw: bool) -> str | None:
    """A text with references as it stands; None for one that has none, or that must be quoted to be read again."""
    if not (REFERENCE if raw else VARIABLE_RE).search(value):
        return None
    if value[0] in '"[{':
        return value
    is_lone = any(match[0] == "$" for match in RAW_DOLLAR.finditer(value))
    return None if is_lone or "\n" in value or value != value.strip() else value


def _all_text(keys_of: Any) -> bool:
    """Whether all keys of the dicts in a value are texts; JSON would make texts of the others."""
    if isinstance(keys_of, dict):
        return all(isinstance(key, str) for key in keys_of) and all(map(_all_text, keys_of.values()))
    return not isinstance(keys_of, list | tuple) or all(map(_all_text, keys_of))


def raw_dollars(value: Any) -> Any:
    """A value of an interpolated config as it is in one that is not: two dollars in a row are written twice."""
    if isinstance(value, str):
        return value if VARIABLE_RE.search(value) else value.replace("$$", "$$$$")
    if isinstance(value, dict):
        return {key: raw_dollars(item) for key, item in value.items()}
    return [raw_dollars(item) for item in value] if isinstance(value, list | tuple) else value


def _copy(value: Any) -> Any:
    """A deep copy. A section that stands in several places becomes one section for each of them."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value if isinstance(value, str | int | float | None) else copy.deepcopy(value)


def _merge(updates: dict[str, Any], defaults: dict[str, Any], remove_extra: bool) -> dict[str, Any]:
    """A new dict of both. Settings of `updates` come first, then those that `defaults` adds."""
    merged = {key: _copy(value) for key, value in updates.items() if key in defaults or not remove_extra}
    for key, default in defaults.items():
        if key not in merged:
            merged[key] = _copy(default)
        elif isinstance(default, dict) and isinstance(updates[key], dict) and _can_join(updates[key], default):
            merged[key] = _merge(updates[key], default, remove_extra)
    return merged


def _can_join(update: dict[str, Any], default: dict[str, Any]) -> bool:
    """Whether a block takes over the settings of a default: not if it names a function that the default does not."""
    named = next((key for key in update if isinstance(key, str) and key.startswith("@")), None)
    return named is None or (named in default and default[named] == update[named])


def _raw(config: Config) -> Config:
    if not config.is_interpolated:
        return Config(config)
    return Config(raw_dollars(dict(config)), is_interpolated=False, section_order=config.section_order)


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
