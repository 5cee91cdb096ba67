"""Temporary folders, modules from files, and writing that is whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tagma import paths
from tagma.lang.en import English


def test_replace_file(tmp_path: Path) -> None:
    """The new content appears at the end of the block; after an error the old one is there and nothing else."""
    file = tmp_path / "a.txt"
    file.write_text("old")
    with paths.replace_file(file) as part:
        part.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    with pytest.raises(ZeroDivisionError), paths.replace_file(file) as part:
        part.write_text(str(1 / 0))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "new"


def test_replaced_files_have_usual_rights(tmp_path: Path) -> None:
    """A file written this way may be read by whom any new file may be read by."""
    (tmp_path / "plain").write_text("")
    with paths.replace_file(tmp_path / "a") as part:
        part.write_text("")
    with paths.replace_dir(tmp_path / "d") as folder:
        (folder / "x").write_text("")
    (tmp_path / "plain_folder").mkdir()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "d").stat().st_mode == (tmp_path / "plain_folder").stat().st_mode


def test_replace_dir(tmp_path: Path) -> None:
    """A folder appears whole; entries of one that was there are replaced, others stay; errors change nothing."""
    target = tmp_path / "deep" / "folder"
    with paths.replace_dir(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    (target / "other").write_text("mine")
    (target / "sub").mkdir()
    (target / "sub" / "old").write_text("")
    with paths.replace_dir(target) as folder:
        (folder / "a").write_text("2")
        (folder / "sub").mkdir()
        (folder / "sub" / "new").write_text("")
    assert {str(entry.relative_to(target)) for entry in target.rglob("*")} == {"a", "other", "sub", "sub/new"}
    assert (target / "a").read_text() == "2"
    with pytest.raises(ZeroDivisionError), paths.replace_dir(target) as folder:
        (folder / "a").write_text(str(1 / 0))
    assert (target / "a").read_text() == "2"
    assert [entry.name for entry in target.parent.iterdir()] == ["folder"]


def test_working_dir(tmp_path: Path) -> None:
    """The folder is changed for the block only, also if it fails."""
    before = os.getcwd()
    with paths.working_dir(tmp_path) as current:
        assert Path.cwd() == current == tmp_path.resolve()
    with pytest.raises(ZeroDivisionError), paths.working_dir(tmp_path):
        _ = 1 / 0
    assert os.getcwd() == before


def test_make_tempdir() -> None:
    """The folder is gone after the block, also if it fails; one that was removed inside warns W091."""
    with paths.make_tempdir() as folder:
        (folder / "a").write_text("")
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), paths.make_tempdir() as folder:
        _ = 1 / 0
    assert not folder.exists()
    with pytest.warns(UserWarning, match="W091"), paths.make_tempdir() as folder:
        folder.rmdir()


def test_import_file(tmp_path: Path) -> None:
    """A file is run as a module, which is not put among the imported ones."""
    (tmp_path / "code.py").write_text("value = 7")
    module = paths.import_file("toy_code", tmp_path / "code.py")
    assert module.value == 7
    assert "toy_code" not in sys.modules
    with pytest.raises(ImportError, match="no Python file"):
        paths.import_file("toy_code", tmp_path / "code.txt")


def test_module_path() -> None:
    """The folder of an object's module; without a module E169."""
    assert paths.get_module_path(English).name == "en"
    with pytest.raises(ValueError, match="E169"):
        paths.get_module_path(3)
    assert paths.ensure_path("a") == Path("a")
    assert paths.ensure_path(3) == 3
