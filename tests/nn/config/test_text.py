"""Configs as text: what is written, what is read, and what is said about text that is no config."""

from __future__ import annotations

import json
from pathlib import Path

import confection
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tagma.nn.config.reading import REFERENCE
from tagma.nn.config.text import (
    Config,
    ConfigValidationError,
    apply_overrides,
    errors_name_file,
)

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


KEYS = st.text("abcdefg-_ .=:#[é", min_size=1, max_size=5)
TEXTS = st.one_of(
    st.text(), st.text("$\\\"'{}[]:, a1\n.é\ud800"), st.sampled_from([r"C:\data\new", r"^\$\d+$", "$$", "$"])
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.floats(allow_nan=False), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(KEYS, inner)),
    max_leaves=8,
)


def _has_reference(value: object) -> bool:
    return REFERENCE.search(json.dumps(value)) is not None


@pytest.mark.filterwarnings("ignore:.*control character")
@given(values=st.dictionaries(st.sampled_from(["x", "y z", "k"]), VALUES))
def test_what_is_written_is_read(values: dict[str, object]) -> None:
    """Every value without reference comes back as it was: interpolated, not interpolated, with overrides, copied
    through both; and confection reads what it can read of it the same."""
    assume(not _has_reference(values))
    config = Config({"a": values})
    text = config.to_str()
    assert Config().from_str(text) == config
    assert Config().from_str(Config().from_str(text, interpolate=False).to_str()) == config
    assert config.interpolate() == config
    assert Config().from_str("[a]", overrides={f"a.{key}": value for key, value in values.items()}) == config
    raw = Config().from_str("[b]\nx = ${c.y}\n[c]\ny = 1", interpolate=False)
    assert raw.merge(config).interpolate() == {**config, "b": {"x": 1}, "c": {"y": 1}}
    assert confection.Config().from_str(text) == config


@given(text=TEXTS)
def test_texts_with_references_are_written_as_they_stand(text: str) -> None:
    """A text of a config that is not interpolated keeps its references and `$$`, and loses no blank or line."""
    value = f"{text}${{b.c}}"
    assume(value[0] not in '"[{' and "${" not in text and "$$" not in value)
    written = Config({"a": {"x": value}, "b": {"c": "'C'"}}, is_interpolated=False).to_str()
    read = Config().from_str(written)["a"]["x"]
    assert read == f"{text}'C'"


def test_dollars_stay_as_the_file_has_them() -> None:
    """A config that is read and written without interpolation has the meaning that it had, `$$` and lines included."""
    text = '[a]\nd = "a$$b"\nl = ["$$", "${b.c}"]\nm = [${b.c},\n\t"$$5"]\nv = "$$5 ${b.c}"\n\n[b]\nc = 1'
    raw = Config().from_str(text, interpolate=False)
    assert raw.to_str() == text
    expected = {"a": {"d": "a$b", "l": ["$", "1"], "m": [1, "$5"], "v": "$5 1"}, "b": {"c": 1}}
    assert raw.interpolate() == Config().from_str(text) == expected
    assert Config().from_str(text, overrides={"b.c": "$$"})["a"]["v"] == "$5 $$"


def test_names_that_would_be_read_otherwise() -> None:
    """Names of settings and sections that text cannot have are refused, or their dict is written as a value."""
    assert Config({"a": {"b.c": {"x": 1}, "d": {"=": 1}}}).to_str() == '[a]\nb.c = {"x": 1}\nd = {"=": 1}'
    for config, said in (
        ({"a": {"x=y": 1}}, "'x=y' cannot be the name of a setting"),
        ({"a.b": {}}, r"'a\.b' cannot be the name of a section"),
        ({"DEFAULT": {}}, "'DEFAULT' cannot be the name of a section"),
        ({"a": {"x": {1: 2}}}, "keys of dicts must be texts"),
    ):
        with pytest.raises(ConfigValidationError, match=said):
            Config(config).to_str()
