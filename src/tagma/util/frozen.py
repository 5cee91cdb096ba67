"""Dicts and lists that refuse to be changed: safe as default arguments and as computed properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

from tagma.errors import Errors

__all__ = ["SimpleFrozenDict", "SimpleFrozenList"]

ClassT = TypeVar("ClassT", bound=type)
KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
ItemT = TypeVar("ItemT")


def _refusing(names: str) -> Callable[[ClassT], ClassT]:
    """Make these methods of a class raise NotImplementedError with the text that an object of it has in `error`."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.error)

    def decorate(cls: ClassT) -> ClassT:
        for name in names.split():
            setattr(cls, name, refuse)
        return cls

    return decorate


@_refusing("__setitem__ __delitem__ __ior__ pop popitem update clear setdefault")
class SimpleFrozenDict(dict[KeyT, ValueT]):
    """A dict whose changing methods raise NotImplementedError with the text `error`."""

    def __init__(
        self,
        *args: Mapping[KeyT, ValueT] | Iterable[tuple[KeyT, ValueT]],
        error: str = Errors.E095,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.error: str = error


@_refusing("append clear extend insert pop remove reverse sort __setitem__ __delitem__ __iadd__ __imul__")
class SimpleFrozenList(list[ItemT]):
    """A list whose changing methods raise NotImplementedError with the text `error`."""

    def __init__(self, *args: Iterable[ItemT], error: str = Errors.E927) -> None:
        super().__init__(*args)
        self.error: str = error
