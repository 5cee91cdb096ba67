"""tagma convert."""

import errno
import gzip
import json
import lzma
from pathlib import Path

import pytest

import tagma
from tagma.cli._util import HELP
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


def test_wrong_entity_tags_are_told_with_their_place(tmp_path: Path, tagma_command: Tagma) -> None:
    """An ill-formed tag is one sentence with file and line, and a treebank under another ending says what it is."""
    path = tmp_path / "a.ner"
    path.write_text("I O\nsaw O\nLima B_LOC\n", encoding="utf8")
    told = tagma_command("convert", path, tmp_path)
    assert told.returncode == 1
    assert f"{path}:[E177]" in "".join((told.stdout + told.stderr).split())
    assert "'B_LOC' in line 3" in told.stdout + told.stderr
    path.with_suffix(".conll").write_text(conllu(), encoding="utf8")
    told = tagma_command("convert", path.with_suffix(".conll"), tmp_path)
    assert told.returncode == 1
    assert "E4053" in told.stdout + told.stderr


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
        ("a.conllu", "1\tonly\tthree\n", ["a.conllu", "Line 1", "3 columns"]),
        ("a.conllu", "1\n", ["a.conllu", "Line 1", "1 column "]),
        ("a.conllu", "", ["a.conllu", "no sentences"]),
        ("b.conllu.xz", b"random", ["b.conllu.xz", "damaged"]),
        ("b.conllu.gz", b"random", ["b.conllu.gz", "damaged"]),
        ("b.conllu.xz", lzma.compress(conllu().encode())[:-50], ["b.conllu.xz", "breaks off"]),
        ("b.conllu.gz", gzip.compress(conllu().encode())[:-50], ["b.conllu.gz", "breaks off"]),
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
    assert "ValueError" not in result.stdout
    assert "TAGMA_TRACEBACK" not in result.stdout
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["rnd.xz", "train.spacy", "noending"])
def test_endings_without_a_format(tmp_path: Path, tagma_command: Tagma, name: str) -> None:
    """The file is named, and the endings that work."""
    (tmp_path / name).write_bytes(b"anything")
    result = tagma_command("convert", tmp_path / name, tmp_path)
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1
    assert all(word in shown for word in (str(tmp_path / name), ".conllu, ", ".iob", ".xz", "--converter")), shown
    assert ("training reads it" in shown) == (name == "train.spacy")


def test_one_bad_file_in_a_folder(tmp_path: Path, tagma_command: Tagma) -> None:
    """The others are written, and it is said so; with --concatenate nothing is. Exit status 1."""
    (tmp_path / "in").mkdir()
    for name, text in (("a", conllu()), ("b", "1\n"), ("c", conllu())):
        (tmp_path / "in" / f"{name}.conllu").write_text(text)
    for name in ("out", "one"):
        (tmp_path / name).mkdir()
    result = tagma_command("convert", tmp_path / "in", tmp_path / "out")
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "b.conllu: [E4040] Line 1" in shown and "--converter FORMAT" in shown) == (1, True), (
        result.stdout
    )
    assert "1 of 3 files could not be converted; the others were written" in shown
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.spacy", "c.spacy"]
    assert tagma_command("convert", tmp_path / "in", tmp_path / "one", "-C").returncode == 1
    assert not list((tmp_path / "one").iterdir())


