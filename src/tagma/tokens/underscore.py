"""Extension attributes of Doc, Span and Token: `doc._.name`. Values lie in the Doc's `user_data`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, NamedTuple, TypedDict

from tagma.errors import Errors

_MUTABLE = (dict, list, set)
Key = tuple[str, str, int | None, int | None]


class Extension(NamedTuple):
    """The definition of one attribute, in the order in which `get_extension` gives it."""

    default: Any = None
    method: Callable[..., Any] | None = None
    getter: Callable[..., Any] | None = None
    setter: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return repr(tuple(self))

    def read(self, obj: Any, key: Key) -> Any:
        """The attribute of a Doc, Span or Token; `key` is where an assigned value lies in `user_data`."""
        if self.getter is not None:
            return self.getter(obj)
        if self.method is not None:
            return MethodType(self.method, obj)
        values = obj.doc.user_data
        if key not in values and isinstance(self.default, _MUTABLE):
            values[key] = copy.copy(self.default)  # what is added to it is not seen on other objects
        return values.get(key, self.default)

    def write(self, obj: Any, key: Key, value: Any) -> None:
        """Assign: through the setter, if there is one. AttributeError E4384 for what would not be seen again."""
        if self.setter is not None:
            self.setter(obj, value)
        elif self.getter is not None or self.method is not None:
            raise AttributeError(Errors.E4384.format(name=key[1]))
        else:
            obj.doc.user_data[key] = value


class ExtensionArgs(TypedDict, total=False):
    """What `set_extension` takes besides the name."""

    default: Any
    method: Callable[..., Any]
    getter: Callable[..., Any]
    setter: Callable[..., Any]
    force: bool


class Underscore:
    """What `._` gives. A value's place is the key ("._.", name, start, end), characters; (None, None) for a Doc."""

    doc_extensions: ClassVar[dict[str, Extension]] = {}
    span_extensions: ClassVar[dict[str, Extension]] = {}
    token_extensions: ClassVar[dict[str, Extension]] = {}
    __slots__ = ("__dict__",)

    def __init__(
        self, extensions: dict[str, Extension], obj: Any, start: int | None = None, end: int | None = None
    ) -> None:
        # Not by assignment, which is for the extensions.
        self.__dict__.update(_extensions=extensions, _obj=obj, _place=(start, end))

    def __dir__(self) -> list[str]:
        return sorted({*self._extensions, "get", "has", "set"})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._extensions:
            raise AttributeError(Errors.E046.format(name=name))
        return self._extensions[name].read(self._obj, ("._.", name, *self._place))

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._extensions:
            raise AttributeError(Errors.E047.format(name=name))
        self._extensions[name].write(self._obj, ("._.", name, *self._place), value)

    def set(self, name: str, value: Any) -> None:
        """Set an extension by name."""
        setattr(self, name, value)

    def get(self, name: str) -> Any:
        """Value of an extension by name."""
        return getattr(self, name)

    def has(self, name: str) -> bool:
        """Whether the extension is defined."""
        return name in self._extensions

    @classmethod
    def get_state(cls) -> tuple[dict[str, Extension], dict[str, Extension], dict[str, Extension]]:
        """The definitions, for other processes."""
        return cls.token_extensions, cls.span_extensions, cls.doc_extensions

    @classmethod
    def load_state(cls, state: tuple[dict[str, Extension], dict[str, Extension], dict[str, Extension]]) -> None:
        """Take over the definitions of `get_state`."""
        cls.token_extensions, cls.span_extensions, cls.doc_extensions = state


def define(table: dict[str, Extension], kind: str, name: str, /, *, force: bool = False, **kwargs: Any) -> None:
    """Put an extension into the table of a class. Raises ValueError E090 if it is there, unless `force`."""
    if name in table and not force:
        raise ValueError(Errors.E090.format(name=name, obj=kind))
    table[name] = get_ext_args(**kwargs)


def undefine(table: dict[str, Extension], name: str) -> Extension:
    """Take an extension out of the table of a class. Raises ValueError E046 if it is not there."""
    if name not in table:
        raise ValueError(Errors.E046.format(name=name))
    return table.pop(name)


def get_ext_args(**kwargs: Any) -> Extension:
    """The definition that the arguments of `set_extension` make.

    Raises ValueError: E083 unless exactly one way is given, E089 for a setter without getter, E091 for what is not
    callable.
    """
    definition = Extension(**{name: kwargs.get(name) for name in Extension._fields})
    functions = {name: value for name, value in definition._asdict().items() if name != "default" and value is not None}
    if "setter" in functions and "getter" not in functions:
        raise ValueError(Errors.E089)
    n_given = ("default" in kwargs) + ("method" in functions) + ("getter" in functions)
    if n_given != 1:
        raise ValueError(Errors.E083.format(nr_defined=n_given))
    for name, value in functions.items():
        if not callable(value):
            raise ValueError(Errors.E091.format(name=name, value=repr(value)))
    return definition
