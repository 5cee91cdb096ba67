"""tagma convert."""

import json
import lzma
from pathlib import Path

import pytest

import tagma
from tagma.tokens import Doc, DocBin

from .conftest import SENTENCES, Tagma, conllu


def read(path: Path) -> list[Doc]:
    return list(DocBin().from_disk(path).get_docs(tagma.blank("xx").vocab))


def test_conllu_becomes_docs(corpus: Path) -> None:
    """Words, tags, features and sentence starts of the treebank stand in the .spacy file, n sentences in each Doc."""
    docs = read(corpus / "dev.spacy")
    assert len(docs) == len(SENTENCES) / 2
    tokens = [token for doc in docs for token in doc]
    gold = [word for sentence in SENTENCES for word in sentence]
    assert [(t.text, t.pos_, t.tag_, str(t.morph) or "_") for t in tokens] == gold
    assert [token.i for token in docs[0] if token.is_sent_start] == [0, 3]


def test_compressed_input(tmp_path: Path, tagma_command: Tagma, corpus: Path) -> None:
    """A .conllu.xz gives the same bytes as the plain file."""
    with lzma.open(tmp_path / "dev.conllu.xz", "wt", encoding="utf8") as file:
        file.write(conllu())
    result = tagma_command("convert", tmp_path / "dev.conllu.xz", tmp_path, "-n", 2)
    assert result.returncode == 0, result.stdout + result.stderr
    assert [doc.to_bytes() for doc in read(tmp_path / "dev.spacy")] == [
        d.to_bytes() for d in read(corpus / "dev.spacy")
    ]


def test_folder_keeps_its_shape(tmp_path: Path, tagma_command: Tagma) -> None:
    """Each file of a folder is converted to the same place below the output; --concatenate makes one file."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.conllu", "deep/b.conllu"):
        (tmp_path / "in" / name).write_text(conllu())
    (tmp_path / "out").mkdir()
    assert tagma_command("convert", tmp_path / "in", tmp_path / "out").returncode == 0
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.spacy")) == [
        "a.spacy",
        "deep/b.spacy",
    ]
    assert tagma_command("convert", tmp_path / "in", tmp_path / "out", "--concatenate").returncode == 0
    assert len(read(tmp_path / "out" / "in.spacy")) == 2 * len(SENTENCES)


def test_json_on_stdout(corpus: Path, tagma_command: Tagma) -> None:
    """`-` prints JSON and nothing else."""
    result = tagma_command("convert", corpus / "dev.conllu", "-", "--file-type", "json")
    assert result.returncode == 0, result.stdout + result.stderr
    [document] = json.loads(result.stdout)
    assert document["paragraphs"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.conllu", "1\tonly\tthree\n", ["a.conllu", "Line 1"]),
        ("a.what", "x", ["what", "conllu"]),
        ("a.conllu", b"\xff\xfe\x00", ["a.conllu", "UTF-8"]),
    ],
)
def test_bad_input(tmp_path: Path, tagma_command: Tagma, name: str, content: str | bytes, words: list[str]) -> None:
    """A file that is not in its format: one screen that names it, exit status 1, nothing written."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = tagma_command("convert", path, tmp_path)
    assert result.returncode == 1
    assert all(word in result.stdout for word in words), result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_empty_folder_and_missing_paths(tmp_path: Path, tagma_command: Tagma) -> None:
    """An empty folder and a missing output folder fail with 1; a missing input is wrong usage, 2."""
    empty = tmp_path / "empty"
    empty.mkdir()
    result = tagma_command("convert", empty, tmp_path)
    assert (result.returncode, "No input files" in result.stdout) == (1, True)
    (tmp_path / "a.conllu").write_text(conllu())
    result = tagma_command("convert", tmp_path / "a.conllu", tmp_path / "nowhere")
    assert (result.returncode, "nowhere" in result.stdout) == (1, True)
    result = tagma_command("convert", tmp_path / "a.conllu")
    assert (result.returncode, "--file-type json" in result.stdout) == (1, True)
    result = tagma_command("convert", tmp_path / "b.conllu", tmp_path)
    assert (result.returncode, "b.conllu" in result.stderr) == (2, True)


BY_SENTENCE = "Ada|NNP|B-PER met|VBD|O Bo|NNP|B-PER\n"
BY_TOKEN = "Ada\tNNP\tB-PER\nmet\tVBD\tO\nBo\tNNP\tB-PER\n"


@pytest.mark.parametrize("ending", ["iob", "ner"])
@pytest.mark.parametrize(("text", "unit"), [(BY_SENTENCE, "sentence"), (BY_TOKEN, "token")])
def test_format_is_found_in_the_lines(tmp_path: Path, tagma_command: Tagma, ending: str, text: str, unit: str) -> None:
    """Whether a line is a token or a sentence shows in its columns, whatever the file is called."""
    path = tmp_path / f"text.{ending}"
    path.write_text(text)
    result = tagma_command("convert", path, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"A {unit} in each line" in result.stdout
    [doc] = read(tmp_path / "text.spacy")
    assert [token.text for token in doc] == ["Ada", "met", "Bo"]
    assert [ent.text for ent in doc.ents] == ["Ada", "Bo"]


def test_format_that_is_not_clear(tmp_path: Path, tagma_command: Tagma) -> None:
    """Lines of both kinds: a warning, and the ending decides."""
    path = tmp_path / "text.iob"
    path.write_text(BY_SENTENCE + "Ada|O B-|x\n" + "Ada|B-PER O\n")
    result = tagma_command("convert", path, tmp_path)
    assert "Going by the format: iob" in result.stdout
