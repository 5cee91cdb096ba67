"""tagma evaluate, tagma apply: a saved pipeline in use."""

import json
import shutil
from pathlib import Path

import pytest

import tagma
from tagma.tokens import DocBin

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
    """--per-component keys the scores by component."""
    output = tmp_path / "scores.json"
    result = tagma_command("evaluate", trained / "model-last", corpus / "dev.spacy", "-P", "-o", output)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "tag_acc" in json.loads(output.read_text())["tagger"]


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
