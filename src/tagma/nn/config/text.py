"""The text of a config: reading, writing, overriding. On confection.

What differs from plain confection (nn.md, section 7.9): sections are written in `section_order`, subsections directly
behind their parent; what is no config says so by line and text.
"""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confection import (  # type: ignore[attr-defined]  # VARIABLE_RE is not in its __all__
    VARIABLE_RE,
    ConfigValidationError,
    Promise,
    Schema,
)
from confection import Config as BaseConfig
from confection.util import try_dump_json

from .names import suggest

__all__ = [
    "VARIABLE_RE",
    "BaseConfig",
    "Config",
    "ConfigValidationError",
    "Promise",
    "Schema",
    "apply_overrides",
    "errors_name_file",
]


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
        with errors_name_file(path):
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
