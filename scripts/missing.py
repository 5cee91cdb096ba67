"""Write the list of what the peers have and tagma has not, `tagma.doors.missing`.

    python scripts/missing.py            writes it
    python scripts/missing.py --check    exit status 1 if it is out of date

Compares tests/surface/names.txt (see scripts/surface.py) with what can be imported, registered and called.
"""

from __future__ import annotations

import sys
import textwrap
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAMES = ROOT / "tests" / "surface" / "names.txt"
LIBRARY = ROOT / "src" / "tagma" / "doors" / "missing.py"
LIST_MARKS = ('_LIST = """\n', '"""\n')


def listed() -> dict[str, list[str]]:
    """Public names of the peers by module, class, "@registry" or "$ command"; modules are names of their packages."""
    found: dict[str, list[str]] = {}
    for line in NAMES.read_text(encoding="utf8").splitlines():
        owner, _, names = line.partition(": ")
        found.setdefault(owner, []).extend(names.split())
        while not owner.startswith("@") and (within := owner.rpartition(_joint(owner)))[0] not in ("", "$"):
            owner, _, name = within
            if name not in found.setdefault(owner, []):
                found[owner].append(name)
    return found


def _joint(owner: str) -> str:
    return " " if owner.startswith("$") else "."


def exists(owner: str, name: str) -> bool:
    """Whether the library has a name of the list."""
    if owner == "@languages":
        return _is_language(name)
    if owner.startswith("@"):
        return name in getattr(import_module("tagma.registries").registry, owner[1:])
    if owner.startswith("$"):
        return _has_word(_command(owner), name)
    return hasattr(locate(owner), name) or locate(f"{owner}.{name}") is not None


@cache
def locate(owner: str) -> Any:
    """The module or class of a dotted name; None if it is not there."""
    parent, _, name = owner.rpartition(".")
    if name[:1].isupper() and parent:
        return getattr(locate(parent), name, None)
    try:
        return import_module(owner)
    except ModuleNotFoundError:
        return None


def _is_language(code: str) -> bool:
    try:
        import_module("tagma.util").get_lang_class(code)
    except ImportError:
        return False
    return True


@cache
def _command(owner: str) -> Any:
    """The command of "$ tagma init config", or the group of "$ tagma init"; None if it is not there."""
    command = _application()
    for word in owner.split()[2:]:
        command = getattr(command, "commands", {}).get(word)
    return command


@cache
def _application() -> Any:
    from typer.main import get_command

    app = import_module("tagma.cli._util")
    for module in app.COMMANDS:
        import_module(f"tagma.cli.{module}")
    return get_command(app.app)


def _has_word(command: Any, word: str) -> bool:
    """Whether a group has a command, or a command an argument or option (any of its spellings)."""
    if command is None:
        return False
    spellings = set(word.split("/"))
    return word in getattr(command, "commands", {}) or any(
        spellings & {param.name, *param.opts, *param.secondary_opts} for param in command.params
    )


def missing() -> dict[str, list[str]]:
    """What is listed and not there. Of classes and commands that are not there, members are left out."""
    found = {}
    for owner, names in sorted(listed().items()):
        if (owner.startswith("$") and _command(owner) is None) or (_is_class(owner) and locate(owner) is None):
            continue
        if gone := sorted(name for name in names if not exists(owner, name)):
            found[owner] = gone
    return found


def _is_class(owner: str) -> bool:
    return owner.rpartition(".")[2][:1].isupper()


def list_text(gone: dict[str, list[str]]) -> str:
    """The lines of the list, wrapped."""
    lines = [
        textwrap.fill(f"{owner}: {' '.join(names)}", 118, subsequent_indent="    ", break_on_hyphens=False)
        for owner, names in gone.items()
    ]
    return "\n".join(lines) + "\n"


def replaced(text: str, marks: tuple[str, str], within: str) -> str:
    """A text with what stands between two marks replaced."""
    before, start, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (start and end):
        raise ValueError(f"{LIBRARY} lacks the marks {marks}")
    return before + start + within + end + after


def main() -> int:
    """Write the list, or say that it is not as it should be."""
    checking = "--check" in sys.argv[1:]
    found = LIBRARY.read_text(encoding="utf8")
    text = replaced(found, LIST_MARKS, list_text(missing()))
    if text == found:
        return 0
    print("out of date:" if checking else "written:", LIBRARY.relative_to(ROOT))
    if not checking:
        LIBRARY.write_text(text, encoding="utf8")
    return int(checking)


if __name__ == "__main__":
    sys.exit(main())
