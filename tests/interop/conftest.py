"""Data that both libraries read, and runs of either in processes of their own."""

import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pytest

from tagma.tokens import Doc, DocBin, Span
from tagma.training.converters import conllu_to_docs

HERE = Path(__file__).parent
DOCS = {"train": 300, "dev": 50}  # of ten sentences
ENTITIES = {"PROPN": "NAME", "NUM": "NUMBER"}

Annotations = list[dict[str, list[Any]]]
Run = Callable[..., None]
Annotate = Callable[..., Annotations]


def unpacked(path: Path) -> str:
    with lzma.open(path, "rt", encoding="utf8") as file:
        return file.read()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, treebank: Path) -> Path:
    """A folder with train.spacy and dev.spacy: dependencies, and names and numbers as entities."""
    folder = tmp_path_factory.mktemp("corpus")
    for part, number in DOCS.items():
        trees = conllu_to_docs(unpacked(treebank / f"en_ewt-ud-{part}.conllu.xz"), n_sents=10, no_print=True)
        docs = [with_entities(doc) for doc in islice(trees, number)]
        DocBin(docs=docs, store_user_data=True).to_disk(folder / f"{part}.spacy")
    return folder


def with_entities(doc: Doc) -> Doc:
    """The Doc with each run of proper nouns, and of numbers, as an entity."""
    runs = [(pos, [token.i for token in run]) for pos, run in groupby(doc, lambda token: token.pos_)]
    doc.ents = [Span(doc, run[0], run[-1] + 1, label=ENTITIES[pos]) for pos, run in runs if pos in ENTITIES]
    return doc


@pytest.fixture(scope="session")
def texts(treebank: Path) -> list[str]:
    """The dev part of the treebank, five sentences in a text."""
    lines = unpacked(treebank / "en_ewt-ud-dev.conllu.xz").splitlines()
    sentences = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    return [" ".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5)]


@pytest.fixture(scope="session")
def run(peer_python: str) -> Run:
    """Runs a module or a script with the interpreter of either library: run("spacy", "-m", "spacy", "train", …)."""

    def run(lib: str, *args: object) -> None:
        python = {"tagma": sys.executable, "spacy": peer_python}[lib]
        result = subprocess.run([python, *map(str, args)], capture_output=True, text=True, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr

    return run


@pytest.fixture(scope="session")
def annotate(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Annotate:
    """What a library says of texts with the pipeline in a folder."""

    def annotate(lib: str, pipeline: Path, texts: list[str], *options: object) -> Annotations:
        folder = tmp_path_factory.mktemp("annotations")
        (folder / "texts.json").write_text(json.dumps(texts), encoding="utf8")
        command = [HERE / "both.py", lib, "annotate", pipeline, folder / "texts.json", folder / "out.json"]
        run(lib, *command, *options)
        answer: Annotations = json.loads((folder / "out.json").read_text(encoding="utf8"))
        return answer

    return annotate


def disagreement(ours: Annotations, theirs: Annotations) -> dict[str, float]:
    """Kind of annotation → share of tokens for which it differs."""
    assert [doc["words"] for doc in ours] == [doc["words"] for doc in theirs]
    number = sum(len(doc["words"]) for doc in ours)
    return {
        kind: sum(a != b for x, y in zip(ours, theirs, strict=True) for a, b in zip(x[kind], y[kind], strict=True))
        / number
        for kind in ours[0]
    }
