"""What is made of a network's parameters once, and kept for as long as nobody can have written to them.

An array that was handed out can be written to at any time. So what is kept is valid while no parameter was set, unset
or handed out (`ParamServer.touched`) and nobody but the nodes, and what was made itself, holds one of the arrays. That
covers optimizers in place, `use_params`, loading, devices, copies and a user's `get_param("W")[...] = 0` alike.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from ..backends.passes import held_by
from ..model import Model

__all__ = ["Kept"]

ValueT = TypeVar("ValueT")
Parameter = tuple[Model[Any, Any], str]
Owner = tuple[dict[tuple[int, str], Any], tuple[int, str]]  # arrays of a node, and the key of one of them


@dataclass(slots=True, frozen=True)
class _Entry(Generic[ValueT]):
    """A value with what it was made of. `views` are the references that the value itself has, by owner."""

    value: ValueT
    stamp: tuple[Any, ...]
    owners: tuple[Owner, ...]
    views: tuple[tuple[int, int], ...]

    def is_held(self) -> bool:
        """Whether somebody besides the nodes and the value holds one of the arrays, and so may write to it."""
        return any(held_by(*owner) != views for owner, views in zip(self.owners, self.views, strict=True))


class Kept(Generic[ValueT]):
    """Values by the model that they were made for. Any number of threads may ask."""

    def __init__(self) -> None:
        self._entries: WeakKeyDictionary[Model[Any, Any], _Entry[ValueT]] = WeakKeyDictionary()
        self._lock = threading.Lock()
        _all.append(self)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, model: Model[Any, Any]) -> ValueT | None:
        """What is kept for a model, valid or not."""
        entry = self._entries.get(model)
        return None if entry is None else entry.value

    def get(
        self,
        model: Model[Any, Any],
        parameters: Sequence[Parameter],
        settings: tuple[Any, ...],
        make: Callable[[list[np.ndarray]], ValueT | None],
    ) -> ValueT | None:
        """What `make` gives for the parameters, made anew unless that was certainly done with these. It is kept only if
        nobody else holds an array. None if `make` says so, or if parameters are unset, not float32 on this machine, or
        not contiguous.

        settings    whatever else the value depends on
        """
        with self._lock:
            stamp = (settings, *(node._params.touched for node, _ in parameters))
            entry = self._entries.get(model)
            if entry is not None and entry.stamp == stamp and not entry.is_held():
                return entry.value
            del entry
            self._entries.pop(model, None)  # whose views would count
            arrays = _arrays_of(parameters)
            if arrays is None:
                return None
            owners = tuple((node._params._params, (node.id, name)) for node, name in parameters)
            free = all(held_by(*owner) == (1, 0) for owner in owners)  # the list above holds each
            value = make(arrays)
            del arrays
            if value is not None and free:
                views = tuple(held_by(*owner) for owner in owners)
                self._entries[model] = _Entry(value, stamp, owners, views)
            return value

    def forget(self) -> None:
        """In a forked child, in which another thread may have held the lock."""
        self._lock = threading.Lock()
        self._entries.clear()


_all: list[Kept[Any]] = []


def _arrays_of(parameters: Sequence[Parameter]) -> list[np.ndarray] | None:
    if any(node._params.proxy is not None or not node.has_param(name) for node, name in parameters):
        return None
    arrays = [node._params._params[node.id, name] for node, name in parameters]
    if any(type(a) is not np.ndarray or a.dtype != np.float32 or not a.flags.c_contiguous for a in arrays):
        return None
    return arrays


def _forget() -> None:
    for kept in _all:
        kept.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
