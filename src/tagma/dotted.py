"""Nested dicts by dotted names: {"a": {"b": 1}} and {"a.b": 1}."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.frozen import SimpleFrozenDict

if TYPE_CHECKING:
    from tagma.nn import Config

__all__ = [
    "combine_score_weights",
    "copy_config",
    "dict_to_dot",
    "dot_to_dict",
    "dot_to_object",
    "get_sourced_components",
    "set_dot_to_object",
    "walk_dict",
]


def dot_to_dict(values: dict[str, Any]) -> dict[str, Any]:
    """{"a.b": 1} as {"a": {"b": 1}}; names become lower-case."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        *path, last = key.lower().split(".")
        node = result
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
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
    for key, value in node.items():
        path = [*parent, key]
        if not isinstance(value, dict) or (for_overrides and any(str(name).startswith("@") for name in value)):
            yield path, value
        else:
            yield from walk_dict(value, path, for_overrides=for_overrides)


def dot_to_object(config: Config | dict[str, Any], section: str) -> Any:
    """Value of a dotted name. Raises KeyError E952."""
    node: Any = config
    for part in section.split("."):
        try:
            node = node[part]
        except (KeyError, TypeError):
            raise KeyError(Errors.E952.format(name=section)) from None
    return node


def set_dot_to_object(config: Config | dict[str, Any], section: str, value: Any) -> None:
    """Set the value of a dotted name whose section exists. Raises KeyError E952."""
    *path, last = section.split(".")
    node: Any = config
    for part in path:
        try:
            node = node[part]
        except (KeyError, TypeError):
            raise KeyError(Errors.E952.format(name=section)) from None
    if not isinstance(node, dict):
        raise KeyError(Errors.E952.format(name=section))
    node[last] = value


def copy_config(config: Config | dict[str, Any]) -> Config:
    """A deep copy. Raises ValueError E961 if a value cannot be copied."""
    from tagma.nn import Config

    try:
        return Config(config).copy()
    except Exception:
        raise ValueError(Errors.E961.format(config=config)) from None


def combine_score_weights(
    weights: list[dict[str, float | None]],
    overrides: dict[str, float | None] = SimpleFrozenDict(),  # noqa: B008 - frozen
) -> dict[str, float | None]:
    """One dict of weights that sum to 1: later dicts win, `overrides` last; None and 0 stay as they are."""
    merged = {name: weight for part in (*weights, overrides) for name, weight in part.items()}
    total = sum(filter(None, merged.values())) or 1.0
    return {name: weight and round(weight / total, 2) for name, weight in merged.items()}


def get_sourced_components(config: Config | dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Blocks of the components that are taken from other pipelines."""
    return {
        name: block
        for name, block in config.get("components", {}).items()
        if "factory" not in block and "source" in block
    }
