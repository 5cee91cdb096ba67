"""Code of the user's own (`--code`) in the commands: a tok2vec that a config names, from training to use."""

from pathlib import Path

from tagma.nn.config import Config

from .conftest import Tagma

CODE = """
from tagma.ml import MultiHashEmbed
from tagma.nn import Model
from tagma.nn.types import Floats2d
from tagma.registries import registry
from tagma.tokens import Doc


@registry.architectures("endings_of_own_code.v1")
def endings(width: int, rows: int) -> Model[list[Doc], list[Floats2d]]:
    return MultiHashEmbed(width, ["SUFFIX"], [rows], False)
"""


def test_a_tok2vec_of_ones_own(tagma_command: Tagma, tmp_path: Path, config_file: Path, corpus: Path) -> None:
    """It is trained, its network shown, scored and applied where the file is given; where it is not, that is said."""
    code = tmp_path / "own.py"
    code.write_text(CODE, encoding="utf8")
    config = Config().from_disk(config_file, interpolate=False)
    config["components"]["tok2vec"]["model"] = {"@architectures": "endings_of_own_code.v1", "width": 24, "rows": 100}
    for name in ("tagger", "morphologizer"):
        config["components"][name]["model"]["tok2vec"]["width"] = 24
    path = tmp_path / "config.cfg"
    config.to_disk(path)
    paths = ["--paths.train", corpus / "train.spacy", "--paths.dev", corpus / "dev.spacy"]
    short = ["--training.max_steps", 20, "--training.eval_frequency", 10]
    out = tmp_path / "out"
    where = {"cwd": tmp_path}  # in a process of its own, where nothing is registered yet

    result = tagma_command("train", path, "--output", out, *paths, *short, **where)
    assert result.returncode == 1
    assert "endings_of_own_code.v1" in result.stdout
    assert "--code FILE.py" in result.stdout
    result = tagma_command("train", path, "--code", code, "--output", out, *paths, *short, **where)
    assert result.returncode == 0, result.stdout + result.stderr
    result = tagma_command("debug", "model", path, "tok2vec", "--code", code, *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "A gradient arrives in every layer that has parameters." in result.stdout
    result = tagma_command("evaluate", out / "model-best", corpus / "dev.spacy", "--code", code, **where)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "TAG" in result.stdout
    text = tmp_path / "text.txt"
    text.write_text("She reads books", encoding="utf8")
    result = tagma_command("apply", out / "model-best", text, tmp_path / "done.spacy", "--code", code, **where)
    assert result.returncode == 0, result.stdout + result.stderr
