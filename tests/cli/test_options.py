"""What the lines of commands share: code of the user's own, lists, folders, files to write."""

from pathlib import Path

import pytest

from tagma.cli._options import import_code, string_to_list, walk_directory, write_beside
from tagma.registries import registry

from .conftest import Tagma


@pytest.mark.parametrize(
    ("text", "items"),
    [("", []), ("a", ["a"]), ("a, b", ["a", "b"]), ("[a,'b']", ["a", "b"]), ('"a" , "b"', ["a", "b"])],
)
def test_lists(text: str, items: list[str]) -> None:
    """Items with commas, with or without brackets and quotes; integers where asked for."""
    assert string_to_list(text) == items
    assert string_to_list("[1, 2]", intify=True) == [1, 2]


def test_folder_is_walked_in_order(tmp_path: Path) -> None:
    """All files below a folder, without hidden ones; a file is itself."""
    for name in ("b.txt", "a/c.txt", "a/d.json", ".hidden/e.txt", ".f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in walk_directory(tmp_path)] == ["c.txt", "d.json", "b.txt"]
    assert [path.name for path in walk_directory(tmp_path, ".json")] == ["d.json"]
    assert walk_directory(tmp_path / "b.txt") == [tmp_path / "b.txt"]


def test_write_beside(tmp_path: Path) -> None:
    """The folder is made, an old file replaced, and nothing else left."""
    path = tmp_path / "new" / "file"
    for data in (b"one", b"two"):
        write_beside(path, data)
        assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def code(folder: Path, name: str) -> Path:
    """A file that registers a function of this name."""
    path = folder / f"{name}.py"
    path.write_text(f"import tagma\n@tagma.registry.misc('{name}.v1')\ndef {name}(): return '{name}'\n")
    return path


def test_code_of_ones_own(tmp_path: Path) -> None:
    """One file, several, or none."""
    import_code(None)
    import_code(str(code(tmp_path, "options_one")))
    import_code([code(tmp_path, "options_two"), code(tmp_path, "options_three")])
    for name in ("options_one", "options_two", "options_three"):
        assert registry.get("misc", f"{name}.v1")() == name


def test_code_given_twice(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Every --code is run, in order; what an unknown name may come from is all of them."""
    files = [tmp_path / f"{name}.py" for name in "ab"]
    for file in files:
        file.write_text(f"print('this is {file.stem}')\n")
    options = [word for file in files for word in ("--code", file)]
    result = tagma_command("debug", "config", config_file, *paths, *options)
    assert result.returncode == 0, result.stdout
    assert [line for line in result.stdout.splitlines() if line.startswith("this is")] == ["this is a", "this is b"]
    unknown = ["--components.tagger.model.@architectures", "mine.v1"]
    result = tagma_command("debug", "config", config_file, *paths, *options, *unknown)
    assert f"{files[0]}, {files[1]}, given with --code, registers no such name." in " ".join(result.stdout.split())
