"""Entry points of installed packages, read from their `entry_points.txt`.

`importlib.metadata` does the same; to import it, and to read all packages with it, takes a fifth of the time in which a
pipeline is loaded. It is asked where packages lie otherwise than in folders.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["EntryPoint", "entry_points"]

DESCRIPTIONS = (".dist-info", ".egg-info")


class EntryPoint(NamedTuple):
    """`name = value` in a group of an installed package; `folder` is that of the package's description."""

    name: str
    value: str
    group: str
    folder: str

    @property
    def project(self) -> str:
        """Name of the package in small letters, with dashes: "my-package"."""
        return _project(os.path.basename(self.folder))

    @property
    def dist(self) -> Distribution:
        """The package."""
        from importlib.metadata import Distribution

        return Distribution.at(self.folder)

    def load(self) -> Any:
        """What the value names, `module:object`; the module is imported."""
        from importlib import metadata

        return metadata.EntryPoint(self.name, self.value, self.group).load()


def entry_points() -> list[EntryPoint]:
    """Those of all installed packages. Of a package that is there twice, those of the first."""
    if not _lie_in_folders():
        return _by_metadata()
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for place in sys.path:
        for folder in _descriptions(place or os.getcwd()):
            if (project := _project(os.path.basename(folder))) not in seen:
                seen.add(project)
                found.extend(_read(folder))
    return found


def _lie_in_folders() -> bool:
    """Whether all installed packages are found in the folders of `sys.path`, not in archives or by other finders."""
    others = [finder for finder in sys.meta_path if finder is not PathFinder and hasattr(finder, "find_distributions")]
    return not others and not any(place.endswith(".egg") or os.path.isfile(place) for place in sys.path)


def _by_metadata() -> list[EntryPoint]:
    from importlib import metadata

    points = metadata.entry_points()
    return [
        # the folder is known to a distribution alone, whose description may be of any kind of path
        EntryPoint(point.name, point.value, group, str(getattr(point.dist, "_path", "")).rstrip("/"))
        for group in points.groups
        for point in points.select(group=group)
    ]


def _descriptions(place: str) -> Iterator[str]:
    """Folders that describe packages in a folder."""
    try:
        names = os.listdir(place)
    except OSError:
        return
    for name in names:
        if name.endswith(DESCRIPTIONS):
            yield os.path.join(place, name)


def _project(folder: str) -> str:
    return folder.partition(".")[0].partition("-")[0].lower().replace("_", "-")


def _read(folder: str) -> Iterator[EntryPoint]:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf8") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    group = ""
    for line in map(str.strip, lines):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield EntryPoint(name.strip(), value.strip(), group, folder)
