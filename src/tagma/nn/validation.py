"""Data validation: samples that initialize a layer, checked by pydantic against the annotations of its forward."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["DATA_VALIDATION", "DataValidationError", "data_validation", "validate_fwd_input_output"]

DATA_VALIDATION: ContextVar[bool] = ContextVar("DATA_VALIDATION", default=False)

_MAX_LIST_ITEMS = 5


class DataValidationError(ValueError):
    """Sample data that do not fit what a layer's forward declares."""

    def __init__(self, name: str, X: Any, Y: Any, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        self.name: str = name
        self.X, self.Y = X, Y
        self.errors: list[Mapping[str, Any]] = list(errors)
        lines = [f"checking the samples of {name} (X: {type(X).__name__}, Y: {type(Y).__name__}) found"]
        for error in self.errors:
            place = ".".join(map(str, error.get("loc", ())))
            lines.append(f"    {place}: {error.get('msg', '')}")
        super().__init__("\n".join(lines))


@contextmanager
def data_validation(validation: bool) -> Iterator[None]:
    """Switch the validation of sample data in `Model.initialize` on or off within a `with` block."""
    token = DATA_VALIDATION.set(validation)
    try:
        yield
    finally:
        DATA_VALIDATION.reset(token)


def validate_fwd_input_output(name: str, func: Callable[..., Any], X: Any, Y: Any) -> None:
    """Check sample input and output against the annotations of a forward function. Raises DataValidationError."""
    parameters = list(inspect.signature(func).parameters.values())
    if len(parameters) != 3:
        names = [parameter.name for parameter in parameters]
        message = f"forward must take three arguments (model, X, is_train), but takes {names}"
        raise DataValidationError(name, X, Y, [{"loc": ("forward",), "msg": message}])
    hints = _hints(func)
    errors: list[dict[str, Any]] = []
    X_hint = hints.get(parameters[1].name)
    if X is not None and X_hint is not None:
        errors += _errors(X_hint, X[:_MAX_LIST_ITEMS] if isinstance(X, list) else X, "X")
    if Y is not None and hints.get("return") is not None:
        errors += _errors(hints["return"], (Y, lambda dY: dY), "Y")
    if errors:
        raise DataValidationError(name, X, Y, errors)


def _hints(func: Callable[..., Any]) -> dict[str, Any]:
    """The annotations as objects; none where they cannot be resolved, so that anything is accepted."""
    try:
        return inspect.get_annotations(func, eval_str=True)
    except Exception:  # a name that only exists for type checkers
        return {name: hint for name, hint in inspect.get_annotations(func).items() if not isinstance(hint, str)}


def _errors(annotation: Any, value: Any, where: str) -> list[dict[str, Any]]:
    from pydantic import ConfigDict, TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    try:
        adapter = TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))
    except PydanticUserError:
        # Own models and dataclasses bring their own configuration.
        adapter = TypeAdapter(annotation)
    try:
        adapter.validate_python(value, strict=False)
    except ValidationError as error:
        return [{"loc": (where, *found["loc"]), "msg": found["msg"]} for found in error.errors(include_url=False)]
    return []
