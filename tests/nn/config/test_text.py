"""Configs as text: what is written, what is read, and what is said about text that is no config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagma.nn.config.text import Config, ConfigValidationError, apply_overrides, errors_name_file

TEXT = """[paths]
train = null

[model]
@layers = "chain.v1"
width = ${shape.width}

[model.*.first]
@layers = "Relu.v1"

[shape]
width = 4"""


def test_there_and_back() -> None:
    """Text with references is written as it was read; subsections stand behind their parent."""
    assert Config().from_str(TEXT, interpolate=False).to_str() == TEXT
    assert Config().from_str(TEXT)["model"]["width"] == 4


def test_sections_in_order() -> None:
    """Sections that have a place in the order come first."""
    config = Config({"b": {"x": 1}, "a": {"y": None}}, section_order=["a"])
    assert config.to_str() == "[a]\ny = null\n\n[b]\nx = 1"


def test_overrides() -> None:
    """A value is put in before references are replaced; sections that are not there are named with the nearest."""
    assert Config().from_str(TEXT, overrides={"shape.width": 9})["model"]["width"] == 9
    with pytest.raises(ConfigValidationError, match=r"'shap.width' cannot be overridden; did you mean 'shape'"):
        apply_overrides({"shape": {"width": 1}}, {"shap.width": 2})
    with pytest.raises(ConfigValidationError, match=r"write section\.setting"):
        apply_overrides({"shape": {"width": 1}}, {"shape": 2})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width = 3", "Line 1: 'width = 3' stands in no section"),
        ("[a]\nwidth", "Line 2: 'width' is neither a"),
        ("[a]\nx = 1\n[a]", r"Line 3: there is a section \[a\] already"),
        ("[a]\nx = 1\nx = 2", r"Line 3: 'x' is set in \[a\] already"),
    ],
)
def test_no_config(text: str, said: str, tmp_path: Path) -> None:
    """The line and its text are in the error, and the file if there is one."""
    with pytest.raises(Exception, match=said):
        Config().from_str(text)
    with pytest.raises(Exception, match=rf"x\.cfg: {said}"), errors_name_file("x.cfg"):
        Config().from_str(text)
    path = tmp_path / "x.cfg"
    path.write_text(text)
    with pytest.raises(Exception, match=said):
        Config().from_disk(path)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"x": 1}, "must stand in a section"),
        ({"a": {"f": print}}, "a value of type builtin_function_or_method cannot be written"),
        ({"a": {"*": {"x": 1}}}, "positional arguments are sections, or a list"),
    ],
)
def test_what_cannot_be_written(config: dict[str, object], said: str) -> None:
    """Values that text cannot express are refused with their place."""
    with pytest.raises(ConfigValidationError, match=said):
        Config(config).to_str()
