"""tagma debug profile (debug_profile.py)."""

import json
import pstats
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tagma.cli import profile

from .conftest import Tagma


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A JSONL file with four texts."""
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": f"She reads {n} books."}) + "\n" for n in range(4)), encoding="utf8")
    return path


def test_a_profile(tagma_command: Tagma, tmp_path: Path, trained: Path, texts: Path) -> None:
    """Words a second of each component, functions by their time, and a file that pstats reads."""
    result = tagma_command("debug", "profile", trained / "model-last", texts, "--n-texts", 3, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Annotated 3 texts of 15 words" in result.stdout
    for name in ("tokenizer", "tok2vec", "tagger", "morphologizer", "words/s", "tottime"):
        assert name in result.stdout
    assert pstats.Stats(str(tmp_path / "Profile.prof")).total_calls > 0  # type: ignore[attr-defined]


def test_from_stdin_and_by_its_former_name(tagma_command: Tagma, tmp_path: Path, trained: Path) -> None:
    """`-` reads stdin; `tagma profile` warns of its new place and does the same."""
    result = tagma_command("profile", trained / "model-last", "-", cwd=tmp_path, stdin='{"text": "She reads."}\n\n')
    assert result.returncode == 0, result.stdout + result.stderr
    assert "This command is now: tagma debug profile" in result.stdout
    assert "Annotated 1 texts of 3 words" in result.stdout


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ('{"txet": "a"}\n', "stdin, line 1: not an object with the field 'text'"),
        ("[1]\n", "stdin, line 1"),
        ("", "no texts"),
    ],
)
def test_what_is_no_text(tagma_command: Tagma, tmp_path: Path, trained: Path, given: str, words: str) -> None:
    """A line without a text is named, and so is a file without lines."""
    result = tagma_command("debug", "profile", trained / "model-last", "-", cwd=tmp_path, stdin=given)
    assert result.returncode == 1
    assert words in result.stdout


def test_film_reviews(tagma_command: Tagma, tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file the reviews of ml_datasets are annotated; where it is not installed, the way out is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ml_datasets", None)  # type: ignore[arg-type]  # so that importing it fails
    result = tagma_command("debug", "profile", trained / "model-last")
    assert result.returncode == 1
    assert "Name a JSONL file" in result.stdout
    reviews = SimpleNamespace(imdb=lambda train_limit, dev_limit: ([("A fine film.", "pos")], []))
    monkeypatch.setitem(sys.modules, "ml_datasets", reviews)  # type: ignore[arg-type]  # has what is asked of it
    profile(str(trained / "model-last"))
    assert (tmp_path / "Profile.prof").exists()


def test_wrong_usage(tagma_command: Tagma, trained: Path) -> None:
    """A file that is not there is exit status 2."""
    assert tagma_command("debug", "profile", trained / "model-last", "nowhere.jsonl").returncode == 2
