"""Folders that are replaced as a whole: in every way that a system allows, and killed at every moment."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagma.util import folders
from tagma.util.folders import recover, replace_dir, settle

from .killing import in_a_process, killed_at, no_swap, parent_is_read_only, read_only, refused, way_of

WAYS = ["swap", "renames", "within", "copies"]
OLD = {"a": "old", "sub/b": "old", "sub/old": "old", "deep/er/c": "old", "only": "old"}
NEW = {"a": "new", "sub/b": "new", "sub/new": "new", "deep/er/c": "new", "fresh/d": "new"}
OTHERS = {"notes.txt": "mine", "mine/more": "mine"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def content(folder: Path) -> dict[str, str]:
    """Text by name of all files but those of a save."""
    ours = (folders.MARK, folders.JOURNAL, folders.STAGED)
    return {
        name: file.read_text()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not (name := file.relative_to(folder).as_posix()).startswith(ours)
    }


def replace(target: Path, files: dict[str, str] = NEW) -> None:
    with replace_dir(target) as folder:
        write(folder, files)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder with old content and files of somebody else, alone in its parent."""
    path = tmp_path / "parent" / "folder"
    write(path, {**OLD, **OTHERS})
    return path


BEFORE = {**OLD, **OTHERS}
AFTER = {**NEW, "only": "old", **OTHERS}


def test_replace_dir(tmp_path: Path) -> None:
    """A folder appears whole; entries of one that was there are replaced, others stay; errors change nothing."""
    target = tmp_path / "deep" / "folder"
    with replace_dir(target) as folder:
        (folder / "a").write_text("1")
        assert not target.exists()
    (target / "other").write_text("mine")
    (target / "sub").mkdir()
    (target / "sub" / "old").write_text("")
    with replace_dir(target) as folder:
        (folder / "a").write_text("2")
        (folder / "sub").mkdir()
        (folder / "sub" / "new").write_text("")
    assert {str(entry.relative_to(target)) for entry in target.rglob("*")} == {"a", "other", "sub", "sub/new"}
    assert (target / "a").read_text() == "2"
    with pytest.raises(ZeroDivisionError), replace_dir(target) as folder:
        (folder / "a").write_text(str(1 / 0))
    assert (target / "a").read_text() == "2"
    assert [entry.name for entry in target.parent.iterdir()] == ["folder"]


@pytest.mark.parametrize("way", WAYS)
def test_ways(target: Path, way: str) -> None:
    """Each way gives the same folder and leaves nothing beside or within; an error changes nothing."""
    with way_of(way, target):
        replace(target)
        assert content(target) == AFTER
        with pytest.raises(ZeroDivisionError), replace_dir(target) as folder:
            (folder / "a").write_text(str(1 / 0))
    assert {entry.name for entry in target.iterdir()} == {"a", "sub", "deep", "fresh", "only", "notes.txt", "mine"}
    assert content(target) == AFTER
    assert [entry.name for entry in target.parent.iterdir()] == ["folder"]


