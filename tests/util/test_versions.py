"""Versions and their ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tagma.util import versions


@pytest.mark.parametrize(
    ("version", "wanted", "fits", "fits_without_prereleases"),
    [
        ("3.8.1", ">=3.8.0,<3.9.0", True, True),
        ("3.9.0", ">=3.8.0,<3.9.0", False, False),
        ("3.8.1", "3.8.1", True, True),
        ("3.8.2", "3.8.1", False, False),
        ("3.8.1a1", ">=3.8.0", True, False),
        ("3.8.0a1", ">=3.8.0", False, False),
        ("3.8.1", "abc", None, None),
        ("zz", ">=1", None, None),
    ],
)
def test_compatible(version: str, wanted: str, fits: bool | None, fits_without_prereleases: bool | None) -> None:
    """A version fits a range or not; None for what cannot be read."""
    assert versions.is_compatible_version(version, wanted) is fits
    assert versions.is_compatible_version(version, wanted, prereleases=False) is fits_without_prereleases


RELEASES = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers)))


@given(version=RELEASES, low=RELEASES, high=RELEASES)
def test_usual_ranges(version: str, low: str, high: str) -> None:
    """A range of two releases is what `packaging` says that it is."""
    wanted = f">={low},<{high}"
    assert versions.is_compatible_version(version, wanted) is SpecifierSet(wanted).contains(Version(version))
    assert versions.is_unconstrained_version(wanted) is False


@pytest.mark.parametrize(
    ("wanted", "is_open", "lower"),
    [
        (">=1.0", True, "1.0"),
        ("<2", True, None),
        (">=1,<2", False, "1"),
        ("==1.0", False, "1.0"),
        ("1.0", False, None),
        ("", True, None),
        ("~=1.0", True, "1.0"),
        (">1,>2", True, None),
        ("bad", None, None),
    ],
)
def test_ranges(wanted: str, is_open: bool | None, lower: str | None) -> None:
    """A range without an end on one side is open; the lower end is the first version that fits."""
    assert versions.is_unconstrained_version(wanted) is is_open
    assert versions.get_model_lower_version(wanted) == lower


@pytest.mark.parametrize(
    ("version", "minor", "base", "is_pre", "range_"),
    [
        ("3.8.1", "3.8", "3.8.1", False, ">=3.8.1,<3.9.0"),
        ("3.8.1.dev2", "3.8", "3.8.1", True, ">=3.8.1.dev2,<3.9.0"),
        ("2.0.0a1", "2.0", "2.0.0", True, ">=2.0.0a1,<2.1.0"),
    ],
)
def test_parts(version: str, minor: str, base: str, is_pre: bool, range_: str) -> None:
    """Minor version, base version, prerelease or not, and the range up to the next minor version."""
    assert versions.get_minor_version(version) == minor
    assert versions.get_base_version(version) == base
    assert versions.is_prerelease_version(version) is is_pre
    assert versions.get_minor_version_range(version) == range_


def test_minor_match() -> None:
    """Major and minor number decide; what cannot be read matches nothing, itself included."""
    assert versions.is_minor_version_match("3.8.1", "3.8.9")
    assert not versions.is_minor_version_match("3.8", "4.8")
    assert not versions.is_minor_version_match("a", "a")
    assert versions.get_minor_version("abc") is None


def test_packages() -> None:
    """Installed distributions have a version, others None; a requirement splits into name and range."""
    assert versions.is_package("numpy")
    assert versions.get_package_version("numpy")
    assert not versions.is_package("no-such-package")
    assert versions.get_package_version("no-such-package") is None
    assert versions.split_requirement("x>=1") == ("x", ">=1")
    assert versions.split_requirement("x") == ("x", "")
