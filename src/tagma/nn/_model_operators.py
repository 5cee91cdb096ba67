"""Operators between models, such as `>>`, which mean something only where they were given a meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar


class ModelOperators:
    """What `Model` has for operators; their meaning is bound by `define_operators`."""

    __slots__ = ()

    _context_operators: ClassVar[ContextVar[dict[str, Callable[..., Any]]]] = ContextVar("context_operators")

    @classmethod
    @contextmanager
    def define_operators(cls, operators: dict[str, Callable[..., Any]]) -> Iterator[None]:
        """Bind operators (such as ">>") to functions of two models within a `with` block, for this context only."""
        token = cls._context_operators.set(dict(operators))
        try:
            yield
        finally:
            cls._context_operators.reset(token)

    def _apply(self, op: str, other: Any) -> Any:
        function = self._context_operators.get({}).get(op)
        if function is None:
            raise TypeError(
                f"operator {op} is not defined for models here: use it within Model.define_operators({{{op!r}: chain}})"
            )
        return function(self, other)

    def __add__(self, other: Any) -> Any:
        return self._apply("+", other)

    def __sub__(self, other: Any) -> Any:
        return self._apply("-", other)

    def __mul__(self, other: Any) -> Any:
        return self._apply("*", other)

    def __matmul__(self, other: Any) -> Any:
        return self._apply("@", other)

    def __truediv__(self, other: Any) -> Any:
        return self._apply("/", other)

    def __floordiv__(self, other: Any) -> Any:
        return self._apply("//", other)

    def __mod__(self, other: Any) -> Any:
        return self._apply("%", other)

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        return self._apply("**", other)

    def __lshift__(self, other: Any) -> Any:
        return self._apply("<<", other)

    def __rshift__(self, other: Any) -> Any:
        return self._apply(">>", other)

    def __and__(self, other: Any) -> Any:
        return self._apply("&", other)

    def __xor__(self, other: Any) -> Any:
        return self._apply("^", other)

    def __or__(self, other: Any) -> Any:
        return self._apply("|", other)
