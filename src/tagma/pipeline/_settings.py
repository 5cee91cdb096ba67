"""Settings of a component as its files have them: whether they can be what they say they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LARGEST = 2**53  # of the whole numbers that JSON holds


def check_settings(own: Mapping[str, Any], found: Any, labels: type = str) -> None:
    """Compare settings that were read with those that a component has, by kind. Names that it does not know pass.

    labels    what the labels of the component are, of which it may have none yet
    Raises ValueError, without a code, for what is no map, and for a value of another kind.
    """
    if not isinstance(found, dict):
        raise ValueError(f"found {type(found).__name__}, not settings by name")
    for name, value in found.items():
        if name in own and not _fits(value, own[name]):
            raise ValueError(f"{name!r} is {value!r}, and a value like {own[name]!r} is needed")
    if not all(isinstance(label, labels) for label in found.get("labels", ())):
        raise ValueError(f"'labels' are {found['labels']!r}, and must be {labels.__name__}")


def _fits(value: Any, own: Any) -> bool:
    """Whether a value is of the kind that another one is: where there is none yet, one that is no list or map."""
    if own is None:
        return value is None or isinstance(value, str | bool) or _is_number(value)
    if isinstance(own, bool):
        return isinstance(value, bool)
    if isinstance(own, int | str):
        return value is None or (_is_number(value) if isinstance(own, int) else isinstance(value, str))
    if isinstance(own, float):
        return _is_number(value)
    if isinstance(own, list):
        return isinstance(value, list) and _are_alike(value)
    if isinstance(own, dict):
        return isinstance(value, dict) and _are_alike(list(value.values()))
    return isinstance(value, type(own))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _are_alike(items: list[Any]) -> bool:
    """Whether all are texts, or all whole numbers."""
    return all(isinstance(item, str) for item in items) or all(
        isinstance(item, int) and _is_number(item) for item in items
    )
