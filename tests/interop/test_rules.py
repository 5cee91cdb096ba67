"""Lemmatizers, rulers, merging and noun chunks on generated tables, patterns and parses: both say the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from . import rules
from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]

KINDS = [
    *(f"lemmas of {lang}" for lang in [*rules.RULES, *rules.PARTS]),
    *("attributes", "rulers", "merged"),
    *(f"chunks of {lang}" for lang in rules.CHUNKED),
]


@pytest.fixture(scope="module")
def found(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each library says."""
    folder = tmp_path_factory.mktemp("rules")
    answers = {}
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "rules.py", lib, folder / f"{lib}.json")
        answers[lib] = json.loads(Path(folder / f"{lib}.json").read_text(encoding="utf8"))
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_both_say_the_same(kind: str, found: dict[str, dict[str, Any]]) -> None:
    """Every answer, in its order, and there are some."""
    assert found["tagma"][kind] == found["spacy"][kind]
    assert any(found["spacy"][kind])
