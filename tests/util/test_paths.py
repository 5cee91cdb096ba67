"""Temporary folders, modules from files, and writing that is whole or not at all."""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.lang.en import English
from tagma.util import paths
from tagma.util.folders import replace_dir


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


def test_a_link_leads_to_the_file(tmp_path: Path) -> None:
    """Where the path is a link, the file that it leads to is replaced, and the link stays."""
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "file")
    for text in ("new", "newer"):
        with paths.replace_file(tmp_path / "link") as part:
            part.write_text(text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "far" / "file").read_text() == text
    assert [entry.name for entry in (tmp_path / "far").iterdir()] == ["file"]


def test_replaced_files_have_usual_rights(tmp_path: Path) -> None:
    """A file written this way may be read by whom any new file may be read by."""
    (tmp_path / "plain").write_text("")
    with paths.replace_file(tmp_path / "a") as part:
        part.write_text("")
    with replace_dir(tmp_path / "d") as folder:
        (folder / "x").write_text("")
    (tmp_path / "plain_folder").mkdir()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "d").stat().st_mode == (tmp_path / "plain_folder").stat().st_mode


NAMES = ["ner", "ner-2", "my_Tagger", "a b", "ab:c", "a]b", "a#b", "1", "é", "日本", "config", "model", "Meta2"]


@pytest.mark.parametrize("name", NAMES)
def test_component_names_that_fit(tmp_path: Path, name: str) -> None:
    """They pass, and a pipeline with such a component is saved and loaded."""
    paths.check_component_name(name)
    nlp = English()
    nlp.add_pipe("sentencizer", name=name)
    nlp.to_disk(tmp_path / "pipeline")
    assert tagma.load(tmp_path / "pipeline").pipe_names == [name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../x", "it holds '.'"),
        ("a\\b", "it holds"),
        ("my.sents", "it holds '.'"),
        ("..", "it holds '.'"),
        ("../x", "it holds '.'"),
        ("/x", "it is empty"),
        ("a/", "it is empty"),
        ("a//b", "it is empty"),
        ("vocab/x", "its own 'vocab'"),
        ("", "it is empty"),
        (" ", "it is empty"),
        ("a\nb", "it holds"),
        ("a\0b", "it holds"),
        ("\ud800", "it holds"),
        ("a$b", "it holds '\\$'"),
        ("@factories", "begins with '@f'"),
        ("*", "begins with"),
        ("C:x", "begins with 'C:'"),
        ("vocab", "its own 'vocab'"),
        ("Tokenizer", "its own 'tokenizer'"),
        ("meta", "its own 'meta'"),
        ("x" * 300, "longer than 200"),
        ("é" * 150, "longer than 200"),
        (None, "no text, but NoneType"),
        (3, "no text, but int"),
    ],
)
def test_component_names_that_do_not_fit(name: Any, reason: str) -> None:
    """E4051 with the name and why; other names would lead out of the folder, to other files, or never load."""
    with pytest.raises(ValueError, match=rf"\[E4051\].*{reason}") as caught:
        paths.check_component_name(name)
    assert len(str(caught.value)) < 400


def test_component_names_of_parts() -> None:
    """Parts are allowed, unless the files of one component would be in the folder of another."""
    paths.check_component_name("package/measure", ["package/other", "packages", "ner"])
    for name, other in (("ner/model", "ner"), ("ner", "ner/model"), ("a/b/c", "a")):
        with pytest.raises(ValueError, match=rf"\[E4051\].*'{other}' would be in one folder"):
            paths.check_component_name(name, ["x", other])


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder is needed, and the reverse: one sentence with the path and what is in the way."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    for replace, name, words in (
        (paths.replace_file, "file/x.json", "file/x.json: .*file is a file"),
        (paths.replace_file, "folder", "folder: it is a folder"),
        (replace_dir, "file", "file: it is a file"),
        (replace_dir, "file/deep/x", "file/deep/x: .*file is a file"),
        (paths.replace_file, "none/x", "none/x: no such"),
    ):
        with pytest.raises(OSError, match=f"Cannot write {tmp_path}/{words}") as caught, replace(tmp_path / name):
            pass
        assert caught.value.errno
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["file", "folder"]
    nlp = English()
    for write in (nlp.to_disk, nlp.add_pipe("tagger").to_disk):
        with pytest.raises(OSError, match=r"Cannot write .*file: it is a file, and a folder is needed"):
            write(tmp_path / "file")


@pytest.mark.parametrize("replace", [paths.replace_file, replace_dir])
def test_full_disk_names_the_file(tmp_path: Path, replace: Callable[[Path], Any]) -> None:
    """What the system says of a full disk has no name; the error has, and nothing is left."""
    with (
        pytest.raises(OSError, match=r"Cannot write .*target: no space is left") as caught,
        replace(tmp_path / "target"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError, match="other"), replace(tmp_path / "target"):
        (tmp_path / "other").read_text()


def test_copy_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy ends at the first file for which there is no space, and that file is named where it was to stand."""
    (tmp_path / "old" / "deep").mkdir(parents=True)
    for name in ("a", "deep/b"):
        (tmp_path / "old" / name).write_text(name)
    paths.copy_entries(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "new" / "deep" / "b").read_text() == "deep/b"

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(paths.shutil, "copy2", full)
    with (
        pytest.raises(OSError, match=rf"Cannot write {tmp_path}/new/a: no space is left"),
        paths.naming(tmp_path / "new", tmp_path / ".part"),
    ):
        paths.copy_entries(tmp_path / "old", tmp_path / ".part")


def test_pipes_and_devices_stay(tmp_path: Path) -> None:
    """What is no regular file is written to, not replaced."""
    os.mkfifo(tmp_path / "pipe")
    with paths.replace_file(tmp_path / "pipe") as part:
        assert part == tmp_path / "pipe"
    assert (tmp_path / "pipe").is_fifo()


def test_read_text(tmp_path: Path) -> None:
    """UTF-8 with or without byte-order mark, plain or compressed; what is damaged is named with the cause."""
    data = "\ufeffa\r\nß".encode()
    whole = {"a.txt": data, "a.txt.xz": lzma.compress(data), "a.txt.gz": gzip.compress(data)}
    for name, content in whole.items():
        (tmp_path / name).write_bytes(content)
        assert paths.read_text(tmp_path / name) == "a\nß"
    for name, content, reason in (
        ("b.txt", b"a\xff", "byte 1"),
        ("b.xz", b"random", "damaged"),
        ("b.gz", b"random", "damaged"),
        ("c.xz", whole["a.txt.xz"][:-20], "breaks off"),
        ("c.gz", whole["a.txt.gz"][:-10], "breaks off"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"\[E4010\] .*{name}: .*{reason}"):
            paths.read_text(tmp_path / name)


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


def test_count_lines(tmp_path: Path) -> None:
    """The ends of lines in a file, however long it is."""
    (tmp_path / "a.txt").write_bytes(b"one\n\ntwo\n" + b"x" * (1 << 20) + b"\nlast")
    assert paths.count_lines(tmp_path / "a.txt") == 4
    (tmp_path / "b.txt").touch()
    assert paths.count_lines(tmp_path / "b.txt") == 0
