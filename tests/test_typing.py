"""The types of documents, vocabularies and tokenizers, as a type checker sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")
HERE = Path(__file__).parent / "typing"
ROOT = Path(__file__).parent.parent


def errors(name: str) -> dict[int, str]:
    """What mypy says of a file, by line."""
    path = HERE / name
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    output, problems, _ = api.run([str(path), *options])
    assert not problems, problems
    return {int(line.split(":")[1]): line for line in output.splitlines() if f"{name}:" in line and ": error:" in line}


@pytest.mark.slow
def test_right_and_wrong_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What users write has the types that the documentation says; each wrong line is an error, no other line is."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", "src")
    assert errors("right.py") == {}
    lines = (HERE / "wrong.py").read_text(encoding="utf8").splitlines()
    expected = [number for number, line in enumerate(lines, 1) if line.endswith("# wrong")]
    assert sorted(errors("wrong.py")) == expected
