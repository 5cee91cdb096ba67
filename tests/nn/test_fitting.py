"""Whether models fit, by their annotations (fitting.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, List, Optional, Protocol, Tuple, TypedDict, TypeVar, Union  # noqa: UP035

import numpy as np
import pytest

from tagma.nn import Model, registry
from tagma.nn.fitting import may_fit, misfits, models_that_fit, shown
from tagma.nn.types import Array2d, Floats1d, Floats2d, FloatsXd, Ints2d, Padded, Ragged

if TYPE_CHECKING:
    from fractions import Fraction as Half  # noqa: F401

    from nowhere import Unknown  # type: ignore[import-not-found]  # noqa: F401

T = TypeVar("T")


class Other:
    """A class of its own."""


class Special(Other):
    """A kind of it."""


class Named(Protocol):
    """What has a name."""

    name: str


class Settings(TypedDict):
    """A dict."""

    a: int


class Box(Generic[T]):
    """A generic class."""


class Listener(Model["list[Half]", Floats2d]):
    """A class of models, whose input is a name for type checkers alone."""


FIT = [
    (Any, Floats2d),
    (Other, object),
    (T, Floats2d),
    (Special, Other),
    (Other, Special),
    (list[Other], List[Other]),  # noqa: UP006
    (list[Special], Sequence[Other]),
    (List[Other], Iterable[Any]),  # noqa: UP006
    (list, list[Other]),
    (Floats2d, FloatsXd),
    (Floats2d, Array2d),
    (Floats2d, np.ndarray),
    (np.ndarray[Any, Any], Ints2d),
    (Union[list[Other], Ragged], Ragged),  # noqa: UP007
    (Optional[Floats2d], Floats2d),  # noqa: UP045
    (Annotated[Floats2d, "rows"], Floats2d),
    (Tuple[Other, ...], tuple[Other, Special]),  # noqa: UP006
    (Other, Named),
    (Settings, dict[str, Any]),
    (int, float),
    (Box[int], Box[Any]),
    (type("Other", (), {}), Other),
    (Callable[[Other], Other], Callable[[Other], Special]),
]
UNFIT = [
    (Floats2d, Floats1d),
    (Floats2d, Ints2d),
    (Floats2d, list[Floats2d]),
    (list[Floats2d], Sequence[Ints2d]),
    (Ragged, Padded),
    (Ragged, Array2d),
    (list[Other], Other),
    (tuple[Other, Other], tuple[Other]),
    (tuple[Other, Ragged], tuple[Other, Floats2d]),
    (None, Floats2d),
    (dict[str, Ragged], dict[str, Floats2d]),
    (Box[Other], Box[Ragged]),
    (str, Other),
]


@pytest.mark.parametrize(("given", "wanted"), FIT)
def test_types_that_may_fit(given: Any, wanted: Any) -> None:
    """Where one type is open, a kind of the other, or another name of it, values may be of both; in either order."""
    assert may_fit(given, wanted)
    assert may_fit(wanted, given)


@pytest.mark.parametrize(("given", "wanted"), UNFIT)
def test_types_that_do_not_fit(given: Any, wanted: Any) -> None:
    """No value is of both types."""
    assert not may_fit(given, wanted)
    assert not may_fit(wanted, given)


def test_shown() -> None:
    """Types are shown as they are written."""
    assert shown(Model[List[Other], Optional[Floats2d]]) == "Model[list[Other], Floats2d | None]"  # noqa: UP006, UP045
    assert shown(tuple[Other, ...]) == "tuple[Other, ...]"
    assert shown("Model[X]") == "Model[X]"
    assert shown(Any) == "Any"


def nothing(*args: Any, **settings: Any) -> Any:
    """What all registered functions here would do: they are not called."""
    raise AssertionError("nothing is called")


def function(annotations: dict[str, Any], *, several: bool = False) -> Callable[..., Any]:
    """A function with the annotations of its argument `layer` and of its result."""
    if several:

        def take(*layer: Any) -> Any:
            nothing()
    else:

        def take(layer: Any = None) -> Any:  # type: ignore[misc]
            nothing()

    take.__annotations__ = annotations
    return take


class Functions:
    """A registry "layers" of functions by name."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self.functions = functions

    def has(self, registry_name: str, func_name: str) -> bool:
        """Whether there is such a function."""
        return registry_name == "layers" and func_name in self.functions

    def get(self, registry_name: str, func_name: str) -> Callable[..., Any]:
        """The function."""
        return self.functions[func_name]

    def is_promise(self, obj: Any) -> bool:
        """Whether a value is a block."""
        return registry.is_promise(obj)


