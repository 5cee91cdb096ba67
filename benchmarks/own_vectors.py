"""Vectors of the words of a text, from that text alone: what pretrained vectors stand for where none may be downloaded.

Singular vectors of the words' positive mutual information, in windows of four words.
"""

import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, MIN_COUNT, WINDOW = 96, 3, 4

SAVE_VECTORS = """
import importlib, sys, numpy
lib, words, table, path = sys.argv[1:]
nlp = importlib.import_module(lib).blank("en")
words = open(words, encoding="utf8").read().split("\\n")
for word, row in zip(words, numpy.load(table)):
    nlp.vocab.set_vector(word, row)
nlp.to_disk(path)
"""


def save_vectors(lib: str, python: str, texts: list[str], path: Path) -> None:
    """A blank pipeline of a library whose vocabulary has the vectors of all words that occur often enough."""
    words, table = vectors_of([text.split() for text in texts])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "words.txt").write_text("\n".join(words), encoding="utf8")
        np.save(folder / "table.npy", table)
        saved = [str(folder / "words.txt"), str(folder / "table.npy"), str(path)]
        subprocess.run([python, "-c", SAVE_VECTORS, lib, *saved], check=True)


def vectors_of(texts: list[list[str]]) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Words that occur often enough, and a vector for each: float32 (n_words, WIDTH)."""
    counts = Counter(word for text in texts for word in text)
    words = [word for word, count in counts.most_common(6000) if count >= MIN_COUNT]
    number = {word: i for i, word in enumerate(words)}
    together = np.zeros((len(words), len(words)), dtype="float32")
    for text in texts:
        ids = [number.get(word, -1) for word in text]
        for i, first in enumerate(ids):
            for second in ids[i + 1 : i + 1 + WINDOW]:
                if first >= 0 and second >= 0:
                    together[first, second] += 1
                    together[second, first] += 1
    sums = together.sum(axis=1) + 1
    information = np.log(np.maximum(together * sums.sum(), 1e-9) / np.outer(sums, sums))
    positive = np.maximum(information, 0)
    # The leading singular vectors, by a few passes over random directions.
    basis = np.random.default_rng(0).normal(size=(len(words), WIDTH + 10)).astype("float32")
    for _ in range(6):
        basis, _ = np.linalg.qr(positive @ (positive @ basis))
    left, values, _ = np.linalg.svd(basis.T @ positive, full_matrices=False)
    table = (basis @ left)[:, :WIDTH] * np.sqrt(values[:WIDTH])
    return words, np.ascontiguousarray(table, dtype="float32")
