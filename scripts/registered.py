"""Write `tagma/doors/registered.py`: which file registers each of the built-in functions.

python scripts/registered.py            writes it
python scripts/registered.py --check    exit status 1 if it is out of date
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tagma.nn.config.registry import Registry

PLACE = Path(__file__).resolve().parent.parent / "src" / "tagma" / "doors" / "registered.py"
HEAD = '''"""Which file registers each built-in function, so that a name brings in its file and not its whole room.

Written by scripts/registered.py; do not edit. A name that is not here yet is found when all files of its room are
imported.
"""

from __future__ import annotations

__all__ = ["FILES"]

# By the kind of registry: the file, and the names that it registers.
'''
FOUND: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
_register = Registry.register


def _noting(self: Registry, name: str, *, func: Any = None) -> Any:
    def add(function: Any) -> Any:
        if (file := _file_at_work()) is not None:
            FOUND[self.kind][file].append(name)
        return _register(self, name, func=function)

    return add if func is None else add(func)


def _file_at_work() -> str | None:
    """The module of tagma that is being imported: the innermost, if one imports the other."""
    frame = sys._getframe(2)
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "<module>" and name.startswith("tagma."):
            return name
        frame = frame.f_back  # type: ignore[assignment]  # None at the top
    return None


def text() -> str:
    """The text of the file, from a process in which nothing has been imported yet."""
    Registry.register = _noting  # type: ignore[method-assign]
    import tagma

    tagma.populate_registry()
    lines = ["FILES: dict[str, dict[str, tuple[str, ...]]] = {"]
    for kind, files in sorted(FOUND.items()):
        lines.append(f'    "{kind}": {{')
        for file, names in sorted(files.items()):
            listed = "".join(f'            "{name}",\n' for name in sorted(set(names)))
            lines.append(f'        "{file}": (\n{listed}        ),')
        lines.append("    },")
    made = HEAD + "\n".join([*lines, "}"]) + "\n"
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", str(PLACE), "-"]
    return subprocess.run(command, input=made, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Write the file, or with --check compare it."""
    written, wanted = PLACE.read_text(encoding="utf8") if PLACE.exists() else "", text()
    if "--check" in sys.argv:
        sys.exit(f"{PLACE} is out of date: run python scripts/registered.py" if written != wanted else 0)
    PLACE.write_text(wanted, encoding="utf8")


if __name__ == "__main__":
    main()
