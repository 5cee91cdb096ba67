"""Entry points of installed packages are those that importlib.metadata finds."""

from __future__ import annotations

import math
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tagma.nn.config.entry_points import EntryPoint, entry_points

TEXT = "[spacy_misc]\n# a comment\nroot.v1 = math:sqrt\n\n[other]\n  a  =  b.c [extra]\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which packages are installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(place: Path, folder: str, name: str, text: str = TEXT) -> Path:
    info = place / folder
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(text)
    return info


def by_metadata() -> set[tuple[str, str, str]]:
    points = metadata.entry_points()
    return {(point.name, point.value, group) for group in points.groups for point in points.select(group=group)}


def own() -> dict[str, EntryPoint]:
    """Those of the packages that this test has installed."""
    return {point.name: point for point in entry_points() if point.project.startswith("my-")}


def test_all_that_are_installed(place: Path) -> None:
    """Names, values and groups are those that importlib.metadata reads."""
    install(place, "my_package-1.0.dist-info", "My_Package")
    install(place, "my_other-1.0-py3.11.egg-info", "my-other", "[spacy_misc]\nx.v1 = math:floor\n")
    (place / "my_third-1.0.dist-info").mkdir()
    assert {point[:3] for point in entry_points()} == by_metadata()
    found = own()
    assert set(found) == {"root.v1", "a", "x.v1"}
    assert found["root.v1"].load() is math.sqrt
    assert found["root.v1"].project == "my-package"
    assert found["root.v1"].dist.name == "My_Package"


def test_the_first_of_two(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a package that is installed twice, the one counts that is imported."""
    install(place, "my_package-1.0.dist-info", "my-package")
    first = tmp_path_factory.mktemp("first")
    install(first, "my_package-2.0.dist-info", "my-package", "[spacy_misc]\nnew.v1 = math:sqrt\n")
    monkeypatch.syspath_prepend(first)
    assert list(own()) == ["new.v1"]
    assert {point[:3] for point in entry_points()} == by_metadata()


def test_archives_are_left_to_importlib(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package in an archive is found as well."""
    info = install(place, "my_package-1.0.dist-info", "my-package")
    with zipfile.ZipFile(place / "my.zip", "w") as archive:
        archive.writestr("my_zipped-1.0.dist-info/METADATA", "Name: my-zipped\nVersion: 1.0\n")
        archive.write(info / "entry_points.txt", "my_zipped-1.0.dist-info/entry_points.txt")
    monkeypatch.syspath_prepend(str(place / "my.zip"))
    assert {point[:3] for point in entry_points()} == by_metadata()
    assert {"my-package", "my-zipped"} <= {point.project for point in entry_points()}
