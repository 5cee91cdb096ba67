"""Extension attributes of Doc, Span and Token: `doc._.name`. Values lie in the Doc's `user_data`."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, ClassVar

from tagma.errors import Errors

_MUTABLE = (dict, list, set)
Definition = tuple[Any, Callable[..., Any] | None, Callable[..., Any] | None, Callable[..., Any] | None]


class Underscore:
    """What `._` gives. A value's place is the key ("._.", name, start, end), characters; (None, None) for a Doc."""

    doc_extensions: ClassVar[dict[str, Definition]] = {}
    span_extensions: ClassVar[dict[str, Definition]] = {}
    token_extensions: ClassVar[dict[str, Definition]] = {}
    __slots__ = ("__dict__",)

    def __init__(
        self, extensions: dict[str, Definition], obj: Any, start: int | None = None, end: int | None = None
    ) -> None:
        # Through object: __setattr__ is for the extensions.
        object.__setattr__(self, "_extensions", extensions)
        object.__setattr__(self, "_obj", obj)
        object.__setattr__(self, "_doc", obj.doc)
        object.__setattr__(self, "_start", start)
        object.__setattr__(self, "_end", end)

    def __dir__(self) -> list[str]:
        return sorted([*dict.keys(self._extensions), *super().__dir__()])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._extensions:
            raise AttributeError(Errors.E046.format(name=name))
        default, method, getter, _ = self._extensions[name]
        if getter is not None:
            return getter(self._obj)
        if method is not None:
            partial = functools.partial(method, self._obj)
            # Calls of the method keep its documentation.
            if hasattr(method, "__doc__"):
                partial.__doc__ = method.__doc__
            return partial
        key = self._get_key(name)
        values = self._doc.user_data
        if key in values:
            return values[key]
        if isinstance(default, _MUTABLE):
            # A default that can be changed is copied, so that no two objects share it.
            values[key] = copy.copy(default)
            return values[key]
        return default

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._extensions:
            raise AttributeError(Errors.E047.format(name=name))
        setter = self._extensions[name][3]
        if setter is not None:
            setter(self._obj, value)
        else:
            self._doc.user_data[self._get_key(name)] = value

    def set(self, name: str, value: Any) -> None:
        """Set an extension by name."""
        setattr(self, name, value)

    def get(self, name: str) -> Any:
        """Value of an extension by name."""
        return getattr(self, name)

    def has(self, name: str) -> bool:
        """Whether the extension is defined."""
        return name in self._extensions

    def _get_key(self, name: str) -> tuple[str, str, int | None, int | None]:
        return ("._.", name, self._start, self._end)

    @classmethod
    def get_state(cls) -> tuple[dict[str, Definition], dict[str, Definition], dict[str, Definition]]:
        """The definitions, for other processes."""
        return cls.token_extensions, cls.span_extensions, cls.doc_extensions

    @classmethod
    def load_state(cls, state: tuple[dict[str, Definition], dict[str, Definition], dict[str, Definition]]) -> None:
        """Take over the definitions of `get_state`."""
        cls.token_extensions, cls.span_extensions, cls.doc_extensions = state


def get_ext_args(**kwargs: Any) -> Definition:
    """(default, method, getter, setter) of `set_extension`'s arguments.

    Raises ValueError: E083 unless exactly one way is given, E089 for a setter without getter, E091 for what is not
    callable.
    """
    default = kwargs.get("default")
    method, getter, setter = (kwargs.get(name) for name in ("method", "getter", "setter"))
    if getter is None and setter is not None:
        raise ValueError(Errors.E089)
    given = [name for name in ("default", "method", "getter") if name in kwargs]
    n_given = sum(
        (method is not None, getter is not None, "default" in kwargs and (default is not None or len(given) == 1))
    )
    if n_given != 1:
        raise ValueError(Errors.E083.format(nr_defined=n_given))
    for name, function in (("setter", setter), ("getter", getter), ("method", method)):
        if function is not None and not callable(function):
            raise ValueError(Errors.E091.format(name=name, value=repr(function)))
    return default, method, getter, setter
