"""Configs of pipelines: reading them, the order of their sections, and what dotted names in them stand for."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tagma.errors import Errors
from tagma.nn.config import Config, ConfigValidationError, code_of
from tagma.registries import registry
from tagma.util.dotted import dict_to_dot, dot_to_dict, dot_to_object
from tagma.util.paths import read_text

__all__ = [
    "CONFIG_SECTION_ORDER",
    "NEW_CONFIG",
    "existing",
    "existing_file",
    "load_config",
    "load_config_from_str",
    "nested",
    "resolve_block",
    "resolve_dot_names",
]

NEW_CONFIG = "'tagma init config' writes a whole config."
CONFIG_SECTION_ORDER = [
    "paths",
    "variables",
    "system",
    "nlp",
    "components",
    "corpora",
    "training",
    "pretraining",
    "initialize",
]


def load_config(
    path: str | Path,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    interpolate: bool = False,
) -> Config:
    """A config from a file, "-" for standard input. Raises OSError E053 if there is no such file."""
    from tagma.nn.config import errors_name_file

    is_stdin = str(path) == "-"
    text = sys.stdin.read() if is_stdin else read_text(existing_file(Path(path)))
    with errors_name_file("Standard input" if is_stdin else path):
        return load_config_from_str(text, overrides, interpolate)


def load_config_from_str(
    text: str,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    interpolate: bool = False,
) -> Config:
    """A config from its text, with dotted overrides; its sections in the usual order when written."""
    config = Config(section_order=CONFIG_SECTION_ORDER)
    return config.from_str(text, overrides=overrides, interpolate=interpolate)


def nested(config: dict[str, Any] | Config) -> dict[str, Any]:
    """A config given with dotted names (which become lower-case) as nested dicts."""
    return dot_to_dict(dict_to_dot(config)) if any("." in str(key) for key in config) else dict(config)


def existing(folder: Path) -> Path:
    if not folder.exists():
        raise OSError(Errors.E052.format(path=folder))
    return folder


def existing_file(file: Path) -> Path:
    if not file.is_file():
        raise OSError(Errors.E053.format(path=file.parent, name=file.name))
    return file


def resolve_dot_names(config: Config, dot_names: Iterable[str | None]) -> tuple[Any, ...]:
    """What each dotted name of a config resolves to; None stays None. Each top-level section is resolved once.

    Raises ConfigValidationError for a name that is not there.
    """
    if not getattr(config, "is_interpolated", True):
        config = config.interpolate()
    names = list(dot_names)
    wanted = {name.split(".")[0] for name in names if name is not None}
    resolved = _resolve({section: block for section, block in config.items() if section in wanted}, config, names)
    objects: list[Any] = []
    errors = []
    for name in names:
        try:
            objects.append(None if name is None else dot_to_object(resolved, name))
        except KeyError:
            errors.append({"loc": str(name).split("."), "msg": "no such section or setting in this config"})
    if errors:
        raise ConfigValidationError(config=config, errors=errors, show_config=False)
    return tuple(objects)


def resolve_block(config: Config, name: str) -> Any:
    """What the block with a dotted name resolves to; other blocks of its section, whose paths may be null, are not.

    Raises ConfigValidationError if there is no such block.
    """
    try:
        block = dot_to_object(config, name)
    except KeyError:
        errors = [{"loc": name.split("."), "msg": "no such section in this config"}]
        raise ConfigValidationError(config=config, errors=errors, show_config=False) from None
    return _resolve({"block": block}, config, [name])["block"]


def _resolve(blocks: dict[str, Any], config: Config, names: Iterable[str | None]) -> dict[str, Any]:
    """Resolve blocks; the error about a path that is null says which of `names` it is of."""
    try:
        resolved: dict[str, Any] = registry.resolve(blocks)
    except ValueError as error:
        if code_of(error) != "E913":
            raise
        raise ValueError(error.args[0] + f" {_null_paths(config, names)}") from None
    return resolved


def _null_paths(config: Config, names: Iterable[str | None]) -> str:
    null = []
    for name in names:
        try:
            block = dot_to_object(config, str(name))
        except KeyError:
            continue
        if isinstance(block, dict) and "path" in block and not block["path"]:
            null.append(f"{'null' if block['path'] is None else 'empty'} in [{name}]")
    return f"It is {' and '.join(null)}." if null else ""
