"""Dicts and lists that refuse changes."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from tagma.util.frozen import SimpleFrozenDict, SimpleFrozenList


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("b", 1),
        lambda d: d.__delitem__("a"),
        lambda d: d.update(b=1),
        lambda d: d.setdefault("b", 1),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.clear(),
        lambda d: operator.ior(d, {"b": 1}),
    ],
)
def test_dict(change: Any) -> None:
    """Every way to change the dict raises the text it was given, and changes nothing."""
    frozen = SimpleFrozenDict({"a": 1}, error="not here")
    with pytest.raises(NotImplementedError, match="not here"):
        change(frozen)
    assert frozen == {"a": 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.append(1),
        lambda x: x.extend([1]),
        lambda x: x.insert(0, 1),
        lambda x: x.pop(),
        lambda x: x.remove(2),
        lambda x: x.clear(),
        lambda x: x.reverse(),
        lambda x: x.sort(),
        lambda x: x.__setitem__(0, 1),
        lambda x: x.__delitem__(0),
        lambda x: operator.iadd(x, [1]),
        lambda x: operator.imul(x, 2),
    ],
)
def test_list(change: Any) -> None:
    """Every way to change the list raises the text it was given, and changes nothing."""
    frozen = SimpleFrozenList([2, 1], error="not here")
    with pytest.raises(NotImplementedError, match="not here"):
        change(frozen)
    assert frozen == [2, 1]


def test_default_messages() -> None:
    """Without a text the messages have their codes."""
    with pytest.raises(NotImplementedError, match="E095"):
        SimpleFrozenDict().update(a=1)
    with pytest.raises(NotImplementedError, match="E927"):
        SimpleFrozenList().append(1)
