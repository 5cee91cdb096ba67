"""The types of combinators, as a type checker sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")
HERE = Path(__file__).parent / "typing"
ROOT = Path(__file__).parents[2]


def _errors(path: Path, cache: Path) -> list[str]:
    output, problems, _ = api.run([str(path), "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)])
    assert not problems, problems
    return [line for line in output.splitlines() if f"{path.name}:" in line and ": error:" in line]


@pytest.mark.slow
def test_right_and_wrong_compositions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits is inferred exactly, and each composition that does not fit is an error on its line, no other."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", "src")
    cache = ROOT / ".mypy_cache"
    assert _errors(HERE / "right.py", cache) == []
    lines = (HERE / "wrong.py").read_text(encoding="utf8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    found = {int(error.split(":")[1]) for error in _errors(HERE / "wrong.py", cache)}
    assert found == expected
