"""tagma evaluate, tagma apply (evaluate.py, apply.py): a saved pipeline in use."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tagma
from tagma.tokens import DocBin
from tagma.util import paths

from .conftest import Tagma


def test_evaluate_prints_and_saves(tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path) -> None:
    """The table shows percents, the JSON file all scores; both commands give the same."""
    output = tmp_path / "scores.json"
    result = tagma_command("evaluate", trained / "model-last", corpus / "dev.spacy", "--output", output)
    assert result.returncode == 0, result.stdout + result.stderr
    scores = json.loads(output.read_text())
    row = next(line.split() for line in result.stdout.splitlines() if line.startswith("TAG "))
    assert row == ["TAG", f"{scores['tag_acc'] * 100:.2f}"]
    assert {"tag_acc", "pos_acc", "morph_acc", "morph_per_feat", "speed"} <= set(scores)
    again = tagma_command("benchmark", "accuracy", trained / "model-last", corpus / "dev.spacy")
    assert " ".join(row) in " ".join(again.stdout.split())


def test_evaluate_per_component(tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path) -> None:
    """--per-component keys the scores by component, and shows them so, with and without a file."""
    output = tmp_path / "scores.json"
    result = tagma_command("evaluate", trained / "model-last", corpus / "dev.spacy", "-P", "-o", output)
    assert result.returncode == 0, result.stdout + result.stderr
    scores = json.loads(output.read_text())
    assert "tag_acc" in scores["tagger"]
    shown = tagma_command("evaluate", trained / "model-last", corpus / "dev.spacy", "-P").stdout
    row = f"TAG {scores['tagger']['tag_acc'] * 100:.2f}"
    assert row in " ".join(shown[shown.index("Scores of tagger") : shown.index("Scores of morphologizer")].split())
    assert "Scores of tok2vec" not in shown
    assert "--output" not in shown


def test_unknown_pipeline(tagma_command: Tagma, corpus: Path, tmp_path: Path) -> None:
    """A pipeline that is not there is named, E050, exit status 1."""
    result = tagma_command("evaluate", tmp_path / "no_pipeline", corpus / "dev.spacy")
    assert (result.returncode, "E050" in result.stdout, "no_pipeline" in result.stdout) == (1, True, True)
    assert "Traceback" not in result.stderr


# File of a pipeline, and what the error calls it.
FILES = {
    "tagger/model": "tagger/model",
    "tok2vec/model": "tok2vec/model",
    "morphologizer/cfg": "morphologizer/cfg",
    "tokenizer": "tokenizer",
    "vocab/strings.json": "string",
    "meta.json": "meta.json",
    "config.cfg": "onfig",
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("change", ["half", "other", "empty", "binary", "missing"])
def test_truncated_and_altered_pipeline(
    tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path, file: str, change: str
) -> None:
    """A file that was cut, overwritten or removed gives one screen that names it, exit status 1 and no output."""
    folder, output = tmp_path / "model", tmp_path / "out.spacy"
    shutil.copytree(trained / "model-last", folder)
    path = folder / file
    data = path.read_bytes()
    if change == "missing":
        path.unlink()
    else:
        half = data[: len(data) // 2]
        path.write_bytes({"half": half, "other": b"not a model at all", "empty": b"", "binary": b"\xff" * 40}[change])
    result = tagma_command("apply", folder, corpus / "dev.spacy", output)
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1, result.stdout
    assert "Traceback" not in result.stderr, result.stderr
    assert FILES[file] in shown
    assert len(result.stdout.splitlines()) <= 30
    assert "exclude=" not in shown
    assert not output.exists()


def test_apply_keeps_the_order(tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path) -> None:
    """Docs and lines in the order of their files, then each text file as one document; all annotated."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("He writes letters")
    (folder / "b.jsonl").write_text('{"text": "one"}\n\n{"text": "two"}\n')
    shutil.copy(corpus / "dev.spacy", folder / "c.spacy")
    output = tmp_path / "out.spacy"
    model = trained / "model-last"
    result = tagma_command("apply", model, folder, output)
    assert result.returncode == 0, result.stdout + result.stderr
    nlp = tagma.load(model)
    docs = list(DocBin().from_disk(output).get_docs(nlp.vocab))
    assert [doc.text.split()[0] for doc in docs] == ["one", "two", "She", "They", "He"]
    assert [token.tag_ for token in docs[-1]] == [token.tag_ for token in nlp("He writes letters")]


