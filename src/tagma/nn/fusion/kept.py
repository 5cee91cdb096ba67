"""What is made of a network once, and kept for as long as the network is certainly the same, see `Watch`.

That covers optimizers in place, `use_params`, loading, devices, copies and a user's `get_param("W")[...] = 0` alike.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from ..backends.passes import Watch
from ..model import Model

__all__ = ["Kept", "Recipe"]

ValueT = TypeVar("ValueT")


class Recipe(NamedTuple, Generic[ValueT]):
    """How a value is made of a network.

    nodes         those, besides the model itself, whose layers and settings the value depends on; neither they nor
                  the value may hold the model
    parameters    (node, name) each
    make          from their arrays, float32 and contiguous; None if they do not fit
    """

    nodes: Sequence[Model[Any, Any]]
    parameters: Sequence[tuple[Model[Any, Any], str]]
    make: Callable[[list[np.ndarray]], ValueT | None]


class Kept(Generic[ValueT]):
    """Values by the model that they were made for. Any number of threads may ask."""

    def __init__(self) -> None:
        self._entries: WeakKeyDictionary[Model[Any, Any], tuple[Watch, ValueT]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        _all.append(self)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, model: Model[Any, Any]) -> ValueT | None:
        """What is kept for a model, valid or not."""
        entry = self._entries.get(model)
        return None if entry is None else entry[1]

    def get(self, model: Model[Any, Any], find: Callable[[Model[Any, Any]], Recipe[ValueT] | None]) -> ValueT | None:
        """The value for a model, made anew unless the model is the one that it was made for. It is kept only if nobody
        else holds an array. None without a recipe, and if parameters are unset, not float32 on this machine, not
        contiguous, or do not fit.
        """
        with self._lock:
            entry = self._entries.get(model)
            if entry is not None:
                if entry[0].is_same(model):
                    return entry[1]
                del entry, self._entries[model]  # whose views would count
            recipe = find(model)
            if recipe is None or (arrays := _arrays_of(recipe)) is None:
                return None
            watch = Watch(model, recipe.nodes, recipe.parameters)
            is_free = all(holders == (1, 0) for holders in watch.holders())  # the list of arrays holds each
            value = recipe.make(arrays)
            del arrays
            if value is not None and is_free:
                watch.settle()
                self._entries[model] = watch, value
            return value

    def forget(self) -> None:
        """In a forked child, in which another thread may have held the lock."""
        self._lock = threading.Lock()
        self._entries.clear()


_all: list[Kept[Any]] = []


def _arrays_of(recipe: Recipe[Any]) -> list[np.ndarray] | None:
    if any(node._params.proxy is not None or not node.has_param(name) for node, name in recipe.parameters):
        return None
    arrays = [node._params._params[node.id, name] for node, name in recipe.parameters]
    if any(type(a) is not np.ndarray or a.dtype != np.float32 or not a.flags.c_contiguous for a in arrays):
        return None
    return arrays


def _forget() -> None:
    for kept in _all:
        kept.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
