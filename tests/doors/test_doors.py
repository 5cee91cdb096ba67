"""What a door does: names come from their modules when asked for, and stay what the table says."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tagma.doors import door, gather


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package whose door gathers `cut` of the file `cut`, and `sew` of a file that cannot be imported."""
    folder = tmp_path / "doors_example"
    folder.mkdir()
    folder.joinpath("__init__.py").write_text(
        "from tagma.doors import door\n"
        "__getattr__, __dir__, __all__ = door(__name__, {\n"
        "    'doors_example.cut': 'cut trim=shorten', 'doors_example.sew': 'sew'}, rooms='cloth')\n"
    )
    folder.joinpath("cut.py").write_text("def cut(): return 'cut'\ndef shorten(): return 'shortened'\n")
    folder.joinpath("sew.py").write_text("raise RuntimeError('imported')\n")
    folder.joinpath("cloth.py").write_text("COLOUR = 'red'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("doors_example")
    for name in [name for name in sys.modules if name.split(".")[0] == "doors_example"]:
        del sys.modules[name]


def test_names_are_found_when_asked_for(package: ModuleType) -> None:
    """Importing the door imports nothing else; a name brings in its own module alone."""
    assert "doors_example.cut" not in sys.modules
    assert package.cut() == "cut"
    assert package.trim() == "shortened"
    assert "doors_example.sew" not in sys.modules
    with pytest.raises(RuntimeError, match="imported"):
        _ = package.sew


def test_all_and_dir_list_the_table(package: ModuleType) -> None:
    """`__all__` has the names of the table in their order, `dir` those and the rooms."""
    assert package.__all__ == ["cut", "trim", "sew"]
    assert {"cut", "trim", "sew", "cloth"} <= set(dir(package))


def test_a_function_is_not_hidden_by_the_file_it_stands_in(package: ModuleType) -> None:
    """Importing the file `cut` leaves the function `cut` under its name."""
    import_module = __import__("importlib").import_module
    assert import_module("doors_example.cut").shorten() == "shortened"
    assert package.cut() == "cut"


def test_rooms_are_imported_when_asked_for(package: ModuleType) -> None:
    """A room is a submodule."""
    assert package.cloth.COLOUR == "red"


def test_an_unknown_name_is_an_attribute_error(package: ModuleType) -> None:
    """The error names the door and the name."""
    with pytest.raises(AttributeError, match="'doors_example' has no attribute 'swe'"):
        _ = package.swe


def test_a_live_name_is_looked_up_each_time(package: ModuleType) -> None:
    """A live name that changes in its module changes in the door."""
    get, _, _ = door("doors_example", {"doors_example.cloth": "COLOUR"}, live="COLOUR")
    assert get("COLOUR") == "red"
    sys.modules["doors_example.cloth"].COLOUR = "blue"
    assert get("COLOUR") == "blue"


def test_a_package_gathers_what_its_files_list(package: ModuleType) -> None:
    """All files but private ones are imported, and the package has the names of their `__all__`, not the files."""
    folder = Path(package.__file__).parent / "tools"
    folder.mkdir()
    folder.joinpath("__init__.py").touch()
    folder.joinpath("saw.py").write_text("__all__ = ['saw', 'file']\ndef saw(): return 'sawn'\nfile = 1\nother = 2\n")
    folder.joinpath("_hidden.py").write_text("raise RuntimeError('imported')\n")
    tools = __import__("doors_example.tools").tools
    assert gather("doors_example.tools") == ["file", "saw"]
    assert (tools.saw(), tools.file) == ("sawn", 1)
    assert not hasattr(tools, "other")


def test_stubs_say_what_the_doors_say() -> None:
    """The `.pyi` beside each door is what the script would write."""
    script = Path(__file__).parents[2] / "scripts" / "door_stubs.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
