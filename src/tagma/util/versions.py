"""Version ranges of pipelines and packages, on `packaging`, which usual ones need not import."""

from __future__ import annotations

import re

__all__ = [
    "get_base_version",
    "get_minor_version",
    "get_minor_version_range",
    "get_model_lower_version",
    "get_package_version",
    "is_compatible_version",
    "is_minor_version_match",
    "is_package",
    "is_prerelease_version",
    "is_unconstrained_version",
    "split_requirement",
]


# Names of distributions; others, such as paths, need not be looked for.
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", re.ASCII)
# A range as pipelines have it, and a version that is neither a preview nor anything else but numbers.
_RANGE = re.compile(r">=(\d+(?:\.\d+)*),<(\d+(?:\.\d+)*)")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def is_package(name: str) -> bool:
    """Whether a distribution of that name is installed."""
    return _NAME.fullmatch(name) is not None and get_package_version(name) is not None


def get_package_version(name: str) -> str | None:
    """Version of an installed distribution, or None."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        return None


def is_compatible_version(version: str, constraint: str, prereleases: bool = True) -> bool | None:
    """Whether a version lies in a range such as ">=3.8.0,<3.9.0" ("3.8.1" means exactly that); None if unreadable."""
    if (usual := _RANGE.fullmatch(constraint)) and _NUMBERS.fullmatch(version):
        low, high, given = map(_release, (usual[1], usual[2], version))
        return low <= given < high
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if constraint[:1].isdigit():
        constraint = f"=={constraint}"
    try:
        return SpecifierSet(constraint, prereleases=prereleases).contains(Version(version))
    except (InvalidSpecifier, InvalidVersion):
        return None


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared: 3.8.0 is 3.8."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def is_unconstrained_version(constraint: str, prereleases: bool = True) -> bool | None:
    """Whether a range is open at one end; None if unreadable."""
    if _RANGE.fullmatch(constraint):
        return False
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if constraint[:1].isdigit():
        return False
    try:
        specs = list(SpecifierSet(constraint, prereleases=prereleases))
    except InvalidSpecifier:
        return None
    if len(specs) != 1:
        has_lower = any(s.operator in (">", ">=") for s in specs)
        has_upper = any(s.operator in ("<", "<=") for s in specs)
        return not (has_lower and has_upper)
    return specs[0].operator != "=="


def get_base_version(version: str) -> str:
    """ "3.8.1" of "3.8.1.dev2"."""
    from packaging.version import Version

    return Version(version).base_version


def get_minor_version(version: str) -> str | None:
    """ "3.8" of "3.8.1"; None if unreadable."""
    from packaging.version import InvalidVersion, Version

    try:
        parsed = Version(version)
    except (TypeError, InvalidVersion):
        return None
    return f"{parsed.major}.{parsed.minor}"


def get_minor_version_range(version: str) -> str:
    """ ">=3.8.1,<3.9.0" of "3.8.1"."""
    from packaging.version import Version

    parsed = Version(version)
    return f">={version},<{parsed.major}.{parsed.minor + 1}.0"


def get_model_lower_version(constraint: str) -> str | None:
    """ "1.2.3" of ">=1.2.3,<1.3.0"; None if there is no lower end."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        for spec in SpecifierSet(constraint):
            if spec.operator in (">=", "==", "~="):
                return spec.version
    except InvalidSpecifier:
        return None
    return None


def is_prerelease_version(version: str) -> bool:
    """Whether a version is an alpha, beta, candidate or development version."""
    from packaging.version import Version

    return Version(version).is_prerelease


def is_minor_version_match(version_a: str, version_b: str) -> bool:
    """Whether two versions have the same major and minor number."""
    a, b = get_minor_version(version_a), get_minor_version(version_b)
    return a is not None and a == b


def split_requirement(requirement: str) -> tuple[str, str]:
    """("x", ">=1") of "x>=1"."""
    from packaging.requirements import Requirement

    parsed = Requirement(requirement)
    return parsed.name, str(parsed.specifier)
