"""tagma validate: installed pipelines beside a table of versions."""

import json
import os
import sys
from pathlib import Path

import pytest

from .conftest import Tagma

SPACY = {"fits": ">=3.8.0,<3.9.0", "old": ">=3.6.0,<3.7.0"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages, with a table of what is published beside it."""
    table = {"spacy": {"3.8": {"en_old": ["3.8.0"], "en_fits": ["3.8.0"]}}}
    (tmp_path / "table.json").write_text(json.dumps(table))
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def add(site: Path, name: str, spacy_version: str | None) -> None:
    """Install a package of a pipeline that has a meta, and says so in its entry points."""
    meta = {"lang": "en", "name": name.removeprefix("en_"), "version": "1.0.0"}
    (site / name).mkdir()
    (site / name / "__init__.py").touch()
    (site / name / "meta.json").write_text(
        json.dumps(meta | ({"spacy_version": spacy_version} if spacy_version else {}))
    )
    info = site / f"{name}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text(f"[spacy_models]\n{name} = {name}\n")


def run(tagma_command: Tagma, site: Path, table: Path | None = None) -> tuple[int, str]:
    """(exit status, what is printed) of the command in a process that has these packages."""
    address = (table or site.parent / "table.json").as_uri()
    path = [str(site), *(place for place in sys.path if place)]
    env = {"PYTHONPATH": os.pathsep.join(path), "TAGMA_COMPATIBILITY_URL": address}
    result = tagma_command("validate", env=env)
    assert "W09" not in result.stdout + result.stderr
    return result.returncode, result.stdout + result.stderr


def test_without_pipelines(tagma_command: Tagma, site: Path) -> None:
    """Nothing installed is no failure."""
    code, text = run(tagma_command, site)
    assert (code, "No pipelines are installed" in text) == (0, True)


def test_all_fit(tagma_command: Tagma, site: Path) -> None:
    """A pipeline whose range has this level fits."""
    add(site, "en_fits", SPACY["fits"])
    code, text = run(tagma_command, site)
    assert code == 0
    assert "en_fits" in text
    assert ">=3.8.0,<3.9.0" in text
    assert "All of them fit" in text


def test_outdated(tagma_command: Tagma, site: Path) -> None:
    """A published one is to be downloaded anew, others are named; a pipeline that says no version does not fit."""
    add(site, "en_fits", SPACY["fits"])
    add(site, "en_old", SPACY["old"])
    add(site, "en_own", SPACY["old"])
    add(site, "en_mute", None)
    code, text = run(tagma_command, site)
    assert code == 1
    assert "tagma download en_old" in text
    assert "--> 3.8.0" in text
    assert "tagma download en_own" not in text
    assert "en_mute, en_own" in text


def test_another_level(tagma_command: Tagma, site: Path) -> None:
    """A table without this level is told; one that is not there is a failure."""
    add(site, "en_fits", SPACY["fits"])
    other = site.parent / "other.json"
    other.write_text('{"spacy": {"2.0": {}}}')
    code, text = run(tagma_command, site, other)
    assert (code, "lists no pipelines for level 3.8" in text) == (0, True)
    code, text = run(tagma_command, site, site.parent / "nowhere.json")
    assert (code, "Couldn't fetch" in text) == (1, True)