def test_one_step_is_used(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux and macOS both folders are exchanged in one step, where the file system can."""
    if folders._exchange_call() is None:
        pytest.skip("no call that exchanges names")

    def never(*args: Any) -> None:
        raise AssertionError

    probe = target.parent / "probe"
    probe.mkdir()
    try:
        if not folders._swap(probe, target):
            pytest.skip("a file system that cannot exchange names")
    finally:
        folders._swap(probe, target)
    monkeypatch.setattr(folders, "_rename_twice", never)
    monkeypatch.setattr(folders, "_write_journal", never)
    replace(target)
    assert content(target) == AFTER


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [BEFORE, None], ids=["over another", "first"])
def test_killed_at_every_moment(tmp_path: Path, way: str, before: dict[str, str] | None) -> None:
    """Killed before any change of the file system, a reader finds the old folder or the new one, whole.

    That is so for a reader that may end the work and for one that may not; the next save leaves nothing behind.
    """
    if before is None and way in ("within", "copies"):
        pytest.skip("where nothing can be written beside there must be a folder")
    n, seen = 0, set()
    while True:
        n += 1
        target = tmp_path / str(n) / "folder"
        target.parent.mkdir()
        if before is not None:
            write(target, before)
        with way_of(way, target):
            killed = killed_at(n, lambda to=target: replace(to))
        allowed = [before, NEW if before is None else AFTER] if killed else [NEW if before is None else AFTER]
        with read_only():
            found = settle(target)
            shown = content(found) if found.exists() else None
            if folders.STAGED in found.name:  # what is staged lacks the files of others
                shown = {**AFTER, **(shown or {})} if shown == NEW else shown
        assert shown in allowed
        with way_of(way, target):
            assert settle(target) == target
            assert (content(target) if target.exists() else None) in allowed
            seen.add(target.exists() and content(target) != before)
            replace(target, {**NEW, "a": "next"})
        assert content(target)["a"] == "next"
        assert os.listdir(target.parent) == ["folder"]
        assert not [name for name in os.listdir(target) if name.startswith(".")]
        if not killed:
            break
    assert n > 8
    assert seen == {False, True}


@pytest.mark.parametrize("way", ["within", "copies"])
def test_a_reader_that_is_killed(tmp_path: Path, way: str) -> None:
    """A reader that ends a save may be killed as well: the next one goes on."""
    half = tmp_path / "half" / "folder"
    write(half, BEFORE)
    with way_of(way, half):
        n = 1
        while not (half / folders.JOURNAL).exists() or content(half).get("a") != "new":
            assert killed_at(n, lambda: replace(half))
            n += 1
        m = 0
        while True:
            m += 1
            target = tmp_path / str(m) / "folder"
            shutil.copytree(half, target)
            killed = killed_at(m, lambda to=target: settle(to))
            assert settle(target) == target
            assert content(target) == AFTER
            if not killed:
                break
    assert m > 3


@pytest.mark.parametrize("number", range(1, 8))
def test_two_end_the_same_save(target: Path, number: int) -> None:
    """While one process puts files in place another may do the same."""
    put = folders._put_entry
    calls = []

    def put_after_another(source: Path, *where: Path) -> None:
        calls.append(source)
        if len(calls) == number:
            in_a_process(lambda: settle(target))
        put(source, *where)

    with parent_is_read_only(target), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(folders, "_put_entry", put_after_another)
        replace(target)
    assert content(target) == AFTER
    assert not [name for name in os.listdir(target) if name.startswith(".")]


def test_links_are_followed(tmp_path: Path, target: Path) -> None:
    """A link to a folder stays a link, also to one that is not there yet; entries that are links are replaced."""
    (target / "far").mkdir()
    shutil.rmtree(target / "sub")
    (target / "sub").symlink_to("far")
    (target / "kept").symlink_to("notes.txt")
    link = tmp_path / "link"
    link.symlink_to(target)
    for way in WAYS:
        with way_of(way, target):
            replace(link, {**NEW, "a": way})
        assert link.is_symlink()
        assert (target / "a").read_text() == way
        assert not (target / "sub").is_symlink()
        assert os.readlink(target / "kept") == "notes.txt"
        assert not list((target / "far").iterdir())
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere" / "new")
    replace(tmp_path / "dangling")
    assert content(tmp_path / "elsewhere" / "new") == NEW


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the temporary folder."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system")
    path = memory / f"tagma-test-{os.getpid()}"
    path.mkdir()
    yield path
    shutil.rmtree(path)


def test_link_to_another_file_system(tmp_path: Path, other_disk: Path) -> None:
    """A link may lead to another disk."""
    write(other_disk / "folder", BEFORE)
    (tmp_path / "link").symlink_to(other_disk / "folder")
    replace(tmp_path / "link")
    assert content(other_disk / "folder") == AFTER
    assert os.listdir(tmp_path) == ["link"]


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EBUSY, errno.EPERM])
def test_a_folder_that_cannot_be_renamed(target: Path, number: int) -> None:
    """What shows only when the folder is exchanged, as in some mounts, leads to the way within."""
    with no_swap(), refused(number, "rename"):
        replace(target)
    assert content(target) == AFTER
    assert os.listdir(target.parent) == ["folder"]


def test_working_directory(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who works in the folder stays in it."""
    monkeypatch.chdir(target / "deep")
    replace(Path(".."))
    assert content(Path.cwd().parent) == content(target) == AFTER


def test_many_files_of_others_stay_where_they_are(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a lot besides is not made anew."""
    monkeypatch.setattr(folders, "MANY", 2)
    before = target.stat().st_ino
    replace(target)
    assert target.stat().st_ino == before
    assert content(target) == AFTER


def test_sockets_and_pipes_stay(target: Path) -> None:
    """What is no file and no folder is kept, too."""
    os.mkfifo(target / "pipe")
    replace(target)
    assert (target / "pipe").is_fifo()


def test_rights_stay(target: Path) -> None:
    """A folder keeps its rights; with other rights a hard link is not needed."""
    target.chmod(0o750)
    replace(target)
    assert target.stat().st_mode & 0o777 == 0o750


def test_folder_of_another_user(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where owner and group cannot be given, the folder itself stays."""
    if os.getuid() == 0:
        os.chown(target, 12345, 12345)
        replace(target)
        assert (target.stat().st_uid, target.stat().st_gid) == (12345, 12345)
    monkeypatch.setattr(folders, "_takes_after", lambda part, target: False)
    before = target.stat().st_ino
    replace(target, {"a": "newer"})
    assert target.stat().st_ino == before
    assert content(target)["a"] == "newer"


def test_journal_without_end_says_nothing(target: Path) -> None:
    """A process that was killed while it wrote the journal has put nothing in place."""
    (target / folders.JOURNAL).write_text(".saving.abc")
    assert settle(target) == target
    with parent_is_read_only(target):
        replace(target)
    assert content(target) == AFTER
    assert not (target / folders.JOURNAL).exists()


@pytest.mark.parametrize("name", ["", "..", "../x", "/etc", ".saving.x.part", "sub", ".saving./../../x.part", "\0"])
def test_journal_that_names_nothing(target: Path, name: str) -> None:
    """A journal that leads elsewhere is E4050 and nothing is touched; saving over it ends that."""
    (target.parent / "x").mkdir()
    (target / ".saving.x.part").symlink_to(target.parent / "x")
    (target / folders.JOURNAL).write_text(f"{name}\n")
    with pytest.raises(OSError, match="E4050"):
        settle(target)
    assert content(target) == BEFORE
    (target / ".saving.x.part").unlink()
    replace(target)
    assert content(target) == AFTER


def test_recover(target: Path) -> None:
    """A complete folder that a killed save left beside is taken over, an incomplete one removed, a held one left."""
    parent = target.parent
    write(parent / ".folder.aaaaaaaa.part", {"a": "half"})
    write(parent / ".folder.bbbbbbbb.part", {"a": "whole", folders.MARK: ""})
    write(parent / ".folder.other.cccccccc.part", {"a": "of another", folders.MARK: ""})
    with replace_dir(target) as held:
        (held / "a").write_text("of a save that goes on")
        write(parent / ".folder.bbbbbbbb.part", {"a": "whole", folders.MARK: ""})
        in_a_process(lambda: recover(target))
        assert content(target) == {"a": "whole"}
        assert sorted(os.listdir(parent)) == sorted([held.name, ".folder.other.cccccccc.part", "folder"])
    assert content(target)["a"] == "of a save that goes on"
    recover(parent / "none" / "at all")