def found(taker: Callable[..., Any], giver: Callable[..., Any]) -> list[tuple[str, ...]]:
    """Places of the misfits of a block in another."""
    config = {"model": {"@layers": "taker", "layer": {"@layers": "giver"}}}
    return [misfit.path for misfit in misfits(Functions(taker=taker, giver=giver), config)]


FLOATS = "Model[list[Other], Floats2d]"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (FLOATS, FLOATS),
        (FLOATS, Model[list[Other], Floats2d]),
        (FLOATS, "Model"),
        (FLOATS, "Model[Any, Any]"),
        (FLOATS, "Model[T, T]"),
        (FLOATS, "Model[list[Unknown], Floats2d]"),
        (FLOATS, "Unknown[int]"),
        (FLOATS, "no type at all"),
        (FLOATS, "Model[list[Other], Floats1d] | Other"),
        (FLOATS, "Model[list[Other], Floats1d] | Model[list[Other], Floats2d]"),
        (FLOATS, "Callable[[Model], Model]"),
        (FLOATS, "Other"),
        ("Other", "Model[Floats2d, Floats2d]"),
        ("Model[list[Half], Floats2d]", "Listener"),
        ("Model[list[Half], Floats2d] | None", "Listener"),
    ],
)
def test_models_that_may_fit(wanted: Any, given: Any) -> None:
    """What is open, unknown, or no model at all is passed."""
    assert found(function({"layer": wanted}), function({"return": given})) == []


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (FLOATS, "Model[list[Other], Floats1d]"),
        (FLOATS, "Model[Floats2d, Floats2d]"),
        (Model[list[Other], Floats2d], Model[list[Other], Ragged]),
        (f"{FLOATS} | None", "Model[list[Other], Ragged] | None"),
        ("Model[list[Half], Ragged]", "Listener"),
        ("Model[list[Other], Floats2d]", "Listener"),
        ("Model[list[Half], Floats2d]", "Model[list[Other], Floats2d]"),
    ],
)
def test_models_that_do_not_fit(wanted: Any, given: Any) -> None:
    """The place of the argument is given; names that only type checkers import are looked up."""
    assert found(function({"layer": wanted}), function({"return": given})) == [("model", "layer")]


def test_functions_without_annotations_pass() -> None:
    """A function without annotations takes and gives anything; so does one that is not there."""
    typed = function({"layer": FLOATS, "return": "Model[Ragged, Ragged]"})
    assert found(nothing, typed) == []
    assert found(typed, nothing) == []
    config = {"@layers": "typed", "layer": {"@layers": "absent", "layer": 1}}
    assert list(misfits(Functions(typed=typed), config)) == []


def test_several_layers_and_classes() -> None:
    """Each of the positional blocks is compared; a class gives models of itself."""
    taker = function({"layer": "Model[Ragged, Any]"}, several=True)
    config = {"@layers": "taker", "*": {"a": {"@layers": "Listener"}, "b": {"@layers": "giver"}}}
    functions = Functions(taker=taker, Listener=Listener, giver=function({"return": "Model[Ragged, Ragged]"}))
    [misfit] = misfits(functions, config)
    assert misfit.path == ("*", "a")
    assert (misfit.taker, misfit.wanted_text) == ("taker", "Model[Ragged, Any]")
    assert (misfit.kind, misfit.name, misfit.given_text) == ("layers", "Listener", "Listener")


def test_models_that_fit_are_found() -> None:
    """Those without parts of their own come first, old versions last, open types not at all."""
    functions = {
        "b": function({"return": FLOATS}),
        "a": function({"return": FLOATS, "layer": "Model"}),
        "legacy.a": function({"return": FLOATS}),
        "open": function({"return": "Model[Any, Floats2d]"}),
        "bare": nothing,
        "c": function({"return": "Model[list[Special], Floats2d]"}),
        "d": function({"return": "Model[list[Other], Ragged]"}),
    }
    assert models_that_fit(functions, Model[list[Other], Floats2d]) == ["b", "c", "a", "legacy.a"]
