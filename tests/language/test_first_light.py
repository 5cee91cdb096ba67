"""The pipeline that the first version saved: it loads for ever."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import Language

FIRST_LIGHT = Path(__file__).parent.parent / "data" / "first_light"
EXPECTED: list[dict[str, Any]] = json.loads((FIRST_LIGHT / "expected.json").read_text(encoding="utf8"))


def annotated(nlp: Language) -> list[dict[str, Any]]:
    """The expected texts with what the pipeline says of them."""
    return [
        {
            "text": doc.text,
            "words": [token.text for token in doc],
            "tags": [token.tag_ for token in doc],
            "pos": [token.pos_ for token in doc],
            "morphs": [str(token.morph) for token in doc],
            "sent_starts": [bool(token.is_sent_start) for token in doc],
        }
        for doc in nlp.pipe(entry["text"] for entry in EXPECTED)
    ]


def test_it_loads() -> None:
    """Words, tags, parts of speech, features and sentences are those of then."""
    nlp = tagma.load(FIRST_LIGHT / "pipeline")
    assert nlp.component_names == ["tok2vec", "tagger", "morphologizer", "senter", "sentencizer"]
    assert nlp.disabled == ["sentencizer"]
    assert annotated(nlp) == EXPECTED


def test_its_checksums_count(tmp_path: Path) -> None:
    """A byte of a model that was changed since is found by the sum beside it."""
    folder = Path(shutil.copytree(FIRST_LIGHT / "pipeline", tmp_path / "pipeline"))
    model = folder / "senter" / "model"
    data = model.read_bytes()
    model.write_bytes(data[:6000] + bytes([data[6000] ^ 1]) + data[6001:])
    with pytest.raises(ValueError, match=r"\[E4023\].*senter/model"):
        tagma.load(folder)


def test_saved_again(tmp_path: Path) -> None:
    """Saved over itself it says the same, and the files with the sums are gone."""
    folder = Path(shutil.copytree(FIRST_LIGHT / "pipeline", tmp_path / "pipeline"))
    tagma.load(folder).to_disk(folder)
    assert not list(folder.rglob("*.sha256"))
    assert annotated(tagma.load(folder)) == EXPECTED
