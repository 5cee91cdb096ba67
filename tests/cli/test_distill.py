"""tagma distill: a student from a trained pipeline, with and without annotation, and what goes wrong."""

from pathlib import Path

import pytest

import tagma
from tagma.tokens import DocBin

from .conftest import Tagma

SHORT = ["--training.max_steps", "40", "--training.eval_frequency", "20"]
SMALL = ["--components.tok2vec.model.embed.width", "32", "--components.tok2vec.model.encode.width", "32"]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """The training corpus without annotation."""
    path = tmp_path_factory.mktemp("raw") / "raw.spacy"
    nlp = tagma.blank("en")
    docs = DocBin().from_disk(corpus / "train.spacy").get_docs(nlp.vocab)
    DocBin(docs=[nlp.make_doc(doc.text) for doc in docs]).to_disk(path)
    return path


def test_student(
    tmp_path: Path, tagma_command: Tagma, trained: Path, config_file: Path, paths: list[str], raw: Path
) -> None:
    """From raw text, and with a share of gold annotation; the output is as that of train."""
    command = ["distill", trained / "model-last", config_file, *paths, *SHORT, *SMALL]
    result = tagma_command(*command, "--paths.train", raw, "--output", tmp_path / "out")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "TEACHER" in result.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model-best", "model-last", "training-state"}
    doc = tagma.load(tmp_path / "out" / "model-best")("She reads books")
    assert doc.has_annotation("TAG")
    result = tagma_command(*command, "--gold-weight", "0.5")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing is saved" in result.stdout


WRONG = {
    "no such teacher": (["nowhere", "{config}"], 1, "nowhere"),
    "no such config": (["{teacher}", "nowhere.cfg"], 2, "nowhere.cfg"),
    "a weight that is none": (["{teacher}", "{config}", "--gold-weight", "1.5"], 2, "less than or equal to 1"),
    "no corpus": (["{teacher}", "{config}"], 1, "E913"),
    "nothing to resume": (["{teacher}", "{config}", "--resume", "--output", "nowhere"], 1, "No interrupted run"),
    "misspelt option": (["{teacher}", "{config}", "--gold-weigth", "0.5"], 2, "--gold-weight"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_goes_wrong(tagma_command: Tagma, trained: Path, config_file: Path, case: str) -> None:
    """One screen that names the place, and an exit status."""
    words, status, said = WRONG[case]
    words = [word.format(config=config_file, teacher=trained / "model-last") for word in words]
    result = tagma_command("distill", *words)
    assert result.returncode == status, result.stdout + result.stderr
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_help(tagma_command: Tagma) -> None:
    """The help shows a line that can be copied."""
    result = tagma_command("distill", "--help")
    assert (result.returncode, "Example: tagma distill" in result.stdout) == (0, True)
