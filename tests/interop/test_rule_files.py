"""Files of rulers: what one library saved, the other one loads, and finds the same."""

import json
from pathlib import Path

import pytest

from .conftest import HERE, Run

pytestmark = [pytest.mark.peer, pytest.mark.slow]


@pytest.mark.parametrize("maker", ["tagma", "spacy"])
def test_both_find_the_same(maker: str, run: Run, tmp_path: Path) -> None:
    """Attributes, entities with ids, spans, sentences, and the patterns of a file."""
    run(maker, HERE / "rule_files.py", maker, "make", tmp_path)
    found = {}
    for lib in ("tagma", "spacy"):
        run(lib, HERE / "rule_files.py", lib, "read", tmp_path, tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert found["tagma"] == found["spacy"]
    assert ["Acme Corp.", "ORG", "acme"] in found["tagma"]["entities"]
    assert ["Betty Jones Brown", "NAME", "b"] in found["tagma"]["spans"]
