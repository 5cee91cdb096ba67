"""tagma debug config (debug_config.py, _references.py)."""

from pathlib import Path

import pytest

from tagma.nn.config import Config

from .conftest import Tagma


def test_valid_config(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """A good config is called so, exit status 0; variables and functions are listed when asked for."""
    result = tagma_command("debug", "config", config_file, *paths, "-V", "-F")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "valid" in result.stdout
    assert "${paths.train}" in result.stdout
    assert "train.spacy" in result.stdout
    assert "spacy.Tagger.v2" in result.stdout
    assert "components.tagger.model" in result.stdout


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--training.patience", '"x"', ["patience", "integer"]),
        ("--components.tagger.label_smoothing", '"x"', ["tagger", "label_smoothing"]),
        ("--nlp.lang", "qq", ["qq"]),
        ("--components.tagger.factory", "taggr", ["taggr", "--code FILE.py"]),
        ("--components.tagger.model.@architectures", "my.Own.v1", ["my.Own.v1", "--code FILE.py"]),
        ("--paths.vectors", "en_core_web_lg", ["initialize -> vectors", "en_core_web_lg", "--paths.vectors"]),
        ("--paths.vectors", str(Path(__file__).parent), ["initialize -> vectors", "has no vectors"]),
        ("--paths.train", "nowhere.spacy", ["corpora -> train -> path", "'nowhere.spacy'", "--paths.train"]),
        ("--paths.dev", "nowhere.spacy", ["corpora -> dev -> path", "--paths.dev"]),
        ("--paths.train", "", ["E913", "It is empty in [corpora.train]."]),
        ("--training.optimizer.learn_rate", "-0.1", ["training -> optimizer -> learn_rate", "is -0.1"]),
        ("--training.frozen_components", '["taggr"]', ["training -> frozen_components", "'taggr'; did you mean"]),
        ("--training.annotating_components", '["x"]', ["training -> annotating_components", "'x'; the pipeline has"]),
        ("--components.tagger.model.tok2vec.upstream", "tok2vek", ["tok2vec -> upstream", "'tok2vek'; did you mean"]),
        ("--components.tok2vec.model.embed.attrs", '["NROM"]', ["embed -> attrs", "'NROM'", "'NORM'"]),
        (
            "--components.tagger.model.tok2vec.width",
            "64",
            ["tagger -> model -> tok2vec -> width", "it is 64"],
        ),
        (
            "--components.tok2vec.model.embed.width",
            "64",
            ["model -> encode -> width", "embed] has width 64"],
        ),
        (
            "--components.tagger.model.tok2vec",
            '{"@layers": "Linear.v1"}',
            ["tagger -> model -> tok2vec", "E4120", "Model[Floats2d, Floats2d]", "spacy.HashEmbedCNN.v2"],
        ),
        ("--nlp.pipeline", "[]", ["nlp -> pipeline", "no components", "tagma init config"]),
    ],
)
def test_mistakes(
    tagma_command: Tagma, config_file: Path, paths: list[str], option: str, value: str, words: list[str]
) -> None:
    """The place and the value of a mistake are named; exit status 1 and no traceback."""
    result = tagma_command("debug", "config", config_file, *paths, option, value)
    assert result.returncode == 1, result.stdout
    assert "Traceback" not in result.stderr, result.stderr
    shown = " ".join(result.stdout.split())
    assert all(word in shown for word in words), result.stdout


def test_score_that_nothing_computes(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """A misspelt score gets a warning with the nearest name; one without weight does not count."""
    weights = ["--training.score_weights.tag_ac", "1.0", "--training.score_weights.other", "null"]
    result = tagma_command("debug", "config", config_file, *paths, *weights)
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "'tag_ac'; did you mean 'tag_acc'" in shown, "other" in shown) == (0, True, False)


def test_compiled_functions_have_no_line(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """The list of functions shows no file for what has none."""
    result = tagma_command("debug", "config", config_file, *paths, "-F")
    assert ("(compiled)" in result.stdout, "None" in result.stdout) == (True, False)


OWN_CODE = """
from tagma import Language, registry
@registry.architectures("my.Fails.v1")
def fails(embed, encode):
    return 1 + "a"
@registry.architectures("my.None.v1")
def nothing(embed, encode):
    return None
"""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my.Fails.v1", ["TypeError", "In 'my.Fails.v1' of the registry 'architectures'", "line 5, in fails"]),
        ("my.None.v1", ["components -> tok2vec -> model", "needs a Model", "my.None.v1"]),
    ],
)
@pytest.mark.parametrize("command", [("debug", "config"), ("train",)], ids=" ".join)
def test_error_in_own_architecture(
    tmp_path: Path,
    tagma_command: Tagma,
    config_file: Path,
    paths: list[str],
    command: tuple[str, ...],
    name: str,
    words: list[str],
) -> None:
    """The function of the user's code is named, with file and line where it raised, on one screen."""
    (tmp_path / "own.py").write_text(OWN_CODE)
    own = ["--code", tmp_path / "own.py", "--components.tok2vec.model.@architectures", name]
    result = tagma_command(*command, config_file, *paths, *own)
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "Traceback" in result.stdout + result.stderr) == (1, False), result.stderr
    assert all(word in shown for word in words), result.stdout


def test_missing_value_hints_to_fill_config(tagma_command: Tagma, config_file: Path, tmp_path: Path) -> None:
    """A setting that is not there is named, with the command that fills it in."""
    path = tmp_path / "c.cfg"
    path.write_text(config_file.read_text().replace("patience = 1600\n", ""))
    result = tagma_command("debug", "config", path)
    assert result.returncode == 1
    assert "patience" in result.stdout
    assert f"fill-config {path}" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[nlp]\nlang = "en"\nlang = "de"\n', ["Line 3", "'lang' is set in [nlp] already"]),
        ("[nlp]\n[nlp]\n", ["Line 2", "[nlp] already"]),
        ("[nlp]\nlang en\n", ["Line 2: 'lang en'", "key = value"]),
        ('lang = "en"\n', ["Line 1", "in no section"]),
    ],
)
@pytest.mark.parametrize("command", [("debug", "config"), ("train",), ("init", "fill-config")], ids=" ".join)
def test_what_is_no_config(
    tmp_path: Path, tagma_command: Tagma, command: tuple[str, ...], text: str, words: list[str]
) -> None:
    """File, line and text of a mistake in the syntax are named, in the words of a reader."""
    path = tmp_path / "c.cfg"
    path.write_text(text)
    result = tagma_command(*command, path)
    shown = " ".join(result.stdout.split())
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert all(word in shown for word in [f"{path}: ", *words]), result.stdout
    assert "<string>" not in shown
    assert "Error:" not in shown


def test_byte_order_mark(tmp_path: Path, tagma_command: Tagma, config_file: Path) -> None:
    """A config with the mark that some editors write is read as without."""
    path = tmp_path / "c.cfg"
    path.write_text("\ufeff" + config_file.read_text(), encoding="utf8")
    assert tagma_command("init", "fill-config", path, "-").returncode == 0
    assert Config().from_disk(path, interpolate=False) == Config().from_disk(config_file, interpolate=False)
