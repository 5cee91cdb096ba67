"""What the commands print."""

import ast
from pathlib import Path

import pytest

from tagma.cli._report import Printer


def test_table_is_padded(capsys: pytest.CaptureFixture[str]) -> None:
    """Cells stand in columns three blanks apart; right-aligned ones end together; nothing trails."""
    Printer().table([("TAG", "91.20"), ("SPEED", "4")], header=("", "score"), align=("l", "r"))
    assert capsys.readouterr().out == "\n        score\n-----   -----\nTAG     91.20\nSPEED       4\n\n"


def test_long_cells_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """A cell over the widest allowed ends in dots."""
    Printer().table([("x" * 40,)])
    assert capsys.readouterr().out.strip() == "x" * 27 + "..."


def test_named_texts_are_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """A short text stands beside its name; a long one below it, whole, in lines of at most 80 columns."""
    long = " ".join(f"word{i}" for i in range(60))
    Printer().named([("training -> seed", "too large"), ("training -> patience", long)])
    _, short, name, *lines = capsys.readouterr().out.splitlines()
    assert (short, name) == ("training -> seed   too large", "training -> patience")
    assert " ".join(line.strip() for line in lines).strip() == long
    assert all(len(line) <= 80 for line in lines)


def test_divider_fills_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The title stands in the middle of 80 columns."""
    Printer().divider("Results")
    line = capsys.readouterr().out.strip("\n")
    assert len(line) == 80
    assert line.strip("=") == " Results "


def test_long_text_is_wrapped_and_paths_stay_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """No line of words is over 80 columns; a path can be copied."""
    path = "/a/very/long" * 12
    Printer().warn("word " * 40, path)
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == path
    assert all(len(line) <= 80 for line in lines)


def test_silent_failure_carries_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A function called from Python prints nothing; the reason is in the exception."""
    with pytest.raises(SystemExit, match="No such thing\nhere"):
        Printer(silent=True).fail_and_exit("No such thing", "here")
    assert capsys.readouterr().out == ""


def test_no_colour_codes_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """What is piped into a file is plain text."""
    Printer().good("done")
    assert "\033" not in capsys.readouterr().out


def test_no_pretty_drops_icons(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """WASABI_NO_PRETTY leaves the text alone."""
    monkeypatch.setenv("WASABI_NO_PRETTY", "1")
    Printer().good("done")
    assert capsys.readouterr().out == "done\n"


@pytest.mark.parametrize("room", ["cli", "training"])
def test_nothing_else_prints(room: str) -> None:
    """Outside the Printer no file of the commands or of training calls `print`."""
    import tagma

    folder = Path(tagma.__file__).parent / room
    printing = [
        f"{path.name}:{node.lineno}"
        for path in folder.rglob("*.py")
        if path.name != "_report.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert not printing
