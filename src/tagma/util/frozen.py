"""Dicts and lists that refuse to be changed: safe as default arguments and as computed properties."""

from __future__ import annotations

from typing import Any, NoReturn

from tagma.errors import Errors

__all__ = ["SimpleFrozenDict", "SimpleFrozenList"]


class SimpleFrozenDict(dict):  # type: ignore[type-arg]
    """A dict whose changing methods raise NotImplementedError with the text `error`."""

    def __init__(self, *args: Any, error: str = Errors.E095, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error = error

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.error)

    __setitem__ = __delitem__ = __ior__ = pop = popitem = update = clear = setdefault = _refuse  # type: ignore[assignment]


class SimpleFrozenList(list):  # type: ignore[type-arg]
    """A list whose changing methods raise NotImplementedError with the text `error`."""

    def __init__(self, *args: Any, error: str = Errors.E927) -> None:
        super().__init__(*args)
        self.error = error

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.error)

    append = clear = extend = insert = pop = remove = reverse = sort = _refuse  # type: ignore[assignment]
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse  # type: ignore[assignment]
