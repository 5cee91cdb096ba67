"""Sections of which it is known without pydantic that nothing is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tagma
from tagma.language.check import KNOWN_SECTIONS
from tagma.language.plain_settings import SETTINGS, are_plain
from tagma.nn.config import schema_errors
from tagma.schemas import SECTIONS

DEFAULTS: dict[str, Any] = tagma.blank("en").config.interpolate()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=2),
    max_leaves=4,
)


def test_sections() -> None:
    """Sections with settings known in advance are the same to both, and so are the settings that each must have."""
    assert set(KNOWN_SECTIONS) == set(SECTIONS)
    for section, settings in SETTINGS.items():
        fields = SECTIONS[section].model_fields
        assert set(settings) == {name for name, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("section", SETTINGS)
def test_defaults_are_plain(section: str) -> None:
    """The sections of a new pipeline's config are among those that need no closer look."""
    assert are_plain(section, DEFAULTS[section])


@given(data=st.data(), section=st.sampled_from(sorted(SETTINGS)))
def test_what_is_plain_is_right(data: st.DataObject, section: str) -> None:
    """The schema finds nothing wrong with a section that is plain, whatever its settings hold."""
    values = dict(DEFAULTS[section])
    for name in data.draw(st.lists(st.sampled_from(sorted(values)), max_size=3)):
        values[name] = data.draw(VALUES)
    if are_plain(section, values):
        assert schema_errors(SECTIONS[section], values) == []


@pytest.mark.parametrize("section", SETTINGS)
def test_what_is_not_plain(section: str) -> None:
    """A setting too many, one too few, one of another kind, and a section that is no dict are looked at closely."""
    values = DEFAULTS[section]
    assert not are_plain(section, {**values, "more": None})
    assert not are_plain(section, dict(list(values.items())[1:]))
    assert not are_plain(section, {**values, next(iter(values)): object()})
    assert not are_plain(section, "text")