def test_apply_refuses(tagma_command: Tagma, trained: Path, tmp_path: Path) -> None:
    """An existing output needs --force; a line without the field fails and writes nothing."""
    (tmp_path / "t.jsonl").write_text('{"body": "one"}\n')
    output = tmp_path / "out.spacy"
    result = tagma_command("apply", trained / "model-last", tmp_path / "t.jsonl", output)
    assert (result.returncode, "line 1" in result.stdout, "--text-key" in result.stdout) == (1, True, True)
    assert not output.exists()
    assert tagma_command("apply", trained / "model-last", tmp_path / "t.jsonl", output, "-tk", "body").returncode == 0
    result = tagma_command("apply", trained / "model-last", tmp_path / "t.jsonl", output, "-tk", "body")
    assert (result.returncode, "--force" in result.stdout) == (1, True)


BAD_INPUT = {
    "number": (b'{"text": "a"}\n{"text": 3}\n', ["line 2", "'text' holds no text", "3"]),
    "list": (b'["a"]\n', ["line 1", "not an object", '["a"]']),
    "no JSON": (b'{"text": "a"}\nnothing\n', ["line 2", "not JSON"]),
    "no UTF-8": (b'{"text": "a"}\n{"text": "\xff"}\n', ["line 2", "UTF-8"]),
    "half of a pair": (b'{"text": "a"}\n{"text": "ab\\ud800"}\n', ["line 2", "U+D800", "position 2"]),
    "too long": (b'{"text": "' + b"a " * 600_000 + b'"}\n', ["line 1", "E088", "1200000", "split it"]),
}


@pytest.mark.parametrize("name", BAD_INPUT)
@pytest.mark.parametrize("n_process", [1, 2])
def test_apply_names_file_and_line(
    tagma_command: Tagma, trained: Path, tmp_path: Path, name: str, n_process: int
) -> None:
    """A text that cannot be annotated: file, line, value; in short also from several processes; nothing is written."""
    data, words = BAD_INPUT[name]
    path = tmp_path / "t.jsonl"
    path.write_bytes(data)
    result = tagma_command("apply", trained / "model-last", path, tmp_path / "out.spacy", "-n", n_process)
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert all(word in shown for word in ["t.jsonl", *words]), result.stdout
    assert len(result.stdout.splitlines()) <= 10
    assert not (tmp_path / "out.spacy").exists()


def test_apply_names_the_damaged_file(tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path) -> None:
    """Among several .spacy files the one that is none is named."""
    (tmp_path / "in").mkdir()
    shutil.copy(corpus / "dev.spacy", tmp_path / "in" / "a.spacy")
    (tmp_path / "in" / "b.spacy").write_bytes(b"nothing")
    result = tagma_command("apply", trained / "model-last", tmp_path / "in", tmp_path / "out.spacy")
    assert (result.returncode, "in/b.spacy: [E1014]" in " ".join(result.stdout.split())) == (1, True), result.stdout


def test_apply_reads_byte_order_marks(tagma_command: Tagma, trained: Path, tmp_path: Path) -> None:
    """The mark that some editors write is no part of a text."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "one"}\n', encoding="utf-8-sig")
    (tmp_path / "in" / "b.txt").write_text("two", encoding="utf-8-sig")
    assert tagma_command("apply", trained / "model-last", tmp_path / "in", tmp_path / "out.spacy").returncode == 0
    docs = DocBin().from_disk(tmp_path / "out.spacy").get_docs(tagma.blank("en").vocab)
    assert [doc.text for doc in docs] == ["one", "two"]


@pytest.mark.parametrize("command", ["apply", "evaluate"])
def test_output_that_cannot_be_written(
    tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path, command: str
) -> None:
    """A file where the output's folder should be is named before the pipeline is even loaded."""
    (tmp_path / "file").write_text("mine")
    output = tmp_path / "file" / "out"
    options = ["--output", output] if command == "evaluate" else [output]
    result = tagma_command(command, "no_such_pipeline", corpus / "dev.spacy", *options)
    shown = " ".join(result.stdout.split())
    assert (result.returncode, f"Cannot write {output}" in shown, "is a file" in shown) == (1, True, True), shown


