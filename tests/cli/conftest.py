"""A tiny treebank and what the commands make of it, shared by the tests of the commands."""

import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tagma.cli import setup_cli

Tagma = Callable[..., "subprocess.CompletedProcess[str]"]

# (form, UPOS, XPOS, FEATS)
SENTENCES = [
    [tuple(word.split("/")) for word in sentence.split()]
    for sentence in (
        "She/PRON/PRP/Number=Sing reads/VERB/VBZ/Tense=Pres books/NOUN/NNS/Number=Plur",
        "He/PRON/PRP/Number=Sing writes/VERB/VBZ/Tense=Pres letters/NOUN/NNS/Number=Plur",
        "They/PRON/PRP/Number=Plur sang/VERB/VBD/Tense=Past songs/NOUN/NNS/Number=Plur",
        "Nobody/PRON/NN/_ slept/VERB/VBD/Tense=Past here/ADV/RB/_",
    )
]


def conllu(times: int = 1) -> str:
    """The sentences in CoNLL-U, several times over."""
    blocks = []
    for sentence in SENTENCES * times:
        lines = ["# text = " + " ".join(word for word, *_ in sentence)]
        for i, (word, pos, tag, feats) in enumerate(sentence, start=1):
            head, dep = (0, "root") if i == 2 else (2, "dep")
            lines.append(f"{i}\t{word}\t{word.lower()}\t{pos}\t{tag}\t{feats}\t{head}\t{dep}\t_\t_")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks) + "\n"


@pytest.fixture(scope="session")
def tagma_command(tagma_command: Tagma) -> Tagma:
    """Runs `tagma …` in this process, which is quick; in a new one where folder, environment or stdin are given."""

    def run(*args: object, **settings: object) -> "subprocess.CompletedProcess[str]":
        if settings:
            return tagma_command(*args, **settings)
        command = ["tagma", *map(str, args)]
        before = sys.argv, sys.stdout, sys.stderr
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf8") for _ in range(2))
        sys.argv, sys.stdout, sys.stderr = command, out, err
        code: object = 0
        try:
            setup_cli()
        except SystemExit as error:
            code = 0 if error.code is None else error.code
        except Exception:
            traceback.print_exc()
            code = 1
        finally:
            sys.argv, sys.stdout, sys.stderr = before
        if isinstance(code, str):
            err.write(code + os.linesep)
            code = 1
        assert isinstance(code, int)
        shown = []
        for stream in (out, err):
            stream.flush()
            shown.append(stream.buffer.getvalue().decode("utf8"))  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(command, code, *shown)

    return run


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma) -> Path:
    """A folder with train.conllu and dev.conllu, and the .spacy files that `tagma convert` makes of them."""
    folder = tmp_path_factory.mktemp("corpus")
    for part, times in (("train", 5), ("dev", 1)):
        (folder / f"{part}.conllu").write_text(conllu(times=times), encoding="utf8")
        result = tagma_command("convert", folder / f"{part}.conllu", folder, "--n-sents", 2)
        assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="session")
def config_file(tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma) -> Path:
    """What `tagma init config` writes for a tagger and a morphologizer."""
    path = tmp_path_factory.mktemp("config") / "config.cfg"
    result = tagma_command("init", "config", path, "--lang", "en", "--pipeline", "tagger,morphologizer")
    assert result.returncode == 0, result.stdout + result.stderr
    return path


@pytest.fixture(scope="session")
def paths(corpus: Path) -> list[str]:
    """The overrides that name the corpus."""
    return ["--paths.train", str(corpus / "train.spacy"), "--paths.dev", str(corpus / "dev.spacy")]


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory, tagma_command: Tagma, config_file: Path, paths: list[str]
) -> Path:
    """The output folder of a short training run."""
    folder = tmp_path_factory.mktemp("trained")
    short = ["--training.max_steps", "30", "--training.eval_frequency", "10"]
    result = tagma_command("train", config_file, "--output", folder, *paths, *short)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder
