"""Nested dicts by dotted names: {"a": {"b": 1}} and {"a.b": 1}."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.nn import Config

__all__ = [
    "copy_config",
    "dict_to_dot",
    "dot_to_dict",
    "dot_to_object",
    "set_dot_to_object",
    "walk_dict",
]


def dot_to_dict(values: dict[str, Any]) -> dict[str, Any]:
    """{"a.b": 1} as {"a": {"b": 1}}; names become lower-case."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        *path, last = key.lower().split(".")
        section = reduce(lambda node, part: node.setdefault(part, {}), path, result)
        section[last] = value
    return result


def dict_to_dot(obj: dict[str, Any], *, for_overrides: bool = False) -> dict[str, Any]:
    """{"a": {"b": 1}} as {"a.b": 1}. With `for_overrides` a block with an "@" key is one value."""
    return {".".join(key): value for key, value in walk_dict(obj, for_overrides=for_overrides)}


def walk_dict(
    node: dict[str, Any],
    parent: list[str] = [],  # noqa: B006 - never changed
    *,
    for_overrides: bool = False,
) -> Iterator[tuple[list[str], Any]]:
    """(path, value) of every leaf; with `for_overrides` a block with an "@" key is one."""
    waiting = _entries(node, parent)
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and not (for_overrides and any(str(name).startswith("@") for name in value)):
            waiting += _entries(value, path)
        else:
            yield path, value


def _entries(node: dict[str, Any], path: list[str]) -> list[tuple[list[str], Any]]:
    """(path, value) of the entries of one block, the last one first."""
    return [([*path, key], value) for key, value in node.items()][::-1]


def dot_to_object(config: Config | dict[str, Any], section: str) -> Any:
    """Value of a dotted name. Raises KeyError E952."""
    return _follow(config, section.split("."), section)


def set_dot_to_object(config: Config | dict[str, Any], section: str, value: Any) -> None:
    """Set the value of a dotted name whose section exists. Raises KeyError E952."""
    *path, last = section.split(".")
    block = _follow(config, path, section)
    if not isinstance(block, dict):
        raise KeyError(Errors.E952.format(name=section))
    block[last] = value


def _follow(config: Config | dict[str, Any], path: list[str], section: str) -> Any:
    """What lies at the end of a path. Raises KeyError E952, which names `section`."""
    try:
        return reduce(getitem, path, config)
    except (KeyError, TypeError):
        raise KeyError(Errors.E952.format(name=section)) from None


def copy_config(config: Config | dict[str, Any]) -> Config:
    """A deep copy. Raises ValueError E961 if a value cannot be copied."""
    from tagma.nn import Config

    try:
        return Config(config).copy()
    except Exception:
        raise ValueError(Errors.E961.format(config=config)) from None
