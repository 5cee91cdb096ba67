"""tagma train: a run, its files, and what goes wrong."""

import json
from pathlib import Path

import pytest

import tagma
from tagma.tokens import DocBin

from .conftest import Tagma


def test_training_saves_pipelines(trained: Path) -> None:
    """model-best and model-last load, and annotate with the labels of the corpus."""
    for name in ("model-best", "model-last"):
        doc = tagma.load(trained / name)("She reads books")
        assert all(token.tag_ in {"PRP", "VBZ", "NNS", "VBD", "NN", "RB"} for token in doc)


def test_table_of_scores(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """One line for each evaluation, with losses and scores; without --output nothing is saved."""
    short = ["--training.max_steps", "20", "--training.eval_frequency", "10"]
    result = tagma_command("train", config_file, *paths, *short)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing is saved" in result.stdout
    header = next(line for line in result.stdout.splitlines() if "SCORE" in line).split()
    assert header[:2] == ["E", "#"]
    steps = [line.split()[1] for line in result.stdout.splitlines() if line.split() and line.split()[0].isdigit()]
    assert steps == ["0", "10", "20"]


def test_log_file(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Each evaluation is a line of JSON with what the table shows; a file that is there already is left alone."""
    path = tmp_path / "log.jsonl"
    logger = ["--training.logger.@loggers", "spacy.ConsoleLogger.v3", "--training.logger.output_file", path]
    logger += [
        "--training.logger.progress_bar",
        "null",
        "--training.max_steps",
        "20",
        "--training.eval_frequency",
        "10",
    ]
    result = tagma_command("train", config_file, *paths, *logger)
    assert result.returncode == 0, result.stdout + result.stderr
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    shown = [line.split() for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0].isdigit()]
    assert [list(row) for row in rows] == [["epoch", "step", "losses", "scores", "score"]] * 3
    for row, cells in zip(rows, shown, strict=True):
        numbers = [*row["losses"].values(), *row["scores"].values(), row["score"]]
        assert [str(row["epoch"]), str(row["step"]), *(f"{number:.2f}" for number in numbers)] == cells
    before = path.read_bytes()
    result = tagma_command("train", config_file, *paths, *logger)
    assert (result.returncode, path.read_bytes() == before, str(path) in result.stdout) == (0, True, True)


def test_overrides_before_the_config(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Dotted options may stand anywhere in the line."""
    result = tagma_command("train", *paths, "--training.max_steps", "1", config_file)
    assert result.returncode == 0, result.stdout + result.stderr


BAD = {
    "missing corpus": (["--paths.train", "nowhere.spacy"], ["nowhere.spacy"]),
    "missing dev corpus": (["--paths.dev", "nowhere.spacy"], ["nowhere.spacy"]),
    "no corpus": (["--paths.train", "null"], ["E913", "It is null in [corpora.train]."]),
    "no dev corpus": (["--paths.dev", "null"], ["E913", "It is null in [corpora.dev]."]),
    "empty corpus path": (["--paths.train", ""], ["E913", "It is empty in [corpora.train]."]),
    "negative learn rate": (
        ["--training.optimizer.learn_rate", "-0.1"],
        ["training -> optimizer -> learn_rate", "must not be negative, but is -0.1"],
    ),
    "unknown annotating component": (["--training.annotating_components", '["taggr"]'], ["E001", "'taggr'", "tagger"]),
    "no value": (["--paths.train"], ["corpora -> train -> path", "--paths.train needs a value"]),
    "unknown attribute": (
        ["--components.tok2vec.model.embed.attrs", '["NROM", "PREFIX", "SUFFIX", "SHAPE"]'],
        ["E983", "'NROM'", "did you mean 'NORM'"],
    ),
    "no vectors": (
        ["--components.tok2vec.model.embed.include_static_vectors", "true"],
        ["E905", "include_static_vectors = false", "--paths.vectors"],
    ),
    "vectors that are not there": (
        ["--paths.vectors", "en_core_web_lg"],
        ["E884", "'en_core_web_lg' as a pipeline with vectors: it is neither", "--paths.vectors"],
    ),
    "misspelt key": (["--training.max_step", "3"], ["training", "max_step", "max_steps"]),
    "misspelt section": (["--trainin.max_steps", "3"], ["trainin", "training"]),
    "wrong type": (["--training.max_steps", "many"], ["training", "max_steps", "integer"]),
    "unknown architecture": (
        ["--components.tagger.model.@architectures", "spacy.Taggr.v2"],
        ["spacy.Taggr.v2", "spacy.Tagger.v2"],
    ),
    "width that does not fit": (
        ["--components.tagger.model.tok2vec.width", "64"],
        ["tok2vec-listener>>with_array(softmax) / with_array(softmax) / softmax: nI is 64", "input of width 96"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str], name: str) -> None:
    """One screen that names place, value and way out; exit status 1; no traceback; no pipeline saved."""
    options, words = BAD[name]
    output = tmp_path / "out"
    result = tagma_command("train", config_file, "--output", output, *paths, *options)
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr, result.stderr
    assert all(word in shown for word in words), result.stdout
    assert len(result.stdout.splitlines()) <= 45
    assert not output.exists()


def test_empty_config(tmp_path: Path, tagma_command: Tagma) -> None:
    """A config without anything: both commands that read one say where to get one."""
    (tmp_path / "c.cfg").write_text("")
    for command in (["train"], ["init", "fill-config"]):
        result = tagma_command(*command, tmp_path / "c.cfg")
        assert (result.returncode, "E985" in result.stdout, "tagma init config" in result.stdout) == (1, True, True)


def test_output_below_a_file(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Where a file stands in the way of the output folder it is named at once."""
    (tmp_path / "file").write_text("mine")
    result = tagma_command("train", config_file, *paths, "--output", tmp_path / "file" / "x")
    shown = " ".join(result.stdout.split())
    assert (result.returncode, f"Cannot write {tmp_path}/file/x: {tmp_path}/file is a file" in shown) == (1, True)


@pytest.mark.parametrize("part", ["train", "dev"])
def test_empty_corpus(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str], part: str) -> None:
    """A file without documents is an error that names section and file; no output folder is left."""
    DocBin().to_disk(tmp_path / "nothing.spacy")
    output = tmp_path / "out"
    empty = [f"--paths.{part}", tmp_path / "nothing.spacy"]
    result = tagma_command("train", config_file, *paths, *empty, "--output", output)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert f"corpora.{part}" in result.stdout
    assert "nothing.spacy" in result.stdout
    assert not output.exists()


def test_empty_folder_as_corpus(tmp_path: Path, config_file: Path, paths: list[str], tagma_command: Tagma) -> None:
    """A folder without .spacy files is named in a one-line warning and in the error."""
    folder = tmp_path / "folder"
    folder.mkdir()
    # a process of its own: warnings are errors in this one
    result = tagma_command("train", config_file, *paths, "--paths.train", folder, cwd=tmp_path)
    assert result.returncode == 1
    assert "W090" in result.stderr
    assert "corpus.py" not in result.stderr
    assert "E4042" in result.stdout


@pytest.mark.parametrize(("part", "word"), [("train", "'tagger'"), ("dev", "tag_acc")])
def test_corpus_without_the_annotation(
    tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str], part: str, word: str
) -> None:
    """Documents without tags can neither train a tagger nor score it; component or scores are named."""
    nlp = tagma.blank("en")
    DocBin(docs=[nlp("No tags here")]).to_disk(tmp_path / "bare.spacy")
    output = tmp_path / "out"
    bare = [f"--paths.{part}", tmp_path / "bare.spacy"]
    result = tagma_command("train", config_file, *paths, *bare, "--output", output)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert word in result.stdout, result.stdout
    assert not output.exists()


def test_error_texts_are_whole(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """However long the message: nothing of it is cut, and every other mistake is listed too."""
    wrong = ["--components.tagger.model.@architectures", "spacy.Taggr.v2", "--training.max_step", "3"]
    result = tagma_command("train", config_file, *paths, *wrong)
    shown = " ".join(result.stdout.split())
    assert result.returncode == 1
    assert "'spacy.Tagger.v2' or 'spacy-legacy.Tagger.v1'" in shown
    assert "training -> max_step " in shown
    assert "..." not in shown


def test_many_mistakes_stay_on_one_screen(
    tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]
) -> None:
    """A config that is wrong everywhere gives its first mistakes, one entry a place, and how many more there are."""
    path = tmp_path / "nul.cfg"
    path.write_text(config_file.read_text().replace("= null", "= nul"))
    result = tagma_command("train", path, *paths)
    assert result.returncode == 1
    assert "more" in result.stdout.splitlines()[-2]
    assert len(result.stdout.splitlines()) <= 40
    places = [line for line in result.stdout.splitlines() if " -> " in line]
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 0", "seed = 0\nseed = 1", ["seed", "system", "already"]),
        ("[nlp]", "[nlp", ["[nlp"]),
        ("max_steps = 20000", "max_steps 20000", ["max_steps 20000"]),
    ],
)
def test_config_that_cannot_be_read(
    tmp_path: Path, tagma_command: Tagma, config_file: Path, old: str, new: str, words: list[str]
) -> None:
    """A slip in the format of the config is shown with its line, not with a traceback."""
    path = tmp_path / "c.cfg"
    text = config_file.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    result = tagma_command("train", path, "--output", tmp_path / "out")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert all(word in result.stdout for word in words), result.stdout
    assert not (tmp_path / "out").exists()


def test_output_is_a_file(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """A file in the place of the output folder is refused and left alone."""
    path = tmp_path / "out"
    path.write_text("mine")
    result = tagma_command("train", config_file, *paths, "--output", path)
    assert (result.returncode, path.read_text()) == (1, "mine")
    assert str(path) in result.stdout


def test_not_a_spacy_file(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Text under the name .spacy is refused and named."""
    path = tmp_path / "text.spacy"
    path.write_text("just text")
    result = tagma_command("train", config_file, *paths, "--paths.train", path)
    assert (result.returncode, "text.spacy" in result.stdout) == (1, True), result.stdout
    assert "Traceback" not in result.stderr


def test_undefined_variable(tmp_path: Path, tagma_command: Tagma, config_file: Path) -> None:
    """A `${…}` that is defined nowhere is named."""
    path = tmp_path / "c.cfg"
    path.write_text(config_file.read_text().replace("${paths.train}", "${paths.trian}"))
    result = tagma_command("train", path)
    assert (result.returncode, "trian" in result.stdout) == (1, True), result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_missing_config(tagma_command: Tagma, tmp_path: Path) -> None:
    """A config that is not there is wrong usage."""
    result = tagma_command("train", tmp_path / "none.cfg")
    assert (result.returncode, "none.cfg" in result.stderr) == (2, True)


def test_resume_needs_a_run(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """--resume without an output folder, or with one that is not there, says what is missing."""
    result = tagma_command("train", config_file, "--resume", *paths)
    assert (result.returncode, "--output" in result.stdout) == (1, True)
    result = tagma_command("train", config_file, "--resume", "--output", tmp_path / "none", *paths)
    assert (result.returncode, "none" in result.stdout) == (1, True)
    assert not (tmp_path / "none").exists()


SOURCED = """
[paths]
train = null
dev = null

[nlp]
lang = "en"
pipeline = ["tok2vec", "tagger", "morphologizer"]

[components]

[components.tok2vec]
source = "MODEL"

[components.tagger]
source = "MODEL"

[components.morphologizer]
factory = "morphologizer"

[components.morphologizer.model]
@architectures = "spacy.Tagger.v2"

[components.morphologizer.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
width = 96

[training]
frozen_components = ["tok2vec", "tagger"]
annotating_components = ["tok2vec"]
max_steps = 10
eval_frequency = 5
"""


def test_sourced_and_frozen_components(tmp_path: Path, tagma_command: Tagma, trained: Path, paths: list[str]) -> None:
    """Components from a trained pipeline that are frozen keep their bytes, are scored, and have no column of losses."""
    short, full = tmp_path / "short.cfg", tmp_path / "full.cfg"
    short.write_text(SOURCED.replace("MODEL", str(trained / "model-last")))
    result = tagma_command("train", short, *paths)
    assert (result.returncode, "fill-config" in result.stdout) == (1, True)  # [training] lacks its seed
    assert tagma_command("init", "fill-config", short, full).returncode == 0
    output = tmp_path / "out"
    result = tagma_command("train", full, *paths, "--output", output)
    assert result.returncode == 0, result.stdout + result.stderr
    header = next(line for line in result.stdout.splitlines() if line.startswith("E  "))
    assert header.split() == ["E", "#", "LOSS", "MORPH...", "TAG_ACC", "POS_ACC", "MORPH_ACC", "SCORE"]
    assert "Frozen components: ['tok2vec', 'tagger']" in result.stdout
    for name in ("tok2vec", "tagger"):
        before = (trained / "model-last" / name / "model").read_bytes()
        assert (output / "model-last" / name / "model").read_bytes() == before


def test_source_that_is_not_there(tmp_path: Path, tagma_command: Tagma, paths: list[str]) -> None:
    """A component from a pipeline that does not exist: the name that was given, exit status 1."""
    path = tmp_path / "c.cfg"
    path.write_text(SOURCED.replace("MODEL", "no/such/model") + "seed = 0\ngpu_allocator = null\n")
    result = tagma_command("train", path, *paths, "--output", tmp_path / "out")
    assert (result.returncode, "no/such/model" in result.stdout) == (1, True), result.stdout
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()