def test_first_line_of_the_help(tmp_path: Path, tagma_command: Tagma) -> None:
    """The first lines of `tagma --help` work as typed, in a folder with nothing but the treebank."""
    (tmp_path / "train.conllu").write_text("\ufeff" + conllu(), encoding="utf8")  # as some editors write it
    line = next(line for line in HELP.splitlines() if "convert train.conllu" in line)
    result = tagma_command(*line.split()[1:], cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(read(tmp_path / "train.spacy")) == 1


def test_output_folder_that_is_not_there(tmp_path: Path, tagma_command: Tagma) -> None:
    """The message says how to make it; exit status 1."""
    (tmp_path / "dev.conllu").write_text(conllu())
    result = tagma_command("convert", "dev.conllu", "corpus", cwd=tmp_path)
    assert (result.returncode, "mkdir -p corpus" in result.stdout) == (1, True)


def test_output_that_is_no_folder(tmp_path: Path, tagma_command: Tagma) -> None:
    """A file in the place of the folder is wrong usage; one above it is named, exit status 1."""
    (tmp_path / "dev.conllu").write_text(conllu())
    (tmp_path / "texts").write_text("mine")
    result = tagma_command("convert", tmp_path / "dev.conllu", tmp_path / "texts")
    assert (result.returncode, "texts' is a file" in result.stderr) == (2, True)
    result = tagma_command("convert", tmp_path / "dev.conllu", tmp_path / "texts" / "deep")
    assert (result.returncode, "texts is a file, and a folder" in " ".join(result.stdout.split())) == (1, True)
    assert (tmp_path / "texts").read_text() == "mine"


def test_full_disk(tmp_path: Path, tagma_command: Tagma, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that could not be written is named; nothing of it is left."""
    (tmp_path / "dev.conllu").write_text(conllu())
    (tmp_path / "out").mkdir()

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    result = tagma_command("convert", tmp_path / "dev.conllu", tmp_path / "out")
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1
    assert f"Cannot write {tmp_path}/out/dev.spacy: no space is left on the disk" in shown
    assert not list((tmp_path / "out").iterdir())


def test_options_without_effect(tmp_path: Path, tagma_command: Tagma) -> None:
    """What the format makes no use of is said; a number below 0 is wrong usage."""
    (tmp_path / "dev.conllu").write_text(conllu())
    line = ["convert", tmp_path / "dev.conllu", tmp_path]
    result = tagma_command(*line, "-b", "nomodel", "-s", "-l", "zz", "-m")
    assert result.returncode == 0
    assert "conllu makes no use of --seg-sents, --model, --lang" in " ".join(result.stdout.split())
    result = tagma_command(*line, "-n", "-1")
    assert (result.returncode, "--n-sents" in result.stderr) == (2, True)


def test_files_of_several_endings(tmp_path: Path, tagma_command: Tagma) -> None:
    """They are listed, also those without one."""
    for name in ("a.conllu", "README", "b.md"):
        (tmp_path / name).write_text("")
    result = tagma_command("convert", tmp_path, tmp_path / "out")
    assert (result.returncode, "(none), conllu, md" in result.stdout) == (1, True)


def test_empty_folder_and_missing_paths(tmp_path: Path, tagma_command: Tagma) -> None:
    """An empty folder fails with 1; a missing input is wrong usage, 2."""
    empty = tmp_path / "empty"
    empty.mkdir()
    result = tagma_command("convert", empty, tmp_path)
    assert (result.returncode, "No input files" in result.stdout) == (1, True)
    (tmp_path / "a.conllu").write_text(conllu())
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


def test_documents_with_coreference(tmp_path: Path, tagma_command: Tagma) -> None:
    """A .conll file that begins with a document is told from one of entity tags; --n-sents does not cut it."""
    lines = [
        "#begin document (a); part 0",
        "a 0 0 Anna - (0)",
        "a 0 1 slept - -",
        "",
        "a 0 0 She - (0)",
        "",
        "#end document",
    ]
    path = tmp_path / "a.coref.conll"
    path.write_text("\n".join(lines), encoding="utf8")
    told = tagma_command("convert", path, tmp_path, "--n-sents", 1)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "format conll2012" in told.stdout
    [doc] = read(tmp_path / "a.coref.spacy")
    assert [span.text for span in doc.spans["coref_clusters_1"]] == ["Anna", "She"]
    assert [sent.text for sent in doc.sents] == ["Anna slept", "She"]
