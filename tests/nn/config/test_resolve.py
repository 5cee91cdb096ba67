"""Filling in, checking and calling what a config names; errors of schemas in one wording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, StrictInt, field_validator

from tagma.errors import Errors
from tagma.nn.config import REGISTRY, Config, ConfigValidationError, registry
from tagma.nn.config.resolve import schema_errors


@pytest.fixture(autouse=True)
def functions() -> Iterator[None]:
    """Registered functions, gone after each test."""

    @registry.datasets("test.shape")
    def shape(width: int, depth: int = 2) -> Any:
        if depth < 0:
            raise ValueError("depth is below 0")
        return width, depth

    @registry.datasets("test.coded")
    def coded(width: int = 1) -> Any:
        raise ValueError(Errors.E913)

    @registry.datasets("test.names")
    def names(names: list[str]) -> list[str]:
        return names

    yield
    for name in ("test.shape", "test.coded", "test.names"):
        del REGISTRY[("tagma", "datasets", name)]


def block(name: str = "test.shape", **settings: Any) -> dict[str, Any]:
    """A config of one section that names a function."""
    return {"data": {"@datasets": name, **settings}}


def test_fill_and_resolve() -> None:
    """Defaults are filled in, simple values converted, and the function called."""
    assert registry.fill(block(width=3)) == block(width=3, depth=2)
    assert registry.resolve(block(width="3")) == {"data": (3, 2)}
    assert registry.resolve({"outer": block(width=1)}) == {"outer": {"data": (1, 2)}}


def test_all_problems_come_together() -> None:
    """A missing argument, a misspelt one and a wrong type are told at once, each at its place."""
    found = registry.problems(block(widht=3, depth="deep"))
    assert [(error["loc"], error["type"]) for error in found] == [
        (["data", "width"], "missing"),
        (["data", "depth"], "int_type"),
        (["data", "widht"], "extra_forbidden"),
    ]
    assert found[2]["msg"] == "test.shape has no argument 'widht'; did you mean 'width'?"


def test_unknown_functions() -> None:
    """The nearest names are in the message, but not the list of all."""
    [error] = registry.problems(block("test.shap"))
    assert error["type"] == "unknown_function"
    message, _, near = error["msg"].partition("; did you mean ")
    assert message == "[E893] No function 'test.shap' in the registry 'datasets'"
    assert near.startswith("'test.shape'")
    assert "There are" not in near


def test_what_a_function_refuses() -> None:
    """A plain ValueError gets the place of the block; one whose message has a code stays as it is."""
    with pytest.raises(ConfigValidationError, match=r"test\.shape does not take these settings: depth is below 0"):
        registry.resolve(block(width=1, depth=-1))
    with pytest.raises(ValueError, match="E913") as caught:
        registry.resolve(block("test.coded"))
    assert not isinstance(caught.value, ConfigValidationError)


class Inner(BaseModel):
    """Settings below."""

    model_config = ConfigDict(extra="forbid")
    width: StrictInt


class Schema(BaseModel):
    """Settings of a section."""

    model_config = ConfigDict(extra="forbid")
    inner: Inner
    seed: StrictInt | float = 0
    rate: float = 0.1

    @field_validator("rate")
    @classmethod
    def _positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be above 0")
        return value


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"inner": {"width": 1}}, []),
        ({}, [(["at", "inner"], "this setting is missing (field required)", "missing")]),
        (
            {"inner": {"width": 1}, "sede": 1},
            [(["at", "sede"], "no such setting; did you mean 'seed'?", "extra_forbidden")],
        ),
        (
            {"inner": {"width": 1, "widht": 2}},
            [(["at", "inner", "widht"], "no such setting; did you mean 'width'?", "extra_forbidden")],
        ),
        ({"inner": {"width": 1}, "rate": 0.0}, [(["at", "rate"], "must be above 0, not 0.0", "value_error")]),
        (
            {"inner": {"width": 1}, "seed": "x"},
            [(["at", "seed"], "Input should be a valid integer, not 'x'", "int_type")],
        ),
    ],
)
def test_schema_errors(values: dict[str, Any], errors: list[tuple[list[str], str, str]]) -> None:
    """Each place has one finding, with the value or the nearest name."""
    found = schema_errors(Schema, values, ["at"])
    assert [(error["loc"], error["msg"], error["type"]) for error in found] == errors


def test_a_schema_in_resolve() -> None:
    """A schema brings defaults and refuses what does not fit; unchecked, unknown settings are left out."""
    assert registry.resolve({"inner": {"width": 1}}, schema=Schema)["rate"] == 0.1
    with pytest.raises(ConfigValidationError, match="no such setting; did you mean 'seed'"):
        registry.resolve({"inner": {"width": 1}, "sede": {}}, schema=Schema)
    assert "sede" not in registry.resolve({"inner": {"width": 1}, "sede": {}}, schema=Schema, validate=False)


@pytest.mark.parametrize(
    ("written", "said"),
    [('["a, "b"]', "this is no JSON at 'b\"]'"), ("['a', 'b']", "double quotes"), ('["a", "b"', "at its end")],
)
def test_mistyped_list(written: str, said: str) -> None:
    """A list with a missing quote or bracket, or with single quotes, is told with its place and what to mend."""
    config = Config().from_str(f'[data]\n@datasets = "test.names"\nnames = {written}')
    with pytest.raises(ConfigValidationError, match=r"data -> names\tmust be .*list.*, not ") as caught:
        registry.resolve(config)
    assert said in str(caught.value)