OWN_CODE = """
from tagma import Language
@Language.component("breaks")
def breaks(doc):
    return doc.nothing
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pipeline whose only component is the user's own and raises an error, and its code."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.py").write_text(OWN_CODE)
    paths.import_file("python_code", folder / "own.py")
    nlp = tagma.blank("en")
    nlp.add_pipe("breaks", name="mine")
    nlp.to_disk(folder / "model")
    (folder / "t.txt").write_text("a text")
    return folder


@pytest.mark.parametrize("command", [["apply"], ["apply", "-n", 2], ["evaluate"]], ids=str)
def test_error_in_own_component(
    tagma_command: Tagma, own: Path, corpus: Path, tmp_path: Path, command: list[object]
) -> None:
    """Component, file and line of the user's code, on one screen."""
    files = [corpus / "dev.spacy"] if command == ["evaluate"] else [own / "t.txt", tmp_path / "out.spacy"]
    result = tagma_command(*command, own / "model", *files, "--code", own / "own.py")
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "Traceback" in result.stdout + result.stderr) == (1, False), result.stderr
    for words in ("AttributeError: ", "'nothing'", "In component 'mine'", f"{own / 'own.py'}, line 5, in breaks"):
        assert words in shown


@pytest.mark.parametrize("command", ["apply", "evaluate"])
def test_component_of_unknown_code(tagma_command: Tagma, own: Path, corpus: Path, tmp_path: Path, command: str) -> None:
    """A component that is not known: its place, and --code as the way out."""
    files = [corpus / "dev.spacy", *([tmp_path / "out.spacy"] if command == "apply" else [])]
    result = tagma_command(command, own / "model", *files, cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert result.returncode == 1
    assert "components -> mine -> factory" in lines
    assert "--code FILE.py" in result.stdout
    assert "ConfigValidationError" not in result.stdout


@pytest.mark.parametrize("n_process", [1, 2])
def test_interrupted_apply(own: Path, tmp_path: Path, n_process: int) -> None:
    """Ctrl-C, which reaches the worker processes too, is one line; nothing is written."""
    (tmp_path / "slow.py").write_text(
        "import pathlib, time, tagma\n"
        "@tagma.Language.component('breaks')\n"
        "def slow(doc):\n"
        "    pathlib.Path('began').touch()\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "tagma", "apply", own / "model", own / "t.txt", "out.spacy", "-c", "slow.py"]
    process = subprocess.Popen(
        [*command, "-n", str(n_process)],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (tmp_path / "began").exists():
        time.sleep(0.02)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, shown = process.communicate(timeout=10)
    assert (process.returncode, shown) == (130, "Aborted!\n")
    assert not (tmp_path / "out.spacy").exists()


def test_apply_without_input(tagma_command: Tagma, trained: Path, tmp_path: Path) -> None:
    """An empty folder gives an empty file and a warning, exit status 0."""
    (tmp_path / "in").mkdir()
    result = tagma_command("apply", trained / "model-last", tmp_path / "in", tmp_path / "out")
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(DocBin().from_disk(tmp_path / "out.spacy")) == 0


def test_nothing_to_draw(tmp_path: Path, tagma_command: Tagma, trained: Path, corpus: Path) -> None:
    """A tagger has nothing to draw: it says so and writes no file."""
    result = tagma_command("evaluate", trained / "model-best", corpus / "dev.spacy", "--displacy-path", tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing to draw" in result.stdout
    assert not list(tmp_path.iterdir())


def test_evaluate_without_gold(tmp_path: Path, tagma_command: Tagma, trained: Path) -> None:
    """Data without documents, and data without the annotation that is scored, are errors that name the file."""
    nlp = tagma.blank("en")
    for name, docs, words in (("nothing", [], ["no documents"]), ("bare", [nlp("She reads")], ["TAG", "POS"])):
        path = tmp_path / f"{name}.spacy"
        DocBin(docs=docs).to_disk(path)
        result = tagma_command("evaluate", trained / "model-best", path, "--output", tmp_path / "scores.json")
        assert result.returncode == 1
        assert all(word in result.stdout for word in [*words, path.name]), result.stdout


def test_apply_to_another_ending(tagma_command: Tagma, trained: Path, corpus: Path, tmp_path: Path) -> None:
    """What is written is no JSON: an output of another name than .spacy is refused, before the pipeline is loaded."""
    result = tagma_command("apply", trained / "model-last", corpus / "dev.spacy", tmp_path / "out.jsonl")
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "cannot be named .jsonl" in shown, f"Name it {tmp_path}/out.spacy" in shown) == (
        (1, True, True)
    )
    assert list(tmp_path.iterdir()) == []
