"""tagma init vectors."""

import json
from pathlib import Path

import numpy
import pytest

import tagma

from .conftest import Tagma

TEXT = "the 1 0\ncat 0 1\nkitten 0.1 1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three words in the format of GloVe."""
    path = tmp_path / "glove.txt"
    path.write_text(TEXT)
    return path


def test_a_pipeline_is_written(file: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """It has the vectors, pruned and under their name, and says how many."""
    out = tmp_path / "deep" / "vectors"
    told = tagma_command("init", "vectors", "en", file, out, "--prune", 2, "--name", "mine", "--attr", "lower")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "2 vectors of width 2, 3 words" in told.stdout
    assert str(out) in "".join(told.stdout.split("\n"))
    nlp = tagma.load(out)
    assert nlp("Cat kitten dog").vector.tolist() == pytest.approx([1 / 30, 2 / 3], abs=0.04)
    meta = json.loads((out / "meta.json").read_text())
    assert meta["vectors"] == {"width": 2, "vectors": 2, "keys": 3, "name": "mine", "mode": "default"}


def test_floret_and_truncate(file: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """Tables of the pieces of words; the first lines alone."""
    floret = tmp_path / "v.floret"
    floret.write_text("2 2 1 2 1 0 < >\n0 1 2\n1 3 4\n")
    told = tagma_command("init", "vectors", "en", floret, tmp_path / "a", "--mode", "floret")
    assert (told.returncode, "pieces of any word" in told.stdout) == (0, True)
    assert tagma.load(tmp_path / "a").vocab["unseen"].has_vector
    assert tagma_command("init", "vectors", "en", file, tmp_path / "b", "-t", 1).returncode == 0
    assert tagma.load(tmp_path / "b").vocab.vectors.n_keys == 1


def test_attributes_of_words(file: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """Ranks of words from JSONL say which row of an array is whose."""
    rows = [{"lang": "en", "settings": {"oov_prob": -20}}, {"orth": "cat", "id": 1, "prob": -3}, {"orth": "a", "id": 0}]
    (tmp_path / "words.jsonl").write_text("\n".join(map(json.dumps, rows)))
    numpy.save(tmp_path / "table.npy", numpy.asarray([[1, 2], [3, 4]], dtype="f"))
    told = tagma_command(
        "init", "vectors", "en", tmp_path / "table.npy", tmp_path / "a", "-j", tmp_path / "words.jsonl"
    )
    assert told.returncode == 0, told.stdout + told.stderr
    vocab = tagma.load(tmp_path / "a").vocab
    assert [vocab[word].vector.tolist() for word in ("a", "cat")] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("en", "nowhere.txt", "out"), "nowhere.txt"),
        (("xyz", "{file}", "out"), "E048"),
        (("en", "{file}", "out", "--attr", "SHAPES"), "SHAPES"),
        (("en", "{file}", "out", "--mode", "floret"), "E4303"),
        (("en", "{file}", "{file}"), "glove.txt"),
    ],
)
def test_mistakes(args: tuple[str, ...], told: str, file: Path, tmp_path: Path, tagma_command: Tagma) -> None:
    """What is wrong is said in one screen, and nothing is written."""
    result = tagma_command("init", "vectors", *(arg.format(file=file) for arg in args))
    assert result.returncode != 0
    assert told in "".join((result.stdout + result.stderr).split("\n"))
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
